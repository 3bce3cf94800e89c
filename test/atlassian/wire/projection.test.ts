import { describe, expect, it } from 'vitest';
import {
  each,
  JsonText,
  members,
  type Projection,
  parseProjected,
  readJson,
  TEXT,
  WHOLE,
} from '../../../src/atlassian/wire/projection.ts';
import { Random } from '../../support/random.ts';

const NAME = members({ name: WHOLE });
const ISSUES = members({
  issues: each(members({ key: WHOLE, fields: members({ status: NAME, labels: WHOLE, 'a-b': WHOLE, 'a-c': WHOLE }) })),
  next: WHOLE,
});

/** What `projection` leaves of a value that was read whole. */
function projected(value: unknown, projection: Projection): unknown {
  if (projection.kind === 'members' && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const kept = Object.entries(value).flatMap(([name, member]) => {
      const of = projection.members.find((member) => member.name === name)?.of;
      return of === undefined ? [] : [[name, projected(member, of)]];
    });
    return Object.fromEntries(kept);
  }
  if (projection.kind === 'each' && Array.isArray(value)) return value.map((one) => projected(one, projection.of));
  return value;
}

const NAMES = [
  'issues',
  'key',
  'fields',
  'status',
  'name',
  'labels',
  'a-b',
  'a-c',
  'next',
  'other',
  '__proto__',
  'ä',
  '',
];
const TEXTS = [
  '',
  'plain',
  'a "quoted" one',
  'back\\slash\\',
  '\\"',
  '{"issues":[',
  ']}',
  'ünïcödé 😀',
  'line\nend\t',
  '\u2028',
];

/** A value as Atlassian may send one, or anybody. */
function anyValue(random: Random, depth: number): unknown {
  const kind = random.below(depth > 4 ? 4 : 9);
  if (kind === 0) return random.pick([null, true, false]);
  if (kind === 1) return random.pick([0, -1.5, 1e21, 12_345_678]);
  if (kind < 4) return random.pick(TEXTS);
  if (kind < 6) return Array.from({ length: random.below(4) }, () => anyValue(random, depth + 1));
  return Object.fromEntries(
    Array.from({ length: random.below(6) }, () => [random.pick(NAMES), anyValue(random, depth + 1)]),
  );
}

/** One that has much of what `ISSUES` names. */
const anyAnswer = (random: Random) => ({
  other: anyValue(random, 0),
  issues: Array.from({ length: random.below(4) }, () => ({
    key: anyValue(random, 4),
    fields: { status: anyValue(random, 2), ...(anyValue(random, 3) as object), labels: anyValue(random, 2) },
    self: anyValue(random, 3),
  })),
  next: anyValue(random, 3),
});

/** Rows of which many have the same status, as those of one project do. */
function anyRows(random: Random): unknown {
  const statuses = Array.from({ length: 1 + random.below(7) }, () => ({
    ...(anyValue(random, 2) as object),
    name: anyValue(random, 3),
  }));
  const rows = Array.from({ length: random.below(20) }, (_, nth) => ({
    key: `A-${nth}`,
    fields: { status: random.pick(statuses), 'a-b': random.pick(statuses) },
  }));
  return { issues: rows };
}

