import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TOOLS } from '../../src/operations/catalogue.ts';

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

describe.each([...TOOLS.values()].map(({ name, gives, input }) => ({ name, gives, input })))(
  'the input of $name',
  (tool) => {
    const { gives, input } = tool;
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
      // What is about the connection takes nothing; a few others need nothing either.
      if (gives === 'state') expect(members).toEqual([]);
      expect(members.flatMap(({ path, schema }) => (schema.description ? [] : [path]))).toEqual([]);
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
  },
);
