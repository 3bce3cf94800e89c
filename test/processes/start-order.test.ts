import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../support/harness.ts';
import { ownServer } from '../support/postgres.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { ServiceProcess } from '../support/process.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await ownServer();
});
afterAll(() => server.remove());

function run(url: string): ServiceProcess {
  const env = {
    PORT: '0',
    DATABASE_URL: url,
    STATE_SIGNING_SECRET: randomBytes(32).toString('base64'),
    TOKEN_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  };
  return new ServiceProcess('main.js', env, temporaryFolder());
}

it('a service that starts before its database waits for it, and says so', async () => {
  await server.stop();
  const service = run(server.url());
  await service.saw(/"seconds_left":\d+,"msg":"the database is not ready yet, trying again"/);
  await server.startAgain();
  expect((await fetch(`${await service.address()}/readyz`)).status).toBe(200);
  expect(service.output).toContain('ECONNREFUSED');
});

it('a service that waits for its database ends at once on SIGTERM', async () => {
  await server.stop();
  const service = run(server.url());
  await service.saw(/not ready yet/);
  // As shells report a signal, which is sent to itself by a process that is not the first of a container.
  expect(await service.kill('SIGTERM')).toBe(143);
  expect(service.output).toContain('stopped before the start was complete');
  await server.startAgain();
});

it.each([
  {
    name: 'a wrong password',
    change: (url: string) => url.replace(/:[^:@]*@/, ':hunter2@'),
    words: 'password authentication failed',
  },
  {
    name: 'a database that does not exist',
    change: (url: string) => url.replace(/[^/]*$/, 'of_nobody'),
    words: 'does not exist',
  },
  { name: 'a server without TLS', change: (url: string) => `${url}?sslmode=verify-full`, words: 'does not offer TLS' },
])('$name ends the start at once', async ({ change, words }) => {
  const service = run(change(server.url()));
  expect(await service.exitCode()).toBe(1);
  expect(service.output).toContain(words);
  expect(service.output).not.toMatch(/hunter2|not ready yet/);
});
