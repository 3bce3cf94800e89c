import { z } from 'zod';
import { TOOLS } from '../../operations/catalogue.ts';
import { namedInputs } from '../../operations/input-fields.ts';
import type { Tool } from '../../operations/tool.ts';
import { VIEWS } from '../../operations/views.ts';
import { tidySchema } from './tidy.ts';

type Schema = Record<string, unknown>;

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const list = (items: Schema): Schema => ({ type: 'array', items });
const object = (properties: Schema): Schema => ({ type: 'object', properties, required: Object.keys(properties) });
const text = { type: 'string' };

/** Arguments that are described elsewhere in the document. */
const DESCRIBED: Record<string, Schema> = {
  'jira.create': ref('JiraCreateInput'),
  'confluence.create': ref('ConfluenceCreateInput'),
};

/** What many tools take beside their own arguments. */
const COMMON_ARGS: Schema = {
  limit: { type: 'integer', description: 'Of lists.' },
  cursor: { ...text, description: 'Of lists.' },
  view: { enum: VIEWS, description: 'Of reads.' },
  max_chars: { type: 'integer', description: 'Of reads.' },
  // Of writes, it is an object, so that it has no type here.
  fields: { description: 'Of reads: the names of the only members to give.' },
};

/**
 * What programs made from the document know of calls of tools: which there are, and the names and types of the arguments
 * of each, those that take the same in one. What arguments mean is told with the tool itself: here, it would take as much
 * as the whole of the rest.
 * @returns schemas by name.
 */
export function toolSchemas(): Record<string, Schema> {
  const named: Record<string, Schema> = {};
  const alike = new Map<string, string[]>();
  for (const tool of TOOLS.values()) {
    const args = JSON.stringify(argsOf(tool, named));
    alike.set(args, [...(alike.get(args) ?? []), tool.name]);
  }
  return {
    ...named,
    OneOrMore: { anyOf: [text, list(text)] },
    ToolResult: toolResult(),
    ToolBatchCallInput: {
      allOf: [
        {
          type: 'object',
          properties: { id: { type: ['string', 'integer'], description: 'Given back with the result.' } },
        },
        ref('ToolInvocationInput'),
      ],
    },
    ToolInvocationInput: {
      type: 'object',
      description:
        'A tool and its `args`, which `GET /connectors/tools` describes. Taken as well: `jira_search` for `jira.search`, `name` for `tool`, `arguments` or `input` for `args`.',
      properties: { args: { properties: COMMON_ARGS, additionalProperties: true } },
      oneOf: [...alike].map(([args, names]) => ({
        properties: { tool: names.length === 1 ? { const: names[0] } : { enum: names }, args: JSON.parse(args) },
        required: ['tool', ...(names.some(needsArgs) ? ['args'] : [])],
      })),
    },
  };
}

/** What tools answer, those that answer the same in one: what calls of the REST API give, too, and anything else. */
function toolResult(): Schema {
  const alike = new Map<string, string[]>();
  for (const { name, output } of TOOLS.values()) {
    const result = sharedResult(output);
    if (result) alike.set(result, [...(alike.get(result) ?? []), name]);
  }
  return {
    description:
      'By tool, with `view: full`; other views and `fields` leave members out. `GET /connectors/tools` has the schemas of all.',
    anyOf: [
      ...[...alike].map(([result, names]) => ({ title: names.join(', '), ...JSON.parse(result) })),
      { title: 'Other tools and views', type: 'object', additionalProperties: true },
    ],
  };
}

/** The schema of an answer that the document has by name, or of a list of such; as JSON, to be compared. */
function sharedResult(output: z.ZodType): string | undefined {
  const name = output.meta()?.id;
  if (name) return JSON.stringify(ref(name));
  const { items } = output instanceof z.ZodObject ? output.shape : {};
  const row = items instanceof z.ZodArray ? (items.element as z.ZodType).meta()?.id : undefined;
  return row && JSON.stringify(object({ items: list(ref(row)), next_cursor: { type: ['string', 'null'] } }));
}

const needsArgs = (name: string): boolean => TOOLS.get(name)?.args.safeParse({}).success !== true;

/**
 * The arguments of a tool in few words, without those that many have.
 * @param named takes the schemas that have a name of their own, and that are referred to.
 */
function argsOf(tool: Tool, named: Record<string, Schema>): Schema {
  const described = DESCRIBED[tool.name];
  if (described) return described;
  const { properties = {}, required = [] } = z.toJSONSchema(tool.args, {
    io: 'input',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      const name = namedInputs.get(zodSchema)?.name;
      if (name === undefined) return;
      named[name] ??= ownSchema(zodSchema);
      for (const keyword of Object.keys(jsonSchema)) delete jsonSchema[keyword];
      Object.assign(jsonSchema, ref(name));
    },
  });
  const own = Object.entries(properties as Record<string, Schema>).filter(
    ([name, { type }]) => !(name in COMMON_ARGS) || type === 'object',
  );
  return {
    ...(own.length > 0 ? { properties: Object.fromEntries(own.map(([name, one]) => [name, briefly(one)])) } : {}),
    ...(required.length > 0 ? { required } : {}),
  };
}

function ownSchema(schema: z.core.$ZodType): Schema {
  const { $schema: _dialect, ...own } = z.toJSONSchema(schema, { io: 'input', reused: 'inline' });
  const { properties, ...rest } = tidySchema(own, false) as { properties: Record<string, Schema> };
  const members = Object.entries(properties).map(([name, one]) => [name, asTaken(one)]);
  return { ...rest, properties: Object.fromEntries(members) };
}

/** Of what narrows a search: one value is taken for a list of one, and a whole number for text. */
function asTaken({ type, items: _items, minItems: _least, maxItems: _most, ...rest }: Schema): Schema {
  return type === 'array' ? { ...ref('OneOrMore'), ...rest } : { ...rest, type: ['string', 'integer'] };
}

/** The type of a value, or which values there are. */
function briefly({ type, enum: values, items, properties, $ref }: Schema): Schema {
  if ($ref) return { $ref };
  if (values) return { enum: values };
  if (items) return list(briefly(items as Schema));
  const inner = Object.entries((properties ?? {}) as Record<string, Schema>).map(([name, one]) => [name, briefly(one)]);
  return { ...(type ? { type } : {}), ...(inner.length > 0 ? { properties: Object.fromEntries(inner) } : {}) };
}
