import { noSuch } from '../operations/nearest.ts';
import { forms } from '../operations/tidy-input.ts';
import type { Tool } from '../operations/tool.ts';
import { answerSchemaOf, descriptionOf, jsonSchemaOf } from './descriptor.ts';
import { isFree, type ObjectSchema, plainSchema, strictSchema, withMembers } from './plain-schema.ts';

// Tools in the forms that agents' clients take. What stands in them follows from the operation and from nothing else, so
// that it is the same for every caller: which tools are listed is what differs.

export const FORMATS = ['mcp', 'openai', 'anthropic'] as const;
export type Format = (typeof FORMATS)[number];

/** @throws AppError `VALIDATION` naming the formats there are, and the nearest. */
export function formatNamed(name: string): Format {
  const found = FORMATS.find((format) => format === name);
  if (found === undefined)
    throw noSuch({ parameter: 'format', given: name, known: { formats: FORMATS }, isOurs: true });
  return found;
}

// Types and not interfaces, which are no records.

/** A tool as the Model Context Protocol lists it. */
export type McpTool = {
  name: string;
  title: string;
  description: string;
  inputSchema: ObjectSchema;
  outputSchema: ObjectSchema;
  annotations: {
    readOnlyHint: boolean;
    destructiveHint: boolean;
    idempotentHint: boolean;
    openWorldHint: boolean;
  };
};

/** A tool for function calling as OpenAI publishes it, which many others have taken over. */
export type OpenAiTool = {
  type: 'function';
  function: { name: string; description: string; parameters: ObjectSchema; strict: boolean };
};

/** A tool as Anthropic's Messages API takes it. */
export type AnthropicTool = {
  name: string;
  description: string;
  input_schema: ObjectSchema;
};

/** A tool's name where dots are not allowed: `jira_get` for `jira.get`. `findTool` takes both. */
export function plainName(name: string): string {
  return name.replace('.', '_');
}

/** As schemas do not change, neither do these. */
const ENTRIES = new WeakMap<Tool, McpTool>();

export function mcpTool(tool: Tool): McpTool {
  const known = ENTRIES.get(tool);
  if (known) return known;
  const { name, title, kind, destructive, idempotent } = tool;
  const entry: McpTool = {
    name: plainName(name),
    title,
    description: descriptionOf(tool),
    inputSchema: inputSchemaOf(tool),
    outputSchema: plainSchema(answerSchemaOf(tool)) as ObjectSchema,
    annotations: {
      readOnlyHint: kind === 'read',
      destructiveHint: destructive,
      idempotentHint: idempotent,
      // Anybody with access to the site may have written what a call finds there.
      openWorldHint: true,
    },
  };
  ENTRIES.set(tool, entry);
  return entry;
}

/**
 * Not strict where Atlassian's own fields may be among the arguments: which there are is each site's own affair, while
 * strict mode wants every member of every object named.
 */
export function openAiTool(tool: Tool): OpenAiTool {
  const { name, description, inputSchema } = mcpTool(tool);
  const strict = !isFree(inputSchema);
  const parameters = strict ? (strictSchema(inputSchema) as ObjectSchema) : inputSchema;
  return { type: 'function', function: { name, description, parameters, strict } };
}

export function anthropicTool(tool: Tool): AnthropicTool {
  const { name, description, inputSchema } = mcpTool(tool);
  return { name, description, input_schema: inputSchema };
}

/** Tools as a client of the format takes them. */
export function toolsAs(format: Format, tools: readonly Tool[]): { tools: McpTool[] } | OpenAiTool[] | AnthropicTool[] {
  if (format === 'mcp') return { tools: tools.map(mcpTool) };
  return format === 'openai' ? tools.map(openAiTool) : tools.map(anthropicTool);
}

/**
 * What agents are to send. Of an input that may also be Atlassian's own body that is the plain form alone: a second one
 * would double the entry and gain an agent nothing. The call itself takes both.
 */
function inputSchemaOf({ input, args }: Tool): ObjectSchema {
  const schema = plainSchema(jsonSchemaOf(args, 'input'));
  const form = forms.get(input);
  if (!form) return schema as ObjectSchema;
  const { description: _ofBothForms, ...one } = schema;
  return withMembers(one, form.known({}), form.needed ?? []) as ObjectSchema;
}
