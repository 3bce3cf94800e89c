import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../commands/run.ts';
import { bearer } from '../support/credentials.ts';
import { temporaryFolder } from '../support/harness.ts';
import type { Engine } from '../support/instances.ts';
import { freshDatabase } from '../support/postgres.ts';
import { ServiceProcess } from '../support/process.ts';

/** Until when a revocation holds on every instance. */
const SPREAD_MS = 5_000;

/** One database, on which processes of the service and of the command work. */
async function groundOf(engine: Engine) {
  const folder = temporaryFolder();
  const env = {
    PORT: '0',
    DATABASE_URL: engine === 'SQLite' ? `file:${join(folder, 'store.db')}` : await freshDatabase(),
    STATE_SIGNING_SECRET: randomBytes(32).toString('base64'),
    TOKEN_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  };
  const keys = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await run('keys', env, ...args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return out.trimEnd().split('\n').at(-1) ?? '';
  };
  const startService = async () => {
    const process = new ServiceProcess('main.js', env, folder);
    return { process, url: await process.address() };
  };
  return { keys, startService };
}

/** What is answered to who has the key, or none. */
async function statusAt({ url }: { url: string }, key?: string): Promise<number> {
  const answer = await fetch(`${url}/connectors`, { headers: key === undefined ? {} : bearer(key) });
  await answer.arrayBuffer();
  return answer.status;
}

describe.each<Engine>(['SQLite', 'PostgreSQL'])('a key that the command made on %s', (engine) => {
  it('works after the process was killed and started again, and is refused by two within 5 s after it was revoked, while another works on', async () => {
    const { keys, startService } = await groundOf(engine);
    const gone = await keys('create', '--tenant', 'acme', '--role', 'agent');
    const kept = await keys('create', '--tenant', 'acme', '--role', 'agent');
    const expectAt = async (service: { url: string }, expected: { gone: number; kept: number }) => {
      const seen = {
        gone: await statusAt(service, gone),
        kept: await statusAt(service, kept),
        none: await statusAt(service),
      };
      // The door stays shut for others.
      expect(seen).toEqual({ ...expected, none: 401 });
    };

    const [first, two] = await Promise.all([startService(), startService()]);
    for (const service of [first, two]) await expectAt(service, { gone: 200, kept: 200 });
    await first.process.kill('SIGKILL');
    const one = await startService();
    await expectAt(one, { gone: 200, kept: 200 });

    await keys('revoke', gone.slice(0, 20));
    const revokedAt = performance.now();
    const refusedAfter = [one, two].map(async (service) => {
      // A pause between two looks, since the process needs the core, too.
      const patiently = { interval: 100, timeout: 40_000 };
      await expect.poll(() => statusAt(service, gone), patiently).toBe(401);
      return performance.now() - revokedAt;
    });
    for (const elapsed of await Promise.all(refusedAfter)) expect(elapsed).toBeLessThan(SPREAD_MS);
    for (const service of [one, two]) await expectAt(service, { gone: 401, kept: 200 });
  });
});
