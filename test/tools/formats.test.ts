import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { findTool, TOOLS } from '../../src/operations/catalogue.ts';
import type { JsonSchema } from '../../src/tools/descriptor.ts';
import { anthropicTool, mcpTool, openAiTool, plainName } from '../../src/tools/formats.ts';
import { strictSchema } from '../../src/tools/plain-schema.ts';
import { CASES } from '../operations/cases/all.ts';
import { connectBoth } from '../support/accounts.ts';
import { sharedStage } from '../support/harness.ts';
import { ALL_SCOPES } from '../support/scopes.ts';
import { anthropicBreaches, mcpBreaches, openAiBreaches, strictBreaches } from './vendor-rules.ts';

const ALL = [...TOOLS.values()].map((tool) => ({ name: tool.name, tool }));
/** A client may send them side by side. */
const MAX_OPENAI_TOOLS = 128;
const NOT_STRICT = ['jira.create', 'jira.update'];

describe.each(ALL)('$name', ({ tool }) => {
  it('keeps to the published rules of each format', () => {
    expect({
      mcp: mcpBreaches(mcpTool(tool)),
      openai: openAiBreaches(openAiTool(tool)),
      anthropic: anthropicBreaches(anthropicTool(tool)),
    }).toEqual({ mcp: [], openai: [], anthropic: [] });
  });

  it('is found by the name that the formats have', () => {
    expect(findTool(plainName(tool.name))).toBe(tool);
  });
});

it('are strict, but for tools that take fields that only a site knows', () => {
  const loose = ALL.filter(({ tool }) => !openAiTool(tool).function.strict);
  expect(loose.map(({ name }) => name)).toEqual(NOT_STRICT);
  expect(ALL.length).toBeLessThanOrEqual(MAX_OPENAI_TOOLS);
});

describe('A call in the form that strict mode makes', () => {
  const stage = sharedStage({ env: ALL_SCOPES }, (own) => connectBoth(own));

  it.each(ALL)('of $name, with null for all that is left out, is taken and answers as declared', async ({ tool }) => {
    const { name, strict, parameters } = openAiTool(tool).function;
    const good = CASES.get(tool.name)?.good ?? {};
    const args = filled(parameters, typeof good === 'function' ? good(41) : good);
    const taken = new Ajv2020({ strict: false, validateFormats: false });
    const wanted = strict ? parameters : strictSchema(parameters);
    expect({ valid: taken.validate(wanted, args), errors: taken.errors ?? [] }).toEqual({ valid: true, errors: [] });
    const { status, body } = await stage.call('/connectors/tools/invoke', { body: { tool: name, args } });
    expect({ status, body: status === 200 ? null : body }).toEqual({ status: 200, body: null });
    const told = new Ajv2020({ strict: false, validateFormats: false });
    expect({ valid: told.validate(mcpTool(tool).outputSchema, body), errors: told.errors ?? [] }).toEqual({
      valid: true,
      errors: [],
    });
  });

  it.each(ALL)('of $name may have nothing but nulls in every object', async ({ tool }) => {
    const { name, parameters } = openAiTool(tool).function;
    const good = CASES.get(tool.name)?.good ?? {};
    const given: Record<string, unknown> = typeof good === 'function' ? good(42) : good;
    const args = filled(parameters, given, (schema) => ([schema.type].flat().includes('object') ? {} : null));
    const { status } = await stage.call('/connectors/tools/invoke', { body: { tool: name, args } });
    expect(status).toBe(200);
  });
});

/** Arguments with every member that a schema names, what is not given by `absent`. */
function filled(
  schema: JsonSchema,
  given: Record<string, unknown>,
  absent: (schema: JsonSchema) => unknown = () => null,
): Record<string, unknown> {
  const members = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  return Object.fromEntries(
    members.map(([name, member]) => {
      if (Object.hasOwn(given, name)) return [name, given[name]];
      const none = absent(member);
      return [name, none === null || member.properties === undefined ? none : filled(member, {}, absent)];
    }),
  );
}

describe('the rules', () => {
  const object = (properties: Record<string, JsonSchema>, others: JsonSchema = {}) => ({
    type: 'object' as const,
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
    ...others,
  });
  const deep = (levels: number): ReturnType<typeof object> =>
    object({ a: levels === 1 ? { type: 'string' } : deep(levels - 1) });

  it.each([
    { what: 'a member that is not required', schema: object({ a: { type: 'string' } }, { required: [] }) },
    { what: 'an open object', schema: object({ a: { type: 'object', properties: {}, required: [] } }) },
    { what: 'a default', schema: object({ a: { type: 'string', default: '' } }) },
    { what: 'a length', schema: object({ a: { type: 'string', maxLength: 5 } }) },
    { what: 'no type', schema: object({ a: { description: 'Anything.' } }) },
    { what: 'six levels', schema: deep(6) },
    {
      what: '101 properties',
      schema: object(Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`p${n}`, { type: 'string' as const }]))),
    },
  ])('of strict mode see $what', ({ schema }) => {
    expect(strictBreaches(schema)).toHaveLength(1);
  });

  it('of strict mode take five levels', () => {
    expect(strictBreaches(deep(5))).toEqual([]);
  });
});
