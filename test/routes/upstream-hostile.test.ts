import { describe, expect, it } from 'vitest';
import { connectBoth, patchConnection, TOKENS_ENABLED, tokenBody } from '../support/accounts.ts';
import { type ErrorBody, sharedStage } from '../support/harness.ts';
import { json } from '../support/upstream.ts';

const LONG = 'x'.repeat(900_000);
const LIMIT = 5;
/** What a page of five rows may come to, whatever Atlassian sends. */
const MOST_CHARACTERS = 30_000;

const ISSUE = {
  id: '1',
  key: 'DEMO-1',
  fields: {
    summary: 'Good',
    description: 'Good',
    project: { key: 'DEMO' },
    status: { name: 'Open' },
    priority: { name: 'High' },
    issuetype: { name: 'Bug', iconUrl: 'https://acme.atlassian.net/icon.png' },
    assignee: { displayName: 'Anna' },
    updated: '2026-01-02T03:04:05.000+0000',
  },
};
const PROJECT = { id: '1', key: 'DEMO', name: 'Good', projectTypeKey: 'software' };
const SPACE = {
  id: '1',
  key: 'ENG',
  currentActiveAlias: 'PLATFORM',
  name: 'Good',
  type: 'global',
  status: 'current',
  _links: { webui: '/spaces/ENG' },
};
const CONTENT = {
  id: '7',
  type: 'page',
  title: 'Good',
  space: { key: 'ENG', name: 'Engineering' },
  version: { when: '2026-01-02T03:04:05.000Z' },
  _links: { webui: '/x/7' },
};
const HIT = {
  content: CONTENT,
  title: 'Good',
  excerpt: 'Good',
  url: '/x/7',
  entityType: 'content',
  lastModified: '2026-01-02T03:04:05.000Z',
  resultGlobalContainer: { title: 'Engineering', displayUrl: '/spaces/ENG' },
};

/** The same value once for each of its texts, which is then a long one, and named by its path. */
function withOneLong(value: object, path = ''): [string, object][] {
  return Object.entries(value).flatMap(([name, part]): [string, object][] => {
    const here = path === '' ? name : `${path}.${name}`;
    if (typeof part === 'string') return [[here, { ...value, [name]: LONG }]];
    return withOneLong(part, here).map(([at, changed]) => [at, { ...value, [name]: changed }]);
  });
}

interface List {
  path: string;
  upstream: RegExp;
  good: object;
  wrap: (rows: unknown[]) => unknown;
  /** What a request for the rows behind the first five has. */
  next: RegExp;
}

