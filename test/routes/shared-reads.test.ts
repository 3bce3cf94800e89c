import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { connectAs, TOKENS_ENABLED } from '../support/accounts.ts';
import { sent } from '../support/atlassian.ts';
import { bearer, JWT_ENV, tokenOf } from '../support/credentials.ts';
import { type ErrorBody, type Stage, start } from '../support/harness.ts';
import { HeldAnswers } from '../support/held-answers.ts';
import { RecordingProxy } from '../support/recording-proxy.ts';

/** A connected service whose calls to Atlassian pass a proxy. */
async function startBehindProxy(env: Record<string, string> = {}): Promise<{ stage: Stage; proxy: RecordingProxy }> {
  const proxy = await RecordingProxy.start();
  const stage = await start({ env: { ATLASSIAN_API_BASE_URL: proxy.url, ...env } });
  proxy.target = stage.sandbox.url;
  return { stage, proxy };
}

/** Resolves when the service has read so many requests from now on, and each has come as far as it can by itself. */
function arrivals(stage: Stage): (count: number) => Promise<void> {
  let arrived = 0;
  stage.service.app.server.on('request', () => {
    arrived += 1;
  });
  return async (count) => {
    await expect.poll(() => arrived, { interval: 2 }).toBe(count);
    for (let turn = 0; turn < 5; turn++) await setImmediate();
  };
}

const NOTHING = { issues: [], isLast: true };
const SEARCH = '/connectors/jira/search?q=printer';
const SEARCH_CALL = '/search/jql';

describe('the same read, asked for twice by one caller at the same time,', () => {
  it.each([
    { name: 'a search', path: SEARCH, upstream: SEARCH_CALL, answer: NOTHING },
    {
      name: 'a list of projects',
      path: '/connectors/jira/projects',
      upstream: '/project/search',
      answer: { values: [], isLast: true },
    },
  ])('makes one call for $name, and each has an answer of its own', async ({ path, upstream, answer }) => {
    const { stage, proxy } = await startBehindProxy();
    await stage.connect('jira');
    const held = new HeldAnswers(proxy, upstream);
    const arrived = arrivals(stage);
    const calls = ['one', 'other'].map((id) => stage.call(path, { headers: { 'x-request-id': id } }));
    await arrived(2);
    await held.until(1);
    held.letGo(200, answer);
    const answers = (await Promise.all(calls)).map(({ status, headers }) => `${status} ${headers.get('x-request-id')}`);
    expect({ answers, calls: held.calls }).toEqual({ answers: ['200 one', '200 other'], calls: 1 });
  });

  it('makes one call whichever door it comes by', async () => {
    const { stage, proxy } = await startBehindProxy();
    await stage.connect('jira');
    const held = new HeldAnswers(proxy, SEARCH_CALL);
    const arrived = arrivals(stage);
    const body = { tool: 'jira.search', args: { q: 'printer' } };
    const calls = [stage.call(SEARCH), stage.call('/connectors/tools/invoke', { body })];
    await arrived(2);
    held.letGo(200, NOTHING);
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200]);
    expect(held.calls).toBe(1);
  });

  it('fails for both where Atlassian refuses it, and is asked anew after that', async () => {
    const { stage, proxy } = await startBehindProxy();
    await stage.connect('jira');
    const held = new HeldAnswers(proxy, SEARCH_CALL);
    const arrived = arrivals(stage);
    const calls = [1, 2].map(() => stage.call<ErrorBody>(SEARCH));
    await arrived(2);
    held.letGo(403, { errorMessages: ['You may not.'] });
    const told = (await Promise.all(calls)).map(({ body: { message, request_id } }) => ({ message, request_id }));
    expect(told.map(({ message }) => message)).toEqual(Array(2).fill('Atlassian forbids this: You may not.'));
    expect(told[0]?.request_id).not.toBe(told[1]?.request_id);
    const again = stage.call(SEARCH);
    await held.until(2);
    held.letGo(200, NOTHING);
    expect((await again).status).toBe(200);
  });

  it('goes on for one when the other leaves, and ends when both have left', async () => {
    const { stage, proxy } = await startBehindProxy();
    await stage.connect('jira');
    for (const stays of [true, false]) {
      const held = new HeldAnswers(proxy, SEARCH_CALL);
      const arrived = arrivals(stage);
      const leaving = new AbortController();
      const first = fetch(stage.url + SEARCH, { signal: leaving.signal }).catch(() => 'left');
      const second = fetch(stage.url + SEARCH, stays ? {} : { signal: leaving.signal }).catch(() => 'left');
      await arrived(2);
      leaving.abort();
      expect(await first).toBe('left');
      if (stays) {
        // The service has to notice before the answer comes.
        await expect.poll(() => stage.logLines.join(), { interval: 2 }).toContain('the caller disconnected');
        held.letGo(200, NOTHING);
        expect(await second).toMatchObject({ status: 200 });
      } else await expect.poll(() => held.left, { interval: 2 }).toBe(1);
      expect(held.calls).toBe(1);
    }
  });
});

