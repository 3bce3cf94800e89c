import { describe, expect, it } from 'vitest';
import { DEFAULT_SCOPES } from '../../src/app-settings.ts';
import type { Provider } from '../../src/config.ts';
import type { Diagnosis } from '../../src/operations/diagnosis.ts';
import { ACCOUNT_KINDS, type AccountKind, connectAs, siteUrl, TOKENS_ENABLED, tokenBody } from '../support/accounts.ts';
import { type CallOptions, type ErrorBody, type Stage, start } from '../support/harness.ts';
import { json } from '../support/upstream.ts';

const PROVIDERS = ['jira', 'confluence'] as const;
const ACCOUNT_CALL = /\/(?:myself|user\/current)$/;
const RECONNECT = 'http://localhost:3001/connect?tenant_id=default';

async function diagnosis(stage: Stage, provider: Provider = 'jira', options: CallOptions = {}): Promise<Diagnosis> {
  const { status, body } = await stage.call<Diagnosis>(`/connectors/${provider}/doctor`, options);
  expect(status).toBe(200);
  return body;
}

async function connected(kind: AccountKind = 'Cloud OAuth', env: Record<string, string> = {}): Promise<Stage> {
  const stage = await start({ env: { ...TOKENS_ENABLED, ...env } });
  for (const provider of PROVIDERS) await connectAs(stage, kind, provider);
  stage.sandbox.clearRequests();
  return stage;
}

const toolOf = ({ tools }: Diagnosis, name: string) => tools.find((tool) => tool.name === name);

describe.each(PROVIDERS)('The doctor of %s', (provider) => {
  it.each(ACCOUNT_KINDS)('finds nothing wrong with a working %s, by one call to Atlassian', async (kind) => {
    const stage = await connected(kind);
    stage.clock.advance(60);
    const told = await diagnosis(stage, provider);
    const isServer = kind === 'Data Center PAT';
    const isOAuth = kind === 'Cloud OAuth';
    expect(told).toMatchObject({
      ok: true,
      advice: [],
      provider,
      connected: true,
      auth: isOAuth ? 'oauth' : isServer ? 'pat' : 'api_token',
      deployment: isServer ? 'data_center' : 'cloud',
      site: { url: isServer ? stage.sandbox.dataCenterUrl(provider) : siteUrl(stage, 'acme') },
      account: { name: expect.stringMatching(/^Anna/) },
      error: null,
      check: { ok: true, code: null, message: null },
      token: { age: 60, expires_in: isOAuth ? 3_540 : null },
      last_failure: null,
      clock_skew: 0,
      quota: null,
      pause: null,
      policy: { read_only: false, tools: { allow: null, deny: null }, containers: null },
    });
    // Nothing is wrong without what needs further scopes.
    const usual = DEFAULT_SCOPES[provider].split(' ');
    const lacking = told.tools.filter(
      ({ available, needs }) => !available && needs.every((one) => usual.includes(one)),
    );
    expect({ scopes: told.scopes === null, tools: lacking }).toEqual({
      scopes: !isOAuth,
      tools: [],
    });
    expect(stage.sandbox.requests.map(({ method, path }) => `${method} ${ACCOUNT_CALL.test(path)}`)).toEqual([
      'GET true',
    ]);
  });

  it('says how to connect where nobody is connected, and asks nothing', async () => {
    const stage = await start();
    const title = provider === 'jira' ? 'Jira' : 'Confluence';
    expect(await diagnosis(stage, provider)).toMatchObject({
      ok: false,
      connected: false,
      auth: null,
      deployment: null,
      site: null,
      token: null,
      clock_skew: null,
      check: { ok: null, code: 'NOT_CONNECTED' },
      advice: [
        `${title} is not connected for this tenant: ask a person to connect ${title} at ${RECONNECT}, or for a link from POST /connectors/${provider}/connect-link.`,
      ],
    });
    expect(stage.sandbox.requests).toEqual([]);
  });

  it('answers the same by its route, by invoke and in a batch', async () => {
    const stage = await connected();
    const call = { tool: `${provider}.doctor` };
    const { body: invoked } = await stage.call('/connectors/tools/invoke', { body: call });
    const { body: batch } = await stage.call<{ results: { result: unknown }[] }>('/connectors/tools/batch', {
      body: { calls: [{ tool: `${provider}_doctor` }] },
    });
    const told = await diagnosis(stage, provider);
    expect({ invoked, batch: batch.results[0]?.result }).toEqual({ invoked: told, batch: told });
  });
});