describe.each([
  ['Cloud OAuth', {}],
  ['Data Center PAT', TOKENS_ENABLED],
] as const)('By %s', (kind, env) => {
  const isCloud = kind === 'Cloud OAuth';
  const stage = sharedStage({ env }, (own) => connectBoth(own, { kind }));

  const LISTS: List[] = [
    {
      path: '/connectors/jira/search',
      upstream: /search(\/jql)?$/,
      good: ISSUE,
      wrap: (issues) => ({ issues, isLast: true, startAt: 0, total: issues.length }),
      next: /"startAt":5/,
    },
    {
      path: '/connectors/jira/projects',
      upstream: /3\/project\/search$|2\/project$/,
      good: PROJECT,
      wrap: (rows) => (isCloud ? { values: rows, isLast: true, total: rows.length } : rows),
      next: /"startAt":"5"|"path":"[^"]*2\/project"/,
    },
    {
      path: '/connectors/confluence/spaces',
      upstream: /\/spaces?$/,
      good: SPACE,
      wrap: (results) => ({ results, _links: {} }),
      next: /"start":"5"/,
    },
    {
      path: '/connectors/confluence/search',
      upstream: /api\/(content\/)?search$/,
      good: isCloud ? HIT : CONTENT,
      wrap: (results) => ({ results, _links: {} }),
      next: /"start":"5"/,
    },
  ];

  it.each(LISTS.flatMap((list) => withOneLong(list.good).map(([member, row]) => ({ ...list, member, row }))))(
    '$path passes on little of a row whose $member has 900,000 characters',
    async ({ path, upstream, member, row, good, wrap }) => {
      stage.sandbox.fault({ path: upstream, ...json(200, wrap([row, good])) });
      const { status, headers, body } = await stage.call<{ id: string }[]>(`${path}?limit=${LIMIT}`);
      expect(status).toBe(200);
      expect(JSON.stringify(body).length + (headers.get('link') ?? '').length).toBeLessThan(MOST_CHARACTERS);
      // Without an id or key a row leads nowhere.
      const isNeeded = /^(?:content\.)?(?:id|key)$/.test(member) && !(member === 'id' && path.endsWith('jira/search'));
      const hasAlias = path.endsWith('spaces') && member === 'key';
      expect(body.length).toBe(isNeeded && !hasAlias ? 1 : 2);
    },
  );

  it.each(LISTS)(
    '$path gives no more rows than were asked for, and goes on behind them',
    async ({ path, upstream, good, wrap, next }) => {
      const many = Array.from({ length: 2_000 }, (_, index) => ({
        ...good,
        ...('content' in good
          ? { content: { ...CONTENT, id: String(index) } }
          : { id: String(index), key: `KEY-${index}` }),
      }));
      stage.sandbox.fault({ path: upstream, ...json(200, wrap(many)) });
      const { body, headers } = await stage.call<unknown[]>(`${path}?limit=${LIMIT}`);
      expect(body).toHaveLength(LIMIT);
      const cursor = headers.get('x-next-cursor');
      // The cursors of Cloud are Atlassian's own, and count what it sent.
      if (isCloud && !path.endsWith('projects')) return;
      stage.sandbox.clearRequests();
      stage.sandbox.fault({ path: upstream, ...json(200, wrap(many)) });
      await stage.call(`${path}?limit=${LIMIT}&cursor=${cursor}`);
      const asked = stage.sandbox.requests.find((request) => upstream.test(request.path));
      expect(JSON.stringify(asked)).toMatch(next);
    },
  );
});

describe('A Data Center that tells long stories about itself', () => {
  const stage = sharedStage({ env: TOKENS_ENABLED });
  const server = (facts: object) => ({
    path: /serverInfo$/,
    ...json(200, { deploymentType: 'Server', versionNumbers: [10, 3, 0], serverTitle: 'Acme', ...facts }),
  });

  it('is connected under short names', async () => {
    stage.sandbox.fault(server({ serverTitle: LONG }));
    stage.sandbox.fault({ path: /myself$/, ...json(200, { name: 'anna', displayName: `\u202e${LONG}` }) });
    stage.sandbox.fault({ path: /user\/current$/, ...json(200, { username: 'anna', displayName: `\u202e${LONG}` }) });
    for (const provider of ['jira', 'confluence'] as const) {
      const { status } = await patchConnection(stage, provider, tokenBody(stage, 'Data Center PAT', provider));
      expect(status).toBe(200);
      const { body } = await stage.call<{ account: { name: string } }>(`/connectors/${provider}/connection`);
      expect(JSON.stringify(body).length).toBeLessThan(5_000);
      expect(body.account.name).toMatch(/^x{999}…$/);
    }
  });

  it.each([
    { name: 'a user name of 900,000 characters', facts: {}, account: { name: LONG }, expected: 502 },
    {
      name: 'a version of 100,000 numbers',
      facts: { versionNumbers: Array(100_000).fill(1) },
      account: { name: 'anna' },
      expected: 200,
    },
  ])('is answered in few words about $name', async ({ facts, account, expected }) => {
    stage.sandbox.fault(server(facts));
    stage.sandbox.fault({ path: /myself$/, ...json(200, account) });
    const answer = await patchConnection<ErrorBody>(stage, 'jira', tokenBody(stage, 'Data Center PAT', 'jira'));
    expect(answer.status).toBe(expected);
    expect(JSON.stringify(answer.body).length).toBeLessThan(5_000);
  });
});
