import type { z } from 'zod';

type Schema = z.core.$ZodType;
type Test = (value: unknown) => boolean;

const TESTS = new WeakMap<Schema, Test>();

/**
 * Whether a schema would give `value` back as it is: no member is unknown, none is missing, each is what it has to be, and
 * they stand in the schema's order. Most answers are so, and zod, which makes a copy of all of it, takes twice as long to
 * tell, and leaves as much again to be cleared away.
 * @returns false also where it takes zod to tell.
 */
export function isExactly(schema: Schema, value: unknown): boolean {
  let test = TESTS.get(schema);
  if (test === undefined) {
    test = testOf(schema) ?? (() => false);
    TESTS.set(schema, test);
  }
  return test(value);
}

/** Null for a schema that it takes zod to read by. */
function testOf(schema: Schema): Test | null {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if ('checks' in def && def.checks && def.checks.length > 0) return null;
  switch (def.type) {
    case 'string':
      return 'format' in def ? null : (value) => typeof value === 'string';
    case 'number':
      if (!('format' in def)) return (value) => Number.isFinite(value);
      return def.format === 'safeint' ? (value) => Number.isSafeInteger(value) : null;
    case 'boolean':
      return (value) => typeof value === 'boolean';
    case 'unknown':
      return () => true;
    case 'literal':
      return amongst(def.values);
    case 'enum':
      return amongst(Object.values(def.entries));
    case 'nullable':
      return orElse(null, testOf(def.innerType));
    case 'optional':
      return orElse(undefined, testOf(def.innerType));
    case 'array':
      return arrayTest(testOf(def.element));
    case 'record':
      return recordTest(testOf(def.keyType), testOf(def.valueType));
    case 'object':
      return def.catchall === undefined ? objectTest(def.shape) : null;
    default:
      return null;
  }
}

function amongst(values: readonly unknown[]): Test {
  const set = new Set(values);
  return (value) => set.has(value);
}

function orElse(other: null | undefined, test: Test | null): Test | null {
  return test && ((value) => value === other || test(value));
}

function arrayTest(test: Test | null): Test | null {
  return test && ((value) => Array.isArray(value) && value.every(test));
}

function recordTest(isName: Test | null, test: Test | null): Test | null {
  if (isName === null || test === null) return null;
  return (value) => {
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
    return Object.entries(value).every(([name, member]) => name !== '__proto__' && isName(name) && test(member));
  };
}

interface Member {
  name: string;
  test: Test;
}

function objectTest(shape: z.core.$ZodShape): Test | null {
  const members: Member[] = [];
  for (const [name, schema] of Object.entries(shape)) {
    const test = testOf(schema);
    if (test === null) return null;
    members.push({ name, test });
  }
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const given = value as Record<string, unknown>;
    let at = 0;
    for (const name in given) {
      // Those in between may be missing; an unknown one, and one that comes in another order, is found at no place.
      while (at < members.length && members[at]?.name !== name) if (!members[at++]?.test(undefined)) return false;
      if (at === members.length || !members[at++]?.test(given[name])) return false;
    }
    while (at < members.length) if (!members[at++]?.test(undefined)) return false;
    return true;
  };
}
