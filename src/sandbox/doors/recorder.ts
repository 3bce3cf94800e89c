import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Call } from '../http/call.ts';

const MAX_RECORDED = 10_000;

export interface RecordedRequest {
  method: string;
  /** As received. */
  path: string;
  /** A repeated parameter has all its values. */
  query: Record<string, string | string[]>;
  /** `authorization` holds `Bearer` and the first 8 hexadecimal digits of the token's SHA-256. */
  headers: Record<string, string>;
  /** Parsed where it is JSON or a form, else text; undefined where there was none. */
  body: unknown;
  /** What was answered; 0 while nothing is, and where a fault answers nothing. */
  status: number;
  /** Epoch milliseconds. */
  at: number;
}

/** Keeps the last requests, so that a test can count and read what was really sent. */
export class Recorder {
  readonly requests: RecordedRequest[] = [];

  record(call: Call, at: number): RecordedRequest {
    const { method, path } = call;
    const entry = {
      method,
      path,
      query: readQuery(call.query),
      headers: readHeaders(call.headers),
      body: readBody(call),
      status: 0,
      at,
    };
    this.requests.push(entry);
    if (this.requests.length > MAX_RECORDED) this.requests.shift();
    return entry;
  }
}

function readQuery(query: URLSearchParams): Record<string, string | string[]> {
  return Object.fromEntries(
    [...new Set(query.keys())].map((name) => {
      const values = query.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}

function readHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const text = Array.isArray(value) ? value.join(', ') : (value ?? '');
    plain[name] = name === 'authorization' ? maskToken(text) : text;
  }
  return plain;
}

function maskToken(authorization: string): string {
  const [scheme = '', token = ''] = authorization.split(' ', 2);
  return `${scheme} ${createHash('sha256').update(token).digest('hex').slice(0, 8)}`;
}

function readBody({ body, headers }: Call): unknown {
  if (body.length === 0) return undefined;
  const text = body.toString('utf8');
  if (String(headers['content-type']).startsWith('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
