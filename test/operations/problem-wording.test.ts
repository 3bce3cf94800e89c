import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppError } from '../../src/errors.ts';
import { limit, passedThrough, q, requireMembers, updatedSince } from '../../src/operations/input-fields.ts';
import { nearestName } from '../../src/operations/nearest.ts';
import { type ParseOptions, parse } from '../../src/operations/parse-input.ts';
import { forms } from '../../src/operations/tidy-input.ts';

/** What is wrong with `x` by a schema, without its name; null where it is taken. */
function wrong(schema: z.ZodType, x: unknown, options: ParseOptions = {}): string | null {
  const message = refusal(z.strictObject({ x: schema }), x === undefined ? {} : { x }, options)?.message;
  return message === undefined ? null : message.replace(/^x: /, '');
}

function refusal(schema: z.ZodType, value: unknown, options: ParseOptions = {}): AppError | null {
  try {
    parse(schema, value, options);
    return null;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

const custom = (code: 'invalid_element' | 'invalid_key' | 'unrecognized_keys' | 'custom') =>
  z.unknown().superRefine((input, context) => void context.addIssue({ code, input } as never));

describe('what is wrong with a value', () => {
  it.each<{ schema: z.ZodType; value: unknown; message: string }>([
    { schema: z.enum(['current']), value: 'draft', message: 'must be current' },
    { schema: z.enum(['current', 'archived']), value: 'draft', message: 'must be current or archived' },
    { schema: z.enum(['current', 'archived', 'any']), value: 5, message: 'must be current, archived or any' },
    { schema: z.string().max(3), value: 'four', message: 'must be at most 3 characters' },
    { schema: z.string().max(1), value: 'two', message: 'must be at most 1 character' },
    { schema: z.array(z.int()).max(2), value: [1, 2, 3], message: 'must be at most 2 entries' },
    { schema: z.array(z.int()).max(1), value: [1, 2, 3], message: 'must be at most 1 entry' },
    { schema: z.int().max(2), value: 3, message: 'must be at most 2' },
    { schema: z.string().min(1), value: '', message: 'must not be empty' },
    { schema: z.string().min(2), value: '', message: 'must be at least 2 characters' },
    { schema: z.array(z.int()).min(1), value: [], message: 'must be at least 1 entry' },
    { schema: z.int().min(1), value: 0, message: 'must be at least 1' },
    { schema: z.int().multipleOf(5), value: 3, message: 'must be a multiple of 5' },
    { schema: z.string().regex(/^a/), value: 'b', message: 'has the wrong form' },
    { schema: custom('unrecognized_keys'), value: 1, message: 'has an unknown member' },
    { schema: custom('invalid_key'), value: 1, message: 'has an unknown member' },
    { schema: custom('invalid_element'), value: 1, message: 'has an invalid entry' },
    { schema: z.union([z.string(), z.int()]), value: true, message: 'has none of the accepted forms' },
    { schema: custom('custom'), value: 1, message: 'is wrong' },
    { schema: z.never(), value: 1, message: 'must be omitted' },
    { schema: z.string(), value: undefined, message: 'is missing' },
    { schema: z.string(), value: null, message: 'is missing' },
    { schema: z.string(), value: ['a'], message: 'must be a string, not several' },
    { schema: z.boolean(), value: 'yes', message: 'must be true or false' },
    { schema: z.number(), value: 'five', message: 'must be a number' },
    { schema: z.int(), value: 1.5, message: 'must be a whole number' },
    { schema: z.array(z.int()), value: {}, message: 'must be a list' },
    { schema: z.strictObject({}), value: ['a'], message: 'must be a JSON object' },
    { schema: z.record(z.string(), z.unknown()), value: ['a'], message: 'must be a JSON object' },
    { schema: passedThrough(), value: 'a', message: 'must be a JSON object' },
    { schema: passedThrough('is text'), value: 'a', message: 'is text' },
    { schema: passedThrough('is text'), value: 5, message: 'must be a JSON object' },
    { schema: passedThrough('is text'), value: ['a'], message: 'must be a JSON object' },
  ])('is told as "$message"', ({ schema, value, message }) => {
    expect(wrong(schema, value)).toBe(message);
  });

  it('is told of the first twenty members that are wrong, and of as many that are unknown', () => {
    const schema = z.strictObject(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`m${index}`, z.int()])));
    const value = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`unknown-${index}`, 1]));
    const details = refusal(schema, value)?.details as { problems: { message: string }[] } | undefined;
    const problems = details?.problems ?? [];
    const missing = problems.filter(({ message }) => message === 'is missing').length;
    expect({ missing, unknown: problems.length - missing }).toEqual({ missing: 20, unknown: 20 });
    const nested = z.strictObject({ inner: z.strictObject({}) });
    expect(refusal(nested, { inner: value, ...value })?.details?.problems).toHaveLength(20);
  });

  it.each([
    { characters: 300, ending: 'x' },
    { characters: 301, ending: '…' },
  ])('is told in full up to 300 characters: $characters', ({ characters, ending }) => {
    const words = 'x'.repeat(characters);
    const told = wrong(
      z.unknown().superRefine((_, context) => context.addIssue({ code: 'custom', message: words })),
      1,
    );
    expect({ length: told?.length, ending: told?.at(-1) }).toEqual({ length: Math.min(characters, 301), ending });
  });

  it('is told where the caller wrote it: an entry of a list by its place, one text for a list by the name', () => {
    const schema = z.strictObject({ a: z.array(z.string().max(1)), b: z.array(z.string().max(1)) });
    expect(refusal(schema, { a: 'xx', b: ['y', 'yy'] })?.details).toMatchObject({
      parameter: 'a',
      problems: [{ parameter: 'a' }, { parameter: 'b.1' }],
    });
    // Of a list within a list, too.
    const deep = z.strictObject({ a: z.strictObject({ b: z.array(z.string().max(1)) }) });
    expect(refusal(deep, { a: { b: 'xx' } })?.details).toMatchObject({ parameter: 'a.b' });
    expect(refusal(deep, { a: { b: Array(5_001).fill('x') } })?.message).toBe('a.b: has too many entries');
    expect(refusal(passedThrough(), null)?.message).toBe('body: must be a JSON object');
  });
});

