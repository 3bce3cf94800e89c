import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/**
 * `GET /openapi.json`: the same text for as long as the process runs, so that it is written once. Whoever has it asks
 * whether it has changed (RFC 9110, 13.1.2).
 */
export async function openApiRoutes(app: FastifyInstance): Promise<void> {
  let document: { text: string; etag: string } | null = null;
  app.get('/openapi.json', { config: { access: 'open' }, schema: { hide: true } }, async (request, reply) => {
    document ??= tagged(JSON.stringify(app.swagger()));
    const { text, etag } = document;
    // By a version of its own for each coding the tag would have to be another; a weak one is of what the text says.
    const vary = [reply.getHeader('vary'), 'accept-encoding'].filter(Boolean).join(', ');
    reply.headers({ etag, 'cache-control': 'no-cache', vary });
    if (isAmong(etag, request.headers['if-none-match'])) return reply.code(304).send();
    return reply.type('application/json; charset=utf-8').send(text);
  });
}

function tagged(text: string): { text: string; etag: string } {
  return { text, etag: `W/"${createHash('sha256').update(text).digest('base64url')}"` };
}

function isAmong(etag: string, header: string | undefined): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim());
  return tags.some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag.replace(/^W\//, ''));
}
