import type { AnswerHeaders } from './rate-limit-headers.ts';

/** A file. */
export interface FileAnswer {
  bytes: Uint8Array;
  /** As the answer tells it, or empty. */
  contentType: string;
}

/** Where Atlassian Cloud keeps the files of all sites. An address there holds a token for the one file. */
const FILE_HOSTS: ReadonlySet<string> = new Set(['api.media.atlassian.com']);

/**
 * Where the file is that a call asks for, when the answer is a redirect to it: at one of Atlassian's hosts for files, by
 * https, or at the origin that was asked. Null for any other answer, and for any other place.
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
  return isFileHost || target.origin === url.origin ? target : null;
}
