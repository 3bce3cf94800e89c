import { z } from 'zod';
import type { Since } from '../atlassian/query/query-language.ts';
import { orWholeNumber } from '../json.ts';
import { commaApart } from './tidy-input.ts';

// Input fields that operations share, as JSON has them. What callers write instead, `tidy` reads.

/** A whole number from 1 to `max`. */
export function limit(max: number, fallback: number) {
  return z
    .int(`must be a whole number from 1 to ${max}`)
    .min(1, 'must be at least 1')
    .max(max, `must be at most ${max}`)
    .default(fallback)
    .meta({ description: `How many to return; ${fallback} by default.` });
}

const MAX_Q_CHARACTERS = 2_000;

export const q = z
  .string()
  // Characters as people count them: an emoji is one.
  .refine(
    (text) => text.length <= 2 * MAX_Q_CHARACTERS && [...text].length <= MAX_Q_CHARACTERS,
    `must be at most ${MAX_Q_CHARACTERS} characters`,
  )
  .default('');

/** The name of something: a key, an id, a type. Atlassian has none that is longer. */
export const name = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(255, 'must be at most 255 characters')
  .regex(/^\P{Cc}*$/u, 'must not contain control characters')
  .register(orWholeNumber, {});

/** A name that cannot hold a comma, such as the key of a space: a list of them may be one text. */
export const plainName = name.clone().register(commaApart, {}).register(orWholeNumber, {});

const LINE_END = /\r\n|[\n\r\u2028\u2029]/g;

/** Text of one line, such as a title. */
export const line = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'must be one line without control characters');

/** Text of one line that may be written over several, such as a summary: line ends become blanks. */
export const joinedLine = z
  .string()
  .overwrite((text) => text.trim().replace(LINE_END, ' '))
  .min(1, 'must not be empty')
  .regex(/^\P{Cc}*$/u, 'must not contain control characters');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * An object that is not ours, such as Atlassian's `fields`: it passes through untouched. Nobody walks through it, since
 * it may have a hundred thousand members.
 * @param hint what to say of text in its place.
 */
export function passedThrough(hint?: string): z.ZodType<Record<string, unknown>> {
  const error = ({ input }: { input?: unknown }) =>
    hint !== undefined && typeof input === 'string' ? hint : 'must be a JSON object';
  return z.unknown().refine(isObject, { error }).meta({ type: 'object', additionalProperties: true }) as z.ZodType<
    Record<string, unknown>
  >;
}

/** What is said of the members of a body in Atlassian's own form. */
export const OWN_FORM = "Atlassian's own form.";

/** Lets a refinement of an object run also where a member is wrong, so that all that is wrong is told at once. */
export const hasMembers = ({ value }: { value: unknown }): boolean => isObject(value);

/** Adds a problem for each of `names` that is not among `members`, which stand at `path`. */
export function requireMembers(
  context: z.core.$RefinementCtx,
  names: readonly string[],
  members: Record<string, unknown>,
  path: string[] = [],
): void {
  for (const name of names) {
    if (members[name] === undefined || members[name] === null)
      context.addIssue({ code: 'custom', path: [...path, name], message: 'is missing' });
  }
}

const MAX_MARKDOWN_CHARACTERS = 100_000;

/** Limited, since parsing it keeps everybody else waiting. */
const markdownText = z.string().max(MAX_MARKDOWN_CHARACTERS, `must be at most ${MAX_MARKDOWN_CHARACTERS} characters`);

/** Rich text as people write it. */
export const markdown = markdownText.optional().meta({ description: 'Markdown.' });

/** The same where there must be some. */
export const requiredMarkdown = markdownText
  .refine((text) => /\S/.test(text), 'must not be empty')
  .meta({ description: 'Markdown.' });

export const cursor = z
  .string()
  .max(8_192, 'is too long for a cursor')
  .transform((text) => text || undefined)
  .optional()
  .meta({ description: '`next_cursor` or `X-Next-Cursor` of the page before.' });

/** Several are alternatives. @param value what each is. */
export const filterValues = (description: string, value = name) =>
  z.array(value).min(1, 'must name at least one').max(50, 'must name at most 50').optional().meta({ description });

const SINCE = 'must be YYYY-MM-DD, an ISO date and time, epoch seconds, or relative as -7d, -12h or -30m';
const MAX_EPOCH_SECONDS = 253_402_300_799;
const SECONDS: Record<string, number> = { w: 604_800, d: 86_400, h: 3_600, m: 60 };
/** A century; more is a slip of the hand. */
const MAX_SECONDS_AGO = 100 * 366 * 86_400;
// A capital M is a month in both query languages, which has no fixed length.
const RELATIVE = /^-(\d{1,9})([wdhmWDH])$/;
const DATE_TIME =
  /^(\d{4}-\d\d-\d\d)[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:[.,]\d{1,9})?)?(?:(Z)|([ +-])([01]\d|2[0-3])(?::?([0-5]\d))?)?$/i;

export const updatedSince = z
  .string({ error: SINCE })
  .register(orWholeNumber, {})
  .transform((value, context): Since => {
    const since = readSince(value);
    if (since !== null) return since;
    context.addIssue({ code: 'custom', message: SINCE });
    return z.NEVER;
  })
  .optional()
  .meta({
    description: '`-7d`, `-12h`, `-30m`, `YYYY-MM-DD`, ISO time (UTC by default) or epoch seconds.',
  });

function readSince(value: string): Since | null {
  const text = value.trim();
  if (/^\d{1,12}$/.test(text)) return Number(text) <= MAX_EPOCH_SECONDS ? Number(text) : null;
  const [, count, unit = ''] = RELATIVE.exec(text) ?? [];
  if (count !== undefined) {
    const secondsAgo = Number(count) * (SECONDS[unit.toLowerCase()] ?? 0);
    return secondsAgo <= MAX_SECONDS_AGO ? { secondsAgo } : null;
  }
  return isDay(text) ? text : readDateTime(text);
}

const isDay = (text: string): boolean => z.iso.date().safeParse(text).success;

/** Epoch seconds; UTC where no zone is named. */
function readDateTime(text: string): number | null {
  const [, day = '', hours, minutes, seconds = '00', , sign, zoneHours, zoneMinutes = '00'] =
    DATE_TIME.exec(text) ?? [];
  if (!isDay(day)) return null;
  const utc = Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`) / 1_000;
  // An unencoded plus sign arrives from a URL as a blank.
  const east =
    sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(zoneHours) * 3_600 + Number(zoneMinutes) * 60);
  return Math.max(0, utc - east);
}

/** Parts of inputs that the OpenAPI document names. An `id` would make references of them, which tools' schemas do without. */
export const namedInputs = z.registry<{ name: string }>();

/** What narrows a search; programs made from the OpenAPI document know it as `name`. */
export function filters<Shape extends z.ZodRawShape>(
  name: string,
  shape: Shape,
  example: Record<string, string | string[]>,
) {
  return z
    .strictObject(shape)
    .register(namedInputs, { name })
    .optional()
    .meta({ description: 'Narrows the search; of several values any will do.', example });
}