describe('a read is not shared', () => {
  it.each([
    { name: 'by callers who are not the same', other: { sub: 'otto' } },
    { name: 'by tenants, though their token is one', other: { tenant_id: 'globex' } },
  ])('$name', async ({ other }) => {
    const { stage, proxy } = await startBehindProxy({ ...JWT_ENV, ...TOKENS_ENABLED });
    const admin = async (tenant_id: string) => bearer(await tokenOf(stage.clock, { tenant_id, role: 'admin' }));
    for (const tenant of ['acme', 'globex']) {
      const headers = await admin(tenant);
      await connectAs(
        { ...stage, call: (path, options) => stage.call(path, { ...options, headers }) },
        'Cloud scoped API token',
        'jira',
      );
    }
    const held = new HeldAnswers(proxy, SEARCH_CALL);
    const calls = [{}, other].map(async (claims) =>
      stage.call(SEARCH, { headers: bearer(await tokenOf(stage.clock, { tenant_id: 'acme', ...claims })) }),
    );
    await held.until(2);
    held.letGo(200, NOTHING);
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200]);
  });

  it.each([
    { name: 'with other words', path: '/connectors/jira/search?q=scanner' },
    { name: 'with another limit', path: `${SEARCH}&limit=7` },
  ])('$name', async ({ path }) => {
    const { stage, proxy } = await startBehindProxy();
    await stage.connect('jira');
    const held = new HeldAnswers(proxy, SEARCH_CALL);
    const calls = [stage.call(SEARCH), stage.call(path)];
    await held.until(2);
    held.letGo(200, NOTHING);
    await Promise.all(calls);
  });

  it('with one that began before the caller changed something', async () => {
    const { stage, proxy } = await startBehindProxy();
    await stage.connect('jira');
    const read = { tool: 'jira.get', args: { issue: 'DEMO-1' } };
    const held = new HeldAnswers(proxy, '/issue/DEMO-1');
    const before = stage.call('/connectors/tools/invoke', { body: read });
    await held.until(1);
    const body = { project: 'DEMO', summary: 'Made meanwhile' };
    expect((await stage.call('/connectors/jira/create', { body })).status).toBe(200);
    const after = stage.call('/connectors/tools/invoke', { body: read });
    await held.until(2);
    held.letGo(404, {});
    await Promise.all([before, after]);
  });
});

it('a write is sent as often as it is asked for', async () => {
  const stage = await start();
  await stage.connect('jira');
  stage.sandbox.clearRequests();
  const body = { project: 'DEMO', summary: 'Twice' };
  const answers = await Promise.all([1, 2].map(() => stage.call<{ id: string }>('/connectors/jira/create', { body })));
  expect(new Set(answers.map(({ body: { id } }) => id)).size).toBe(2);
  expect(sent(stage).filter((call) => call === 'POST /rest/api/3/issue')).toHaveLength(2);
});
