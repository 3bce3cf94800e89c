import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { TOOLS } from '../../src/operations/catalogue.ts';
import { openStore } from '../../src/stores/open.ts';
import { refusalIn, run, setPolicy, WAYS, writesOf } from '../operations/policy-stage.ts';
import { connectBoth } from '../support/accounts.ts';
import { type ErrorBody, sharedStage, start } from '../support/harness.ts';

const UNRESTRICTED = {
  read_only: false,
  tools: { allow: null, deny: null },
  jira: { projects: null },
  confluence: { spaces: null },
};
const TOOL_NAMES = [...TOOLS.keys()];
const FULL = {
  read_only: true,
  tools: { allow: ['jira.search'], deny: ['jira.create', 'confluence.create'] },
  jira: { projects: ['DEMO', 'ops', 'A_B1'] },
  confluence: { spaces: ['ENG', '~anna', 'ds:x.y'] },
};

const inMemory = sharedStage({}, (own) => connectBoth(own));
const onDisk = sharedStage({ onDisk: true }, (own) => connectBoth(own));

describe('/tenants/{tenant}/policy', () => {
  const stage = sharedStage();
  const put = <T = unknown>(body: unknown, tenant = 'acme') =>
    stage.call<T>(`/tenants/${tenant}/policy`, { method: 'PUT', body });
  const get = async (tenant = 'acme') => {
    const { status, body } = await stage.call(`/tenants/${tenant}/policy`);
    expect(status).toBe(200);
    return body;
  };

  it('gives the whole shape, also where none was written', async () => {
    expect(await get('nobody-yet')).toEqual(UNRESTRICTED);
  });

  it.each([
    [FULL, FULL],
    [{}, UNRESTRICTED],
    [{ read_only: false }, UNRESTRICTED],
    [{ read_only: null }, UNRESTRICTED],
    [{ tools: null, jira: null, confluence: null }, UNRESTRICTED],
    [{ tools: {}, jira: {}, confluence: {} }, UNRESTRICTED],
    [{ tools: { allow: null, deny: null }, jira: { projects: null }, confluence: { spaces: null } }, UNRESTRICTED],
    [{ tools: { deny: ['jira.create'] } }, { ...UNRESTRICTED, tools: { allow: null, deny: ['jira.create'] } }],
    [{ jira: { projects: [] } }, { ...UNRESTRICTED, jira: { projects: [] } }],
    [{ tools: { allow: [] } }, { ...UNRESTRICTED, tools: { allow: [], deny: null } }],
    [{ confluence: { spaces: ['ENG'] } }, { ...UNRESTRICTED, confluence: { spaces: ['ENG'] } }],
  ])('takes %j as a whole, in place of what was', async (given, expected) => {
    await put(FULL);
    expect(await put(given)).toMatchObject({ status: 200, body: expected });
    expect(await get()).toEqual(expected);
  });

  it.each([
    [{ readonly: true }],
    [{ read_only: true, projects: ['DEMO'] }],
    [{ tools: { allowed: ['jira.search'] } }],
    [{ tools: { allow: ['jira.serach'] } }],
    [{ tools: { deny: ['jira.delete'] } }],
    [{ tools: { deny: ['JIRA.CREATE'] } }],
    [{ tools: { deny: ['*'] } }],
    [{ tools: { deny: [''] } }],
    [{ tools: { deny: { 0: 'jira.create' } } }],
    [{ tools: ['jira.create'] }],
    [{ read_only: 'true' }],
    [{ read_only: 1 }],
    [{ jira: { projects: true } }],
    [{ jira: { projects: { DEMO: true } } }],
    [{ jira: { projects: ['DEMO', 1] } }],
    [{ jira: { projects: [null] } }],
    [{ jira: { projects: ['DE MO'] } }],
    [{ jira: { projects: ['DEMO") OR project in ("SECRET'] } }],
    [{ jira: { projects: [''] } }],
    [{ jira: { projects: ['10000'] } }],
    [{ jira: { project: ['DEMO'] } }],
    [{ jira: { projects: ['A'.repeat(256)] } }],
    [{ jira: { projects: Array.from({ length: 201 }, (_, index) => `P${index}`) } }],
    [{ jira: ['DEMO'] }],
    [{ jira: 'DEMO' }],
    [{ confluence: { spaces: ['EN G'] } }],
    [{ confluence: { spaces: ['ENG\\'] } }],
    [{ confluence: { spaces: ['"'] } }],
    [{ confluence: { spaces: true } }],
    [{ __proto__: null, constructor: 1 }],
    [[]],
    [[FULL]],
    ['null'],
    [''],
    ['true'],
    ['"policy"'],
    ['{"read_only":true'],
    ['{"read_only":true,"__proto__":{"read_only":false}}'],
  ])('refuses %j, and what was stays', async (given) => {
    await put(FULL);
    const { status, body } = await put<ErrorBody>(given);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'VALIDATION' });
    expect(await get()).toEqual(FULL);
  });

  it.each(
    [
      { name: 'Jira.create', nearest: 'jira.create' },
      { name: 'jira.create!', nearest: 'jira.create' },
      { name: 'x jira.create', nearest: 'jira.create' },
      { name: ' jira.create', nearest: 'jira.create' },
      { name: 'jira.create\n', nearest: 'jira.create' },
      { name: 'confluence create', nearest: 'confluence.create' },
      { name: 'jira', nearest: undefined },
      { name: 'toString', nearest: undefined },
      { name: 'jira.create,confluence.create', nearest: undefined },
    ].flatMap((row) => ['allow', 'deny'].map((list) => ({ ...row, list }))),
  )('refuses $name among the tools to $list, naming those there are', async ({ name, nearest, list }) => {
    await put(FULL);
    const { status, body } = await put<ErrorBody>({ tools: { [list]: ['jira.search', name] } });
    const parameter = `tools.${list}`;
    expect({ status, code: body.code, details: body.details }).toEqual({
      status: 400,
      code: 'VALIDATION',
      details: { parameter, tools: TOOL_NAMES, ...(nearest === undefined ? {} : { nearest }) },
    });
    const hint = nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
    expect(body.message).toBe(
      `${parameter}: there is no ${JSON.stringify(name)}${hint}; there are ${TOOL_NAMES.join(', ')}`,
    );
    expect(await get()).toEqual(FULL);
  });

  it('takes 200 keys', async () => {
    const projects = Array.from({ length: 200 }, (_, index) => `P${index}`);
    expect((await put({ jira: { projects } })).status).toBe(200);
  });

  it('is of one tenant only', async () => {
    await put(FULL, 'one');
    await put({ jira: { projects: [] } }, 'two');
    expect(await get('one')).toEqual(FULL);
    expect(await get('two')).toEqual({ ...UNRESTRICTED, jira: { projects: [] } });
    for (const near of ['ONE', 'one.', 'on', 'default']) expect(await get(near)).toEqual(UNRESTRICTED);
  });
});

