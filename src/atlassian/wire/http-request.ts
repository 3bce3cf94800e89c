import { FormData } from 'undici';
import type { FileWanted } from './file-answer.ts';
import type { Projection } from './projection.ts';
import type { RatePools } from './rate-limits.ts';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: URL;
  /** The path of `url` as the documents have it, parameters in braces. Default: the path itself. */
  endpoint?: string;
  headers?: Record<string, string>;
  /** Sent as JSON; undici's `FormData` as the form that it is. */
  body?: unknown;
  /** What is looked at of a JSON answer. Default: all of it. */
  projection?: Projection | undefined;
  /** Whether a repeat does no harm. */
  safe: boolean;
  /** The OAuth scope that the operation is documented to need. */
  scope?: string | undefined;
  /** What a person opens of the site that is asked. */
  siteUrl?: string;
  /** What to tell the user when Atlassian answers that it did not find something. */
  ifMissing?: string | undefined;
  /** Whose rate limits the call counts against. Default: none are kept. */
  pools?: RatePools;
  /** The file that is asked for. */
  file?: FileWanted;
  /** Whether it may be told by where it is kept: `fileLocation`. */
  mayBeElsewhere?: boolean;
}

export type FileRequest = HttpRequest & { file: FileWanted };

/** A call as errors name it: no host, no query. */
export function nameOf({ method, url }: HttpRequest): string {
  return `${method} ${url.pathname}`;
}

/** What is sent: JSON text or a form. */
export type Payload = string | FormData | null;

export function payloadOf({ body }: HttpRequest): Payload {
  if (body === undefined) return null;
  return body instanceof FormData ? body : JSON.stringify(body);
}

/** What is sent before a payload: names and values by turns, as undici takes them. */
export function headersOf({ headers = {} }: HttpRequest, payload: Payload): string[] {
  const told = ['accept', headers.accept ?? 'application/json'];
  // Of a form, undici tells the type with what parts its fields.
  const isJson = typeof payload === 'string';
  if (isJson) told.push('content-type', 'application/json');
  for (const name in headers) {
    if (name !== 'accept' && !(isJson && name === 'content-type')) told.push(name, headers[name] ?? '');
  }
  return told;
}
