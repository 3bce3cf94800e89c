import type { Analyser } from '../world/text-index.ts';
import type { Clause, Condition, Operator, Query, QueryError, Value } from './parser.ts';
import { parseTextQuery, type TextQuery, TextSyntaxError } from './text-match.ts';

/** What a field of a query language is to an item: a set of exact values, a text, or a moment. */
export type Field<T> =
  | {
      kind: 'exact';
      operators: readonly Operator[];
      /** The values of an item, in the form that `resolve` gives. */
      of(item: T): readonly string[];
      /** Finds the value that a query names. @throws QueryError where there is none */
      resolve(value: Value): string;
      /** What a function that stands for a list gives; undefined where the value is no such function. */
      list?(value: Value): readonly string[] | undefined;
      /** Undefined where two values have no order. */
      compare?(a: string, b: string): number | undefined;
      /** Values the item had before, the present ones included. */
      past?(item: T): readonly string[];
      sort?(item: T): string | number | null;
    }
  | { kind: 'text'; operators: readonly Operator[]; of(item: T): string; sort?(item: T): string }
  | {
      kind: 'date';
      operators: readonly Operator[];
      of(item: T): number;
      /** Epoch milliseconds. @throws QueryError where it is no date */
      resolve(value: Value): number;
      sort?(item: T): number;
    };

export interface Language<T> {
  /** @throws QueryError where there is no such field */
  field(name: string): Field<T>;
  unsupported(operator: Operator, field: string): QueryError;
  badText(text: string, field: string, reason: string): QueryError;
  cannotSort(field: string): QueryError;
  /** Whether `!=` and `not in` also hold for an item without any value: they do in CQL, and do not in JQL. */
  negationFindsEmpty: boolean;
  /** Reads the texts of items and queries. */
  analyser: Analyser;
}

export interface Compiled<T> {
  /** Null where the query does not restrict anything. */
  where: ((item: T) => boolean) | null;
  /** Null where the query does not order. */
  order: ((a: T, b: T) => number) | null;
  /** The texts the query searches for, negated ones left out. */
  texts: TextQuery[];
}

