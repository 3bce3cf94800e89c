import { isLoopback } from '../../urls.ts';
import type { AnswerHeaders } from './rate-limit-headers.ts';

/** Where Atlassian Cloud keeps the files of all sites. An address there holds a token for the one file. */
const FILE_HOSTS: ReadonlySet<string> = new Set(['api.media.atlassian.com']);

/**
 * Where the file is that a call asks for, when the answer is a redirect to it: at one of Atlassian's hosts for files, by
 * https. Null for any other answer, and for any other place: at the origin that was asked nothing is told without
 * credentials but that one has to sign in, unless it is the sandbox, which keeps files beside its API.
 */
export function fileLocation(
  { url, mayBeElsewhere = false }: { url: URL; mayBeElsewhere?: boolean },
  { status, headers }: { status: number; headers: AnswerHeaders },
): URL | null {
  const { location } = headers;
  if (!mayBeElsewhere || (status !== 302 && status !== 303) || typeof location !== 'string') return null;
  if (!URL.canParse(location, url.href)) return null;
  const target = new URL(location, url);
  if (target.username !== '' || target.password !== '') return null;
  const isFileHost = target.protocol === 'https:' && target.port === '' && FILE_HOSTS.has(target.hostname);
  return isFileHost || (target.origin === url.origin && isLoopback(url.hostname)) ? target : null;
}
