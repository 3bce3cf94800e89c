import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TOOLS } from '../../src/operations/catalogue.ts';
import { NO_INPUT } from '../../src/operations/diagnosis.ts';
import { parse } from '../../src/operations/parse-input.ts';

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** Each schema within a schema, with the path of properties that leads to it. */
function schemasIn(schema: JsonSchema, path = ''): { path: string; schema: JsonSchema }[] {
  const properties = Object.entries(schema.properties ?? {});
  const items = schema.items === undefined || Array.isArray(schema.items) ? [] : [schema.items];
  return [
    { path, schema },
    ...properties.flatMap(([name, inner]) => schemasIn(inner as JsonSchema, path === '' ? name : `${path}.${name}`)),
    ...items.flatMap((inner) => schemasIn(inner as JsonSchema, `${path}[]`)),
  ];
}

const NUMBER = 10_000;
const asText = (_name: string, value: unknown) => (value === NUMBER ? String(NUMBER) : value);
/** Texts that are no names, though digits may be one of them. */
const TEXTS = /^(?:q|jql|cursor|title|summary|description|content|body|comment|message|text)$/;
const isNamed = (path: string) => !TEXTS.test(path);

function isTaken(schema: z.ZodType, value: unknown): boolean {
  try {
    parse(z.strictObject({ member: schema }), { member: value });
    return true;
  } catch {
    return false;
  }
}

describe.each([...TOOLS.values()].map(({ name, input }) => ({ name, input })))('the input of $name', (tool) => {
  const { input } = tool;
  const schema = z.toJSONSchema(input, { io: 'input' }) as JsonSchema;
  const all = schemasIn(schema);

  it('is a JSON Schema without references or alternatives', () => {
    const keywords = all.flatMap(({ schema }) => Object.keys(schema));
    expect(keywords.filter((keyword) => ['$ref', '$defs', 'anyOf', 'oneOf', 'allOf'].includes(keyword))).toEqual([]);
    expect(
      new Ajv2020({
        strict: true,
        strictTypes: false,
        allowUnionTypes: true,
        validateFormats: false,
        keywords: ['example'],
      }).compile(schema),
    ).toBeTypeOf('function');
  });

  it('takes no member that it does not name', () => {
    const open = all.filter(({ schema }) => schema.properties && schema.additionalProperties !== false);
    expect({ type: schema.type, open: open.map(({ path }) => path) }).toEqual({ type: 'object', open: [] });
  });

  it('describes its members', () => {
    const members = all.filter(({ path }) => /\w$/.test(path));
    expect(members.length > 0).toBe(input !== NO_INPUT);
    expect(members.flatMap(({ path, schema }) => (schema.description ? [] : [path]))).toEqual([]);
  });

  it('takes a whole number where an id, key or name is text', () => {
    const refused = Object.entries((input as z.ZodObject).shape).flatMap(([member, schema]) => {
      const own = schema as z.ZodType;
      const named = all.filter(({ path }) => path.split(/[.[]/)[0] === member && isNamed(path));
      return named.flatMap(({ path }) => {
        const value = path.includes('.') ? { [path.split('.')[1]?.replace('[]', '') ?? '']: NUMBER } : NUMBER;
        return isTaken(own, value) || !isTaken(own, JSON.parse(JSON.stringify(value), asText)) ? [] : [path];
      });
    });
    expect(refused).toEqual([]);
  });

  it('takes its own examples and defaults', () => {
    const validate = new Ajv2020({ strict: false }).compile(schema);
    for (const example of (schema.examples ?? []) as unknown[]) {
      expect({ taken: validate(example), errors: validate.errors ?? [] }).toEqual({ taken: true, errors: [] });
    }
    for (const { path, schema } of all) {
      if (schema.default === undefined) continue;
      expect({ path, taken: new Ajv2020({ strict: false }).validate(schema, schema.default) }).toEqual({
        path,
        taken: true,
      });
    }
  });
});
