import { beforeEach, describe, expect, it } from 'vitest';
import { seedIssues } from '../../src/sandbox/world/seed-jira.ts';
import { connectBoth, describeAccounts } from '../support/accounts.ts';
import { either, ids, lastQuery, type SearchItem, sent, withQuery } from '../support/atlassian.ts';
import { type ErrorBody, start } from '../support/harness.ts';

// As the sample data has them.
const ANNA = '5f1a90c27d3be40068a1c2d1';
const BOB = '5f1a90c27d3be40068a1c2d2';
const ISSUES = seedIssues('acme').toSorted((a, b) => b.updated - a.updated);
const keys = (issues: readonly { key: string }[], limit = 25) => issues.slice(0, limit).map(({ key }) => key);

describeAccounts('GET /connectors/jira/search', ({ stage, calls, anna, bob, baseUrl, share }) => {
  const { issueSearch: SEARCH, issuePicker: PICKER, projectPicker: PROJECTS } = calls;
  const issue = (key: string) => `${calls.issue}/${key}`;
  const eitherWay = (word: string) => either('summary', word);
  beforeEach(() => stage.sandbox.clearRequests());

  const search = (query: Record<string, unknown>) =>
    stage.call<SearchItem[]>(withQuery('/connectors/jira/search', query));
  const refused = async (query: Record<string, unknown>) => {
    const { status, body } = await stage.call<ErrorBody>(withQuery('/connectors/jira/search', query));
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'VALIDATION' });
    return body;
  };

  it('gives items with a link that opens, plain text and epoch seconds', async () => {
    const { body } = await search({ q: 'DEMO-5', limit: 1 });
    const acme = baseUrl(stage, 'jira');
    expect(body).toEqual([
      {
        id: 'DEMO-5',
        title: 'Login fails with "Unknown & unexpected" <b>error</b> 🚨',
        url: `${acme}/browse/DEMO-5`,
        type: 'issue',
        icon: `${acme}/images/icons/issuetypes/bug.svg`,
        snippet: 'The message shows <b>tags</b> & entities as they are. It should say what a person can do about it.',
        metadata: {
          status: 'To Do',
          status_category: 'to_do',
          priority: 'High',
          project: 'DEMO',
          issuetype: 'Bug',
          assignee: null,
          updated: Date.UTC(2026, 5, 11, 21, 1, 2) / 1_000,
        },
      },
    ]);
    expect((await fetch(body[0]?.url ?? '')).status).toBe(200);
  });

  describe('without q', () => {
    it.each(['', '   ', '\n\t'])('%j gives the most recently updated issues by one bounded call', async (q) => {
      expect(ids(await search({ q }))).toEqual(keys(ISSUES, 10));
      expect(sent(stage)).toEqual([SEARCH]);
      expect(lastQuery(stage)).toBe('project is not EMPTY ORDER BY updated DESC');
    });
  });

  describe('by key', () => {
    it.each(['DEMO-1', 'demo-1', '  Demo-1 '])('%j gives that issue first, then those it begins', async (q) => {
      const found = ids(await search({ q, limit: 25 }));
      expect(found[0]).toBe('DEMO-1');
      expect(found.slice(1).toSorted()).toEqual(Array.from({ length: 10 }, (_, index) => `DEMO-1${index}`));
      expect(sent(stage).toSorted()).toEqual([issue('DEMO-1'), PICKER, SEARCH].toSorted());
    });

    it.each([
      ['DEMO-12', 'DEMO-12'],
      ['DEMO-16', 'DEMO-16'],
      ['ops-20', 'OPS-20'],
    ])('%s, whoever it belongs to, gives %s', async (q, key) => {
      expect(ids(await search({ q }))).toEqual([key]);
    });

    it('DEMO- gives issues of that project', async () => {
      const found = ids(await search({ q: 'DEMO-' }));
      expect(found).toHaveLength(10);
      expect(found.filter((id) => !id.startsWith('DEMO-'))).toEqual([]);
    });

    it.each(['DEMO-999', 'NOPE-1', 'XY-123456789012345678901234567890'])(
      '%s, which does not exist, gives nothing and never enters JQL as a key',
      async (q) => {
        const answer = await search({ q });
        expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: [] });
        expect(sent(stage).toSorted()).toEqual([issue(q), PICKER, SEARCH].toSorted());
        expect(lastQuery(stage)).not.toContain('key');
      },
    );

    it('that begins no key gives nothing', async () => {
      const answer = await search({ q: 'nope-' });
      expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: [] });
      expect(sent(stage)).toEqual([PICKER, PROJECTS, SEARCH]);
    });

    it('that is none is looked for as text', async () => {
      expect(ids(await search({ q: 'slow-4 phones' }))).toEqual(['DEMO-10']);
      expect(lastQuery(stage)).toBe(`${['slow', '4', 'phones'].map(eitherWay).join(' AND ')} ORDER BY updated DESC`);
    });

    it('survives a key that the picker offers though it is gone', async () => {
      const sections = [{ id: 'hs', issues: [{ key: 'DEMO-99999' }, { key: 'DEMO-9' }] }];
      const offer = {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ sections }),
      };
      stage.sandbox.fault({ path: /issue\/picker$/, ...offer });
      const answer = await search({ q: 'DEMO-9' });
      expect({ status: answer.status, ids: ids(answer) }).toEqual({ status: 200, ids: ['DEMO-9'] });
      // The issue itself is known, so only the other one is searched for, and not found.
      expect(sent(stage).toSorted()).toEqual([issue('DEMO-9'), PICKER, SEARCH].toSorted());
    });

    it('obeys the filters', async () => {
      expect(ids(await search({ q: 'DEMO-1', filters: { project: 'OPS' } }))).toEqual([]);
      expect(ids(await search({ q: 'DEMO-1', filters: { status: 'Done' }, limit: 25 })).toSorted()).toEqual([
        'DEMO-14',
        'DEMO-19',
      ]);
    });
  });

  describe('by free text', () => {
    it.each(
      share([
        ['login', ['DEMO-30', 'DEMO-5', 'DEMO-4']],
        ['LOGIN', ['DEMO-30', 'DEMO-5', 'DEMO-4']],
        ['login cookies', ['DEMO-30']],
        ['cook log', ['DEMO-30']],
        ['müll', ['DEMO-9', 'DEMO-7']],
        ['straße', ['DEMO-9']],
        ['Order id', ['DEMO-26']],
        ['nothing-like-this', []],
        ['login was broken', []],
        ['what is in (the box', []],
      ]),
    )('%j finds %j, every word by its beginning', async (q, expected) => {
      const answer = await search({ q });
      expect({ status: answer.status, ids: ids(answer) }).toEqual({ status: 200, ids: expected });
      expect(sent(stage)).toEqual([SEARCH]);
    });

    it('is one clause per word', async () => {
      await search({ q: 'Login "Fails" OR log' });
      expect(lastQuery(stage)).toBe(`${['login', 'fails'].map(eitherWay).join(' AND ')} ORDER BY updated DESC`);
    });

    it.each(
      share(['!!!', '"', '\\', "'", '()', '&& ||', '***', '-', '🚨', '🚨'.repeat(2_000), '\u0000', '\u202e', '%', '?']),
    )('with nothing searchable in it gives nothing and sends nothing: %j', async (q) => {
      const answer = await search({ q });
      expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: [] });
      expect(sent(stage)).toEqual([]);
    });

    it('of 2,000 characters that are all searchable gets through', async () => {
      const characters = Array.from({ length: 1_000 }, (_, index) => String.fromCodePoint(0x4e00 + index));
      const answer = await search({ q: characters.join(' ') });
      expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: [] });
    });

    it('neither breaks nor widens by any character', async () => {
      const all = ids(await search({ q: 'login' }));
      // One letter and one digit stand for all.
      const ascii = Array.from({ length: 127 }, (_, code) => String.fromCharCode(code)).filter(
        (one) => !/[b-zB-Z1-9]/.test(one),
      );
      const others = ['\u00a0', '\u2028', '\u200d', '\u00ab', '\u201c', '\uff02', '\u3000', '\ud800', '🚨', 'e\u0301'];
      // A field and an operator make it JQL, whose faults are the typist's.
      for (const character of share([...ascii, ...others].filter((one) => !'=~<>'.includes(one)))) {
        for (const q of [`login ${character}`, `${character}login`, `login${character}`]) {
          const { status, body } = await search({ q });
          expect({ q, status }).toEqual({ q, status: 200 });
          expect({ q, body: body.filter(({ id }) => !all.includes(id)) }).toEqual({ q, body: [] });
        }
      }
    });

    it.each(
      share([
        'login" OR project = OPS',
        'login\\" OR project is not EMPTY OR summary ~ "x',
        'login*" OR summary ~ "*',
        'login OR cookies',
        'login OR 1=1',
        'login) OR (project is not EMPTY',
        'login AND NOT cookies',
        '-login +cookies',
        'login order^5 phrase~10',
        'summary:login OR text:*',
        '/log.*/ [a TO z]',
        'login && (cookies || *)',
        "login'; DROP TABLE issues; --",
      ]),
    )('keeps operators out of the query: %s', async (q) => {
      const { status, body } = await search({ q, filters: { project: 'DEMO' } });
      expect(status).toBe(200);
      const words = (q.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter(
        (word) => !/^(?:and|or|not|a|to|is)$/.test(word),
      );
      for (const { id } of body) {
        const issue = ISSUES.find(({ key }) => key === id);
        const text = `${issue?.summary} ${JSON.stringify(issue?.description)}`.toLowerCase();
        expect(words.filter((word) => !text.includes(word))).toEqual([]);
      }
    });
  });

  describe('by JQL', () => {
    it.each(
      share([
        'project = DEMO',
        'project=DEMO and status="To Do" order by created asc',
        '(project = DEMO) OR (project = OPS)',
        'NOT project = DEMO',
        'not (project = DEMO)',
        'project in (DEMO, OPS) and labels not in (login)',
        'project not in ("DEMO")',
        'assignee is EMPTY',
        'assignee is not null AND project = WEB',
        'assignee = currentUser()',
        'status was Done',
        'status changed',
        'summary ~ "login page"',
        'summary !~ login',
        'priority >= High',
        'updated > -90d ORDER BY key',
        "summary ~ 'log\\'in'",
        'labels = "a \\" b ) OR ("',
        'text ~ "🚨"',
      ]),
    )('sends %s as it was written', async (q) => {
      const answer = await search({ q: ` ${q} ` });
      expect(answer.status).toBe(200);
      expect(sent(stage)).toEqual([SEARCH]);
      expect(lastQuery(stage)).toBe(q);
    });

    it('gives what it asks for, in its order', async () => {
      const answer = await search({ q: 'project = OPS AND status = Done ORDER BY key ASC' });
      expect(ids(answer)).toEqual(['OPS-1', 'OPS-6', 'OPS-8', 'OPS-12', 'OPS-16', 'OPS-20']);
    });

    it('is narrowed by filters, which nothing in it escapes', async () => {
      const filters = { project: 'OPS' };
      const answer = await search({ q: 'status = "To Do" OR status = Done order by key', filters, limit: 25 });
      expect(lastQuery(stage)).toBe('(status = "To Do" OR status = Done) AND (project in ("OPS")) ORDER BY key');
      expect(ids(answer).filter((id) => !id.startsWith('OPS-'))).toEqual([]);
      expect(answer.body).toHaveLength(14);
    });

    it.each([
      { q: 'order by created asc', filters: {}, jql: 'project is not EMPTY ORDER BY created asc' },
      { q: 'ORDER BY key', filters: { project: ['DEMO', 'OPS'] }, jql: '(project in ("DEMO", "OPS")) ORDER BY key' },
    ])('that only orders ($q) is bounded', async ({ q, filters, jql }) => {
      expect((await search({ q, filters })).status).toBe(200);
      expect(lastQuery(stage)).toBe(jql);
    });

    it.each([
      ['project = DEMO AND (status = Done', 'an opening parenthesis is not closed'],
      ['project = DEMO) OR (project = OPS', 'a closing parenthesis has no opening one'],
      ['summary ~ "open', 'a quote (") is not closed'],
      ["summary ~ 'open", "a quote (') is not closed"],
      ['summary ~ "open\\"', 'a quote (") is not closed'],
      ['order by (key', 'an opening parenthesis is not closed'],
    ])('that is unbalanced is refused and not sent: %s', async (q, flaw) => {
      for (const filters of [{}, { project: 'DEMO' }]) {
        const { message, details } = await refused({ q, filters });
        expect({ message, details }).toEqual({ message: `q is no valid JQL: ${flaw}.`, details: { parameter: 'q' } });
      }
      expect(sent(stage)).toEqual([]);
    });

    it("passes Atlassian's complaint on", async () => {
      const words = "Field 'nofield' does not exist or you do not have permission to view it.";
      const { message, details } = await refused({ q: 'nofield = 5' });
      expect(message).toBe(`Atlassian refused the request: ${words}`);
      expect(details).toEqual({
        source: 'atlassian',
        upstream_status: 400,
        upstream: { errorMessages: [words], errors: {} },
      });
      // Once more for its words: "response is null" has the form of a query too.
      expect(sent(stage)).toEqual([SEARCH, SEARCH]);
    });

    it.each(share(['login =', 'login ~', 'key = DEMO-999', 'project = NOPE', 'a = b = c']))(
      'that Atlassian refuses is a refusal here: %s',
      async (q) => {
        expect((await refused({ q })).message).toMatch(/^Atlassian refused the request: \w/);
      },
    );
  });

  describe('filters', () => {
    const day = Date.UTC(2026, 8, 20);
    it.each(
      share([
        [{ project: 'OPS' }, ISSUES.filter(({ project }) => project === 'OPS')],
        [{ project: ['OPS', 'WEB'] }, ISSUES.filter(({ project }) => project !== 'DEMO')],
        [{ project: 'Demo Shop' }, ISSUES.filter(({ project }) => project === 'DEMO')],
        [{ status: 'In Review' }, ISSUES.filter(({ status }) => status === 'In Review')],
        [{ status: ['Done', 'To Do'] }, ISSUES.filter(({ status }) => ['Done', 'To Do'].includes(status))],
        [{ type: 'Epic' }, ISSUES.filter(({ type }) => type === 'Epic')],
        [{ type: ['Epic', 'Sub-task'] }, ISSUES.filter(({ type }) => ['Epic', 'Sub-task'].includes(type))],
        [{ assignee: anna }, ISSUES.filter(({ assignee }) => assignee === ANNA)],
        [{ assignee: [anna, bob] }, ISSUES.filter(({ assignee }) => assignee === ANNA || assignee === BOB)],
        [{ reporter: bob }, ISSUES.filter(({ reporter }) => reporter === BOB)],
        [{ label: 'login' }, ISSUES.filter(({ labels }) => labels.includes('login'))],
        [{ label: ['docs', 'ui'] }, ISSUES.filter(({ labels }) => labels.includes('docs') || labels.includes('ui'))],
        [{ updated_since: '2026-09-20' }, ISSUES.filter(({ updated }) => updated >= day)],
        [{ updated_since: day / 1_000 }, ISSUES.filter(({ updated }) => updated >= day)],
        [{ updated_since: 0 }, ISSUES],
        [{ updated_since: 32_503_680_000 }, []],
        [{}, ISSUES],
        [
          { project: 'DEMO', status: ['To Do', 'In Progress'], type: 'Bug', updated_since: '2026-07-01' },
          ISSUES.filter(
            ({ project, status, type, updated }) =>
              project === 'DEMO' &&
              ['To Do', 'In Progress'].includes(status) &&
              type === 'Bug' &&
              updated >= Date.UTC(2026, 6, 1),
          ),
        ],
      ]),
    )('%j narrow the latest issues', async (filters, expected) => {
      expect(ids(await search({ filters, limit: 25 }))).toEqual(keys(expected));
      expect(sent(stage)).toEqual([SEARCH]);
    });

    it('narrow free text', async () => {
      expect(ids(await search({ q: 'login', filters: { status: 'To Do' } }))).toEqual(['DEMO-30', 'DEMO-5']);
    });

    it('hold their values in quotes', async () => {
      expect(
        (await search({ filters: { label: ['a" OR project = "OPS', 'b\\', "c'", '🚨', ') OR ('] } })).body,
      ).toEqual([]);
      expect(lastQuery(stage)).toBe(
        '(labels in ("a\\" OR project = \\"OPS", "b\\\\", "c\'", "🚨", ") OR (")) ORDER BY updated DESC',
      );
      expect((await refused({ filters: { project: 'DEMO" OR project = "OPS' } })).message).toContain(
        "The value 'DEMO\" OR project = \"OPS' does not exist for the field 'project'.",
      );
    });
  });
});