describe('a member', () => {
  it('of a loose object passes through, null and unknown ones included', () => {
    const schema = z.looseObject({ known: z.int().optional() });
    expect(parse(schema, { known: null, other: null, more: [1] })).toEqual({ other: null, more: [1] });
  });

  it('that is known to a form alone, or inherited, is not read', () => {
    const form = z
      .strictObject({ first: z.int().optional(), second: z.int().optional() })
      .register(forms, { known: () => ['first', 'ghost'] });
    expect(parse(form, { ghost: 1 })).toEqual({});
    expect(refusal(z.strictObject({ inner: form.optional() }), { inner: { second: 1 } })?.message).toBe(
      'inner.second: is unknown; known are first, ghost',
    );
    const schema = z.strictObject({ own: z.unknown() });
    expect(refusal(schema, Object.create({ own: 1 }))?.message).toBe('own: is missing');
    expect(parse(schema, { own: null })).toEqual({ own: null });
  });

  it('that is unknown is told where it stands: behind a change of the whole, and in an entry of a list', () => {
    const changed = z.strictObject({ known: z.int().optional() }).transform(({ known }) => known);
    expect(refusal(changed, { zzzzzz: 1 })?.message).toBe('zzzzzz: is unknown; known are known');
    const list = z.array(z.strictObject({ known: z.int().optional() }));
    expect(refusal(z.strictObject({ list }), { list: [{}, { zzzzzz: 1 }] })?.message).toBe(
      'list.1.zzzzzz: is unknown; known are known',
    );
  });

  it('is passed over at the top only', () => {
    const schema = z.strictObject({ inner: z.strictObject({}).optional() });
    expect({
      top: parse(schema, { _x: 1 }, { passedOver: /^_/ }),
      below: (() => {
        try {
          return parse(schema, { inner: { _x: 1 } }, { passedOver: /^_/ });
        } catch (error) {
          return (error as AppError).message;
        }
      })(),
    }).toEqual({ top: {}, below: 'inner._x: is unknown; none is known here' });
  });

  it.each([
    { entries: 5_000, message: null },
    { entries: 5_001, message: 'has too many entries' },
  ])('that is a list may have 5,000 entries: $entries', ({ entries, message }) => {
    expect(wrong(z.array(z.int()), Array(entries).fill(1))).toBe(message);
  });

  it.each([
    { what: 'no JSON', text: '{', message: 'must be a JSON object' },
    { what: 'too long', text: `"${'x'.repeat(100_000)}"`, message: 'must be at most 100000 characters as text' },
    { what: 'nested too deeply', text: `${'['.repeat(501)}${']'.repeat(501)}`, message: 'is nested too deeply' },
    { what: 'nothing but commas', text: ','.repeat(100_000), message: 'must be a JSON object' },
  ])('as JSON text that is $what is refused, and nothing else is said of it', ({ text, message }) => {
    expect(wrong(z.strictObject({}), text, { isText: true })).toBe(message);
  });

  it('as JSON text may have 100,000 characters', () => {
    const text = `{"a":"${'x'.repeat(100_000 - 8)}"}`;
    expect({ length: text.length, wrong: wrong(z.looseObject({}), text, { isText: true }) }).toEqual({
      length: 100_000,
      wrong: null,
    });
  });

  it('is missing where it is null or absent, in an object within another, too', () => {
    const schema = z
      .strictObject({ a: z.unknown().optional(), b: z.unknown().optional(), c: z.unknown().optional() })
      .superRefine((body, context) => requireMembers(context, ['a', 'b', 'c'], body, ['inner']));
    expect(refusal(schema, { a: 0 })?.message).toBe('inner.b: is missing; inner.c: is missing');
  });
});

