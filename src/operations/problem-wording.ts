import type { z } from 'zod';
import { takesWholeNumbers } from '../json.ts';

/** Our words for everything that a schema can find wrong and has none of its own for: what would be right. */
export function wording(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      // Beyond 2^53 a number is no longer the one that was written.
      if (typeof issue.input === 'number' && issue.inst && takesWholeNumbers(issue.inst as z.core.$ZodType))
        return 'must be a string, or a whole number below 2^53';
      return wrongType(issue.expected, issue.input);
    case 'invalid_value':
      return `must be ${oneOf(issue.values.map(String))}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${unit(issue.origin, issue.maximum)}`;
    case 'too_small':
      if (issue.origin === 'string' && Number(issue.minimum) === 1) return 'must not be empty';
      return `must be at least ${issue.minimum}${unit(issue.origin, issue.minimum)}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return 'has the wrong form';
    case 'unrecognized_keys':
    case 'invalid_key':
      return 'has an unknown member';
    case 'invalid_element':
      return 'has an invalid entry';
    case 'invalid_union':
      return 'has none of the accepted forms';
    default:
      return 'is wrong';
  }
}

const TYPES: Record<string, string> = {
  object: 'a JSON object',
  record: 'a JSON object',
  array: 'a list',
  string: 'a string',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
};

function wrongType(expected: string, input: unknown): string {
  // Null where something must stand is no more than nothing.
  if (input === undefined || input === null) return 'is missing';
  const wanted = TYPES[expected];
  if (wanted === undefined) return 'must be omitted';
  // As when a query names a parameter twice.
  const isOne = expected !== 'object' && expected !== 'record';
  return isOne && Array.isArray(input) ? `must be ${wanted}, not several` : `must be ${wanted}`;
}

function oneOf(values: string[]): string {
  return values.length === 1 ? (values[0] ?? '') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}

function unit(origin: string, count: unknown): string {
  const noun = { string: 'character', array: 'entry' }[origin];
  if (noun === undefined) return '';
  if (Number(count) === 1) return ` ${noun}`;
  return noun === 'entry' ? ' entries' : ` ${noun}s`;
}
