import type { z } from 'zod';
import { AppError } from '../errors.ts';
import { wording } from './problem-wording.ts';
import { type Problem, type Tidied, type TidyOptions, tidy } from './tidy-input.ts';

const MAX_PROBLEMS = 20;
const MAX_CHARACTERS = 300;

export interface ParseOptions extends TidyOptions {
  /** What the value is, put before each parameter's name, e.g. `args`. */
  where?: string;
}

/**
 * Reads `value` as `schema`: the one place that reads what callers send, in queries, bodies and arguments of tools.
 * Names that are not known are refused; see `tidy` for what is taken for what.
 * @throws AppError `VALIDATION` naming every wrong parameter.
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown, options: ParseOptions = {}): T {
  const tidied = tidy(schema, value, options);
  if (tidied.problems.length === 0) {
    // Without our words, which zod would copy for each input: what is wrong is read once more for them.
    const { success, data } = schema.safeParse(tidied.value);
    if (success) return data;
  }
  const parsed = schema.safeParse(tidied.value, { error: wording });
  const { where } = options;
  // What could not be read is no longer there, and is not missing for that.
  const unread = new Set(tidied.problems.map(({ path }) => path.join('.')));
  const isTold = ({ path }: { path: PropertyKey[] }) => unread.has(path.map(String).join('.'));
  // A large body can be wrong in a million places; the first ones say enough.
  const issues = parsed.success ? [] : parsed.error.issues.filter((issue) => !isTold(issue)).slice(0, MAX_PROBLEMS);
  const wrong: Problem[] = [
    ...issues.map(({ path, message }) => ({ path: asWritten(path.map(String), tidied), message })),
    ...tidied.problems.slice(0, MAX_PROBLEMS),
  ];
  const problems = wrong.map(({ path, message, ...hints }) => ({
    parameter: nameOf(where === undefined ? path : [where, ...path]),
    message: shorten(message),
    ...hints,
  }));
  const message = problems.map(({ parameter, message }) => `${parameter}: ${message}`).join('; ');
  throw new AppError('VALIDATION', message, { details: { parameter: problems[0]?.parameter, problems } });
}

/** The path of a member where the caller wrote it. */
function asWritten(path: string[], { listed }: Tidied): string[] {
  const list = path.slice(0, -1);
  return listed.some((one) => one.join('.') === list.join('.')) ? list : path;
}

function nameOf(path: string[]): string {
  return path.length === 0 ? 'body' : shorten(path.map((name) => name || '""').join('.'));
}

function shorten(text: string): string {
  return text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS)}…`;
}
