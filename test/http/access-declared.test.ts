import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { ApiKeys } from '../../src/access/api-keys.ts';
import { Audit } from '../../src/access/audit.ts';
import { AuditIds } from '../../src/access/audit-id.ts';
import { Gatekeeper } from '../../src/access/gatekeeper.ts';
import { loadConfig } from '../../src/config.ts';
import { guardRoutes } from '../../src/http/guard.ts';
import { openStore } from '../../src/stores/open.ts';

/** A server that is guarded, and has no routes yet. */
async function guarded() {
  const { access: store } = await openStore({ kind: 'memory' });
  const clock = () => 0;
  const log = { warn: () => undefined };
  const keys = new ApiKeys({ store, clock, log });
  const app = fastify();
  guardRoutes(app, {
    config: loadConfig({}),
    gatekeeper: new Gatekeeper({ keys, jwt: null, allowUnauthenticated: false }),
    audit: new Audit({ store, clock, ids: new AuditIds(() => 0), log }),
    limit: async () => undefined,
  });
  return app;
}

const handler = async () => 'ok';

describe('a route that does not say who may call it', () => {
  it.each([
    { url: '/x', config: {} },
    { url: '/x', config: undefined },
    { url: '/docsx', config: undefined },
    { url: '/x/docs', config: undefined },
  ])('cannot be added: $url with $config', async ({ url, config }) => {
    const app = await guarded();
    expect(() => app.route({ method: 'GET', url, handler, ...(config && { config }) })).toThrow(
      `${url} does not say who may call it`,
    );
  });

  it.each([
    { method: 'GET', url: '/docs' },
    { method: 'GET', url: '/docs/static/x.css' },
    { method: 'OPTIONS', url: '/x' },
  ])('can be added where it is a plugin’s: $method $url', async (route) => {
    const app = await guarded();
    app.route({ ...route, handler });
    const headers = { host: 'localhost' };
    const { statusCode } = await app.inject({ method: route.method as 'GET', url: route.url, headers });
    expect(statusCode).toBe(200);
    await app.close();
  });
});
