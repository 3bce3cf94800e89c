import { beforeEach, describe, expect, it } from 'vitest';
import { TOOLS } from '../../src/operations/catalogue.ts';
import { scopesOf } from '../../src/tools/descriptor.ts';
import { type ErrorBody, sharedStage } from '../support/harness.ts';
import { CASES } from './cases/all.ts';

const TOO_FEW = { JIRA_SCOPES: 'read:jira-user', CONFLUENCE_SCOPES: 'read:confluence-user' };

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