describe('Of JSON', () => {
  it('only what is looked at is read, and as it is when all of it is', () => {
    const random = new Random(15);
    for (let round = 0; round < 3_000; round++) {
      const value = random.below(2) === 0 ? anyAnswer(random) : anyValue(random, 0);
      const text = JSON.stringify(value);
      expect(parseProjected(Buffer.from(text), ISSUES), text).toEqual(projected(JSON.parse(text), ISSUES));
    }
  });

  it('what rows have in common is read once, and is the same for all of them', () => {
    const random = new Random(16);
    for (let round = 0; round < 1_000; round++) {
      const text = JSON.stringify(anyRows(random));
      expect(parseProjected(Buffer.from(text), ISSUES), text).toEqual(projected(JSON.parse(text), ISSUES));
    }
    const [first, second] = ['{"name":"Done"}', '{"name":"Open"}'];
    const read = parseProjected(
      Buffer.from(`{"issues":[${[first, second, first].map((status) => `{"fields":{"status":${status}}}`)}]}`),
      ISSUES,
    );
    const [one, other, again] = (read as { issues: { fields: { status: unknown } }[] }).issues.map(
      ({ fields }) => fields.status,
    );
    expect(again).toBe(one);
    expect(other).toEqual({ name: 'Open' });
  });

  it.each([
    ['white space', '{ "issues" : [ { "key" : "A-1" } ] , "next" : "n" }\n'],
    ['lines of their own', JSON.stringify({ issues: [{ key: 'A-1' }], next: 'n' }, null, 2)],
    ['names written with escapes', '{"issues":[{"k\\u0065y":"A-1"}],"n\\u0065xt":"n"}'],
    ['names that end in a backslash', '{"a\\\\":1,"b\\":":2,"issues":[{"key":"A-1"}],"next":"n"}'],
  ])('%s are no matter', (_what, text) => {
    expect(parseProjected(Buffer.from(text), ISSUES)).toMatchObject({ issues: [{ key: 'A-1' }], next: 'n' });
  });

  it('bytes that are no UTF-8 read as they do in all of it, decoded', () => {
    const random = new Random(17);
    for (let round = 0; round < 500; round++) {
      const noise = Buffer.from(Array.from({ length: random.below(6) }, () => 128 + random.below(128)));
      const json = Buffer.concat([
        Buffer.from('{"next":"a'),
        noise,
        Buffer.from('z","other":"'),
        noise,
        Buffer.from('"}'),
      ]);
      const { next } = JSON.parse(new TextDecoder().decode(json)) as { next: string };
      expect(parseProjected(json, ISSUES)).toEqual({ next });
    }
  });

  it('a byte order mark is no matter', () => {
    const json = Buffer.from('\ufeff{"other":nothing,"next":"n"}');
    expect(parseProjected(json, ISSUES)).toEqual({ next: 'n' });
  });

  it('a member that comes twice has its last value', () => {
    expect(parseProjected(Buffer.from('{"next":"first","next":"last"}'), ISSUES)).toEqual({ next: 'last' });
  });

  it.each([
    ...[
      '',
      '{',
      '[',
      '"',
      '{"next"',
      '{"next":',
      '{"next":"n',
      '{"next":"n"',
      '{"next":"n",',
      '{"next":"n"}}',
      '{"next":n}',
    ],
    ...['{"issues":[', '{"issues":[}', '{"issues":[{"key":"A-1"}', '{"issues":[{"key":"A-1"},]}', '{"other":{"a":"}'],
    ...[
      '{"next":"n";"other":1}',
      '{"issues":[{};{}]}',
      '{"next";"n"}',
      '{_next":"n"}',
      '{"next":"n"}<html>',
      '<html></html>',
      '{next:"n"}',
      "{'next':'n'}",
      '{"next":}',
      '{"other":"\\"}',
    ],
  ])('%s is none', (text) => {
    expect(() => parseProjected(Buffer.from(text), ISSUES)).toThrow(SyntaxError);
  });

  it('whatever is cut off at its end is none', () => {
    const text = JSON.stringify({
      issues: [{ key: 'A-1', fields: { status: { name: 'Done' }, x: ['y', {}] } }],
      n: '\\"',
    });
    for (let length = 0; length < text.length; length++) {
      expect(() => parseProjected(Buffer.from(text.slice(0, length)), ISSUES), text.slice(0, length)).toThrow(
        SyntaxError,
      );
    }
  });
});

describe('Of a long text', () => {
  const DOC = {
    version: 1,
    type: 'doc',
    content: [{ text: 'one' }, { text: '[two]}' }, { text: 'three' }],
    after: 'it',
  };
  const textOf = (value: unknown) =>
    (
      parseProjected(Buffer.from(JSON.stringify({ body: value, other: 1 })), members({ body: TEXT })) as {
        body: unknown;
      }
    ).body;

  it('all is read when it is asked for', () => {
    expect((textOf(DOC) as JsonText).whole()).toEqual(DOC);
  });

  it('what is no JSON is null', () => {
    expect(new JsonText(Buffer.from('{"content":[nothing,2]}')).whole()).toBeNull();
  });

  it.each([['a text'], [['a list']], [null], [7]])('%j is given as it is', (value) => {
    expect(textOf(value)).toEqual(value);
  });
});

describe('JSON that is nested too deeply', () => {
  const LIMITS = { values: 1_000_000, members: 500_000 };
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const PROJECTION = members({ seen: WHOLE, text: TEXT, rows: each(members({ key: WHOLE })) });

  it.each(['seen', 'text', 'passedOver', 'rows'])('is told so, wherever it stands: %s', (name) => {
    for (const text of [`{"${name}":${nested(2_000)}}`, `{"${name}":{"inner":${nested(2_000)}}}`]) {
      expect(readJson(Buffer.from(text), PROJECTION, LIMITS)).toMatchObject({ excess: 'levels', value: undefined });
    }
    expect(readJson(Buffer.from(`{"${name}":${nested(400)},"seen":1}`), PROJECTION, LIMITS)).toMatchObject({
      excess: null,
      value: { seen: 1 },
    });
  });

  it('is told of white space, too', () => {
    expect(readJson(Buffer.from(`{ "other": ${nested(2_000)} }`), PROJECTION, LIMITS).excess).toBe('levels');
    expect(readJson(Buffer.from('{ "seen": 1 }'), PROJECTION, LIMITS)).toMatchObject({
      excess: null,
      value: { seen: 1 },
    });
  });
});
