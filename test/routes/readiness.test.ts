import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { openRaw } from '../connections/refreshing.ts';
import { type ErrorBody, type Stage, start, temporaryFolder } from '../support/harness.ts';
import { freshDatabase, query } from '../support/postgres.ts';
import { ServiceProcess } from '../support/process.ts';
import { keyOf, STATE_SECRET } from '../support/secrets.ts';

const SECRETS = {
  TOKEN_ENCRYPTION_KEYS: `k1:${keyOf(1)}`,
  STATE_SIGNING_SECRET: STATE_SECRET,
};
const NO_WRITES = [503, 'INTERNAL_ERROR', 'The store is not accepting writes right now.'];
const AWAY = [503, 'INTERNAL_ERROR', 'The store is unavailable right now. Try again shortly.'];
const PATIENTLY = { timeout: 15_000, interval: 100 };

async function readiness(url: string): Promise<unknown[]> {
  const answer = await fetch(`${url}/readyz`);
  const { code, message } = (await answer.json()) as ErrorBody;
  return answer.status === 200 ? [200] : [answer.status, code, message];
}

const logged = (stage: Stage, ...messages: string[]) =>
  stage.logLines.map((line) => JSON.parse(line)).filter(({ msg }) => messages.includes(msg));

const embedded = () => join(temporaryFolder(), 'store.db');

describe('readiness', () => {
  it('ends while a PostgreSQL database is read-only, told to the log once, and comes back by itself', async () => {
    const url = await freshDatabase();
    const stage = await start({ env: { DATABASE_URL: url, ...SECRETS } });
    expect(await readiness(stage.url)).toEqual([200]);
    const name = new URL(url).pathname.slice(1);
    const setReadOnly = async (value: 'on' | 'off') => {
      await query(inject('postgresUrl'), `ALTER DATABASE ${name} SET default_transaction_read_only = ${value}`);
      await query(
        inject('postgresUrl'),
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
      );
    };
    /** Once the last write stands for no more probes. */
    const later = () => {
      stage.clock.advance(5);
      return readiness(stage.url);
    };
    await setReadOnly('on');
    await expect.poll(later, PATIENTLY).toEqual(NO_WRITES);
    for (let probe = 0; probe < 20; probe++) expect(await readiness(stage.url)).toEqual(NO_WRITES);
    await setReadOnly('off');
    await expect.poll(later, PATIENTLY).toEqual([200]);
    const told = logged(stage, 'not ready', 'ready again');
    // A probe may meet a session that was just ended, and then the store failed last.
    const refusals = told.filter(({ msg, failing }) => msg === 'not ready' && failing !== 'store');
    expect(refusals).toMatchObject([{ failing: 'writes' }]);
    expect(JSON.stringify(refusals[0].err)).toContain('read-only transaction');
    expect(told.at(-1)).toMatchObject({ msg: 'ready again' });
    expect(logged(stage, 'request failed')).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('ends while the disk of an embedded database is full', async () => {
    const folder = temporaryFolder();
    const service = new ServiceProcess(
      'main.js',
      { PORT: '0', DATABASE_URL: `file:${join(folder, 'store.db')}` },
      folder,
    );
    const url = await service.address();
    expect(await readiness(url)).toEqual([200]);
    // To a process that may not make any file longer, every disk is full; its output goes to a pipe.
    const limit = (bytes: string) => execFileSync('prlimit', ['--pid', String(service.pid), `--fsize=${bytes}:`]);
    limit('1');
    await expect.poll(() => readiness(url), PATIENTLY).toEqual(NO_WRITES);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    limit('unlimited');
    await expect.poll(() => readiness(url), PATIENTLY).toEqual([200]);
  });

  it.each(['audit', 'api_keys', 'grants'])('ends when the table %s is gone', async (table) => {
    const path = embedded();
    const stage = await start({ env: { DATABASE_URL: `file:${path}` } });
    openRaw(path).exec(`PRAGMA foreign_keys = OFF; DROP TABLE ${table}`);
    expect(await readiness(stage.url)).toEqual(AWAY);
  });

  it('costs one write for any number of probes within seconds', async () => {
    const path = embedded();
    const stage = await start({ env: { DATABASE_URL: `file:${path}` } });
    const raw = openRaw(path);
    raw.exec(`CREATE TABLE writes (name TEXT);
      CREATE TRIGGER made AFTER INSERT ON meta BEGIN INSERT INTO writes VALUES (NEW.name); END;
      CREATE TRIGGER changed AFTER UPDATE ON meta BEGIN INSERT INTO writes VALUES (NEW.name); END;`);
    const probes = await Promise.all(Array.from({ length: 50 }, () => readiness(stage.url)));
    expect(probes).toEqual(probes.map(() => [200]));
    expect(raw.prepare('SELECT name FROM writes').pluck().all()).toEqual(['write_probe']);
  });
});
