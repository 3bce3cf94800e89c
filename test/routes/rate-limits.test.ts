import { expect, it } from 'vitest';
import type { Fault, SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { type AccountKind, connectAs, TOKENS_ENABLED } from '../support/accounts.ts';
import { sent } from '../support/atlassian.ts';
import { type ErrorBody, type Stage, start } from '../support/harness.ts';

const SEARCH = '/connectors/jira/search?q=login';
const limit = (reason: string, more: Fault = {}): Fault => ({
  path: /search\/jql$/,
  status: 429,
  headers: { 'retry-after': '30', 'ratelimit-reason': reason },
  ...more,
});

async function tenants(sandbox: Partial<SandboxOptions> = {}): Promise<Stage> {
  const stage = await start({ sandbox });
  for (const [tenant, as] of [
    ['acme', 'anna'],
    ['globex', 'bob'],
  ] as const) {
    await stage.connect('jira', { tenant, as });
    await stage.connect('confluence', { tenant, as });
  }
  stage.sandbox.clearRequests();
  return stage;
}

/** What each tenant is answered, as `200` or `429 in 30`. */
async function answers(stage: Stage, paths: string[]) {
  const told: Record<string, string> = {};
  for (const tenant of ['acme', 'globex']) {
    for (const path of paths) {
      const { status, body } = await stage.call<ErrorBody>(path, { tenant });
      told[`${tenant} ${path.split('?')[0]}`] = status === 200 ? '200' : `${status} in ${body.retry_after}`;
    }
  }
  return told;
}

it.each([
  ['jira-quota-global-based', ['429 in 30', '429 in 30', '200', '429 in 30', '429 in 30', '200']],
  ['jira-quota-tenant-based', ['429 in 30', '429 in 30', '200', '200', '200', '200']],
  ['jira-burst-based', ['429 in 30', '200', '200', '200', '200', '200']],
])('%s stops the product for whom it names', async (reason, expected) => {
  const stage = await tenants();
  stage.sandbox.fault(limit(reason));
  const paths = [SEARCH, '/connectors/jira/projects', '/connectors/confluence/spaces'];
  expect(Object.values(await answers(stage, paths))).toEqual(expected);
  expect(sent(stage)).toHaveLength(1 + expected.filter((answer) => answer === '200').length);
  stage.clock.advance(30);
  expect(new Set(Object.values(await answers(stage, paths)))).toEqual(new Set(['200']));
});

it('a limit of everybody stops one tenant alone where its token belongs to no app', async () => {
  const stage = await start({ env: TOKENS_ENABLED });
  await connectAs(stage, 'Cloud API token', 'jira', { tenant: 'acme', as: 'anna' });
  await connectAs(stage, 'Cloud API token', 'jira', { tenant: 'globex', as: 'bob' });
  stage.sandbox.fault(limit('jira-quota-global-based'));
  expect(await answers(stage, [SEARCH])).toEqual({
    'acme /connectors/jira/search': '429 in 30',
    'globex /connectors/jira/search': '200',
  });
});

it.each<{ kind: AccountKind; stops: string; search: number; projects: number }>([
  { kind: 'Data Center PAT', stops: 'every call of the tenant', search: 429, projects: 429 },
  { kind: 'Cloud API token', stops: 'calls like the refused one', search: 429, projects: 200 },
])('a refusal without a reason stops $stops by a $kind', async ({ kind, stops: _, ...expected }) => {
  const stage = await start({ env: TOKENS_ENABLED });
  await connectAs(stage, kind, 'jira');
  stage.sandbox.fault({ path: /(?:api\/2\/search|search\/jql)$/, status: 429, headers: { 'retry-after': '30' } });
  const search = (await stage.call(SEARCH)).status;
  const projects = (await stage.call('/connectors/jira/projects')).status;
  expect({ search, projects }).toEqual(expected);
});

it('a pause is told with the time that is left, and a connection is not blamed for it', async () => {
  const stage = await tenants();
  stage.sandbox.fault(limit('jira-burst-based'));
  await stage.call(SEARCH, { tenant: 'acme' });
  stage.clock.advance(12);
  const { status, headers, body } = await stage.call<ErrorBody>(SEARCH, { tenant: 'acme' });
  expect({ status, retryAfter: headers.get('retry-after'), body }).toEqual({
    status: 429,
    retryAfter: '18',
    body: {
      status: 'error',
      code: 'RATE_LIMITED',
      message: "Atlassian's rate limit has been reached.",
      retry_after: 18,
      details: { source: 'atlassian', upstream_status: 429, reason: 'jira-burst-based' },
      request_id: body.request_id,
    },
  });
  expect((await stage.call('/connectors/jira/connection', { tenant: 'acme' })).body).toMatchObject({ error: null });
});

/** 200 calls at once, none like another, and how many of them reached Atlassian and were refused there. */
async function storm(stage: Stage) {
  const calls = Array.from({ length: 200 }, (_, nth) =>
    stage.call<ErrorBody>(`${SEARCH}%20${nth}`, { tenant: 'acme' }),
  );
  const told = await Promise.all(calls);
  const refused = told.filter(({ status }) => status === 429);
  return {
    answered: told.filter(({ status }) => status === 200).length,
    retryAfter: [...new Set(refused.map(({ body }) => body.retry_after))],
    sent: stage.sandbox.requests.length,
    refusedThere: stage.sandbox.requests.filter(({ status }) => status === 429).length,
  };
}

it('a storm of 200 calls sends no more than the limit and what was on its way', async () => {
  const stage = await tenants();
  stage.sandbox.setRateLimit({ kind: 'tenant', product: 'jira', limit: 20, windowSeconds: 600 });
  const { answered, retryAfter, sent: all } = await storm(stage);
  expect({ answered, retryAfter }).toEqual({ answered: 20, retryAfter: [600] });
  expect(all).toBeLessThanOrEqual(20 + 64);
});

it('a storm that a short wait satisfies is answered in full, and storms no second time', async () => {
  const stage = await tenants({ clock: Date.now });
  stage.sandbox.setRateLimit({ kind: 'burst', product: 'jira', limit: 100, windowSeconds: 1 });
  const { answered, refusedThere } = await storm(stage);
  expect(answered).toBe(200);
  expect(refusedThere).toBeLessThanOrEqual(64);
});
