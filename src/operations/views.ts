import { z } from 'zod';

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
/** A text that was cut still says what it is about. */
const LEAST_TEXT = 200;
/** However an answer is nested, it is not walked deeper. */
const MAX_DEPTH = 20;

/** What an agent may ask of any read beside its arguments. */
export const viewMembers = {
  view: z
    .enum(VIEWS, `must be ${VIEWS.join(', ')}`)
    .optional()
    .meta({ description: 'How much to tell.' }),
  max_chars: z
    .int(`must be a whole number from ${MIN_CHARACTERS} to ${MAX_CHARACTERS}`)
    .min(MIN_CHARACTERS, `must be at least ${MIN_CHARACTERS}`)
    .max(MAX_CHARACTERS, `must be at most ${MAX_CHARACTERS}`)
    .optional()
    .meta({ description: `Longest answer; ${DEFAULT_MAX_CHARACTERS} by default.` }),
};

export interface ViewOptions {
  view: View;
  max_chars?: number | undefined;
  /** Members that a brief view leaves out, such as `metadata.project`. */
  details: readonly string[];
  /** Whether the call takes a `limit`. */
  isPaged: boolean;
}

type Json = Record<string, unknown>;

/** An answer as it is told in a view: what tells about it comes first. `cut` says what was left out, and how to get it. */
export function viewed(answer: object, { view, max_chars, details, isPaged }: ViewOptions): object {
  const told = view === 'brief' ? (brief(answer, details) as Json) : (answer as Json);
  const limit = max_chars ?? (view === 'full' ? Number.POSITIVE_INFINITY : DEFAULT_MAX_CHARACTERS);
  if (isSurelyWithin(told, limit) || JSON.stringify(told).length <= limit) return pageFirst(told);
  return Array.isArray(told.items) ? cutRows(told, told.items, limit, isPaged) : cutTexts(told, limit);
}

/** The information on a page before its rows, which may be long. */
function pageFirst({ items, ...page }: Json): Json {
  return items === undefined ? page : { ...page, items };
}

/** Without what is empty, and without `details`. */
function brief(value: unknown, details: readonly string[], path = '', depth = 0): unknown {
  if (Array.isArray(value)) return value.map((one) => brief(one, details, path, depth + 1));
  if (!isObject(value) || depth > MAX_DEPTH) return value;
  const kept: Json = {};
  for (const [name, member] of Object.entries(value)) {
    // The rows of a page are what `details` are of.
    const inner = depth === 0 && name === 'items' ? '' : path === '' ? name : `${path}.${name}`;
    if (isBlank(member) || details.includes(inner)) continue;
    kept[name] = brief(member, details, inner, depth + 1);
  }
  return kept;
}

function isBlank(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

/** Tells most answers that fit without writing them out: a character is written by two at most, but for rare ones. */
function isSurelyWithin(value: unknown, limit: number): boolean {
  let left = limit;
  const take = (one: unknown): void => {
    left -= 24;
    if (typeof one === 'string') left -= 2 * one.length;
    else if (isObject(one) && left > 0) {
      for (const [name, member] of Object.entries(one)) {
        left -= name.length;
        take(member);
      }
    }
  };
  take(value);
  return left >= 0;
}

/** As many rows as fit. Their cursor leads behind the ones that do not, so that it is not told. */
function cutRows(page: Json, rows: unknown[], limit: number, isPaged: boolean): object {
  const room = limit - CUT_CHARACTERS;
  let length = 0;
  const kept = rows.filter((row) => {
    length += length > room ? 0 : JSON.stringify(row).length + 1;
    return length <= room;
  });
  if (kept.length === 0) return cutTexts(page, limit);
  const words = `Only ${kept.length} of ${rows.length} items fit into ${limit} characters.`;
  const way = isPaged
    ? `Ask again with limit ${kept.length}, and go on with next_cursor; or send a greater max_chars, or view brief.`
    : 'Send a greater max_chars, or view brief.';
  return { cut: [`${words} ${way}`], ...page, next_cursor: null, items: kept };
}

/** With its longest texts shortened until it fits; where there are too many for that, without the last of them. */
function cutTexts(answer: Json, limit: number): object {
  const whole = JSON.stringify(answer).length;
  const cut: string[] = [];
  const fits = (value: unknown) => JSON.stringify(value).length <= limit - CUT_CHARACTERS;
  let told: Json = answer;
  for (let longest = limit; !fits(told) && longest >= LEAST_TEXT; longest = Math.floor(longest / 1.5)) {
    cut.length = 0;
    told = shortened(answer, { longest, most: Number.POSITIVE_INFINITY }, cut) as Json;
  }
  for (let most = 50; !fits(told) && most >= 1; most = Math.floor(most / 2)) {
    cut.length = 0;
    told = shortened(answer, { longest: LEAST_TEXT, most }, cut) as Json;
  }
  const needed = whole + CUT_CHARACTERS;
  const way = needed <= MAX_CHARACTERS ? `Send max_chars ${needed}` : 'Ask for view full';
  return { cut: [...cut.slice(0, 3), `${way} for all of it.`], ...pageFirst(told) };
}

function shortened(value: unknown, most: { longest: number; most: number }, cut: string[], path = ''): unknown {
  if (typeof value === 'string') {
    if (value.length <= most.longest) return value;
    cut.push(`${path}: the first ${most.longest} of ${value.length} characters.`);
    // No half of a character is left at the end.
    return `${value.slice(0, most.longest).replace(/[\ud800-\udbff]$/, '')}…`;
  }
  if (Array.isArray(value)) {
    if (value.length > most.most) cut.push(`${path}: the first ${most.most} of ${value.length}.`);
    return value.slice(0, most.most).map((one, index) => shortened(one, most, cut, `${path}.${index}`));
  }
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [
    name,
    shortened(member, most, cut, path === '' ? name : `${path}.${name}`),
  ]);
  return Object.fromEntries(members);
}
