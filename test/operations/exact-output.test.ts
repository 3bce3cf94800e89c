import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TOOLS } from '../../src/operations/catalogue.ts';
import { isExactly } from '../../src/operations/run/exact-output.ts';
import { pageOf, SearchItem } from '../../src/operations/shapes.ts';

const ROW = {
  ...{ id: 'DEMO-1', title: 'Login fails', url: 'https://acme.atlassian.net/browse/DEMO-1', type: 'issue' },
  ...{ icon: null, snippet: 'Steps …' },
  metadata: { status: 'Done', status_category: 'done', priority: null, project: 'DEMO', updated: 1_767_225_600 },
};
const PAGE = pageOf(SearchItem);

/** Every value that differs from `value` in one place: without it, with another type, with one more member, or in its order. */
function* changed(value: unknown): Generator<unknown> {
  for (const other of [undefined, null, 1, 1.5, Number.NaN, '', true, [], {}, { a: 1 }]) yield other;
  if (Array.isArray(value)) {
    for (const [at, one] of value.entries()) {
      for (const other of changed(one)) yield value.with(at, other);
    }
    yield Object.assign([...value], { more: 1 });
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      const { [name as never]: _gone, ...rest } = value;
      yield rest;
      for (const other of changed(member)) yield { ...value, [name]: other };
    }
    yield { ...value, more: 1 };
    yield Object.fromEntries(Object.entries(value).reverse());
    yield { ...value, more: undefined };
    yield JSON.parse(`{"__proto__": 1, ${JSON.stringify(value).slice(1)}`.replace(', }', '}'));
  }
}

/** What zod makes of a value, as JSON; undefined where it refuses it. */
function read(schema: z.ZodType, value: unknown): string | undefined {
  const { success, data } = schema.safeParse(value);
  return success ? JSON.stringify(data) : undefined;
}

describe('an answer is exactly as its schema has it', () => {
  it('where a search gives what it always gives', () => {
    expect(isExactly(PAGE, { items: [ROW, ROW], next_cursor: null })).toBe(true);
    expect(isExactly(PAGE, { items: [{ ...ROW, fields: { cf: [1] }, loss: ['x'] }], next_cursor: 'c' })).toBe(true);
  });

  it('only where zod gives it back as it is', () => {
    const schemas: [z.ZodType, unknown][] = [
      [PAGE, { items: [{ ...ROW, fields: { cf: [1] }, loss: ['x'] }], next_cursor: 'c' }],
      [
        z.object({ kind: z.enum(['a', 'b']), of: z.literal([1, null]), on: z.boolean() }),
        { kind: 'a', of: 1, on: true },
      ],
      [z.object({ a: z.string().min(2), b: z.number() }), { a: 'xx', b: 1 }],
      [z.object({ a: z.string().default('x') }), {}],
      [z.object({ a: z.string().transform(Number) }), { a: '1' }],
      [z.strictObject({ a: z.string() }), { a: 'x' }],
      [z.union([z.object({ a: z.string() }), z.object({ a: z.string(), b: z.string() })]), { a: 'x', b: 'y' }],
      [z.record(z.string(), z.int()), { a: 1, b: 2 }],
    ];
    let exact = 0;
    for (const [schema, value] of schemas) {
      for (const one of [value, ...changed(value)]) {
        if (!isExactly(schema, one)) continue;
        exact += 1;
        expect(read(schema, one)).toBe(JSON.stringify(one));
      }
    }
    expect(exact).toBeGreaterThan(20);
  });

  it('only where zod gives it back as it is, whatever the operation', () => {
    const examples = [...TOOLS.values()].flatMap(({ name, output }) =>
      ((output.meta()?.examples ?? []) as unknown[]).map((example) => ({ name, output, example })),
    );
    for (const { name, output, example } of examples) {
      for (const one of [example, ...changed(example)]) {
        if (isExactly(output, one)) expect(read(output, one), name).toBe(JSON.stringify(one));
      }
    }
  });
});
