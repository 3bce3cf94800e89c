import { AtlassianError } from '../atlassian/wire/atlassian-error.ts';
import { AppError } from '../errors.ts';

/** What a lookup finds, or null when Atlassian knows of no such thing that the user could see. */
export async function orNull<T>(lookup: () => Promise<T>): Promise<T | null> {
  try {
    return await lookup();
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** Whether Atlassian, or this service, says that there is no such thing. */
export function isNotFound(error: unknown): boolean {
  const missing = error instanceof AtlassianError && error.isMissing;
  return missing || (error instanceof AppError && error.code === 'NOT_FOUND');
}
