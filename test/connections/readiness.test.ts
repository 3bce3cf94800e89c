import { describe, expect, it } from 'vitest';
import { Vault } from '../../src/connections/grants/vault.ts';
import { Readiness } from '../../src/connections/readiness.ts';
import { AppError } from '../../src/errors.ts';
import { openStore } from '../../src/stores/open.ts';
import { loginOf } from '../stores/records.ts';
import { keyBytes } from '../support/secrets.ts';
import { type Hooks, hooked } from './parts.ts';

const vaultOf = (id: string) => new Vault([{ id, key: keyBytes(1) }]);
const readable = vaultOf('k1');
const KEY = { tenantId: 'acme', provider: 'jira' } as const;

/** Probes of a store whose grant is sealed with the key `k1`, and what became of them. */
async function probes({ vault = readable, ownClock = false } = {}) {
  const real = await openStore({ kind: 'memory' });
  await real.saveLogin(loginOf(KEY, 'grant-1'));
  const seen = { writes: 0, ms: 1_000_000, lines: [] as string[], writeFails: false };
  const hooks: Hooks = {
    writeMeta: (write) => async (name, value) => {
      seen.writes++;
      if (seen.writeFails) throw new Error('read-only');
      await write(name, value);
    },
  };
  const log = {
    info: (facts: object, message: string) => void seen.lines.push(`${message}: ${JSON.stringify(facts)}`),
    warn: ({ failing }: { failing?: string }, message: string) => void seen.lines.push(`${message}: ${failing}`),
  };
  const clock = ownClock ? {} : { now: () => seen.ms };
  const readiness = new Readiness({ store: hooked(real, hooks), vault, ...clock });
  const probe = () =>
    readiness.check(log).then(
      () => 'ready',
      (error: unknown) => {
        if (!(error instanceof AppError)) throw error;
        const { code, status, retryAfter, message } = error;
        return { code, status, retryAfter, message };
      },
    );
  return { seen, hooks, probe };
}

const notReady = (message: string) => ({ code: 'INTERNAL_ERROR', status: 503, retryAfter: 5, message });
const NO_WRITES = notReady('The store is not accepting writes right now.');

describe('a probe', () => {
  it.each([
    { outcome: 'that succeeded', writeFails: false, ms: 5_000, told: 'ready' },
    { outcome: 'that was refused', writeFails: true, ms: 2_000, told: NO_WRITES },
  ])('takes the outcome of a write $outcome for $ms ms', async ({ writeFails, ms, told }) => {
    const { seen, probe } = await probes();
    seen.writeFails = writeFails;
    expect(await probe()).toEqual(told);
    // What the store would say now is not asked for.
    seen.writeFails = !writeFails;
    seen.ms += ms - 1;
    expect({ told: await probe(), writes: seen.writes }).toEqual({ told, writes: 1 });
    seen.ms += 1;
    expect({ told: await probe(), writes: seen.writes }).toEqual({ told: writeFails ? 'ready' : NO_WRITES, writes: 2 });
  });

  it("takes the outcome of the last write for a while by the machine's own clock, too", async () => {
    const { seen, probe } = await probes({ ownClock: true });
    expect({ first: await probe(), second: await probe(), writes: seen.writes }).toEqual({
      first: 'ready',
      second: 'ready',
      writes: 1,
    });
  });

  it('waits for a write under way instead of making another', async () => {
    const { seen, hooks, probe } = await probes();
    const { writeMeta } = hooks;
    let end = () => undefined as unknown;
    const ended = new Promise((resolve) => {
      end = () => resolve(undefined);
    });
    hooks.writeMeta = (write) => async (name, value) => {
      await writeMeta?.(write)(name, value);
      await ended;
    };
    const waiting = [probe(), probe()];
    await new Promise(setImmediate);
    seen.ms += 60_000;
    waiting.push(probe());
    end();
    expect({ told: await Promise.all(waiting), writes: seen.writes }).toEqual({
      told: ['ready', 'ready', 'ready'],
      writes: 1,
    });
  });

  it('fails on an instance that lacks the key of a stored grant', async () => {
    const { seen, probe } = await probes({ vault: vaultOf('another') });
    expect(await probe()).toEqual(notReady('An encryption key is missing on this instance.'));
    expect(seen.lines).toEqual(['not ready: keys']);
  });

  it('fails while the store cannot be read', async () => {
    const { seen, hooks, probe } = await probes();
    hooks.ping = () => async () => {
      throw new Error('away');
    };
    expect(await probe()).toEqual(notReady('The store is unavailable right now. Try again shortly.'));
    expect(seen).toMatchObject({ writes: 0, lines: ['not ready: store'] });
  });

  it('logs each change once, and nothing while all is well', async () => {
    const { seen, hooks, probe } = await probes();
    await probe();
    await probe();
    expect(seen.lines).toEqual([]);
    seen.ms += 5_000;
    seen.writeFails = true;
    await probe();
    await probe();
    hooks.ping = () => async () => {
      throw new Error('away');
    };
    await probe();
    delete hooks.ping;
    seen.ms += 2_000;
    seen.writeFails = false;
    await probe();
    await probe();
    expect(seen.lines).toEqual(['not ready: writes', 'not ready: store', 'ready again: {"failing":"store"}']);
  });
});
