import { beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import type { Answer, ErrorBody } from '../support/harness.ts';
import { hideThings, refusalIn, run, setPolicy, WAYS, writesOf } from './policy-stage.ts';

const JIRA_REFUSED = { status: 403, code: 'FORBIDDEN', source: 'caller', rule: 'jira.projects' };
const CONFLUENCE_REFUSED = { status: 403, code: 'FORBIDDEN', source: 'caller', rule: 'confluence.spaces' };
const INSIDE = { jira: { projects: ['DEMO'] }, confluence: { spaces: ['ENG'] } };
const RAW_BODY = { representation: 'storage', value: '<p>Hello</p>' };

const plain = { project: 'DEMO', summary: 'Inside' };
const raw = (fields: Record<string, unknown>, others: Record<string, unknown> = {}) => ({
  fields: { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'Raw', ...fields },
  ...others,
});
const link = (member: Record<string, unknown>) => ({ issuelinks: [{ add: { type: { name: 'Relates' }, ...member } }] });

/** Bodies that write outside, or may. The hidden project is 10003, its first issue 10316. */
const OUTSIDE: [string, Record<string, unknown>][] = [
  ['the project by key', { ...plain, project: 'SECRET' }],
  ['the project by key in lower case', { ...plain, project: ' secret ' }],
  ['the project by id', { ...plain, project: '10003' }],
  ['another project by id', { ...plain, project: '10001' }],
  ['a project that does not exist', { ...plain, project: 'NOWHERE' }],
  ['a project that does not exist, by id', { ...plain, project: '99999' }],
  ['the raw project by key', raw({ project: { key: 'SECRET' } })],
  ['the raw project by key in lower case', raw({ project: { key: 'secret' } })],
  ['the raw project by id', raw({ project: { id: '10003' } })],
  ['the raw project by a number', raw({ project: { id: 10003 } })],
  ['a raw project by key and another by id', raw({ project: { key: 'DEMO', id: '10003' } })],
  ['a raw project by id and another by key', raw({ project: { id: '10000', key: 'SECRET' } })],
  ['a project as a text', raw({ project: 'SECRET' })],
  ['a project as an allowed text', raw({ project: 'DEMO' })],
  ['a project as a number', raw({ project: 10003 })],
  ['a project in a list', raw({ project: [{ key: 'SECRET' }] })],
  ['a project by name', raw({ project: { name: 'Secret plans' } })],
  ['a project by address', raw({ project: { self: 'https://acme.atlassian.net/rest/api/3/project/10003' } })],
  ['a project without a name', raw({ project: {} })],
  ['a project by a key that is no text', raw({ project: { key: ['SECRET'] } })],
  ['a project that update sets', raw({}, { update: { project: [{ set: { key: 'SECRET' } }] } })],
  ['a project that update sets to an allowed one', raw({}, { update: { project: [{ set: { key: 'DEMO' } }] } })],
  ['a parent by key', { ...plain, type: 'Sub-task', parent: 'SECRET-1' }],
  ['a parent by key in lower case', { ...plain, type: 'Sub-task', parent: ' secret-1 ' }],
  ['a parent by id', { ...plain, type: 'Sub-task', parent: '10316' }],
  ['a parent that does not exist', { ...plain, type: 'Sub-task', parent: 'SECRET-999' }],
  ['a parent that does not exist inside', { ...plain, type: 'Sub-task', parent: 'DEMO-999' }],
  ['a parent among the fields', { ...plain, fields: { parent: { key: 'SECRET-1' } } }],
  ['a raw parent by key', raw({ parent: { key: 'SECRET-1' } })],
  ['a raw parent by id', raw({ parent: { id: '10316' } })],
  ['a raw parent by a number', raw({ parent: { id: 10316 } })],
  ['a raw parent by an allowed key and another id', raw({ parent: { key: 'DEMO-1', id: '10316' } })],
  ['a raw parent as a text', raw({ parent: 'SECRET-1' })],
  ['a raw parent as the text of an id', raw({ parent: '10316' })],
  ['a raw parent as a number', raw({ parent: 10316 })],
  ['a raw parent in a list', raw({ parent: [{ key: 'SECRET-1' }] })],
  ['a raw parent by an id in a list', raw({ parent: { id: ['10316'] } })],
  ['a raw parent by address', raw({ parent: { self: 'https://acme.atlassian.net/rest/api/3/issue/10316' } })],
  ['a raw parent without a name', raw({ parent: {} })],
  [
    'a parent that update sets beside an allowed one',
    raw({}, { update: { parent: [{ key: 'DEMO-1', set: { id: '10316' } }] } }),
  ],
  ['a parent that update sets', raw({}, { update: { parent: [{ set: { id: '10316' } }] } })],
  ['an inward link by key', raw({}, { update: link({ inwardIssue: { key: 'SECRET-1' } }) })],
  ['an inward link by id', raw({}, { update: link({ inwardIssue: { id: '10316' } }) })],
  ['an outward link by key', raw({}, { update: link({ outwardIssue: { key: 'secret-1' } }) })],
  ['an outward link by id', raw({}, { update: link({ outwardIssue: { id: 10316 } }) })],
  ['an outward link as the text of an id', raw({}, { update: link({ outwardIssue: '10316' }) })],
  ['a link among the fields', raw({ issuelinks: [{ outwardIssue: { id: '10316' } }] })],
  [
    'a link after an allowed one',
    raw({ issuelinks: [link({ inwardIssue: { key: 'DEMO-1' } }), { inwardIssue: { key: 'SECRET-1' } }] }),
  ],
  ['an epic link', raw({ customfield_10014: 'SECRET-1' })],
  ['an epic link in lower case with spaces around it', raw({ customfield_10014: ' secret-1 ' })],
  // Upper case turns it into the letter S, in Java as here.
  ['an epic link with a long s', raw({ customfield_10014: 'ſecret-1' })],
  ['an epic link in wide letters', raw({ customfield_10014: 'ＳＥＣＲＥＴ-１' })],
  ['an epic link with an Arabic one', raw({ customfield_10014: 'SECRET-١' })],
  ['an epic link beside the plain form', { ...plain, fields: { customfield_10014: 'SECRET-1' } }],
  ['an epic link that update sets', raw({}, { update: { customfield_10014: [{ set: 'SECRET-1' }] } })],
  ['a picker of issues', raw({ customfield_10020: [{ key: 'DEMO-1' }, { key: 'SECRET-2' }] })],
];

/** Either way leads to the same operation: every body goes one way to Cloud, and the other to Data Center. */
const byEitherWay = (rows: [string, Record<string, unknown>][], isCloud: boolean) =>
  rows.map(([what, body], index) => ({ what, body, way: WAYS[(index + Number(isCloud)) % 2] ?? 'REST' }));

describeAccounts(
  'An issue under a policy',
  ({ kind, stage, isCloud, share }) => {
    beforeAll(async () => {
      hideThings(stage, kind);
      await setPolicy(stage, INSIDE);
    });
    beforeEach(() => stage.sandbox.clearRequests());

    it.each(share(byEitherWay(OUTSIDE, isCloud)))('by $way is not created with $what', async ({ way, body }) => {
      expect(refusalIn(await run(stage, way, 'jira.create', body))).toEqual(JIRA_REFUSED);
      expect(writesOf(stage)).toEqual([]);
    });

    it.each([
      ['a parent by key', { ...plain, type: 'Sub-task', parent: 'demo-7' }],
      ['a parent by id', { ...plain, type: 'Sub-task', parent: '10107' }],
      ['a raw parent by key and id', raw({ issuetype: { name: 'Sub-task' }, parent: { key: 'DEMO-7', id: '10107' } })],
      [
        'a raw parent as Jira gives it',
        raw({
          issuetype: { name: 'Sub-task' },
          parent: { id: '10107', key: 'DEMO-7', self: 'https://a.b/10107', fields: { status: { id: '1' } } },
        }),
      ],
      ['a project by key and id', raw({ project: { key: 'DEMO', id: '10000' } })],
      ['a project by id beside no key', raw({ project: { key: null, id: '10000' } })],
      [
        'a raw parent by key and what it carries along',
        raw({ issuetype: { name: 'Sub-task' }, parent: { key: 'DEMO-7', fields: { status: { name: 'Done' } } } }),
      ],
      ['a key in its texts', { ...plain, summary: 'SECRET-1', description: 'SECRET-1', labels: ['SECRET-1'] }],
      ['no parent', raw({ parent: null })],
    ])('is created inside with %s', async (_, body) => {
      const answer = await run(stage, 'REST', 'jira.create', body);
      expect({ status: answer.status, writesOf: writesOf(stage).length }).toEqual({ status: 200, writesOf: 1 });
    });

    it.each([
      { body: { ...plain, project: 'SECRET' }, parameter: 'project' },
      { body: { ...plain, type: 'Sub-task', parent: 'SECRET-1' }, parameter: 'parent' },
      { body: { ...plain, fields: { parent: { key: 'SECRET-1' } } }, parameter: 'parent' },
      { body: raw({ project: { name: 'Secret plans' } }), parameter: 'project' },
      { body: raw({ parent: { key: 'SECRET-1' } }), parameter: 'fields.parent.key' },
      { body: raw({ customfield_10014: 'SECRET-1' }), parameter: 'fields.customfield_10014' },
      {
        body: { ...plain, fields: { customfield_1: { fields: { parent: { key: 'SECRET-1' } } } } },
        parameter: 'fields.customfield_1.fields.parent.key',
      },
      {
        body: raw({}, { update: link({ inwardIssue: { key: 'SECRET-1' } }) }),
        parameter: 'update.issuelinks.add.inwardIssue.key',
      },
    ])('is refused for its $parameter', async ({ body, parameter }) => {
      const answer = await run(stage, 'REST', 'jira.create', body);
      const { message, details } = answer.body as ErrorBody;
      expect({ message, details }).toEqual({
        message: `${parameter}: not allowed by the tenant's policy (jira.projects)`,
        details: { source: 'caller', rule: 'jira.projects', parameter },
      });
    });

    it('is created without a look at its project and parent where there is no policy', async () => {
      await setPolicy(stage, {});
      stage.sandbox.clearRequests();
      const { status } = await run(stage, 'REST', 'jira.create', { ...plain, type: 'Sub-task', parent: 'DEMO-7' });
      const methods = stage.sandbox.requests.map(({ method }) => method);
      await setPolicy(stage, INSIDE);
      expect({ status, methods }).toEqual({ status: 200, methods: ['POST'] });
    });

    it('is refused without a look at a parent that has no name', async () => {
      expect(refusalIn(await run(stage, 'REST', 'jira.create', raw({ parent: {} })))).toEqual(JIRA_REFUSED);
      expect(stage.sandbox.requests.filter(({ path }) => path.includes('/issue/'))).toEqual([]);
    });

    it('is checked against issues of projects whose keys have one letter, too', async () => {
      stage.sandbox.addProject(kind === 'Data Center PAT' ? 'data-center' : 'acme', {
        key: 'S',
        name: 'Short',
        issues: [{ summary: 'Short' }],
      });
      const bodies = [{ customfield_10014: 's-1' }, { parent: { key: 'S-1' } }, { parent: 'S-1' }].map((fields) =>
        raw(fields),
      );
      for (const body of bodies) expect(refusalIn(await run(stage, 'REST', 'jira.create', body))).toEqual(JIRA_REFUSED);
      expect(writesOf(stage)).toEqual([]);
      await setPolicy(stage, { jira: { projects: ['DEMO', 's'] } });
      for (const body of bodies) expect((await run(stage, 'REST', 'jira.create', body)).status).toBe(400);
      // What Jira itself has against them does not matter here: they got there.
      expect(writesOf(stage)).toHaveLength(bodies.length);
      await setPolicy(stage, INSIDE);
    });

    it.each(['UTF-8', 'COVID-19', 'utf-16', 'Größe-1', '東京-1'])(
      'may hold %s in a custom field: it is no issue',
      async (value) => {
        const { status, body } = await run(stage, 'REST', 'jira.create', raw({ customfield_10014: value }));
        // The sandbox has no such field; that it says so shows that the body got there.
        expect({ status, code: (body as ErrorBody).code }).toEqual({ status: 400, code: 'VALIDATION' });
        expect(writesOf(stage)).toHaveLength(1);
      },
    );

    it('may refer to 50 issues, and not to more, of which nothing is asked then', async () => {
      const keys = (count: number) => Array.from({ length: count }, (_, index) => `DEMO-${index + 1}`);
      const warnings: string[] = [];
      const note = ({ name }: Error) => void warnings.push(name);
      process.on('warning', note);
      onTestFinished(() => void process.off('warning', note));
      const some = raw({ customfield_10020: [...keys(49), ...keys(49)], customfield_10021: Array(60).fill('UTF-8') });
      expect((await run(stage, 'REST', 'jira.create', some)).status).toBe(400);
      expect(writesOf(stage)).toHaveLength(1);
      // Node warns of many listeners on one signal, past the log.
      expect(warnings).toEqual([]);
      stage.sandbox.clearRequests();
      for (const body of [raw({ customfield_10020: keys(51) }), raw({}, { update: { customfield_1: keys(51) } })]) {
        const answer = await run(stage, 'REST', 'jira.create', body);
        expect(refusalIn(answer)).toEqual(JIRA_REFUSED);
        expect((answer.body as ErrorBody).message).toBe(
          'The body refers to more than 50 issues, which is too many to check.',
        );
      }
      expect(stage.sandbox.requests).toEqual([]);
    });

    it('is answered at once also where the body refers to a great many', async () => {
      const many = Array.from({ length: 95_000 }, (_, index) => `DEMO-${index}`);
      const deep = `${'['.repeat(400)}${JSON.stringify(many)}${']'.repeat(400)}`;
      const body = JSON.stringify(raw({ customfield_10020: 'here' })).replace('"here"', deep);
      // Comparing each with each takes minutes, so that the test would time out.
      expect(refusalIn(await stage.call('/connectors/jira/create', { body }))).toEqual(JIRA_REFUSED);
      expect(stage.sandbox.requests).toEqual([]);
    });

    it('says of an allowed project that does not exist that it does not, and of others nothing', async () => {
      await setPolicy(stage, { jira: { projects: ['DEMO', 'GONE'] } });
      const create = (project: string) => run(stage, 'REST', 'jira.create', { project, summary: 'Where?' });
      const gone = await create('gone');
      expect({ ...(gone.body as ErrorBody), request_id: null }).toMatchObject({
        code: 'NOT_FOUND',
        message: 'project: there is no GONE, or the connected user cannot see it',
        details: { parameter: 'project' },
      });
      const told = ({ status, body }: Answer) => ({ http: status, ...(body as ErrorBody), request_id: null });
      expect(told(await create('NOWHERE'))).toEqual(told(await create('SECRET')));
      expect(told(await create('99999'))).toEqual(told(await create('10003')));
      const below = (parent: string) => run(stage, 'REST', 'jira.create', { ...plain, parent, type: 'Sub-task' });
      expect(told(await below('SECRET-999'))).toEqual(told(await below('SECRET-1')));
      expect(writesOf(stage)).toEqual([]);
      await setPolicy(stage, INSIDE);
    });

    it.each([
      ['is refused', { status: 403, body: '{}' }],
      ['fails', { status: 500, body: '{}' }],
      ['is no JSON', { status: 200, body: '<html>' }],
      ['tells no project', { status: 200, body: '{"id":"10107","key":"DEMO-7","fields":{}}' }],
      ['tells nothing', { status: 200, body: '{}' }],
      // As often as a read is tried.
      ['breaks off', { reset: true, times: 3 }],
    ])('is not created where the look at its parent %s', async (_, fault) => {
      const sub = { project: 'DEMO', summary: 'x', type: 'Sub-task', parent: 'DEMO-7' };
      stage.sandbox.fault({ path: /\/issue\/DEMO-7/, headers: { 'content-type': 'application/json' }, ...fault });
      const { status } = await run(stage, 'REST', 'jira.create', sub);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(writesOf(stage)).toEqual([]);
      expect((await run(stage, 'REST', 'jira.create', sub)).status).toBe(200);
    });

    it('is not created anywhere when the list is empty, and anywhere without one', async () => {
      await setPolicy(stage, { jira: { projects: [] } });
      expect(refusalIn(await run(stage, 'REST', 'jira.create', plain))).toEqual(JIRA_REFUSED);
      expect(writesOf(stage)).toEqual([]);
      await setPolicy(stage, { jira: { projects: null } });
      expect((await run(stage, 'REST', 'jira.create', { ...plain, project: 'SECRET' })).status).toBe(200);
      await setPolicy(stage, INSIDE);
    });
  },
  DEPLOYMENT_KINDS,
);

/** The hidden space is 32771, its home page 65816. */
const PAGES_OUTSIDE: [string, Record<string, unknown>][] = [
  ['the space by key', { space: 'VAULT' }],
  ['the space by key in lower case', { space: ' vault ' }],
  ['the space by id', { space: '32771' }],
  ['another space by id', { space: '32770' }],
  ['a space that does not exist', { space: 'NOWHERE' }],
  ['a space that does not exist, by id', { space: '99999' }],
  ['a parent in another space', { space: 'ENG', parent_id: '65816' }],
  ['a parent that does not exist', { space: 'ENG', parent_id: '99999' }],
  ['a parent that is no id', { space: 'ENG', parent_id: '../65816' }],
  ['a raw space', { spaceId: '32771', body: RAW_BODY }],
  ['a raw space by key', { spaceId: 'VAULT', body: RAW_BODY }],
  ['a raw parent', { spaceId: '32769', parentId: '65816', body: RAW_BODY }],
  ['a raw parent by a number', { spaceId: '32769', parentId: 65816, body: RAW_BODY }],
  ['a raw parent in a list', { spaceId: '32769', parentId: ['65816'], body: RAW_BODY }],
  ['a raw parent in an object', { spaceId: '32769', parentId: { id: '65816' }, body: RAW_BODY }],
  ['an empty raw parent', { spaceId: '32769', parentId: '', body: RAW_BODY }],
];

describeAccounts(
  'A page under a policy',
  ({ kind, stage, isCloud, share }) => {
    beforeAll(async () => {
      hideThings(stage, kind);
      await setPolicy(stage, INSIDE);
    });
    beforeEach(() => stage.sandbox.clearRequests());

    it.each(share(byEitherWay(PAGES_OUTSIDE, isCloud)))('by $way is not created with $what', async ({ way, body }) => {
      const answer = await run(stage, way, 'confluence.create', { title: 'Where?', ...body });
      expect(refusalIn(answer)).toEqual(CONFLUENCE_REFUSED);
      const named = ['parent_id', 'parentId', 'spaceId', 'space'].find((parameter) => parameter in body);
      expect((answer.body as ErrorBody).details?.parameter).toBe(named);
      expect(writesOf(stage)).toEqual([]);
    });

    it.each([
      ['the space by key', { space: 'ENG' }],
      ['the space by key in lower case', { space: 'eng' }],
      ['the space by id', { space: '32769' }],
      ['a parent', { space: 'ENG', parent_id: '65602' }],
      ['a raw space', { spaceId: '32769', body: RAW_BODY }],
      ['a raw parent', { spaceId: '32769', parentId: '65602', body: RAW_BODY }],
    ])('is created inside with %s', async (what, where) => {
      const answer = await run(stage, 'REST', 'confluence.create', { title: `Inside: ${what}`, ...where });
      expect({ status: answer.status, writesOf: writesOf(stage).length }).toEqual({ status: 200, writesOf: 1 });
    });

    it('says of an allowed space that does not exist that it does not, and of others nothing', async () => {
      await setPolicy(stage, { confluence: { spaces: ['ENG', 'GONE'] } });
      const create = (where: object) => run(stage, 'REST', 'confluence.create', { title: 'Where?', ...where });
      const gone = await create({ space: 'gone' });
      expect({ status: gone.status, code: (gone.body as ErrorBody).code }).toEqual({ status: 404, code: 'NOT_FOUND' });
      const told = ({ status, body }: Answer) => ({ http: status, ...(body as ErrorBody), request_id: null });
      expect(told(await create({ space: 'NOWHERE' }))).toEqual(told(await create({ space: 'VAULT' })));
      expect(told(await create({ space: '99999' }))).toEqual(told(await create({ space: '32771' })));
      const below = (id: string) => create({ space: 'ENG', parent_id: id });
      expect(told(await below('99999'))).toEqual(told(await below('65816')));
      expect(writesOf(stage)).toEqual([]);
      await setPolicy(stage, INSIDE);
    });

    it('is not created anywhere when the list is empty, and anywhere without one', async () => {
      await setPolicy(stage, { confluence: { spaces: [] } });
      expect(refusalIn(await run(stage, 'REST', 'confluence.create', { space: 'ENG', title: 'Where?' }))).toEqual(
        CONFLUENCE_REFUSED,
      );
      expect(writesOf(stage)).toEqual([]);
      await setPolicy(stage, { confluence: null });
      expect((await run(stage, 'REST', 'confluence.create', { space: 'VAULT', title: 'There' })).status).toBe(200);
      await setPolicy(stage, INSIDE);
    });
  },
  DEPLOYMENT_KINDS,
);