it('finds an issue just created here in every way, while the index lags behind', async () => {
  const own = await start({ sandbox: { indexLagSeconds: 30 } });
  await connectBoth(own);
  const { body: created } = await own.call<{ id: string }>('/connectors/jira/create', {
    body: { project: 'DEMO', summary: 'Freshly painted zebra' },
  });
  expect(created.id).toBe('DEMO-31');
  for (const q of ['', 'zebra', 'DEMO-31', 'demo-31', 'project = DEMO ORDER BY updated DESC']) {
    const found = ids(await own.call<SearchItem[]>(withQuery('/connectors/jira/search', { q })));
    expect({ q, first: found[0] }).toEqual({ q, first: 'DEMO-31' });
  }
  const byBeginning = ids(await own.call<SearchItem[]>('/connectors/jira/search?q=demo-3'));
  expect({ first: byBeginning[0], all: byBeginning.toSorted() }).toEqual({
    first: 'DEMO-3',
    all: ['DEMO-3', 'DEMO-30', 'DEMO-31'],
  });
  await own.connect('jira', { tenant: 'other' });
  const others = await own.call<SearchItem[]>('/connectors/jira/search?q=zebra', { tenant: 'other' });
  expect(ids(others)).toEqual([]);
  own.clock.advance(61);
  own.sandbox.clearRequests();
  expect(ids(await own.call<SearchItem[]>('/connectors/jira/search?q=zebra'))).toEqual(['DEMO-31']);
  expect(own.sandbox.requests.at(-1)?.body).not.toHaveProperty('reconcileIssues');
});