describe('a shared input', () => {
  it('limit is described with its bounds, and told them', () => {
    expect(z.toJSONSchema(limit(25, 10), { io: 'input' })).toMatchObject({
      type: 'integer',
      minimum: 1,
      maximum: 25,
      default: 10,
      description: 'How many to return; 10 by default.',
    });
    expect(wrong(limit(25, 10), 'x')).toBe('must be a whole number from 1 to 25');
  });

  it.each([
    { value: '25', taken: 25 },
    { value: 25, taken: 25 },
    { value: undefined, taken: 10 },
    { value: '25x', taken: null },
    { value: '1e1', taken: null },
    { value: 'x25', taken: null },
    { value: '', taken: null },
    { value: 26, taken: null },
  ])('limit reads $value as $taken', ({ value, taken }) => {
    const schema = z.strictObject({ limit: limit(25, 10) });
    const given = value === undefined ? {} : { limit: value };
    const isText = typeof value === 'string';
    const read = refusal(schema, given, { isText }) === null ? parse(schema, given, { isText }).limit : null;
    expect(read).toBe(taken);
  });

  it('limit takes no text where JSON is sent', () => {
    expect(wrong(limit(25, 10), '25')).toBe('must be a whole number from 1 to 25');
  });

  it.each([
    { what: '2,000 letters', text: 'x'.repeat(2_000), message: null },
    { what: '2,001 letters', text: 'x'.repeat(2_001), message: 'must be at most 2000 characters' },
    { what: '2,000 emoji', text: '🚨'.repeat(2_000), message: null },
    { what: '2,001 emoji', text: '🚨'.repeat(2_001), message: 'must be at most 2000 characters' },
    // Each is one character to people, but nobody counts so far.
    { what: '5,000 emoji', text: '🚨'.repeat(5_000), message: 'must be at most 2000 characters' },
  ])('q of $what gives $message', ({ text, message }) => {
    expect(wrong(q, text)).toBe(message);
  });

  it.each([
    { value: 253_402_300_799, taken: true },
    { value: 253_402_300_800, taken: false },
    { value: '-36600d', taken: true },
    { value: '-36601d', taken: false },
    { value: '-1M', taken: false },
    { value: '2026-09-20T10:00', taken: true },
    { value: '2026-02-30T10:00', taken: false },
  ])('updated_since takes $value: $taken', ({ value, taken }) => {
    const message = 'must be YYYY-MM-DD, an ISO date and time, epoch seconds, or relative as -7d, -12h or -30m';
    expect(wrong(updatedSince, value)).toBe(taken ? null : message);
  });
});

describe('the nearest name', () => {
  it.each([
    { given: 'abcdxx', known: ['abcdef'], nearest: 'abcdef' },
    { given: 'abcxxx', known: ['abcdef'], nearest: null },
    { given: 'abc', known: ['abcdef'], nearest: null },
    { given: 'abcdefghi', known: ['abcdef'], nearest: 'abcdef' },
    { given: 'x'.repeat(200), known: ['x'.repeat(199)], nearest: null },
    { given: 'anything', known: [], nearest: null },
  ])('to $given among $known is $nearest', ({ given, known, nearest }) => {
    expect(nearestName(given, known)).toBe(nearest);
  });
});
