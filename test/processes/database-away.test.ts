import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { CONNECTION, endOfBlock, Ground, type Instance, PROJECTS, until } from '../support/instances.ts';
import { ownServer } from '../support/postgres.ts';
import type { PostgresServer } from '../support/postgres-server.ts';

const AWAY_MS = 5_000;
/** None by itself while the tests run. */
const NO_SWEEP = { sweepEveryMs: 3_600_000 };

const atEnd = endOfBlock();
let server: PostgresServer;
let ground: Ground;
let instances: [Instance, Instance];

/** A service of two processes on a database of the server that is stopped; leeway 0: a lost pair is a lost grant. */
beforeAll(async () => {
  server = await ownServer();
  atEnd(() => server.remove());
  const options = { refreshReuseLeeway: 0, secondConsent: 'keeps', atEnd } as const;
  ground = await Ground.make({ postgresUrl: await newDatabase() }, options);
  instances = await Promise.all([ground.start({ holds: true, ...NO_SWEEP }), ground.start(NO_SWEEP)]);
});

async function connect(tenant: string): Promise<void> {
  expect(await ground.connect(instances, { tenant })).toBe('307 success');
  // Every process has open connections, which the server ends.
  for (const instance of instances) expect(await instance.projects(tenant)).toBe(200);
  ground.sandbox.clearRequests();
}

async function newDatabase(): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const client = new pg.Client({ connectionString: server.url() });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return server.url(name);
}

/** What a caller is told while the database is gone. */
async function expectAway(instance: Instance, path: string, tenant: string, method = 'GET'): Promise<void> {
  const { status, headers, body } = await instance.call(path, { tenant, method });
  expect({ path, status, code: body.code }).toEqual({ path, status: 503, code: 'INTERNAL_ERROR' });
  expect(body.retry_after).toBeGreaterThan(0);
  expect(headers.get('retry-after')).toBe(String(body.retry_after));
}

async function expectBack(tenant: string, inOrder: Instance[]): Promise<void> {
  for (const instance of inOrder) {
    expect((await instance.call('/readyz')).status).toBe(200);
    expect(await instance.projects(tenant)).toBe(200);
    expect(await instance.connection(tenant)).toMatchObject({ connected: true, error: null });
  }
}

describe('a database that goes away', () => {
  it('for 5 seconds during a refresh costs no pair, and every request meanwhile is told to come again', async () => {
    const tenant = 'during-a-refresh';
    await connect(tenant);
    ground.sandbox.expireAccessTokens();
    await instances[0].hold('answer');
    const caught = expectAway(instances[0], PROJECTS, tenant);
    await instances[0].held();
    await server.stop();
    await instances[0].release();
    const backAt = performance.now() + AWAY_MS;
    await caught;
    while (performance.now() < backAt) {
      for (const instance of instances) {
        for (const path of [PROJECTS, CONNECTION, '/readyz']) await expectAway(instance, path, tenant);
        await expectAway(instance, CONNECTION, tenant, 'DELETE');
        expect((await instance.call('/healthz')).status).toBe(200);
      }
      await sleep(250);
    }
    await server.startAgain();
    // The process that did not refresh is asked first: nobody but the other one's own retry helps it.
    await expectBack(tenant, [instances[1], instances[0]]);
    expect(ground.exchanges()).toHaveLength(1);
    expect(instances[0].process.output).toContain('could not be stored yet');
  });

  it('and is back needs no restart of the service', async () => {
    const tenant = 'back-again';
    await connect(tenant);
    await server.kill();
    await Promise.all(instances.flatMap((one) => [PROJECTS, '/readyz'].map((path) => expectAway(one, path, tenant))));
    await server.startAgain();
    await expectBack(tenant, instances);
    // Too short to be seen by any request: what remains are connections that the server has ended.
    await server.stop();
    await server.startAgain();
    await expectBack(tenant, instances);
    expect(ground.exchanges()).toHaveLength(0);
  });

  it('while a disconnect and a login are being written ends no process, and the login is written again', async () => {
    const tenant = 'being-written';
    await connect(tenant);
    await ground.lock();
    const waiting = expectAway(instances[0], CONNECTION, tenant, 'DELETE');
    const login = ground.connect([instances[1], instances[1]], { tenant: 'other', as: 'bob' });
    await until('the login is at its end', () => ground.exchanges('authorization_code').length === 1);
    await until('both wait for the lock', async () => (await ground.waiting()) === 2);
    await server.kill();
    await waiting;
    await server.startAgain();
    // The code is spent, so a login is written again as soon as that is possible.
    expect(await login).toBe('307 success');
    await expectBack(tenant, instances);
    expect(await instances[0].projects('other')).toBe(200);
  });
});
