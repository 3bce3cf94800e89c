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

/**
 * Whether Atlassian withholds a part of something that may itself be seen: the user, or the connection, lacks the right to
 * it, or the site has no such thing.
 */
function isWithheld(error: unknown): boolean {
  if (!(error instanceof AtlassianError)) return false;
  return error.isMissing || error.isScopeMismatch || (error.status === 403 && !error.isCaptcha);
}

/** A part of something, or null where it is withheld. */
export async function orWithheld<T>(lookup: () => Promise<T>): Promise<T | null> {
  try {
    return await lookup();
  } catch (error) {
    if (isWithheld(error)) return null;
    throw error;
  }
}
