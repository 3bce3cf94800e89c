import type { z } from 'zod';
import { AppError } from '../errors.ts';

const MAX_PROBLEMS = 20;
const MAX_CHARACTERS = 300;

/**
 * Reads `value` as `schema`.
 * @param where what the value is, put before each parameter's name, e.g. `args`.
 * @throws AppError `VALIDATION` naming every wrong parameter.
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown, where: string | null = null): T {
  const parsed = schema.safeParse(value, { error: plainWords });
  if (parsed.success) return parsed.data;
  // A large body can be wrong in a million places; the first ones say enough.
  const problems = parsed.error.issues.slice(0, MAX_PROBLEMS).map((issue) => ({
    parameter: shorten([...(where === null ? [] : [where]), ...issue.path].join('.')) || 'body',
    message: shorten(issue.message),
  }));
  const message = problems.map(({ parameter, message }) => `${parameter}: ${message}`).join('; ');
  throw new AppError('VALIDATION', message, { details: { parameter: problems[0]?.parameter, problems } });
}

function shorten(text: string): string {
  return text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS)}…`;
}

/** Our words for the two commonest mistakes, where a schema has none of its own. */
function plainWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  if (issue.expected === 'object' || issue.expected === 'record') return 'must be a JSON object';
  return issue.input === undefined ? 'is missing' : undefined;
}
