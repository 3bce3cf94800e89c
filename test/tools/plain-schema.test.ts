import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type JsonSchema, jsonSchemaOf } from '../../src/tools/descriptor.ts';
import { isFree, plainSchema, strictSchema, withMembers } from '../../src/tools/plain-schema.ts';

/** A member as agents are told it. */
const told = (member: z.ZodType): unknown =>
  (plainSchema(jsonSchemaOf(z.object({ member }), 'output')).properties as Record<string, unknown>).member;

const inner = z.object({ a: z.string() });
const innerSchema = { properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };

describe('A schema as agents are told it', () => {
  it.each<{ what: string; member: z.ZodType; schema: unknown }>([
    { what: 'a text or null', member: z.string().nullable(), schema: { type: ['string', 'null'] } },
    {
      what: 'a described text or null',
      member: z.string().nullable().meta({ description: 'A name.' }),
      schema: { type: ['string', 'null'], description: 'A name.' },
    },
    {
      what: 'a text, a number or null',
      member: z.union([z.string(), z.number(), z.null()]),
      schema: { type: ['string', 'number', 'null'] },
    },
    { what: 'an object or null', member: inner.nullable(), schema: { type: ['object', 'null'], ...innerSchema } },
    {
      what: 'one of some words or null',
      member: z.enum(['a', 'b']).nullable(),
      schema: { type: ['string', 'null'], enum: ['a', 'b', null] },
    },
    {
      what: 'one word or null',
      member: z.literal('a').nullable(),
      schema: { type: ['string', 'null'], enum: ['a', null] },
    },
    { what: 'anything or null', member: z.unknown().nullable(), schema: {} },
    {
      what: 'described anything or null',
      member: z.unknown().meta({ description: 'Any.' }).nullable(),
      schema: { description: 'Any.' },
    },
    {
      what: 'one of some words, or a number',
      member: z.union([z.enum(['a', 'b']), z.number()]),
      schema: { anyOf: [{ type: 'string', enum: ['a', 'b'] }, { type: 'number' }] },
    },
    {
      what: 'two kinds of objects',
      member: z.union([inner, z.object({ b: z.int() })]),
      schema: {
        anyOf: [
          { type: 'object', ...innerSchema },
          { type: 'object', properties: { b: { type: 'integer' } }, required: ['b'], additionalProperties: false },
        ],
      },
    },
    {
      what: 'objects that a member tells apart',
      member: z.discriminatedUnion('k', [
        z.object({ k: z.literal('a'), a: z.string().min(1) }),
        z.object({ k: z.literal('b') }),
      ]),
      schema: {
        oneOf: [
          {
            type: 'object',
            properties: { k: { type: 'string', const: 'a' }, a: { type: 'string' } },
            required: ['k', 'a'],
            additionalProperties: false,
          },
          {
            type: 'object',
            properties: { k: { type: 'string', const: 'b' } },
            required: ['k'],
            additionalProperties: false,
          },
        ],
      },
    },
    { what: 'a map', member: z.record(z.string(), z.unknown()), schema: { type: 'object' } },
    {
      what: 'a map of numbers',
      member: z.record(z.string(), z.number()),
      schema: { type: 'object', additionalProperties: { type: 'number' } },
    },
    {
      what: 'a list of texts with limits and an example',
      member: z
        .array(z.string().min(1).max(5).regex(/^a/))
        .min(1)
        .max(3)
        .meta({ example: ['a'] }),
      schema: { type: 'array', items: { type: 'string' } },
    },
    { what: 'a whole number', member: z.int(), schema: { type: 'integer' } },
    {
      what: 'a whole number in limits',
      member: z.int().min(0).max(9),
      schema: { type: 'integer', minimum: 0, maximum: 9 },
    },
  ])('tells $what in few words', ({ member, schema }) => {
    expect(told(member)).toEqual(schema);
  });

  it('has every property, whatever it is called', () => {
    const named = z.strictObject({
      default: z.string(),
      pattern: z.string(),
      properties: z.string(),
      anyOf: z.string(),
    });
    expect(Object.keys(told(named) as object)).toEqual(['type', 'properties', 'required', 'additionalProperties']);
    expect(Object.keys((told(named) as JsonSchema).properties ?? {})).toEqual([
      'default',
      'pattern',
      'properties',
      'anyOf',
    ]);
  });
});

describe('A strict schema', () => {
  const plain = plainSchema(
    jsonSchemaOf(
      z.strictObject({
        needed: z.string(),
        kind: z.enum(['a', 'b']).optional(),
        some: z.array(z.strictObject({ one: z.int().optional() })).optional(),
        maybe: z.string().nullable().optional(),
        only: z.literal('a').optional(),
      }),
      'input',
    ),
  );

  it('needs every member at every depth, and null for what may be left out', () => {
    expect(strictSchema(plain)).toEqual({
      type: 'object',
      properties: {
        needed: { type: 'string' },
        kind: { type: ['string', 'null'], enum: ['a', 'b', null] },
        some: {
          type: ['array', 'null'],
          items: {
            type: 'object',
            properties: { one: { type: ['integer', 'null'] } },
            required: ['one'],
            additionalProperties: false,
          },
        },
        maybe: { type: ['string', 'null'] },
        only: { type: ['string', 'null'], enum: ['a', null] },
      },
      required: ['needed', 'kind', 'some', 'maybe', 'only'],
      additionalProperties: false,
    });
  });

  it('can be made where every member is named and has a type, and not elsewhere', () => {
    const within = (member: z.ZodType) => isFree(plainSchema(jsonSchemaOf(z.strictObject({ member }), 'input')));
    expect({
      named: isFree(plain),
      map: within(z.record(z.string(), z.string())),
      anything: within(z.unknown()),
      listOfMaps: within(z.array(z.record(z.string(), z.string()))),
      looseObject: within(z.looseObject({ a: z.string() })),
    }).toEqual({ named: false, map: true, anything: true, listOfMaps: true, looseObject: true });
  });
});

it('a schema can be narrowed to some of its members, in their order', () => {
  const schema = plainSchema(jsonSchemaOf(z.strictObject({ a: z.string(), b: z.string(), c: z.string() }), 'input'));
  expect(withMembers(schema, ['c', 'a', 'x'], ['a'])).toEqual({
    type: 'object',
    properties: { c: { type: 'string' }, a: { type: 'string' } },
    required: ['a'],
    additionalProperties: false,
  });
});
