import { beforeEach, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import type { ErrorBody } from '../support/harness.ts';
import { json } from '../support/upstream.ts';
import { setPolicy } from './policy-stage.ts';

describeAccounts(
  'What a Jira site has set up',
  ({ stage, isCloud }) => {
    const invoke = async <T>(tool: string, args: object = {}): Promise<T> =>
      (await stage.call<T>('/connectors/tools/invoke', { body: { tool, args } })).body;
    beforeEach(() => setPolicy(stage, {}));

    it('is told of a project, by key, id and name', async () => {
      const told = await Promise.all(
        ['demo', '10000', 'demo shop'].map((project) => invoke('jira.project_get', { project })),
      );
      expect(told[1]).toEqual(told[0]);
      expect(told[2]).toEqual(told[0]);
      expect(told[0]).toMatchObject({
        key: 'DEMO',
        name: 'Demo Shop',
        lead: { name: 'Anna Muster' },
        issue_types: expect.arrayContaining([{ id: '10104', name: 'Sub-task', subtask: true }]),
        statuses: [
          { id: '10000', name: 'To Do', category: 'to_do' },
          { id: '10001', name: 'In Progress', category: 'in_progress' },
          { id: '10002', name: 'In Review', category: 'in_progress' },
          { id: '10003', name: 'Done', category: 'done' },
        ],
        components: [
          { id: '10010', name: 'Accounts' },
          { id: '10011', name: 'Checkout' },
        ],
        versions: [
          { id: '10020', name: '2026.1', released: true, archived: false, release_date: '2026-03-31' },
          { id: '10021', name: '2026.2', released: false, archived: false, release_date: '2026-12-15' },
        ],
      });
    });

    it('tells what a form needs: types first, then the fields of one', async () => {
      const first = await invoke<{ types: object[]; fields: object[] }>('jira.create_fields', { project: 'DEMO' });
      expect(first.types).toContainEqual({ id: '10103', name: 'Bug', subtask: false });
      expect(first.fields).toEqual([]);
      const { type, fields } = await invoke<{ type: object; fields: { id: string }[] }>('jira.create_fields', {
        project: 'DEMO',
        type: 'sub-task',
      });
      expect(type).toEqual({ id: '10104', name: 'Sub-task' });
      const named = (id: string) => fields.find((field) => field.id === id);
      expect(named('summary')).toMatchObject({ required: true, type: 'string', options: [] });
      expect(named('labels')).toMatchObject({ required: false, type: 'array of string' });
      expect(named('parent')).toMatchObject({ required: true });
      expect(named('priority')).toMatchObject({
        has_default: true,
        options: expect.arrayContaining([{ id: '2', name: 'High' }]),
      });
    });

    it.each([
      { tool: 'jira.create_fields', args: { project: 'DEMO', type: 'Bugg' }, parameter: 'type', nearest: 'Bug' },
      {
        tool: 'jira.field_options',
        args: { project: 'DEMO', type: 'Bug', field: 'Prioritty' },
        parameter: 'field',
        nearest: 'Priority',
      },
    ])('says what there is where $tool asks for $args', async ({ tool, args, parameter, nearest }) => {
      const { code, details } = await invoke<ErrorBody>(tool, args);
      expect({ code, details }).toMatchObject({ code: 'VALIDATION', details: { parameter, nearest } });
    });

    it('reads a form that comes in pages, and past what is odd in it', async () => {
      const rows = isCloud ? 'fields' : 'values';
      const field = (id: string) => ({ fieldId: id, name: `The ${id}`, required: false, schema: { type: 'option' } });
      const page = (startAt: number, found: unknown[]) =>
        stage.sandbox.fault({
          path: /issuetypes\/10103$/,
          ...json(200, { startAt, maxResults: 2, total: 4, [rows]: found }),
        });
      page(0, [{ ...field('a'), allowedValues: [{ id: '1', value: 'One' }, 'odd', { id: 2, name: 'Two' }, {}] }, 7]);
      page(2, [field('b'), { name: 'nameless' }]);
      const { fields } = await invoke<{ fields: object[] }>('jira.create_fields', { project: 'DEMO', type: 'Bug' });
      expect(fields).toMatchObject([
        {
          id: 'a',
          options: [
            { id: '1', name: 'One' },
            { id: '2', name: 'Two' },
          ],
        },
        { id: 'b', options: [] },
      ]);
    });

    it('goes on where a page says that it is not the last, and tells what is chosen in two steps', async () => {
      const rows = isCloud ? 'fields' : 'values';
      const field = (id: string, options: unknown[] = []) => ({
        ...{ fieldId: id, name: id, required: false, schema: { type: 'option-with-child' } },
        allowedValues: options,
      });
      const page = (isLast: boolean, found: unknown[]) =>
        stage.sandbox.fault({ path: /issuetypes\/10103$/, ...json(200, { isLast, [rows]: found }) });
      page(false, [field('a', [{ id: '1', value: 'EU', children: [{ id: '2', value: 'Bern' }] }])]);
      page(true, [field('b')]);
      const { fields } = await invoke<{ fields: object[] }>('jira.create_fields', { project: 'DEMO', type: 'Bug' });
      expect(fields).toMatchObject([
        { id: 'a', options: [{ id: '1', name: 'EU', children: [{ id: '2', name: 'Bern' }] }] },
        { id: 'b' },
      ]);
    });

    const form = (fields: { fieldId: string; name: string; required: boolean; allowedValues?: object[] }[]) =>
      stage.sandbox.fault({
        path: /issuetypes\/10103$/,
        ...json(200, {
          ...{ startAt: 0, maxResults: fields.length, total: fields.length },
          [isCloud ? 'fields' : 'values']: fields.map((field) => ({ ...field, schema: { type: 'option' } })),
        }),
      });

    it('tells the required fields of a long form first, and fewer options of each rather than fewer fields', async () => {
      const allowedValues = Array.from({ length: 50 }, (_, index) => ({
        id: `${10_000 + index}`,
        name: `Option ${index}`,
      }));
      form(
        Array.from({ length: 60 }, (_, index) => ({
          ...{ fieldId: `customfield_${10_000 + index}`, name: `The field ${index}` },
          ...{ required: index % 3 === 2, allowedValues },
        })),
      );
      interface Form {
        cut?: string[];
        fields: { required: boolean; options: object[]; more_options: number }[];
      }
      const { cut, fields } = await invoke<Form>('jira.create_fields', { project: 'DEMO', type: 'Bug' });
      expect({ cut, count: fields.length }).toEqual({ cut: undefined, count: 60 });
      expect(fields.map(({ required }) => required)).toEqual(Array.from({ length: 60 }, (_, index) => index < 20));
      expect(new Set(fields.map(({ options, more_options }) => options.length + more_options))).toEqual(new Set([50]));
      expect(fields[0]?.options.length).toBeGreaterThan(0);
    });

    it('names the nearest of very many fields, and not all of them', async () => {
      const fields = Array.from({ length: 25_000 }, (_, index) => ({
        fieldId: `f${index}`,
        name: `Level ${index}`,
        required: false,
      }));
      form([...fields, { fieldId: 'sev', name: 'Severity', required: false }]);
      const args = { project: 'DEMO', type: 'Bug', field: 'Severty' };
      const { message, details } = await invoke<ErrorBody>('jira.field_options', args);
      expect(details).toMatchObject({ parameter: 'field', nearest: 'Severity' });
      expect(details?.candidates).toContain('Severity');
      const { fields: told = [] } = details as { fields?: string[] };
      expect({ first: told[0], count: told.length }).toEqual({ first: 'Severity', count: 50 });
      expect(message).toMatch(/there are Severity, (?:[^,]+, ){18}[^,]+ and 24981 more$/);
    });

    it('has no status of one project among those of the site', async () => {
      const status = { id: '1', name: 'Mine', statusCategory: { key: 'done' } };
      const scope = { type: 'PROJECT', project: { id: '10000' } };
      stage.sandbox.fault({
        path: /\d\/status$/,
        ...json(200, [{ ...status, scope }, { id: '2', name: 'All', statusCategory: { key: 'undefined' } }, null]),
      });
      expect(await invoke('jira.statuses')).toEqual({
        items: [{ id: '2', name: 'All', category: null }],
        next_cursor: null,
      });
    });

    it('comes in pages of the size that is asked for', async () => {
      const all = await invoke<{ items: object[] }>('jira.fields', { limit: 100 });
      const first = await invoke<{ items: object[]; next_cursor: string }>('jira.fields', { limit: 3 });
      const second = await invoke<{ items: object[] }>('jira.fields', { limit: 3, cursor: first.next_cursor });
      expect([...first.items, ...second.items]).toEqual(all.items.slice(0, 6));
    });

    it('tells nothing of a project outside of the policy, by whatever name, and is ambiguous only within', async () => {
      const project = (id: string, key: string) => ({ id, key, name: 'Twin', projectTypeKey: 'software' });
      const twins = [project('1', 'ONE'), project('2', 'TWO')];
      const fault = () =>
        stage.sandbox.fault({
          path: isCloud ? /project\/search$/ : /2\/project$/,
          ...json(200, isCloud ? { values: twins, isLast: true, total: 2 } : twins),
        });
      stage.sandbox.fault({ path: /project\/Twin$/i, ...json(404, { errorMessages: ['No project.'] }) });
      fault();
      expect(await invoke('jira.create_fields', { project: 'Twin' })).toMatchObject({
        code: 'VALIDATION',
        details: { parameter: 'project', candidates: ['ONE', 'TWO'] },
      });
      await setPolicy(stage, { jira: { projects: ['DEMO'] } });
      stage.sandbox.fault({ path: /project\/Twin$/i, ...json(404, { errorMessages: ['No project.'] }) });
      fault();
      expect(await invoke('jira.create_fields', { project: 'Twin' })).toMatchObject({ code: 'FORBIDDEN' });
      stage.sandbox.clearFaults();
    });
  },
  DEPLOYMENT_KINDS,
);
