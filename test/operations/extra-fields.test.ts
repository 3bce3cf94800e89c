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

    const underlined = { type: 'text', text: 'Firefox', marks: [{ type: 'underline' }] };
    const source = isCloud
      ? { type: 'doc', version: 1, content: [{ type: 'paragraph', content: [underlined] }] }
      : '+Firefox+';
    const TEXT = 'com.atlassian.jira.plugin.system.customfieldtypes:textarea';
    const SHORT = 'com.atlassian.jira.plugin.system.customfieldtypes:textfield';
    const withTexts = () => {
      const row = (id: string, name: string, custom: string) => ({
        id,
        name,
        custom: true,
        schema: { type: 'string', custom },
      });
      const known = [
        { id: 'environment', name: 'Environment', schema: { type: 'string', system: 'environment' } },
        row('customfield_1', 'Root cause', TEXT),
        row('customfield_2', 'Version', SHORT),
      ];
      const fields = {
        ...{ summary: 'x', project: { key: 'DEMO' }, description: source, environment: source },
        ...{ customfield_1: source, customfield_2: '*1*' },
      };
      const issue = { id: '10104', key: 'DEMO-4', fields };
      stage.sandbox.fault({ path: /\/field$/, ...json(200, known) });
      stage.sandbox.fault({ path: /\/issue\/DEMO-4$/, ...json(200, issue) });
      const page = isCloud ? { issues: [issue], isLast: true } : { issues: [issue], startAt: 0, total: 1 };
      stage.sandbox.fault({ path: isCloud ? /\/search\/jql$/ : /\/search$/, ...json(200, page) });
    };
    const ASKED = [
      ['Environment', 'Root cause', 'Version'],
      ['environment', 'customfield_1', 'customfield_2'],
    ];

    it.each(ASKED)(
      'are read like descriptions where they are rich text: %s, %s',
      async (environment, cause, version) => {
        withTexts();
        const { items } = await search({
          q: 'project = DEMO',
          extra_fields: [environment, cause, version, 'description'],
        });
        expect(items[0]).toMatchObject({
          fields: { [environment]: 'Firefox', [cause]: 'Firefox', [version]: '*1*', description: 'Firefox' },
          loss: ['underline'],
        });
      },
    );

    it.each(
      ASKED.flatMap((fields) => [
        { fields, format: 'markdown', text: 'Firefox', loss: ['underline'] },
        { fields, format: 'text', text: 'Firefox', loss: ['underline'] },
        { fields, format: isCloud ? 'adf' : 'wiki', text: isCloud ? JSON.stringify(source) : source, loss: [] },
      ]),
    )('come in the format of an issue: $fields as $format', async ({ fields, format, text, loss }) => {
      withTexts();
      const { body } = await stage.call('/connectors/tools/invoke', {
        body: { tool: 'jira.get', args: { issue: 'DEMO-4', fields, format, comments: 0 } },
      });
      const [environment = '', cause = '', version = ''] = fields;
      expect(body).toMatchObject({ fields: { [environment]: text, [cause]: text, [version]: '*1*' }, loss });
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