describe('A policy in a database', () => {
  const first = onDisk;
  beforeEach(() => setPolicy(first, {}));

  it('holds from the next call on, in a second instance too', async () => {
    const second = await start({ env: { DATABASE_URL: `file:${first.storePath}` }, existing: first });
    const create = () => run(second, 'REST', 'jira.create', { project: 'OPS', summary: 'Somewhere else' });
    expect((await create()).status).toBe(200);
    await setPolicy(first, { jira: { projects: ['DEMO'] } });
    expect(refusalIn(await create())).toEqual({
      status: 403,
      code: 'FORBIDDEN',
      source: 'caller',
      rule: 'jira.projects',
    });
    expect((await second.call('/tenants/default/policy')).body).toMatchObject({ jira: { projects: ['DEMO'] } });
    await setPolicy(first, {});
    expect((await create()).status).toBe(200);
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{}',
    '"x"',
    '{"read_only":"yes","tools":{"allow":null,"deny":null},"jira":{"projects":null},"confluence":{"spaces":null}}',
    '{"read_only":false,"tools":{"allow":null,"deny":null},"jira":{"projects":"DEMO"},"confluence":{"spaces":null}}',
    '{"read_only":false,"tools":{"allow":null,"deny":null},"jira":{"projects":null}}',
    '{"read_only":false,"tools":{"allow":null,"deny":null},"jira":{"projects":null},"confluence":{"spaces":null},"more":1}',
  ])('that is damaged lets nothing through: %j', async (damaged) => {
    const store = await openStore({ kind: 'sqlite', path: first.storePath });
    onTestFinished(() => store.close());
    await store.access.writePolicy('default', damaged);
    first.sandbox.clearRequests();
    for (const way of WAYS) {
      for (const [name, input] of [
        ['jira.search', { q: 'login' }],
        ['jira.projects', {}],
        ['jira.create', { project: 'DEMO', summary: 'Through?' }],
        ['confluence.search', {}],
        ['confluence.spaces', {}],
        ['confluence.create', { space: 'ENG', title: 'Through?' }],
      ] as const) {
        const { status, body } = await run(first, way, name, input);
        expect({ status, code: (body as ErrorBody).code }, `${name} by ${way}`).toEqual({
          status: 500,
          code: 'INTERNAL_ERROR',
        });
        expect(JSON.stringify(body)).not.toContain('projects');
      }
    }
    expect((await first.call('/tenants/default/policy')).status).toBe(500);
    expect(first.sandbox.requests).toEqual([]);
    expect((await run(first, 'REST', 'jira.search', {}, { tenant: 'other' })).status).toBe(400);
    // Writing a new one mends it.
    await setPolicy(first, {});
    expect((await run(first, 'REST', 'jira.search', {})).status).toBe(200);
  });
});

