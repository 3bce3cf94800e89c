import type { z } from 'zod';
import { AppError } from '../errors.ts';

/**
 * Reads `value` as `schema`.
 * @param where what the value is, put before each parameter's name, e.g. `args`.
 * @throws AppError `VALIDATION` naming every wrong parameter.
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown, where: string | null = null): T {
  const parsed = schema.safeParse(value, { error: plainWords });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => ({
    parameter: [...(where === null ? [] : [where]), ...issue.path].join('.') || 'body',
    message: issue.message,
  }));
  const message = problems.map(({ parameter, message }) => `${parameter}: ${message}`).join('; ');
  throw new AppError('VALIDATION', message, { details: { parameter: problems[0]?.parameter, problems } });
}

/** Our words for the two commonest mistakes, where a schema has none of its own. */
function plainWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  if (issue.expected === 'object' || issue.expected === 'record') return 'must be a JSON object';
  return issue.input === undefined ? 'is missing' : undefined;
}
