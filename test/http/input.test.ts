import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { findTool, TOOLS } from '../../src/operations/catalogue.ts';
import { lastQuery, sent, withQuery } from '../support/atlassian.ts';
import { type ErrorBody, type Stage, sharedStage, start } from '../support/harness.ts';
import { Random } from '../support/random.ts';

const INVOKE = '/connectors/tools/invoke';
const PATCH = '/connectors/jira/connection';
const POLICY = '/tenants/default/policy';

interface Problem {
  parameter: string;
  message: string;
  known?: string[];
  nearest?: string;
}

/** As `Stage.call`, but without a socket: there are thousands of calls here. */
async function inject(stage: Stage, path: string, { method, body }: { method?: string; body?: unknown } = {}) {
  const answer = await stage.service.app.inject({
    url: path,
    method: (method ?? (body === undefined ? 'GET' : 'POST')) as 'GET',
    ...(body === undefined ? {} : { payload: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const isJson = answer.headers['content-type']?.toString().includes('json');
  return { status: answer.statusCode, body: (isJson ? answer.json() : {}) as ErrorBody };
}

const problemsOf = ({ body }: { body: ErrorBody }) => (body.details?.problems ?? []) as Problem[];

/** Every place where names are read: what is known there, and a call that adds one of another name. */
interface Door {
  known: string[];
  /** Where the name stands, before it. */
  prefix?: string;
  call: (name: string) => { path: string; method?: string; body?: unknown };
}

const query = (path: string, known: string[], method = 'GET'): Door => ({
  known,
  call: (name) => ({ path: `${path}?${new URLSearchParams({ [name]: 'x' })}`, method }),
});
const member = (path: string, known: string[], body: object, method = 'POST', prefix = ''): Door => ({
  known,
  prefix,
  call: (name) => ({ path, method, body: { ...body, [name]: 'x' } }),
});
const argument = (tool: string, known: string[], args: object): Door => ({
  known,
  prefix: 'args.',
  call: (name) => ({ path: INVOKE, body: { tool, args: { ...args, [name]: 'x' } } }),
});
const filter = (tool: string, known: string[]): Door[] => [
  {
    known,
    prefix: 'args.filters.',
    call: (name) => ({ path: INVOKE, body: { tool, args: { filters: { [name]: 'x' } } } }),
  },
  {
    known,
    prefix: 'filters.',
    call: (name) => ({ path: withQuery(`/connectors/${tool.replace('.', '/')}`, { filters: { [name]: 'x' } }) }),
  },
];

const namesOf = (schema: z.ZodType) => Object.keys((schema as z.ZodObject).shape);
const ISSUE_FILTERS = ['project', 'status', 'type', 'assignee', 'reporter', 'label', 'updated_since'];
const PAGE_FILTERS = ['space', 'type', 'label', 'updated_since'];
const ISSUE = ['project', 'summary', 'type', 'description', 'labels', 'assignee', 'priority', 'parent', 'fields'];
const RAW_ISSUE = ['fields', 'update', 'properties', 'historyMetadata', 'transition'];
const PAGE = ['space', 'title', 'content', 'parent_id', 'status'];
const RAW_PAGE = ['spaceId', 'title', 'body', 'parentId', 'status', 'subtype'];
const fields = { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'x' };
const issue = { project: 'DEMO', summary: 'x' };
const page = { space: 'ENG', title: 'x' };
const rawPage = { spaceId: '32769', title: 'x', body: {} };

const DOORS: Record<string, Door> = {
  'the query of jira/search': query('/connectors/jira/search', namesOf(findTool('jira.search').input)),
  'the query of jira/projects': query('/connectors/jira/projects', namesOf(findTool('jira.projects').input)),
  'the query of confluence/search': query(
    '/connectors/confluence/search',
    namesOf(findTool('confluence.search').input),
  ),
  'the query of confluence/spaces': query(
    '/connectors/confluence/spaces',
    namesOf(findTool('confluence.spaces').input),
  ),
  'the query of audit': query('/audit', ['tenant', 'since', 'limit', 'cursor']),
  'an issue': member('/connectors/jira/create', ISSUE, issue),
  "Atlassian's own issue": member('/connectors/jira/create', RAW_ISSUE, { fields }),
  'a page': member('/connectors/confluence/create', PAGE, page),
  "Atlassian's own page": member('/connectors/confluence/create', RAW_PAGE, rawPage),
  'the change of a connection': member(PATCH, ['base_url', 'rotate', 'pat', 'email'], { rotate: true }, 'PATCH'),
  'a connect link': member('/connectors/jira/connect-link', ['return_url'], {}),
  'a policy': member(POLICY, ['read_only', 'tools', 'jira', 'confluence'], {}, 'PUT'),
  'the tools of a policy': {
    known: ['allow', 'deny'],
    prefix: 'tools.',
    call: (name) => ({ path: POLICY, method: 'PUT', body: { tools: { [name]: [] } } }),
  },
  'a call of a tool': member(INVOKE, ['tool', 'args', 'name', 'arguments', 'input'], { tool: 'jira.search' }),
  'the arguments of jira.search': argument('jira.search', namesOf(findTool('jira.search').args), {}),
  'the arguments of jira.projects': argument('jira.projects', namesOf(findTool('jira.projects').args), {}),
  'the arguments of confluence.search': argument('confluence.search', namesOf(findTool('confluence.search').args), {}),
  'the arguments of confluence.spaces': argument('confluence.spaces', namesOf(findTool('confluence.spaces').args), {}),
  'the arguments of jira.create': argument('jira.create', ISSUE, issue),
  'the arguments of confluence.create': argument('confluence.create', PAGE, page),
  ...Object.fromEntries(
    [...filter('jira.search', ISSUE_FILTERS), ...filter('confluence.search', PAGE_FILTERS)].map((door, index) => [
      `filters ${index}`,
      door,
    ]),
  ),
};

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];

/** `name` with one letter changed, dropped or doubled, or as another convention writes it. */
function misspelt(name: string, random: Random): string {
  const at = random.below(name.length);
  const letter = name[at] ?? '';
  const put = (text: string) => name.slice(0, at) + text + name.slice(at + 1);
  const words = name.split('_');
  return random.pick([
    () => put(random.pick(LETTERS)),
    () => put(''),
    () => put(letter + letter),
    () => words.map((word, index) => (index === 0 ? word : (word[0] ?? '').toUpperCase() + word.slice(1))).join(''),
    () => name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`),
    () => name.toUpperCase(),
    () => `${name}_`,
  ])();
}

/** `MISSPELLINGS` sets more. */
const MISSPELLINGS = Number(process.env.MISSPELLINGS ?? 400);

describe('a name that is not known', () => {
  const stage = sharedStage();

  it(`is refused in ${MISSPELLINGS} misspellings at every door, and the right one is named`, {
    timeout: 60_000 + MISSPELLINGS * 20,
  }, async () => {
    const random = new Random(20_261_128);
    const doors = Object.entries(DOORS);
    const wrong: unknown[] = [];
    let asked = 0;
    while (asked < MISSPELLINGS) {
      const batch = Array.from({ length: 20 }, () => {
        const [what, door] = random.pick(doors);
        const right = random.pick(door.known);
        const name = misspelt(right, random);
        return { what, door, right, name };
      }).filter(({ door, name }) => !door.known.includes(name) && !name.startsWith('_'));
      asked += batch.length;
      await Promise.all(
        batch.map(async ({ what, door, right, name }) => {
          const { path, ...options } = door.call(name);
          const answer = await inject(stage, path, options);
          const parameter = (door.prefix ?? '') + (name || '""');
          const problem = problemsOf(answer).find((one) => one.parameter === parameter);
          const isRight = answer.status === 400 && answer.body.code === 'VALIDATION' && problem?.nearest === right;
          if (!isRight || !answer.body.message.includes(`(did you mean ${right}?)`)) {
            wrong.push({ what, right, name, status: answer.status, message: answer.body.message });
          }
        }),
      );
    }
    expect(wrong).toEqual([]);
    expect(sent(stage)).toEqual([]);
  });

  it.each(Object.entries(DOORS))('is told what is known: %s', async (_what, { known, prefix = '', call }) => {
    const { path, ...options } = call('zzzzzz');
    const answer = await stage.call<ErrorBody>(path, options);
    const problem = problemsOf(answer).find(({ parameter }) => parameter === `${prefix}zzzzzz`);
    expect({ status: answer.status, problem }).toEqual({
      status: 400,
      problem: { parameter: `${prefix}zzzzzz`, message: `is unknown; known are ${known.join(', ')}`, known },
    });
  });

  it.each<{ method: string; path: string; body?: object }>([
    { method: 'GET', path: '/connectors' },
    { method: 'GET', path: '/connectors/jira/connection' },
    { method: 'PATCH', path: '/connectors/jira/connection', body: { rotate: true } },
    { method: 'DELETE', path: '/connectors/confluence/connection' },
    { method: 'POST', path: '/connectors/jira/connect-link', body: {} },
    { method: 'POST', path: '/connectors/jira/create', body: issue },
    { method: 'POST', path: '/connectors/confluence/create', body: page },
    { method: 'POST', path: INVOKE, body: { tool: 'jira.search' } },
    { method: 'GET', path: POLICY },
    { method: 'PUT', path: POLICY, body: {} },
  ])('is refused in the query of $method $path, which knows none', async ({ method, path, body }) => {
    const answer = await stage.call<ErrorBody>(`${path}?tenant_id=acme`, { method, body });
    expect({ status: answer.status, message: answer.body.message, parameter: answer.body.details?.parameter }).toEqual({
      status: 400,
      message: 'tenant_id: is unknown; none is known here',
      parameter: 'tenant_id',
    });
    expect(sent(stage)).toEqual([]);
  });

  it.each([
    '/',
    '/health?x=1',
    '/healthz?probe=blackbox',
    '/readyz?ts=1',
    '/openapi.json?v=2',
    '/llms.txt?v=2',
    '/connect?utm_source=mail&fbclid=1',
    '/auth/jira/login?utm_source=mail',
    '/connectors?_=1764291731',
    '/connectors/jira/connection?_=1&_cb=2',
  ])('is passed over by %s', async (path) => {
    expect((await stage.call(path)).status).toBe(200);
  });

  it('is taken from the address of the documentation, which looks for its parts beside that', async () => {
    const { status, headers } = await stage.call('/docs?utm_source=mail');
    expect({ status, location: headers.get('location') }).toEqual({ status: 302, location: '/docs' });
  });

  it('is passed over by a callback', async () => {
    const own = await start();
    const { authorizeUrl, cookie } = await own.begin('jira');
    const back = await own.sandbox.consent(authorizeUrl, 'anna');
    const done = await own.callback(`${back}&session_state=1&utm_source=mail`, cookie);
    expect(new URL(done.headers.get('location') ?? '').searchParams.get('status')).toBe('success');
  });

  it.each([
    { path: '/connectors/jira/search?project=OPS', parameter: 'project', nearest: 'filters.project' },
    { path: '/connectors/jira/search?issue_type=Bug', parameter: 'issue_type', nearest: 'filters.type' },
    { path: '/connectors/jira/search?query=login', parameter: 'query', nearest: 'q' },
    { path: '/connectors/jira/search?jql=x', parameter: 'jql', nearest: 'q' },
    { path: '/connectors/confluence/search?spaceKey=ENG', parameter: 'spaceKey', nearest: 'filters.space' },
    { path: '/connectors/confluence/search?cql=x', parameter: 'cql', nearest: 'q' },
    { path: '/connectors/jira/projects?startAt=50', parameter: 'startAt', nearest: 'cursor' },
    { path: '/connectors/confluence/spaces?per_page=50', parameter: 'per_page', nearest: 'limit' },
    { path: '/connectors/jira/search?=login', parameter: '""', nearest: 'q' },
  ])('as other clients have it is answered with ours: $path', async ({ path, parameter, nearest }) => {
    const answer = await stage.call<ErrorBody>(path);
    expect({ status: answer.status, problem: problemsOf(answer)[0] }).toMatchObject({
      status: 400,
      problem: { parameter, nearest },
    });
  });

  it('beside what is missing is told at once, and of thousands the first twenty are', async () => {
    const old = { resource: 'page', space_key: 'ENG', name: 'x', body: 'text' };
    const { body } = await stage.call<ErrorBody>('/connectors/confluence/create', { body: old });
    expect(body.message).toBe(
      'space: is missing; title: is missing; resource: is unknown; known are space, title, content, parent_id, status; ' +
        'space_key: is unknown (did you mean space?); name: is unknown (did you mean title?); body: is unknown (did you mean content?)',
    );
    const many = Object.fromEntries(Array.from({ length: 99_000 }, (_, index) => [`unknown${index}`, 1]));
    const answer = await stage.call<ErrorBody>(INVOKE, { body: { tool: 'jira.search', args: many } });
    expect(problemsOf(answer)).toHaveLength(20);
  });
});

describe('what programs write otherwise', () => {
  const stage = sharedStage({}, async (own) => {
    await own.connect('jira');
    await own.connect('confluence');
  });
  const created = () => stage.sandbox.requests.at(-1)?.body as { fields: Record<string, unknown> };

  it('takes null for every optional argument as absent', async () => {
    const nothing = { q: null, limit: null, filters: null, cursor: null };
    const all = await stage.call<{ items: unknown[] }>(INVOKE, { body: { tool: 'jira.search', args: nothing } });
    expect({ status: all.status, items: all.body.items.length }).toEqual({ status: 200, items: 10 });
    const narrowed = { q: 'login', filters: { project: 'DEMO', status: null, updated_since: null } };
    const found = await stage.call(INVOKE, { body: { tool: 'jira.search', args: narrowed } });
    const same = await stage.call(INVOKE, {
      body: { tool: 'jira.search', args: { q: 'login', filters: { project: 'DEMO' } } },
    });
    expect({ status: found.status, body: found.body }).toEqual({ status: 200, body: same.body });
    for (const args of [null, undefined, {}]) {
      expect((await stage.call(INVOKE, { body: { tool: 'confluence.spaces', args } })).status).toBe(200);
    }
  });

  it('takes null for every optional member of a body as absent, and touches nothing of Atlassian', async () => {
    const absent = { type: null, description: null, labels: null, assignee: null, priority: null, parent: null };
    const { status } = await stage.call('/connectors/jira/create', { body: { ...issue, ...absent, fields: null } });
    expect({ status, fields: created().fields }).toEqual({
      status: 200,
      fields: { project: { key: 'DEMO' }, summary: 'x', issuetype: { name: 'Task' } },
    });
    const raw = { fields: { ...fields, environment: null }, update: { labels: [{ add: 'a' }] } };
    await stage.call('/connectors/jira/create', { body: { ...raw, project: null, transition: null } });
    expect(created()).toEqual(raw);
    const plain = {
      ...page,
      title: 'With nulls',
      content: null,
      parent_id: null,
      status: null,
      spaceId: null,
      body: null,
    };
    expect((await stage.call('/connectors/confluence/create', { body: plain })).status).toBe(200);
    const change = { rotate: true, pat: null, email: null, base_url: null };
    expect((await stage.call(PATCH, { method: 'PATCH', body: change })).status).toBe(200);
    expect((await stage.call('/connectors/jira/connect-link', { body: { return_url: null } })).status).toBe(200);
  });

  it('takes whole numbers for ids, and one string for a list', async () => {
    const body = { project: 10_000, summary: 'x', type: 10_101, labels: 'ui', priority: 2 };
    expect((await stage.call('/connectors/jira/create', { body })).status).toBe(200);
    expect(created().fields).toMatchObject({ project: { id: '10000' }, labels: ['ui'], priority: { id: '2' } });
    const filters = { project: [10_000, 'OPS'], label: 2026, type: 'Bug' };
    const found = await stage.call(withQuery('/connectors/jira/search', { filters }));
    expect({ status: found.status, lastQuery: lastQuery(stage) }).toEqual({
      status: 200,
      lastQuery: expect.stringContaining(
        '(project in ("10000", "OPS")) AND (issuetype in ("Bug")) AND (labels in ("2026"))',
      ),
    });
    const policy = {
      tools: { deny: 'jira.create' },
      confluence: { spaces: [2026, 'ENG'] },
      jira: { projects: 'DEMO' },
    };
    const written = await stage.call(POLICY, { method: 'PUT', tenant: 'other', body: policy });
    expect({ status: written.status, body: written.body }).toMatchObject({
      status: 200,
      body: { tools: { deny: ['jira.create'] }, confluence: { spaces: ['2026', 'ENG'] }, jira: { projects: ['DEMO'] } },
    });
    await stage.call(POLICY, { method: 'PUT', body: {} });
  });

  it.each(['-7d', '-168h', { secondsAgo: 1 }])(
    'takes the relative time %j or says what is right',
    async (updated_since) => {
      const answer = await stage.call<ErrorBody>(withQuery('/connectors/jira/search', { filters: { updated_since } }));
      if (typeof updated_since !== 'string') expect(answer.body.details?.parameter).toBe('filters.updated_since');
      else
        expect({ status: answer.status, lastQuery: lastQuery(stage) }).toEqual({
          status: 200,
          lastQuery: expect.stringContaining('updated >= "-10080m"'),
        });
    },
  );

  it.each([
    [{ project: 'DEMO', summary: 'x', fields: { issuetype: { name: 'Bug' } } }, 'Bug'],
    [{ project: 'DEMO', summary: 'x', fields: { issuetype: { id: '10101' } } }, '10101'],
    [{ project: 'DEMO', fields: { summary: 'x' } }, 'Task'],
    [{ summary: 'x', fields: { project: { key: 'DEMO' }, issuetype: null } }, 'Task'],
    [{ type: 'Story', fields: { project: { id: '10000' }, summary: 'x' } }, 'Story'],
  ])('lets fields say what the plain form does not: %j', async (body, issuetype) => {
    const answer = await stage.call<{ title: string; metadata: object }>('/connectors/jira/create', { body });
    expect({ status: answer.status, title: answer.body.title, metadata: answer.body.metadata }).toMatchObject({
      status: 200,
      title: 'x',
      metadata: { issuetype, project: 'DEMO' },
    });
  });

  it.each([
    [{ name: 'jira.search', arguments: { q: 'login' } }],
    [{ tool: 'jira.search', input: { q: 'login' } }],
    [{ tool: 'jira.search', name: 'jira.search', args: { q: 'login' }, arguments: { q: 'login' }, input: null }],
  ])('takes a call of a tool as %j', async (body) => {
    const plain = await stage.call(INVOKE, { body: { tool: 'jira.search', args: { q: 'login' } } });
    const answer = await stage.call(INVOKE, { body });
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: plain.body });
  });

  it.each([
    [{ tool: 'jira.search', name: 'jira.projects' }, 'name: differs from tool: send only one of them'],
    [
      { tool: 'jira.search', args: {}, arguments: { q: 'x' } },
      'args: differs from arguments or input: send only one of them',
    ],
    [
      { name: 'jira.search', input: {}, arguments: { q: 'x' } },
      'args: differs from arguments or input: send only one of them',
    ],
    [{ args: {} }, 'tool: is missing'],
    [
      { tool: 'jira.search', arguments: '{"q":"x"}' },
      'arguments: must be a JSON object, not a string that contains one',
    ],
    [
      { tool: 'jira.search', parameters: {} },
      'parameters: is unknown (did you mean args?); known are tool, args, name, arguments, input',
    ],
  ])('refuses a call of a tool as %j', async (body, message) => {
    const answer = await stage.call<ErrorBody>(INVOKE, { body });
    expect({ status: answer.status, message: answer.body.message }).toEqual({ status: 400, message });
  });
});

describe('a message about input', () => {
  const stage = sharedStage();
  const VALUES = [
    null,
    true,
    0,
    -1,
    1.5,
    1e300,
    '',
    ' ',
    'x',
    'x'.repeat(9_000),
    'A\u0000B',
    [],
    [null],
    ['', ''],
    Array.from({ length: 1_001 }, () => 'x'),
    {},
    { x: 1 },
    [[]],
  ];
  const WORDS = /\b(?:Invalid|Unrecognized|Too (?:small|big)|expected|received|undefined|zod|regex|pattern|NaN)\b/i;

  it('is in our words whatever is wrong, at every operation and route', { timeout: 60_000 }, async () => {
    const said = new Set<string>();
    const ask = async (path: string, options: { method?: string; body?: unknown } = {}) => {
      const { status, body } = await inject(stage, path, options);
      if (status !== 200) said.add(body.message);
      expect({ path, status: status < 500 ? 'ours' : status }).toEqual({ path, status: 'ours' });
    };
    for (const door of Object.values(DOORS)) {
      for (const [at, name] of door.known.entries()) {
        const { path, body, ...options } = door.call(name);
        // Each value with every second name: what stands where hardly changes what is said of it.
        for (const value of VALUES.filter((_, index) => index % 2 === at % 2)) {
          if (body === undefined) {
            const text = typeof value === 'string' ? value : JSON.stringify(value);
            await ask(
              path.replace(/=x$|%22x%22/, (it) => (it === '=x' ? '=' : '') + encodeURIComponent(text)),
              options,
            );
          } else await ask(path, { ...options, body: replaced(body, name, value) });
        }
        if (body === undefined) await ask(`${path}&${path.split('?')[1]}`, options);
      }
    }
    for (const tool of [...TOOLS.keys(), '', 'x'.repeat(101), 5, null, {}]) {
      for (const args of VALUES) await ask(INVOKE, { body: { tool, args } });
    }
    for (const body of VALUES) await ask(PATCH, { method: 'PATCH', body });
    for (const value of ['yes', '', 'TRUE', '%00'])
      await ask(`/auth/jira/login?redirect=${value}&scope=${'x'.repeat(5_000)}`);
    for (const value of ['x'.repeat(9_000), '']) await ask(`/connect?tenant_id=${value}&message=${value}`);
    expect(said.size).toBeGreaterThan(100);
    expect([...said].filter((message) => WORDS.test(message))).toEqual([]);
  });
});

/** `body` with the member `name`, however deep, having another value. */
function replaced(body: unknown, name: string, value: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(
    Object.entries(body).map(([key, inner]) => [key, key === name ? value : replaced(inner, name, value)]),
  );
}
