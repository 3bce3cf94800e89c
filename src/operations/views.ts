import { z } from 'zod';
import { fitted } from './fit-room.ts';
import { noSuch } from './nearest.ts';
import { commaApart } from './tidy-input.ts';

// Answers that fit an agent's context. What an operation gives is first told by policy and schema, and then made shorter
// here, so that a short answer never hides what the policy needs.

/** How much of an answer is told. */
export const VIEWS = ['brief', 'normal', 'full'] as const;
export type View = (typeof VIEWS)[number];

const DEFAULT_MAX_CHARACTERS = 20_000;
/** Longer answers are for programs, by REST. */
const MAX_CHARACTERS = 500_000;
const MIN_CHARACTERS = 1_000;
/** What is told of a cut takes about so much itself. */
const CUT_CHARACTERS = 400;
/** However an answer is nested, it is not walked deeper. */
const MAX_DEPTH = 20;

/** What an agent may ask of any read beside its arguments. */
export const viewMembers = {
  view: z
    .enum(VIEWS, `must be ${VIEWS.join(', ')}`)
    .optional()
    .meta({ description: 'Level of detail.' }),
  max_chars: z
    .int(`must be a whole number from ${MIN_CHARACTERS} to ${MAX_CHARACTERS}`)
    // No keywords of the schema, which every tool would repeat.
    .refine((length) => length >= MIN_CHARACTERS, `must be at least ${MIN_CHARACTERS}`)
    .refine((length) => length <= MAX_CHARACTERS, `must be at most ${MAX_CHARACTERS}`)
    .optional()
    .meta({ description: `Longest answer; ${DEFAULT_MAX_CHARACTERS} by default.` }),
};

/** The same for what an operation has no `fields` of its own for. */
export const fieldsMember = {
  fields: z
    .array(z.string().max(100, 'must be at most 100 characters').register(commaApart, {}))
    .min(1, 'must name at least one')
    .max(50, 'must name at most 50')
    .optional()
    .meta({ description: 'The only members to return.' }),
};

/** The members of a row, or of the one thing, by which `fields` may name them: `title`, `metadata`, `metadata.status`. */
export function fieldNames(output: z.ZodType): string[] {
  const whole = shapeOf(output);
  const { items } = whole;
  const shape = items instanceof z.ZodArray ? shapeOf(items.element as z.ZodType) : whole;
  return Object.entries(shape).flatMap(([name, member]) => [
    name,
    ...Object.keys(shapeOf(member)).map((inner) => `${name}.${inner}`),
  ]);
}

function shapeOf(schema: z.ZodType): Record<string, z.ZodType> {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) return shapeOf(schema.unwrap() as z.ZodType);
  return schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : {};
}

/** @throws AppError `VALIDATION` for a member that there is not, before anything is asked. */
export function assertFields(fields: readonly string[] | undefined, known: readonly string[]): void {
  const given = fields?.find((name) => !known.includes(name));
  if (given === undefined) return;
  throw noSuch({ parameter: 'args.fields', given, known: { fields: known } });
}

export interface ViewOptions {
  view: View;
  /** The only members that are told of a row, or of the one thing, beside what names it. */
  fields?: readonly string[] | undefined;
  /** The members that name it. */
  names?: readonly string[];
  max_chars?: number | undefined;
  /** Members that a brief view leaves out, such as `metadata.project`. */
  details: readonly string[];
  /** Members that it tells although they are empty, since that says something. */
  tellsEmpty?: readonly string[];
  /** How to get what was cut: by a smaller `limit`, by a greater `max_chars`, or by reading what was changed. */
  more: More;
}

type More = 'limit' | 'max_chars' | 'read';

type Json = Record<string, unknown>;

/** An answer as it is told in a view: what tells about it comes first. `cut` says what was left out, and how to get it. */
export function viewed(answer: object, options: ViewOptions): object {
  const { view, fields, names = ['id'], max_chars, details, tellsEmpty = [], more } = options;
  const chosen = fields === undefined ? (answer as Json) : withFields(answer as Json, fields, names);
  // What was asked for by name is told.
  const told =
    view === 'brief'
      ? (brief(chosen, fields === undefined ? { details, tellsEmpty } : { details: [], tellsEmpty: fields }) as Json)
      : chosen;
  const limit = max_chars ?? (view === 'full' ? Number.POSITIVE_INFINITY : DEFAULT_MAX_CHARACTERS);
  if (isSurelyWithin(told, limit) || JSON.stringify(told).length <= limit) return pageFirst(told);
  return Array.isArray(told.items) ? cutRows(told, told.items, limit, more) : cutTexts(told, limit, more);
}

