import { z } from 'zod';

// Input fields that operations share. Query strings carry text, tool calls carry JSON: both forms are read.

/** A whole number from 1 to `max`. */
export function limit(max: number, fallback: number) {
  return z
    .preprocess(
      (value) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value),
      z.int(`must be a whole number from 1 to ${max}`).min(1, `must be at least 1`).max(max, `must be at most ${max}`),
    )
    .default(fallback)
    .meta({
      type: 'integer',
      minimum: 1,
      maximum: max,
      default: fallback,
      description: `How many to return; ${fallback} unless given.`,
    });
}

const MAX_Q_CHARACTERS = 2_000;

export const q = z
  .string()
  // Characters as people count them: an emoji is one.
  .refine((text) => [...text].length <= MAX_Q_CHARACTERS, `must be at most ${MAX_Q_CHARACTERS} characters`)
  .default('');

/** The name of something: a key, an id, a type. Atlassian has none that is longer. */
export const name = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(255, 'must be at most 255 characters')
  .regex(/^\P{Cc}*$/u, 'must not hold control characters');

const MAX_UNKNOWN = 20;

/** Adds a problem for each member of a body that is not known; of thousands the first ones say enough. */
export function refuseUnknown(
  body: object,
  known: readonly string[],
  message: string,
  context: z.core.$RefinementCtx,
): void {
  const unknown = Object.keys(body).filter((member) => !known.includes(member));
  for (const member of unknown.slice(0, MAX_UNKNOWN)) context.addIssue({ code: 'custom', path: [member], message });
}

const MAX_MARKDOWN_CHARACTERS = 100_000;

/** Rich text as people write it. Limited, since parsing it keeps everybody else waiting. */
export const markdown = z
  .string()
  .max(MAX_MARKDOWN_CHARACTERS, `must be at most ${MAX_MARKDOWN_CHARACTERS} characters`)
  .optional()
  .meta({ description: 'Markdown.' });

export const cursor = z
  .string()
  .max(8_192)
  .transform((text) => text || undefined)
  .optional()
  .meta({ type: 'string', description: 'From `X-Next-Cursor` of the page before.' });

/** A string or an array of strings; several are alternatives. */
export const filterValues = z
  .union([name.transform((value) => [value]), z.array(name).min(1).max(50)], {
    error: 'must be a string or an array of strings',
  })
  .optional();

const day = z.iso.date('must be YYYY-MM-DD or epoch seconds');
const MAX_EPOCH_SECONDS = 253_402_300_799;

/** `YYYY-MM-DD` or epoch seconds. */
export const updatedSince = z
  .union([z.int().min(0).max(MAX_EPOCH_SECONDS), day], { error: 'must be YYYY-MM-DD or epoch seconds' })
  .optional();

/** `filters` as an object, or as the JSON text of one. */
export function filters<Shape extends z.ZodRawShape>(shape: Shape, example: string) {
  return z
    .preprocess(
      (value, context) => {
        if (typeof value !== 'string') return value;
        try {
          return JSON.parse(value);
        } catch {
          context.addIssue({ code: 'custom', message: 'must be a JSON object' });
          return z.NEVER;
        }
      },
      z.strictObject(shape, {
        error: (issue) => {
          if (issue.code !== 'unrecognized_keys') return 'must be a JSON object';
          const unknown = issue.keys.map((key: string) => JSON.stringify(key)).join(', ');
          return `unknown filter ${unknown}; known are ${Object.keys(shape).join(', ')}`;
        },
      }),
    )
    .optional()
    .meta({
      type: 'string',
      description: `A JSON object that narrows the search by ${Object.keys(shape).join(', ')}, such as \`${example}\`. Each is a string or an array of strings; \`updated_since\` is \`YYYY-MM-DD\` or epoch seconds.`,
    });
}
