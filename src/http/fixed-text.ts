import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A text that stays the same for as long as the process runs. */
export interface FixedText {
  text: string;
  type: string;
  etag: string;
  /** How long it may be used without asking. */
  cacheControl: string;
}

export function fixedText(text: string, { type, cacheControl }: Pick<FixedText, 'type' | 'cacheControl'>): FixedText {
  const etag = `W/"${createHash('sha256').update(text).digest('base64url')}"`;
  return { text, type, etag, cacheControl };
}

/** Sends it, unless who asks has it already (RFC 9110, 13.1.2). */
export function sendFixedText(request: FastifyRequest, reply: FastifyReply, fixed: FixedText): FastifyReply {
  const { text, type, etag, cacheControl } = fixed;
  // By a version of its own for each coding the tag would have to be another; a weak one is of what the text says.
  const vary = [reply.getHeader('vary'), 'accept-encoding'].filter(Boolean).join(', ');
  reply.headers({ etag, 'cache-control': cacheControl, vary });
  if (isAmong(etag, request.headers['if-none-match'])) return reply.code(304).send();
  return reply.type(type).send(text);
}

function isAmong(etag: string, header: string | undefined): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim());
  return tags.some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag.replace(/^W\//, ''));
}
