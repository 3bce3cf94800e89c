import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { RouteDeps } from './call.ts';
import { failures, json } from './schemas.ts';

const BANNER = {
  name: 'atlassian-integration-service',
  docs: '/docs',
  openapi: '/openapi.json',
  connect: '/connect',
};
const Banner = z
  .object({ name: z.string(), docs: z.string(), openapi: z.string(), connect: z.string() })
  .meta({ id: 'Banner', examples: [BANNER] });
const Health = z.object({ status: z.literal('ok') }).meta({ id: 'Health', examples: [{ status: 'ok' }] });

export const healthRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { store }) => {
  app.get(
    '/',
    {
      schema: {
        tags: ['service'],
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
        schema: {
          tags: ['service'],
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
      schema: {
        tags: ['service'],
        summary: 'Readiness: the store answers and the keys are loaded',
        response: { 200: json('Ready.', Health), ...failures() },
      },
    },
    async () => {
      await store.ping();
      return { status: 'ok' as const };
    },
  );
};
