import { beforeEach, describe, expect, it } from 'vitest';
import { TOOLS } from '../../src/operations/catalogue.ts';
import { scopesOf } from '../../src/tools/descriptor.ts';
import { type ErrorBody, sharedStage } from '../support/harness.ts';
import { CASES } from './cases/all.ts';

const TOO_FEW = { JIRA_SCOPES: 'read:jira-user', CONFLUENCE_SCOPES: 'delete:page:confluence' };

describe('A grant that lacks the scopes of an operation', () => {
  const stage = sharedStage({ env: TOO_FEW }, async (own) => {
    await own.connect('jira');
    await own.connect('confluence');
  });
  beforeEach(() => stage.sandbox.clearRequests());

  it.each([...CASES].filter(([name]) => TOOLS.get(name)?.gives !== 'state'))(
    'has %s refused before anything is sent, with what is missing and where to reconnect',
    async (name, { good }) => {
      const tool = TOOLS.get(name);
      const args = typeof good === 'function' ? good(1) : good;
      const { status, body } = await stage.call<ErrorBody>('/connectors/tools/invoke', { body: { tool: name, args } });
      const needed = tool ? scopesOf(tool) : [];
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
            connect: { method: 'POST', path: `/connectors/${tool?.provider}/connect-link` },
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
    ).toEqual([...TOOLS.values()].map((tool) => [tool.name, tool.gives === 'state', scopesOf(tool)[0]]));
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
    expect(stage.sandbox.requests.filter((request) => request.status === 401)).toEqual([]);
  });
});
