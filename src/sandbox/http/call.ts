import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** One request as the route table sees it: read to the end, nothing interpreted yet but the path and the query. */
export interface Call {
  method: string;
  /** The URL path exactly as received, percent signs included. */
  path: string;
  /** Values of the `:name` segments of the route's path, decoded. */
  params: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** Turns a status and a message into the error body of one product. */
export type ErrorShape = (status: number, message: string) => Reply;

/** Ends a call from wherever a rule is broken. Without its own shape it is written in that of the path's product. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly shape?: ErrorShape,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

/** A refusal of what Atlassian would perhaps let pass: its prefix tells the reader of a failing test who is speaking. */
export function unexpected(status: number, what: string, headers?: Record<string, string>): Refused {
  return new Refused(status, `sandbox: ${what}`, undefined, headers);
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=UTF-8', ...headers },
    body: JSON.stringify(value),
  };
}

/** What a change answers that has nothing to show. */
export function noContent(): Reply {
  return { status: 204 };
}

/** Reads a request to the end of its body. */
export async function readCall(request: IncomingMessage): Promise<Call> {
  const [path = '', ...query] = (request.url ?? '').split('?');
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new Error('the request body is larger than the sandbox takes');
    chunks.push(chunk);
  }
  return {
    method: request.method ?? '',
    path,
    params: {},
    query: new URLSearchParams(query.join('?')),
    headers: request.headers,
    body: Buffer.concat(chunks),
  };
}

/**
 * Answers a call whatever happens: a refusal, or a bug of the sandbox's own, becomes a reply as well.
 *
 * @param shape for a refusal without a shape of its own
 */
export function settle(shape: ErrorShape, answer: () => Reply): Reply {
  try {
    return answer();
  } catch (error) {
    const refused = error instanceof Refused ? error : unexpected(500, `it broke: ${(error as Error).stack}`);
    const reply = (refused.shape ?? shape)(refused.status, refused.message);
    return { ...reply, headers: { ...reply.headers, ...refused.headers } };
  }
}

/** The shape in which Atlassian's API gateway, as opposed to a product behind it, reports an error. */
export const gatewayShape: ErrorShape = (status, message) => json(status, { code: status, message });
