import { beforeEach, describe, expect, it } from 'vitest';
import { PROVIDERS } from '../../src/config.ts';
import { TOOLS } from '../../src/operations/catalogue.ts';
import type { Tool } from '../../src/operations/tool.ts';
import { scopesOf } from '../../src/tools/descriptor.ts';
import { type ErrorBody, sharedStage } from '../support/harness.ts';
import { ALL_SCOPES } from '../support/scopes.ts';
import { CASES } from './cases/all.ts';

/** Tenants whose grants cover next to nothing: who people are, and what everything else does without. */
const USERS = { jira: 'read:jira-user', confluence: 'read:confluence-user' };
const BLIND = { jira: 'write:jira-work', confluence: 'write:page:confluence' };
const isOfUsers = (tool: Tool) => scopesOf(tool).some((scope) => Object.values(USERS).includes(scope));

/** The tool whose scopes are needed. */
const ledTo = (tool: Tool): Tool => TOOLS.get(CASES.get(tool.name)?.leadsTo ?? '') ?? tool;

describe('A grant that lacks the scopes of an operation', () => {
  const stage = sharedStage({ env: ALL_SCOPES }, async (own) => {
    own.sandbox.setSecondConsent('keeps');
    for (const provider of PROVIDERS) {
      await own.connect(provider, { query: { scope: USERS[provider] } });
      await own.connect(provider, { tenant: 'blind', query: { scope: BLIND[provider] } });
    }
  });
  beforeEach(() => stage.sandbox.clearRequests());

  it.each([...TOOLS.values()].filter(({ gives }) => gives !== 'state'))(
    'has $name refused before anything is sent, with what is missing and where to reconnect',
    async (called) => {
      const { name } = called;
      const { good = {} } = CASES.get(name) ?? {};
      const tool = ledTo(called);
      const args = typeof good === 'function' ? good(1) : good;
      const tenant = isOfUsers(tool) ? 'blind' : 'default';
      const { status, body } = await stage.call<ErrorBody>('/connectors/tools/invoke', {
        body: { tool: name, args },
        tenant,
      });
      const needed = scopesOf(tool).filter((scope) => tenant === 'default' || !Object.values(BLIND).includes(scope));
      expect({ status, body }).toMatchObject({
        status: 403,
        body: {
          code: 'FORBIDDEN',
          message: expect.stringContaining(needed.join(', ')),
          details: {
            source: 'atlassian',
            missing_scope: needed[0],
            missing_scopes: needed,
            reconnect_url: expect.stringContaining('/connect?tenant_id='),
            connect: { method: 'POST', path: `/connectors/${tool.provider}/connect-link` },
          },
        },
      });
      expect(stage.sandbox.requests.filter(({ path }) => path.startsWith('/ex/'))).toEqual([]);
    },
  );

  it('is what the catalogue tells, too', async () => {
    const { body } =
      await stage.call<{ name: string; available: boolean; unavailable: ErrorBody | null }[]>('/connectors/tools');
    expect(
      body.map(({ name, available, unavailable }) => [name, available, unavailable?.details?.missing_scope]),
    ).toEqual(
      [...TOOLS.values()].map((called) => {
        const tool = ledTo(called);
        const isAvailable = tool.gives === 'state' || isOfUsers(tool);
        return [called.name, isAvailable, isAvailable ? undefined : scopesOf(tool)[0]];
      }),
    );
  });
});

describe('A grant with the granular scopes that Atlassian documents in place of a classic one', () => {
  const stage = sharedStage(
    { env: { CONFLUENCE_SCOPES: 'read:space:confluence read:page:confluence read:content-details:confluence' } },
    (own) => own.connect('confluence'),
  );

  it('is enough', async () => {
    const { status, body } = await stage.call<unknown[]>('/connectors/confluence/search');
    expect(status).toBe(200);
    expect(body.length).toBeGreaterThan(0);
  });
});

describe('A grant that covers what a call sends, though not all that the operation may send', () => {
  const stage = sharedStage({}, async (own) => {
    own.sandbox.setSecondConsent('keeps');
    const connect = (provider: 'jira' | 'confluence', tenant: string, scope: string) =>
      own.connect(provider, { tenant, query: { scope } });
    await connect('confluence', 'writes-pages', 'read:space:confluence write:page:confluence');
    await connect('confluence', 'searches', 'search:confluence');
    await connect('confluence', 'lists-spaces', 'read:space:confluence');
    await connect('confluence', 'reads-no-folders', 'read:space:confluence read:page:confluence search:confluence');
    await connect('jira', 'writes-issues', 'write:jira-work');
  });

  it.each([
    ['writes-pages', 'confluence.create', { space: 'ENG', title: 'Made with little' }],
    ['searches', 'confluence.search', { q: 'onboarding' }],
    ['reads-no-folders', 'confluence.get', { page: '65602' }],
    ['writes-issues', 'jira.create', { project: 'DEMO', summary: 'Made with little' }],
  ])('is enough: that which %s', async (tenant, tool, args) => {
    const { status, body } = await stage.call<ErrorBody>('/connectors/tools/invoke', { tenant, body: { tool, args } });
    expect({ status, message: body.message }).toEqual({ status: 200, message: undefined });
    const { body: told } = await stage.call<{ available: boolean }>(`/connectors/tools/${tool}`, { tenant });
    expect(told.available).toBe(true);
  });

  it('has the one call refused that it does not cover, which is not sent', async () => {
    stage.sandbox.clearRequests();
    const { status, body } = await stage.call<ErrorBody>('/connectors/tools/invoke', {
      tenant: 'lists-spaces',
      body: { tool: 'confluence.get', args: { page: '65602' } },
    });
    expect({ status, body }).toMatchObject({
      status: 403,
      body: {
        code: 'FORBIDDEN',
        details: {
          missing_scope: 'read:page:confluence',
          missing_scopes: ['read:page:confluence'],
          reconnect_url: expect.any(String),
          connect: { method: 'POST' },
        },
      },
    });
    expect(body.details).not.toHaveProperty('upstream_status');
    expect(stage.sandbox.requests.filter((request) => request.status === 401)).toEqual([]);
  });
});