interface AuditEntry {
  tenant: string;
  operation: string;
  target: string | null;
  outcome: string;
  request_id: string | null;
}

describe('The audit of writes', () => {
  const stage = inMemory;
  const RAW_BODY = { representation: 'storage', value: '<p>Hidden body</p>' };
  let calls = 0;
  /** The status of one call in each of the ways, and what was recorded for it. */
  const recorded = async (name: string, input: Record<string, unknown>, headers: Record<string, string> = {}) => {
    const answers: { status: number; entries: AuditEntry[] }[] = [];
    for (const way of WAYS) {
      const id = `audited-${++calls}`;
      const title = 'title' in input ? { title: `${input.title} ${calls}` } : {};
      const answer = await run(
        stage,
        way,
        name,
        { ...input, ...title },
        { headers: { ...headers, 'x-request-id': id } },
      );
      const { body } = await stage.call<AuditEntry[]>('/audit?limit=200');
      answers.push({ status: answer.status, entries: body.filter((entry) => entry.request_id === id) });
    }
    return answers;
  };
  const entry = (operation: string, target: string | null, outcome: string) => ({
    ...{ tenant: 'default', caller: null, operation, target, outcome },
    ...{ at: expect.any(Number), request_id: expect.any(String) },
  });

  it('tells what was made', async () => {
    await setPolicy(stage, {});
    expect(await recorded('jira.create', { project: 'DEMO', summary: 'Hidden words' })).toEqual([
      { status: 200, entries: [entry('jira.create', 'DEMO-31', 'ok')] },
      { status: 200, entries: [entry('jira.create', 'DEMO-32', 'ok')] },
    ]);
    const [made] = await recorded('confluence.create', { space: 'ENG', title: 'Hidden words' });
    expect(made?.entries[0]).toEqual(
      entry('confluence.create', expect.stringMatching(/^\d+$/) as unknown as string, 'ok'),
    );
  });

  it.each([
    { name: 'jira.create', input: { project: 'SECRET', summary: 'Hidden words' }, target: 'SECRET' },
    {
      name: 'jira.create',
      input: { fields: { project: { key: 'SECRET' }, issuetype: { name: 'Task' }, summary: 'Hidden' } },
      target: 'SECRET',
    },
    {
      name: 'jira.create',
      input: { fields: { project: { id: '10001' }, issuetype: { name: 'Task' }, summary: 'Hidden' } },
      target: '10001',
    },
    {
      name: 'jira.create',
      input: { fields: { project: { id: 10001 }, issuetype: { name: 'Task' }, summary: 'Hidden' } },
      target: '10001',
    },
    { name: 'jira.create', input: { project: 'DEMO', summary: 'Hidden words', parent: 'OPS-1' }, target: 'DEMO' },
    { name: 'confluence.create', input: { space: 'HR', title: 'Hidden words' }, target: 'HR' },
    { name: 'confluence.create', input: { spaceId: '32770', title: 'Hidden words', body: RAW_BODY }, target: '32770' },
  ])('tells a refused $name of $input', async ({ name, input, target }) => {
    await setPolicy(stage, { jira: { projects: ['DEMO'] }, confluence: { spaces: ['ENG'] } });
    const refused = { status: 403, entries: [entry(name, target, 'FORBIDDEN')] };
    expect(await recorded(name, input)).toEqual([refused, refused]);
  });

  it.each([
    [{ read_only: true }, {}],
    [{ tools: { deny: ['jira.create'] } }, {}],
    [{ tools: { allow: [] } }, {}],
    [{}, { 'x-tools': 'jira.search' }],
  ])('tells what the policy %j or headers %j refuse', async (policy, headers) => {
    await setPolicy(stage, policy);
    const refused = { status: 403, entries: [entry('jira.create', 'DEMO', 'FORBIDDEN')] };
    expect(await recorded('jira.create', { project: 'DEMO', summary: 'Hidden words' }, headers)).toEqual([
      refused,
      refused,
    ]);
  });

  it('tells what Atlassian refuses', async () => {
    await setPolicy(stage, {});
    const refused = { status: 400, entries: [entry('jira.create', 'DEMO', 'VALIDATION')] };
    expect(await recorded('jira.create', { project: 'DEMO', summary: 'Hidden', type: 'Nonsense' })).toEqual([
      refused,
      refused,
    ]);
  });

  it('tells nothing of what only reads, and never what was written', async () => {
    await setPolicy(stage, {});
    expect(await recorded('jira.search', { q: 'login' })).toEqual([
      { status: 200, entries: [] },
      { status: 200, entries: [] },
    ]);
    expect(JSON.stringify((await stage.call('/audit?limit=200')).body)).not.toMatch(/hidden/i);
  });

  it('keeps no target that is neither a key nor an id', async () => {
    const own = inMemory;
    own.sandbox.clearRequests();
    own.clock.advance(1);
    const since = own.clock.seconds();
    await setPolicy(own, { jira: { projects: ['DEMO'] } });
    for (const project of [
      '\ud800DEMO',
      'pw=hunter2 and more',
      '<b>DEMO</b>',
      'D'.repeat(255),
      'D'.repeat(39),
      'OPS',
    ]) {
      const { status } = await run(own, 'tools/invoke', 'jira.create', { project, summary: 'x' });
      expect(status).toBe(403);
    }
    for (const project of ['DEMO\u0000', 'D'.repeat(1_000_000)]) {
      const { status } = await run(own, 'tools/invoke', 'jira.create', { project, summary: 'x' });
      expect(status).toBe(400);
    }
    const { body } = await own.call<AuditEntry[]>(`/audit?limit=200&since=${since}`);
    const targets = body.flatMap(({ operation, target }) => (operation === 'jira.create' ? [target] : []));
    expect(targets.toReversed()).toEqual([null, null, null, null, 'D'.repeat(39), 'OPS']);
    expect(writesOf(own)).toEqual([]);
  });
});