/** Finds a field by its name in any case, or by another name for it. */
export function findField<T>(
  fields: Readonly<Record<string, Field<T>>>,
  aliases: Readonly<Record<string, string>>,
  name: string,
): Field<T> | undefined {
  const lower = name.toLowerCase();
  const key = Object.hasOwn(aliases, lower) ? (aliases[lower] ?? lower) : lower;
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

/** Checks every clause before any item is looked at, so that a faulty query fails on an empty site too. */
export function compile<T>(query: Query, language: Language<T>): Compiled<T> {
  const texts: TextQuery[] = [];
  const where = query.where && compileCondition(query.where, language, texts, false);
  const keys = query.orderBy.map(({ field, descending }) => {
    const { sort } = language.field(field) as { sort?(item: T): string | number | null };
    if (!sort) throw language.cannotSort(field);
    return (a: T, b: T) => compareKeys(sort(a), sort(b)) * (descending ? -1 : 1);
  });
  const order = (a: T, b: T) => {
    for (const key of keys) {
      const result = key(a, b);
      if (result !== 0) return result;
    }
    return 0;
  };
  return { where, order: keys.length === 0 ? null : order, texts };
}

function compileCondition<T>(
  condition: Condition,
  language: Language<T>,
  texts: TextQuery[],
  negated: boolean,
): (item: T) => boolean {
  if (condition.kind === 'not') {
    const part = compileCondition(condition.part, language, texts, !negated);
    return (item) => !part(item);
  }
  if (condition.kind !== 'clause') {
    const parts = condition.parts.map((part) => compileCondition(part, language, texts, negated));
    return condition.kind === 'and'
      ? (item) => parts.every((part) => part(item))
      : (item) => parts.some((part) => part(item));
  }
  const field = language.field(condition.field);
  if (!field.operators.includes(condition.operator)) throw language.unsupported(condition.operator, condition.field);
  if (field.kind === 'text') return compileText(condition, field, language, negated ? [] : texts);
  if (field.kind === 'date') return compileDate(condition, field);
  return compileExact(condition, field, language);
}

function compileText<T>(
  clause: Clause,
  field: Field<T> & { kind: 'text' },
  language: Language<T>,
  texts: TextQuery[],
): (item: T) => boolean {
  const [value] = clause.values;
  if (clause.operator === 'is' || clause.operator === 'is not') {
    return (item) => (field.of(item) === '') === (clause.operator === 'is');
  }
  if (value?.kind !== 'literal') throw language.badText('', clause.field, 'a text is expected');
  if (clause.operator === '=' || clause.operator === '!=') {
    return (item) => (field.of(item).toLowerCase() === value.text.toLowerCase()) === (clause.operator === '=');
  }
  if (clause.operator === 'in' || clause.operator === 'not in') {
    const wanted = clause.values.map((entry) => (entry.kind === 'literal' ? entry.text.toLowerCase() : ''));
    return (item) => wanted.includes(field.of(item).toLowerCase()) === (clause.operator === 'in');
  }
  try {
    const text = parseTextQuery(value.text, language.analyser);
    if (clause.operator === '~') texts.push(text);
    return (item) => text.matches(field.of(item)) === (clause.operator === '~');
  } catch (error) {
    if (error instanceof TextSyntaxError) throw language.badText(value.text, clause.field, error.message);
    throw error;
  }
}

function compileDate<T>(clause: Clause, field: Field<T> & { kind: 'date' }): (item: T) => boolean {
  const { operator } = clause;
  if (operator === 'is' || operator === 'is not') return () => operator === 'is not';
  const moments = clause.values.map((value) => field.resolve(value));
  const moment = moments[0] ?? 0;
  // A date is written to the minute at best, so that is how finely equality can be asked for.
  const same = (item: T) => moments.some((entry) => Math.floor(field.of(item) / 60_000) === Math.floor(entry / 60_000));
  if (operator === '=' || operator === 'in') return same;
  if (operator === '!=' || operator === 'not in') return (item) => !same(item);
  return (item) => ordered(operator, field.of(item) - moment);
}

function compileExact<T>(
  clause: Clause,
  field: Field<T> & { kind: 'exact' },
  language: Language<T>,
): (item: T) => boolean {
  const { operator } = clause;
  const listed = operator.endsWith('in') ? field.list : undefined;
  const wanted = clause.values.flatMap((value): readonly (string | null)[] =>
    value.kind === 'empty' ? [null] : (listed?.(value) ?? [field.resolve(value)]),
  );
  const has = (values: readonly string[]) =>
    wanted.some((value) => (value === null ? values.length === 0 : values.includes(value)));
  const past = field.past ?? field.of;
  switch (operator) {
    case '=':
    case 'in':
    case 'is':
      return (item) => has(field.of(item));
    case '!=':
    case 'not in':
    case 'is not': {
      const found = (values: readonly string[]) => values.length > 0 || language.negationFindsEmpty;
      return (item) => found(field.of(item)) && !has(field.of(item));
    }
    case 'was':
    case 'was in':
      return (item) => has(past(item));
    case 'was not':
    case 'was not in':
      return (item) => !has(past(item));
    case 'changed':
      return (item) => past(item).length > 1;
    default:
      return (item) =>
        field.of(item).some((value) => {
          const difference = field.compare?.(value, wanted[0] ?? '');
          return difference !== undefined && ordered(operator, difference);
        });
  }
}

function ordered(operator: Operator, difference: number): boolean {
  if (operator === '<') return difference < 0;
  if (operator === '>') return difference > 0;
  return operator === '<=' ? difference <= 0 : difference >= 0;
}

function compareKeys(a: string | number | null, b: string | number | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en');
}
