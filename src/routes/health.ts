import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { RouteDeps } from '../http/route-deps.ts';
import { failures, json } from '../http/schemas.ts';

const BANNER = {
  name: 'atlassian-integration-service',
  docs: '/docs',
  openapi: '/openapi.json',
  connect: '/connect',
};
const Banner = z
  .object({ name: z.string(), docs: z.string(), openapi: z.string(), connect: z.string() })
  .meta({ id: 'Banner' });
const OAuthApp = z
  .object({ status: z.enum(['ok', 'refused', 'not_configured']), since: z.number().int().nullable() })
  .meta({ id: 'OAuthApp' });
const Log = z.object({ status: z.enum(['ok', 'dropping']), dropped: z.number().int() });
const Readiness = z
  .object({
    status: z.literal('ok'),
    details: z.object({ log: Log, oauth_apps: z.object({ jira: OAuthApp, confluence: OAuthApp }) }),
  })
  .meta({
    id: 'Readiness',
    description:
      "`refused`: Atlassian has refused the OAuth app's id or secret since then. `dropping`: lines of the log are lost.",
  });
const Health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });

export const healthRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { connections, logState }) => {
  app.get(
    '/',
    {
      config: { access: 'open' },
      schema: {
        tags: ['service'],
        operationId: 'getBanner',
        summary: 'What this is',
        response: { 200: json('The banner.', Banner), ...failures() },
      },
    },
    async () => BANNER,
  );

  for (const path of ['/health', '/healthz']) {
    app.get(
      path,
      {
        config: { access: 'open' },
        schema: {
          tags: ['service'],
          operationId: path === '/healthz' ? 'getHealth' : 'getHealthByOldPath',
          summary: 'Liveness',
          response: { 200: json('The process runs.', Health), ...failures() },
        },
      },
      async () => ({ status: 'ok' as const }),
    );
  }

  app.get(
    '/readyz',
    {
      config: { access: 'open' },
      schema: {
        tags: ['service'],
        operationId: 'getReadiness',
        summary: 'Readiness: the store answers and takes writes, and the keys are loaded',
        response: { 200: json('Ready.', Readiness), ...failures() },
      },
    },
    async ({ log }) => {
      await connections.ready(log);
      return { status: 'ok' as const, details: { log: logState(), oauth_apps: connections.apps() } };
    },
  );
};
