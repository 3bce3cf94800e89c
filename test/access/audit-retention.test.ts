import { afterEach, describe, expect, it, vi } from 'vitest';
import { AuditRetention } from '../../src/access/audit-retention.ts';
import { SharedClock } from '../../src/access/shared-clock.ts';
import { openStore } from '../../src/stores/open.ts';
import { start } from '../support/harness.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('old audit records', () => {
  const DAY = 86_400;
  const NOW = 1_000 * DAY;

  /** A store of one record a day for 100 days, whose clock and that of the process can be set. */
  async function stored() {
    const clocks = { store: NOW, process: NOW };
    const store = await openStore({ kind: 'memory' }, { clock: () => clocks.store * 1_000 });
    const record = { tenantId: 'a', caller: null, operation: 'x', target: null, outcome: 'ok', requestId: null };
    for (let age = 1; age <= 100; age++) {
      await store.access.appendAudit({ ...record, id: `${age} days`, at: NOW - age * DAY });
    }
    const lines: unknown[] = [];
    const log = {
      info: (facts: object, message: string) => void lines.push({ message, facts }),
      warn: (facts: object, message: string) => void lines.push({ message, facts }),
    };
    const sharedClock = new SharedClock({ now: () => store.now(), clock: () => clocks.process, log });
    const left = () => store.access.listAudit({ tenantId: null, since: null, before: null, limit: 5_000 });
    const create = (days = 90) => new AuditRetention({ store, sharedClock, days, log });
    /** What a process that starts now drops first. */
    const run = async () => {
      await create().dropOld();
      return (await left()).length;
    };
    const dropped = vi.spyOn(store.access, 'dropAudit');
    return { store, record, clocks, run, left, lines, create, dropped };
  }

  it('are dropped by no process whose clock differs from that of the database, which is told once', async () => {
    for (const skew of [400 * DAY, -400 * DAY, 301]) {
      const { clocks, run, lines } = await stored();
      clocks.process += skew;
      expect({ first: await run(), second: await run() }).toEqual({ first: 100, second: 100 });
      expect(lines).toEqual([
        {
          message: expect.stringContaining('the clocks of this process and the database differ'),
          facts: { ahead_seconds: skew },
        },
      ]);
      clocks.process = NOW + 300;
      expect(await run()).toBe(90);
      expect(lines.slice(1, 2)).toEqual([
        { message: 'the clocks of this process and the database agree again', facts: { ahead_seconds: 300 } },
      ]);
    }
  });

  it('are dropped a day an hour at most, by whatever clock', async () => {
    const { clocks, run } = await stored();
    expect(await run()).toBe(90);
    clocks.store = clocks.process = NOW + 400 * DAY;
    // However often a process starts, or how many there are.
    expect({ first: await run(), second: await run(), third: await run() }).toEqual({
      first: 89,
      second: 89,
      third: 89,
    });
    clocks.store = clocks.process += 3_600;
    expect(await run()).toBe(88);
    clocks.store = clocks.process = NOW + 3 * DAY;
    expect(await run()).toBe(87);
  });

  it('are dropped a day later once another process has had its turn for 50 minutes', async () => {
    const { clocks, run } = await stored();
    const leftAfter = async (seconds: number) => {
      clocks.store = clocks.process += seconds;
      return run();
    };
    expect({
      first: await leftAfter(400 * DAY),
      'after 2,999 s': await leftAfter(2_999),
      'after 3,000 s': await leftAfter(1),
      'after 5,999 s': await leftAfter(2_999),
      'after 6,000 s': await leftAfter(1),
    }).toEqual({ first: 90, 'after 2,999 s': 90, 'after 3,000 s': 89, 'after 5,999 s': 89, 'after 6,000 s': 88 });
  });

  it('are dropped after the days that are set, to the second, which is told where there were any', async () => {
    const { store, record, left, lines, create } = await stored();
    await store.access.appendAudit({ ...record, id: 'last', at: NOW });
    await store.access.appendAudit({ ...record, id: 'older', at: NOW - DAY - 1 });
    await create(1).dropOld();
    expect((await left()).map(({ id }) => id)).toEqual(['last', '1 days']);
    await create(1).dropOld();
    expect(lines).toEqual([{ message: 'old audit records were dropped', facts: { dropped: 100, days: 1 } }]);
  });

  it('that are none cost nothing and are not told', async () => {
    const { store, run, lines } = await stored();
    await store.access.dropAudit(NOW, 100);
    expect({ left: await run(), lines }).toEqual({ left: 0, lines: [] });
  });

  it('that cannot be dropped are told, and dropped the next time', async () => {
    const { run, lines, dropped } = await stored();
    const failure = new Error('the disk is full');
    dropped.mockRejectedValueOnce(failure);
    expect(await run()).toBe(100);
    expect(lines).toEqual([{ message: 'old audit records could not be dropped', facts: { err: failure } }]);
    expect(await run()).toBe(90);
  });

  it('are dropped a minute after the start and every hour, until the stop', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { create, dropped } = await stored();
    const retention = create();
    const timesAfter = async (ms: number) => {
      await vi.advanceTimersByTimeAsync(ms);
      return dropped.mock.calls.length;
    };
    retention.start();
    expect({
      before: await timesAfter(59_999),
      'after a minute': await timesAfter(1),
      later: await timesAfter(3_599_999),
      'after an hour more': await timesAfter(1),
    }).toEqual({ before: 0, 'after a minute': 1, later: 1, 'after an hour more': 2 });
    await retention.stop();
    expect(await timesAfter(7_200_000)).toBe(2);
  });

  it('are dropped by a service that is up for a minute, after the days of AUDIT_RETENTION_DAYS', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const stage = await start({ env: { AUDIT_RETENTION_DAYS: '30' } });
    const disconnect = (id: string) =>
      stage.call('/connectors/jira/connection', { method: 'DELETE', headers: { 'x-request-id': id } });
    const recorded = async () =>
      (await stage.call<{ request_id: string }[]>('/audit')).body.map(({ request_id: id }) => id);
    await disconnect('32-days-old');
    stage.clock.advance(3 * DAY);
    await disconnect('29-days-old');
    stage.clock.advance(29 * DAY);
    await disconnect('today');
    const before = await recorded();
    await vi.advanceTimersByTimeAsync(60_000);
    const after = await recorded();
    await stage.stop();
    expect({ before, after }).toEqual({
      before: ['today', '29-days-old', '32-days-old'],
      after: ['today', '29-days-old'],
    });
  });

  it('are left to the next start by a stop, but for the 1,000 that are being dropped, which it waits for', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { store, record, left, create, dropped } = await stored();
    for (let n = 0; n < 2_500; n++) await store.access.appendAudit({ ...record, id: `old ${n}`, at: NOW - 200 * DAY });
    const events: string[] = [];
    let goOn = () => {};
    const drop = store.access.dropAudit.bind(store.access);
    dropped.mockImplementationOnce(async (before, limit) => {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      events.push('dropped');
      dropped.mockRestore();
      return drop(before, limit);
    });
    const retention = create();
    retention.start();
    await vi.advanceTimersByTimeAsync(60_000);
    const stopped = retention.stop().then(() => events.push('stopped'));
    goOn();
    await stopped;
    expect({ events, left: (await left()).length }).toEqual({ events: ['dropped', 'stopped'], left: 1_600 });
  });
});