/** With these members alone, and what names the thing. */
function withFields({ items, ...answer }: Json, fields: readonly string[], names: readonly string[]): Json {
  const chosen = (thing: unknown): unknown => {
    if (!isObject(thing)) return thing;
    const members = Object.entries(thing).flatMap(([name, member]): [string, unknown][] => {
      if (fields.includes(name) || names.includes(name)) return [[name, member]];
      const inner = fields.filter((field) => field.startsWith(`${name}.`)).map((field) => field.slice(name.length + 1));
      if (inner.length === 0 || !isObject(member)) return inner.length === 0 ? [] : [[name, member]];
      return [[name, Object.fromEntries(Object.entries(member).filter(([one]) => inner.includes(one)))]];
    });
    return Object.fromEntries(members);
  };
  return Array.isArray(items) ? { ...answer, items: items.map(chosen) } : (chosen(answer) as Json);
}

/** The information on a page before its rows, which may be long. */
function pageFirst({ items, ...page }: Json): Json {
  return items === undefined ? page : { ...page, items };
}

/** Without what is empty, but for what `tellsEmpty`, and without `details`. A page of nothing stays: that is the answer. */
function brief(value: unknown, left: Left, path = '', depth = 0): unknown {
  if (Array.isArray(value)) return value.map((one) => brief(one, left, path, depth + 1));
  if (!isObject(value) || depth > MAX_DEPTH) return value;
  const isLeft = (inner: string, member: unknown): boolean =>
    left.details.includes(inner) || (isBlank(member) && !left.tellsEmpty.includes(inner));
  const kept: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value)) {
    const isRows = depth === 0 && name === 'items';
    // The rows of a page are what `details` are of.
    const inner = isRows ? '' : path === '' ? name : `${path}.${name}`;
    if (!isRows && isLeft(inner, member)) continue;
    kept.push([name, brief(member, left, inner, depth + 1)]);
  }
  // As an assignment, a member called `__proto__` would not be one.
  return Object.fromEntries(kept);
}

type Left = Required<Pick<ViewOptions, 'details' | 'tellsEmpty'>>;

function isBlank(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

/** Characters that JSON writes with six. */
const ESCAPED = /[^\P{Cc}\n\r\t]|\p{Cs}/u;

/** Tells most answers that fit without writing them out: a character is written by two at most, but for rare ones. */
function isSurelyWithin(value: unknown, limit: number): boolean {
  let left = limit;
  const take = (one: unknown): void => {
    left -= 24;
    if (typeof one === 'string') left -= (ESCAPED.test(one) ? 6 : 2) * one.length;
    else if (isObject(one) && left > 0) {
      for (const name in one) {
        left -= name.length;
        take(one[name]);
      }
    }
  };
  take(value);
  return left >= 0;
}

/** As many rows as fit. Their cursor leads behind the ones that do not, so that it is not told. */
function cutRows(page: Json, rows: unknown[], limit: number, more: More): object {
  const room = limit - CUT_CHARACTERS - JSON.stringify(page.next_cursor ?? null).length;
  let length = 0;
  let fitting = 0;
  for (const row of rows) {
    length += JSON.stringify(row).length + 1;
    if (length > room) break;
    fitting += 1;
  }
  const kept = rows.slice(0, Math.max(1, fitting));
  const words = `Only ${kept.length} of ${rows.length} items fit into ${limit} characters.`;
  const way =
    more === 'limit'
      ? `Ask again with limit ${kept.length} and go on with next_cursor, or send a greater max_chars.`
      : 'Send a greater max_chars.';
  const cut = rows.length > kept.length ? [`${words} ${way}`] : [];
  const told = { ...page, next_cursor: rows.length > kept.length ? null : page.next_cursor, items: kept };
  if (fitting > 0) return { cut, ...told };
  const shorter = cutTexts({ row: kept[0] }, limit - CUT_CHARACTERS, more) as { cut: string[]; row?: unknown };
  return { cut: [...cut, ...shorter.cut], ...told, items: shorter.row === undefined ? [] : [shorter.row] };
}

/** With what is longest shortened until it fits. */
function cutTexts(answer: Json, limit: number, more: More): object {
  const needed = JSON.stringify(answer).length + CUT_CHARACTERS;
  const way = needed <= MAX_CHARACTERS ? `Send max_chars ${needed} for all of it.` : 'Ask for view full for all of it.';
  const ways = { limit: way, max_chars: way, read: 'Read it for all of it.' };
  // The way, and `cut` itself.
  const { told, cut } = fitted(answer, limit, JSON.stringify({ cut: [ways[more]] }).length);
  return { cut: [...cut, ways[more]], ...pageFirst(told) };
}
