import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONNECTION, Ground, type Instance, type InstanceOptions, PROJECTS, until } from '../support/instances.ts';
import { PostgresServer } from '../support/postgres-server.ts';

const AWAY_MS = 5_000;

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server.remove());

/** A service of two processes on a database of the server that is stopped; leeway 0: a lost pair is a lost grant. */
async function connected(options: InstanceOptions = {}): Promise<{ ground: Ground; instances: [Instance, Instance] }> {
  const ground = await Ground.make({ postgresUrl: await newDatabase() }, { refreshReuseLeeway: 0 });
  const instances = await Promise.all([ground.start(options), ground.start()]);
  expect(await ground.connect(instances)).toBe('307 success');
  // Every process has open connections, which the server ends.
  expect(await Promise.all(instances.map((instance) => instance.projects()))).toEqual([200, 200]);
  return { ground, instances };
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
async function expectAway(instance: Instance, path: string, method = 'GET'): Promise<void> {
  const { status, headers, body } = await instance.call(path, { method });
  expect({ path, status, code: body.code }).toEqual({ path, status: 503, code: 'INTERNAL_ERROR' });
  expect(body.retry_after).toBeGreaterThan(0);
  expect(headers.get('retry-after')).toBe(String(body.retry_after));
}

async function expectBack(instances: Instance[]): Promise<void> {
  for (const instance of instances) {
    expect((await instance.call('/readyz')).status).toBe(200);
    expect(await instance.projects()).toBe(200);
    expect(await instance.connection()).toMatchObject({ connected: true, error: null });
  }
}

describe('a database that goes away', () => {
  it('for 5 seconds during a refresh costs no pair, and every request meanwhile is told to come again', async () => {
    const { ground, instances } = await connected({ hold: 'answer' });
    ground.sandbox.expireAccessTokens();
    const caught = expectAway(instances[0], PROJECTS);
    await instances[0].held();
    await server.stop();
    await instances[0].release();
    const backAt = performance.now() + AWAY_MS;
    await caught;
    while (performance.now() < backAt) {
      for (const instance of instances) {
        for (const path of [PROJECTS, CONNECTION, '/readyz']) await expectAway(instance, path);
        await expectAway(instance, CONNECTION, 'DELETE');
        expect((await instance.call('/healthz')).status).toBe(200);
      }
      await sleep(250);
    }
    await server.startAgain();
    // The process that did not refresh is asked first: nobody but the other one's own retry helps it.
    await expectBack([instances[1], instances[0]]);
    expect(ground.exchanges()).toHaveLength(1);
    expect(instances[0].process.output).toContain('could not be stored yet');
  });

  it('and is back needs no restart of the service', async () => {
    const { ground, instances } = await connected();
    await server.kill();
    await Promise.all(instances.flatMap((one) => [PROJECTS, '/readyz'].map((path) => expectAway(one, path))));
    await server.startAgain();
    await expectBack(instances);
    // Too short to be seen by any request: what remains are connections that the server has ended.
    await server.stop();
    await server.startAgain();
    await expectBack(instances);
    expect(ground.exchanges()).toHaveLength(0);
  });

  it('while a disconnect and a login are being written ends no process, and the login is written again', async () => {
    const { ground, instances } = await connected();
    await ground.lock();
    const waiting = expectAway(instances[0], CONNECTION, 'DELETE');
    const login = ground.connect([instances[1], instances[1]], { tenant: 'other', as: 'bob' });
    await until('the login is at its end', () => ground.exchanges('authorization_code').length === 2);
    await until('both wait for the lock', async () => (await ground.waiting()) === 2);
    await server.kill();
    await waiting;
    await server.startAgain();
    // The code is spent, so a login is written again as soon as that is possible.
    expect(await login).toBe('307 success');
    await expectBack(instances);
    expect(await instances[0].projects('other')).toBe(200);
  });
});