describe('The doctor tells of a connection', () => {
  it('that Atlassian has ended, and where to reconnect', async () => {
    const stage = await connected();
    stage.sandbox.revoke('anna');
    stage.clock.advance(3_600);
    const told = await diagnosis(stage);
    expect(told).toMatchObject({
      ok: false,
      connected: false,
      auth: 'oauth',
      check: { ok: false, code: 'TOKEN_EXPIRED' },
      last_failure: { at: stage.clock.seconds(), code: 'TOKEN_EXPIRED' },
      advice: [expect.stringContaining(`ask a person to connect Jira at ${RECONNECT}`)],
    });
    expect(toolOf(told, 'jira.search')).toMatchObject({ available: false });
    expect(toolOf(told, 'jira.doctor')).toMatchObject({ available: true, reason: null });
  });

  it('whose expired access token it renews to see', async () => {
    const stage = await connected();
    stage.clock.advance(4_000);
    const told = await diagnosis(stage);
    expect(told).toMatchObject({ ok: true, token: { age: 0, refreshed_at: stage.clock.seconds(), expires_in: 3_600 } });
  });

  it.each(['Cloud API token', 'Data Center PAT'] as const)(
    'whose %s Atlassian refuses, and that a new one is needed',
    async (kind) => {
      const stage = await connected(kind);
      stage.sandbox.fault({ ...json(401, {}), path: ACCOUNT_CALL, times: 5 });
      expect(await diagnosis(stage)).toMatchObject({
        ok: false,
        check: { ok: false, code: 'UNAUTHORIZED' },
        advice: [
          'Atlassian rejects the stored credentials. Reconnect. Make a new token in Atlassian and send it by PATCH /connectors/jira/connection.',
        ],
      });
    },
  );

  it('whose scopes do not do for every tool, tool by tool', async () => {
    const stage = await connected('Cloud OAuth', { JIRA_SCOPES: 'read:jira-work read:jira-user' });
    const told = await diagnosis(stage);
    expect(told.ok).toBe(true);
    expect(toolOf(told, 'jira.create')).toEqual({
      name: 'jira.create',
      available: false,
      reason: expect.stringContaining('write:jira-work'),
      needs: ['read:jira-work', 'write:jira-work'],
      missing: ['write:jira-work'],
    });
    expect(toolOf(told, 'jira.search')).toMatchObject({ available: true, missing: [] });
    expect(told.advice).toEqual([
      `The grant lacks scopes that jira.create, jira.update, jira.comment_add need: write:jira-work. Reconnect at ${RECONNECT} to grant them; where JIRA_SCOPES is set, its operator must first add them there, and to the app in Atlassian's developer console.`,
    ]);
  });

  it('that lacks even the scope of the check, which is not made then', async () => {
    const stage = await start({ env: { CONFLUENCE_SCOPES: 'read:page:confluence read:space:confluence' } });
    await stage.connect('confluence');
    stage.sandbox.clearRequests();
    expect(await diagnosis(stage, 'confluence')).toMatchObject({
      ok: true,
      check: { ok: null, code: 'FORBIDDEN', message: expect.stringContaining('read:confluence-user') },
    });
    expect(stage.sandbox.requests).toEqual([]);
  });

  it('whose rate limit is reached, and how long to wait', async () => {
    const stage = await connected();
    const headers = { 'retry-after': '30', 'ratelimit-reason': 'jira-quota-tenant-based' };
    stage.sandbox.fault({ ...json(429, {}, headers), path: /search\/jql$/ });
    await stage.call('/connectors/jira/search?q=login');
    stage.clock.advance(10);
    expect(await diagnosis(stage)).toMatchObject({
      ok: false,
      check: { ok: false, code: 'RATE_LIMITED', retry_after: 20 },
      pause: { seconds: 20, reason: 'jira-quota-tenant-based' },
      last_failure: { code: 'RATE_LIMITED', upstream_status: 429 },
      advice: ["Atlassian's rate limit has been reached: wait 20 seconds, and send fewer calls."],
    });
    expect((await diagnosis(stage, 'confluence')).ok).toBe(true);
  });

  it('of which one endpoint rests, while the others answer', async () => {
    const stage = await connected();
    const headers = { 'retry-after': '30', 'ratelimit-reason': 'jira-burst-based' };
    stage.sandbox.fault({ ...json(429, {}, headers), path: /search\/jql$/ });
    await stage.call('/connectors/jira/search?q=login');
    expect(await diagnosis(stage)).toMatchObject({
      check: { ok: true },
      pause: { seconds: 30, reason: 'jira-burst-based' },
    });
    stage.clock.advance(30);
    expect(await diagnosis(stage)).toMatchObject({ ok: true, pause: null });
  });

  it('whose quota is nearly used up', async () => {
    const stage = await connected();
    const body = json(
      200,
      { accountId: 'a', displayName: 'Anna' },
      { 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '7', 'x-ratelimit-nearlimit': 'true' },
    );
    stage.sandbox.fault({ ...body, path: ACCOUNT_CALL });
    expect(await diagnosis(stage)).toMatchObject({
      ok: true,
      quota: { remaining: 7, nearly_used_up: true, told_at: stage.clock.seconds() },
      advice: ["Atlassian's rate limit is nearly used up: 7 calls were left. Send fewer calls."],
    });
    stage.clock.advance(301);
    expect(await diagnosis(stage)).toMatchObject({ advice: [], quota: { remaining: 7 } });
  });

  it.each([
    { what: 'fails', fault: json(500, { message: 'down' }), message: 'Atlassian failed with status 500.' },
    {
      what: 'hangs up',
      fault: { reset: true, times: 3 },
      message: 'Atlassian could not be reached or closed the connection.',
    },
    { what: 'does not answer', fault: { hang: true }, message: 'Atlassian did not answer in time.' },
  ])('while Atlassian $what', async ({ fault, message }) => {
    const stage = await connected('Cloud OAuth', { REQUEST_TIMEOUT_MS: '1000' });
    stage.sandbox.fault({ ...fault, path: ACCOUNT_CALL });
    const told = await diagnosis(stage);
    expect(told).toMatchObject({
      ok: false,
      connected: true,
      check: { ok: false, code: 'VENDOR_ERROR', message },
      last_failure: { at: stage.clock.seconds(), code: 'VENDOR_ERROR', message },
      advice: [
        `${message} Try again in a minute; if it lasts, see whether ${siteUrl(stage, 'acme')} opens in a browser, and what https://status.atlassian.com says.`,
      ],
    });
  });

  it('that could not be renewed in time, though its access token still works', async () => {
    const stage = await connected();
    stage.clock.advance(3_500);
    stage.sandbox.fault({ ...json(503, {}), path: '/oauth/token', times: 10 });
    const { ok, check, advice } = await diagnosis(stage);
    expect({ ok, check: check.ok, advice }).toEqual({
      ok: true,
      check: true,
      advice: [expect.stringMatching(/ Calls still work; if this lasts, a person .* should reconnect at http/)],
    });
  });

  it.each([
    { ours: 'ahead of', offset: -120, skew: 120 },
    { ours: 'behind', offset: 120, skew: -120 },
  ])('from whose clock ours is $ours by two minutes', async ({ ours, offset, skew }) => {
    const stage = await connected();
    const date = new Date(stage.clock.milliseconds() + offset * 1_000).toUTCString();
    stage.sandbox.fault({ ...json(200, { accountId: 'a', displayName: 'Anna' }, { date }), path: ACCOUNT_CALL });
    expect(await diagnosis(stage)).toMatchObject({
      ok: false,
      clock_skew: skew,
      advice: [`The clock of this service is 120 seconds ${ours} Atlassian's: its operator must set it (NTP).`],
    });
  });

  it('to a server whose clock is another, where either may be wrong', async () => {
    const stage = await connected('Data Center PAT');
    const date = new Date(stage.clock.milliseconds() + 90_000).toUTCString();
    stage.sandbox.fault({ ...json(200, { name: 'anna', displayName: 'Anna' }, { date }), path: ACCOUNT_CALL });
    expect((await diagnosis(stage)).advice).toEqual([
      `The clocks of this service and of ${stage.sandbox.dataCenterUrl('jira')} are 90 seconds apart: their operators must set them (NTP).`,
    ]);
  });

  it('whose consent no longer covers its site', async () => {
    const stage = await connected();
    const { site } = await diagnosis(stage);
    stage.sandbox.removeSiteAccess('anna', site?.id ?? '');
    await stage.connect('jira');
    stage.sandbox.clearRequests();
    const told = await diagnosis(stage);
    expect(told).toMatchObject({
      ok: false,
      connected: false,
      site,
      sites: [{ url: siteUrl(stage, 'globex') }],
      check: { ok: null, code: 'NOT_CONNECTED' },
      advice: [
        expect.stringContaining(`The consent for Jira no longer covers ${site?.url}: reconnect with access to it`),
      ],
    });
    expect(stage.sandbox.requests).toEqual([]);
  });

  it.each(ACCOUNT_KINDS.filter((kind) => kind !== 'Cloud OAuth'))('by a %s without the token', async (kind) => {
    const stage = await connected(kind);
    const { pat } = tokenBody(stage, kind, 'jira');
    expect(JSON.stringify(await diagnosis(stage))).not.toContain(pat);
  });

  it('as the policy and the request narrow it', async () => {
    const stage = await connected();
    const policy = { read_only: true, tools: { deny: ['jira.projects'] }, jira: { projects: ['DEMO'] } };
    await stage.call('/tenants/default/policy', { method: 'PUT', body: policy });
    const told = await diagnosis(stage, 'jira', { headers: { 'x-tools': 'jira.doctor,jira.search,jira.projects' } });
    expect(told).toMatchObject({
      ok: true,
      policy: { read_only: true, tools: { allow: null, deny: ['jira.projects'] }, containers: ['DEMO'] },
      advice: [
        "The tenant's policy forbids jira.create, jira.update, jira.comment_add, jira.projects (read_only, tools.deny): only whoever operates this service can change it.",
        "The tenant's policy allows only the projects DEMO: nothing else is found or changed.",
        expect.stringMatching(
          /^The request itself forbids jira\.get, jira\.watchers, .* and \d+ other tools \(X-Tools\): leave the header out to use them\.$/,
        ),
      ],
    });
    const available = told.tools.filter((tool) => tool.available).map(({ name }) => name);
    expect(available).toEqual(['jira.search', 'jira.doctor']);
  });

  it('whose OAuth app Atlassian refuses, which no reconnect helps', async () => {
    const stage = await connected();
    stage.sandbox.rotateClientSecret('test-app', 'another-secret-7d2b');
    stage.clock.advance(4_000);
    const { ok, advice } = await diagnosis(stage);
    expect({ ok, advice }).toEqual({
      ok: false,
      advice: [
        "Atlassian refuses this service's OAuth app: its operator must correct ATLASSIAN_CLIENT_ID and the secret beside it. Nobody has to reconnect.",
      ],
    });
  });

  it('where there is no OAuth app, as its operator has to hear', async () => {
    const stage = await start({ env: { ATLASSIAN_CLIENT_ID: '', ATLASSIAN_CLIENT_SECRET: '' } });
    expect((await diagnosis(stage)).advice).toEqual([
      'Jira is not connected, and this service has no OAuth app for it: its operator must set ATLASSIAN_CLIENT_ID and the secret beside it, or connect with a token.',
    ]);
  });

  it('without what another caller asked for in vain', async () => {
    const stage = await connected();
    stage.sandbox.fault({ ...json(403, { errorMessages: ['SECRET-1 is not for you'] }), path: /issue\/DEMO-4$/ });
    await stage.call('/connectors/tools/invoke', { body: { tool: 'jira.get', args: { issue: 'DEMO-4' } } });
    const told = await diagnosis(stage);
    expect(told.last_failure).toMatchObject({
      code: 'FORBIDDEN',
      message: 'Atlassian forbade a call.',
      upstream_status: 403,
    });
    expect(JSON.stringify(told)).not.toContain('SECRET-1');
  });
});

it.each(['jira_doctor', 'jira.doctor'])('The catalogue offers %s where nothing is connected', async (name) => {
  const stage = await start();
  const { body } = await stage.call<{ available: boolean; hints: object }>(`/connectors/tools/${name}`);
  expect(body).toMatchObject({ available: true, hints: { read_only: true }, scopes: [] });
});

it('A policy may forbid the doctor itself', async () => {
  const stage = await connected();
  await stage.call('/tenants/default/policy', { method: 'PUT', body: { tools: { deny: ['jira.doctor'] } } });
  const { status, body } = await stage.call<ErrorBody>('/connectors/jira/doctor');
  expect({ status, rule: body.details?.rule }).toEqual({ status: 403, rule: 'tools.deny' });
});
