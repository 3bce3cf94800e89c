import { beforeEach, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import type { ErrorBody } from '../support/harness.ts';
import { json } from '../support/upstream.ts';
import { setPolicy } from './policy-stage.ts';

describeAccounts(
  'The extra fields of a search',
  ({ stage, isCloud }) => {
    beforeEach(async () => {
      await setPolicy(stage, {});
      stage.sandbox.clearFaults();
      stage.sandbox.clearRequests();
    });
    interface Found {
      items: { id: string; fields?: Record<string, unknown> }[];
    }
    const search = async <T = Found>(args: object) =>
      (await stage.call<T>('/connectors/tools/invoke', { body: { tool: 'jira.search', args } })).body;
    const sent = () => stage.sandbox.requests.map(({ method, path }) => `${method} ${path.replace(/^.*\/rest/, '')}`);

    it.each([{ q: 'login' }, { q: 'DEMO-4' }, { q: 'project = DEMO' }])(
      'are told by ids and by names: %j',
      async (args) => {
        const { items } = await search({ ...args, limit: 3, extra_fields: ['labels', 'Reporter', 'customfield_1'] });
        expect(items.length).toBeGreaterThan(0);
        for (const { fields } of items) {
          expect(fields).toEqual({
            labels: expect.any(Array),
            Reporter: expect.objectContaining({ displayName: expect.any(String) }),
          });
        }
        expect(sent().filter((call) => call.endsWith('/field'))).toHaveLength(1);
      },
    );

    it('cost nothing where there are none, and no lookup where all are ids', async () => {
      const [item] = (await search({ q: 'login', limit: 1 })).items;
      expect(item).not.toHaveProperty('fields');
      expect(sent()).toHaveLength(1);
      await search({ q: 'login', limit: 1, extra_fields: ['labels'] });
      expect(sent()).toHaveLength(2);
    });

    it('that there are not are refused with those like them, before anything is searched for', async () => {
      const { code, details } = await search<ErrorBody>({ q: 'login', extra_fields: ['Lables'] });
      expect({ code, details }).toMatchObject({
        code: 'VALIDATION',
        details: { parameter: 'extra_fields', candidates: expect.arrayContaining(['Labels']) },
      });
      expect(sent().filter((call) => /search/.test(call))).toEqual([]);
    });

    it('tell nothing of what the policy hides', async () => {
      await setPolicy(stage, { jira: { projects: ['DEMO'] } });
      const fields = {
        ...{ summary: 'x', project: { key: 'DEMO' } },
        customfield_1: [{ key: 'SECRET-1' }],
        customfield_2: 5,
      };
      const issue = { id: '1', key: 'DEMO-1', fields };
      const page = isCloud ? { issues: [issue], isLast: true } : { issues: [issue], startAt: 0, total: 1 };
      stage.sandbox.fault({ path: isCloud ? /\/search\/jql$/ : /\/search$/, ...json(200, page) });
      const { items } = await search({ extra_fields: ['customfield_1', 'customfield_2'] });
      expect(items.map((item) => item.fields)).toEqual([{ customfield_1: null, customfield_2: 5 }]);
    });

    it('come by REST, too', async () => {
      const { body } = await stage.call<Found['items']>(
        '/connectors/jira/search?limit=1&extra_fields=labels&extra_fields=Reporter',
      );
      expect(Object.keys(body[0]?.fields ?? {})).toEqual(['labels', 'Reporter']);
    });
  },
  DEPLOYMENT_KINDS,
);
