import { beforeAll, beforeEach, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { json } from '../support/upstream.ts';
import { hideThings, setPolicy } from './policy-stage.ts';

const POLICY = { jira: { projects: ['DEMO'] }, confluence: { spaces: ['ENG'] } };

describeAccounts(
  'A policy of projects and spaces',
  ({ stage, kind, isCloud }) => {
    beforeAll(() => void hideThings(stage, kind));
    beforeEach(async () => {
      await setPolicy(stage, POLICY);
      stage.sandbox.clearFaults();
    });
    const invoke = async (tool: string, args: object) =>
      (await stage.call<Record<string, unknown>>('/connectors/tools/invoke', { body: { tool, args } })).body;
    const everything = async (tool: string, args: object) => JSON.stringify(await invoke(tool, args));

    it.each([
      [
        'a move',
        [
          { field: 'project', from: '1', fromString: 'SECRET', toString: 'DEMO' },
          { field: 'Workflow', fromString: 'Workflow for SECRET', toString: 'x' },
        ],
      ],
      ['a version', [{ field: 'Fix Version', fromString: 'Merger with Zebra Inc', toString: '' }]],
      ['a sprint', [{ field: 'Sprint', fromString: '', toString: 'Zebra sprint' }]],
      ['a web link', [{ field: 'RemoteIssueLink', fromString: '', toString: 'Vault: zebra' }]],
      ['a link', [{ field: 'Link', fromString: '', toString: 'This issue blocks SECRET-1' }]],
      ['a field of an app', [{ field: 'Deal', fieldId: 'customfield_1', fromString: '', toString: 'Zebra' }]],
    ])('hides of the changes of an issue %s that may tell of another project', async (_what, items) => {
      const own = { field: 'status', fromString: 'To Do', toString: 'Done' };
      const points = { field: 'Story Points', fieldId: 'customfield_2', fromString: '3', toString: '5' };
      const history = (id: string, some: object[]) => ({ id, created: '2026-01-01T00:00:00.000+0000', items: some });
      const histories = [history('1', items), history('2', [own, points])];
      const body = isCloud
        ? { startAt: 0, maxResults: 50, total: 2, isLast: true, values: histories }
        : {
            id: '1',
            key: 'DEMO-4',
            fields: { project: { key: 'DEMO' } },
            changelog: { startAt: 0, maxResults: 2, total: 2, histories },
          };
      // On Data Center the issue itself is asked for, twice.
      const path = isCloud ? /\/changelog$/ : /\/issue\/DEMO-4$/;
      for (let nth = 0; nth < (isCloud ? 1 : 2); nth++) stage.sandbox.fault({ path, ...json(200, body) });
      const told = (await invoke('jira.changelog', { issue: 'DEMO-4' })) as {
        items: { id: string; changes: object[] }[];
      };
      expect(JSON.stringify(told)).not.toMatch(/SECRET|[Zz]ebra|Vault/);
      expect(told.items.map(({ id, changes }) => [id, changes.length])).toEqual([['2', 2]]);
    });

    it('hides projects that a field offers, and fields of one project', async () => {
      const option = (key: string, name: string) => ({ id: key, key, name });
      const field = {
        ...{ fieldId: 'customfield_1', name: 'For', required: false, schema: { type: 'project' } },
        allowedValues: [option('DEMO', 'Demo Shop'), option('SECRET', 'Secret plans')],
      };
      stage.sandbox.fault({
        path: /issuetypes\/10103$/,
        ...json(200, { total: 1, [isCloud ? 'fields' : 'values']: [field] }),
      });
      const { fields } = (await invoke('jira.create_fields', { project: 'DEMO', type: 'Bug' })) as { fields: object[] };
      expect(fields).toMatchObject([{ options: [{ id: 'DEMO', name: 'Demo Shop' }] }]);
      const scope = { type: 'PROJECT', project: { id: '10999' } };
      stage.sandbox.fault({
        path: /\/field$/,
        ...json(200, [
          { id: 'a', name: 'Ours' },
          { id: 'b', name: 'Zebra', scope },
        ]),
      });
      expect(await everything('jira.fields', {})).not.toContain('Zebra');
      await setPolicy(stage, {});
      stage.sandbox.fault({ path: /\/field$/, ...json(200, [{ id: 'b', name: 'Zebra', scope }]) });
      expect(await everything('jira.fields', {})).toContain('Zebra');
    });

    it.each([
      ['a sprint', [{ id: 1, name: 'Zebra sprint', boardId: 99 }]],
      ['a project', { id: '1', key: 'SECRET', name: 'Zebra', projectTypeKey: 'software' }],
    ])('hides %s in a field of an issue', async (_what, value) => {
      const issue = { id: '1', key: 'DEMO-4', fields: { project: { key: 'DEMO' }, customfield_1: value } };
      const fault = () => stage.sandbox.fault({ path: /\/issue\/DEMO-4$/, ...json(200, issue) });
      fault();
      fault();
      expect(await everything('jira.get', { issue: 'DEMO-4', fields: ['customfield_1'], comments: 0 })).not.toContain(
        'Zebra',
      );
    });

    it('hides web links to what is on the site, or in Confluence, unless it is allowed', async () => {
      const site = isCloud ? `${stage.sandbox.url}/site/acme` : `${stage.sandbox.url}/dc/jira`;
      const links = [
        `${site}/wiki/spaces/VAULT/pages/9/Zebra`,
        `${site}/secure/RapidBoard.jspa?rapidView=3`,
        `${site}/browse/SECRET-1?x=${'y'.repeat(3_000)}`,
        `${site}/secure/attachment/1/zebra.pdf`,
        'https://wiki.example/display/VAULT/Zebra',
        'no address',
      ].map((url, id) => ({ id, object: { url, title: 'Zebra' } }));
      const seen = [`${site}/browse/DEMO-1`, 'https://example.com/page'].map((url, id) => ({
        id: id + 50,
        object: { url, title: 'Seen' },
      }));
      stage.sandbox.fault({ path: /\/remotelink$/, ...json(200, [...links, ...seen]) });
      const { web_links } = (await invoke('jira.links', { issue: 'DEMO-4' })) as { web_links: { title: string }[] };
      expect(web_links.map(({ title }) => title)).toEqual(['Seen', 'Seen']);
    });

    it.each(['jira.search', 'jira.count'])(
      'lets %s tell of a project that is filtered for only where it is allowed',
      async (tool) => {
        const told = await Promise.all(
          ['SECRET', 'NOPE', 'Secret plans', '99999'].map((project) => invoke(tool, { filters: { project } })),
        );
        expect(told).toEqual(told.map(() => told[0]));
        expect(await everything(tool, { filters: { project: ['SECRET', 'demo shop'] } })).not.toMatch(
          /"count":0|"items":\[\]/,
        );
      },
    );

    it('is not opened by the id of a space', async () => {
      const { body } = await stage.call<{ id: string; key: string }[]>('/connectors/confluence/spaces?q=VAULT');
      expect(body).toEqual([]);
      await setPolicy(stage, {});
      const all = await stage.call<{ id: string; key: string }[]>('/connectors/confluence/spaces?limit=50');
      const id = all.body.find(({ key }) => key === 'VAULT')?.id ?? '';
      await setPolicy(stage, { confluence: { spaces: [id] } });
      for (const [tool, args] of [
        ['confluence.space_get', { space: id }],
        ['confluence.get', { space: id, title: 'Zebra onboarding' }],
      ] as const) {
        expect(await invoke(tool, args)).toMatchObject({ code: 'FORBIDDEN' });
      }
    });

    it('tells what an allowed project lacks by whatever name was used', async () => {
      for (const project of ['DEMO', '10000', 'Demo Shop']) {
        stage.sandbox.fault({ path: /createmeta\/DEMO\/issuetypes$/, ...json(404, { errorMessages: ['No.'] }) });
        expect(await invoke('jira.create_fields', { project })).toMatchObject({ code: 'NOT_FOUND' });
      }
    });
  },
  DEPLOYMENT_KINDS,
);
