import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { z } from 'zod';
import { AppError } from '../errors.ts';

interface Path {
  segments: string[];
  /** Reads what stands in the segments that begin with a colon, where the route says what may. */
  params: z.ZodType | null;
  methods: Set<string>;
}

/**
 * Refuses what is no route: 405 with `Allow` where the path exists but not for that method, else 404. Told from the route
 * table, and before a body is read: of what is no route, no body can be wrong.
 */
export function refuseUnknownRoutes(app: FastifyInstance): void {
  const paths = new Map<string, Path>();
  app.addHook('onRoute', ({ url, method, schema }: RouteOptions) => {
    // The preflight of CORS, which is there for every path.
    if (url === '*') return;
    const params = schema?.params instanceof z.ZodType ? schema.params : null;
    const path = paths.get(url) ?? { segments: url.split('/'), params, methods: new Set() };
    for (const one of [method].flat()) path.methods.add(one);
    paths.set(url, path);
  });
  const refuse = (request: FastifyRequest, reply: FastifyReply): never => {
    const [url = ''] = request.url.split('?');
    const found = [...paths.values()].filter((path) => leadsTo(path, url));
    const allowed = [...new Set(found.flatMap(({ methods }) => [...methods]))].sort();
    if (allowed.length === 0 || allowed.includes(request.method)) {
      throw new AppError('NOT_FOUND', `There is no route ${request.method} ${url}.`);
    }
    reply.header('allow', allowed.join(', '));
    const message = `${request.method} is not allowed for ${url}: use ${allowed.join(' or ')}.`;
    throw new AppError('NOT_FOUND', message, { status: 405, details: { allow: allowed } });
  };
  app.addHook('onRequest', (request, reply, done) => {
    if (request.is404) refuse(request, reply);
    done();
  });
  app.setNotFoundHandler(refuse);
}

function leadsTo({ segments, params }: Path, url: string): boolean {
  const asked = url.split('/');
  const hasRest = segments.at(-1) === '*';
  if (hasRest ? asked.length < segments.length : asked.length !== segments.length) return false;
  const named: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const given = asked[index] ?? '';
    if (segment.startsWith(':')) named[segment.slice(1)] = decodeURIComponent(given);
    else if (segment !== given && !(hasRest && index === segments.length - 1)) return false;
  }
  return params === null || params.safeParse(named).success;
}
