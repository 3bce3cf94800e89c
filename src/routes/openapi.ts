import type { FastifyInstance } from 'fastify';
import { type FixedText, fixedText, sendFixedText } from '../http/fixed-text.ts';

/** `GET /openapi.json`, written once. */
export async function openApiRoutes(app: FastifyInstance): Promise<void> {
  let document: FixedText | null = null;
  app.get('/openapi.json', { config: { access: 'open' }, schema: { hide: true } }, (request, reply) => {
    document ??= fixedText(JSON.stringify(app.swagger()), {
      type: 'application/json; charset=utf-8',
      cacheControl: 'no-cache',
    });
    return sendFixedText(request, reply, document);
  });
}
