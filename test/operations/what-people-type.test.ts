import { beforeEach, describe, expect, it } from 'vitest';
import { WORD_PROJECT, WORD_SPACE } from '../../src/sandbox/sandbox.ts';
import { connectBoth, TOKENS_ENABLED } from '../support/accounts.ts';
import { sent } from '../support/atlassian.ts';
import { type ErrorBody, type Stage, sharedStage, start } from '../support/harness.ts';

interface Found {
  status: number;
  ids: string[];
  titles: string[];
  next: string | null;
  error: ErrorBody;
}

interface Row {
  id: string;
  title: string;
}

/** The same search by REST and as a tool. */
const DOORS = {
  async REST(stage: Stage, product: string, input: Record<string, unknown>): Promise<Found> {
    const query = Object.entries(input).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    const path = `/connectors/${product}/search?${new URLSearchParams(query)}`;
    const { status, body, headers } = await stage.call<Row[]>(path);
    return found(status, status === 200 ? body : [], headers.get('x-next-cursor'), body);
  },
  async 'tools/invoke'(stage: Stage, product: string, args: Record<string, unknown>): Promise<Found> {
    const { status, body } = await stage.call<{ items: Row[]; next_cursor: string | null }>(
      '/connectors/tools/invoke',
      { body: { tool: `${product}.search`, args } },
    );
    return found(status, body.items ?? [], body.next_cursor ?? null, body);
  },
};

function found(status: number, rows: Row[], next: string | null, body: unknown): Found {
  return {
    status,
    ids: rows.map(({ id }) => id),
    titles: rows.map(({ title }) => title),
    next,
    error: body as ErrorBody,
  };
}

const KINDS = ['Cloud OAuth', 'Data Center PAT'] as const;

describe.each(KINDS)('What people type, by %s', (kind) => {
  const onCloud = kind === 'Cloud OAuth';
  const site = onCloud ? 'acme' : 'data-center';
  let former = '';
  const stage = sharedStage({ env: TOKENS_ENABLED }, async (own) => {
    await connectBoth(own, { kind });
    own.sandbox.addProject(site, WORD_PROJECT);
    own.sandbox.addSpace(site, WORD_SPACE);
    own.sandbox.addProject(site, {
      key: 'QUIET',
      name: 'Nothing is said of it',
      issues: [{ summary: 'First' }, { summary: 'Second' }],
    });
    own.sandbox.addSpace(site, {
      key: 'HUSH',
      name: 'Nothing is said of it',
      pages: [{ title: 'Home' }, { title: 'Second' }, { title: 'Third' }],
    });
    own.sandbox.addSpace(site, { key: 'DevOps', name: 'Operations', pages: [{ title: 'Start' }] });
    former = 'QUIET-2';
    own.sandbox.moveIssue(site, former, 'DEMO');
  });
  beforeEach(() => {
    stage.sandbox.setPicker('prefix');
    stage.sandbox.clearRequests();
  });
  const jiraUrl = () => (onCloud ? stage.sandbox.siteUrl('acme') : stage.sandbox.dataCenterUrl('jira'));
  const wikiUrl = () => (onCloud ? `${stage.sandbox.siteUrl('acme')}/wiki` : stage.sandbox.dataCenterUrl('confluence'));

  describe.each(Object.entries(DOORS))('by %s', (_door, search) => {
    it.each([
      ['fishing', 'Fishing trips'],
      ['Fishing trips', 'Fishing trips'],
      ['fish', 'Fishing trips'],
      ['payments are failing', 'payments are failing'],
      ['why the payments are failing', 'Why the payments are failing'],
      ['paym failing', 'payments are failing'],
      ['config.yaml', 'config.yaml'],
      ['config.ya', 'config.yaml'],
      ["O'Brien", "O'Brien"],
      ["o'bri", "O'Brien"],
      ['v1.2.7', 'config.yaml'],
      ['BB2-12', 'BB2-12'],
      ['会議', '会議のメモ'],
      ['会議のメモ', '会議のメモ'],
      ['AND OR NOT', 'AND OR NOT'],
    ])('%s finds what has "%s" in its title, by one call', async (q, title) => {
      for (const product of ['jira', 'confluence']) {
        stage.sandbox.clearRequests();
        const { status, titles } = await search(stage, product, { q });
        // "Why" stands in the title of the page only, and no index has words like "AND".
        if (product === 'jira' && /^(?:why|AND OR NOT)/.test(q)) continue;
        const isFound = titles.some((found) => found.includes(title));
        expect({ product, status, isFound }).toEqual({ product, status: 200, isFound: true });
        if (q !== 'BB2-12') expect(sent(stage)).toHaveLength(1);
      }
    });

    it('a key leads to its issue, whatever the picker knows', async () => {
      stage.sandbox.setPicker('none');
      for (const q of ['DEMO-4', 'demo-4', '#DEMO-4', '[DEMO-4]', 'DEMO-4: Login button does nothing']) {
        expect({ q, ids: (await search(stage, 'jira', { q })).ids }).toEqual({ q, ids: ['DEMO-4'] });
      }
      expect((await search(stage, 'jira', { q: 'DEMO-4 OPS-2,nope-9' })).ids).toEqual(['DEMO-4', 'OPS-2']);
    });

    it('the former key of a moved issue leads to it', async () => {
      const { ids } = await search(stage, 'jira', { q: former });
      expect(ids[0]).toMatch(/^DEMO-\d+$/);
    });

    it('a key that is narrowed by filters is found only within them', async () => {
      expect((await search(stage, 'jira', { q: '#DEMO-4', filters: { type: 'Bug' } })).ids).toEqual(['DEMO-4']);
      expect((await search(stage, 'jira', { q: '#DEMO-4', filters: { type: 'Epic' } })).ids).toEqual([]);
    });

    it('a wrong filter is told beside a key, too', async () => {
      const { status, error } = await search(stage, 'jira', { q: '#DEMO-4', filters: { status: 'Nope' } });
      expect({ status, code: error.code }).toEqual({ status: 400, code: 'VALIDATION' });
    });

    it('a key is found though the picker fails', async () => {
      stage.sandbox.fault({ path: /picker$/, status: 500 });
      const { status, ids } = await search(stage, 'jira', { q: 'DEMO-4' });
      expect({ status, ids }).toEqual({ status: 200, ids: ['DEMO-4'] });
    });

    it('of many keys those are found that there are', async () => {
      const missing = Array.from({ length: 12 }, (_, index) => `NOPE-${index + 1}`);
      const { ids } = await search(stage, 'jira', { q: [...missing, 'DEMO-4', 'and', 'OPS-2'].join(' ') });
      expect(ids).toEqual(['DEMO-4', 'OPS-2']);
    });

    it('the beginning of keys is that of its project before it is text', async () => {
      stage.sandbox.setPicker('none');
      const { ids } = await search(stage, 'jira', { q: 'WORDS-' });
      expect(ids.filter((id) => !id.startsWith('WORDS-'))).toEqual([]);
    });

    it('prose that looks like an order or a path is searched as words', async () => {
      for (const q of ['order by phone is broken', 'Settings > Users > Roles', "response is null, that's bad"]) {
        for (const product of ['jira', 'confluence']) {
          const { status, error } = await search(stage, product, { q });
          const told = q.startsWith('order') ? { status: 400, code: 'VALIDATION' } : { status: 200, code: undefined };
          expect({ product, q, status, code: error.code }).toEqual({ product, q, ...told });
        }
      }
      expect((await search(stage, 'jira', { q: 'order by payments failing' })).status).toBe(400);
    });

    it('costs two calls for a key alone', async () => {
      stage.sandbox.setPicker('none');
      await search(stage, 'jira', { q: 'DEMO-4' });
      expect(sent(stage)).toHaveLength(2);
    });

    it('no beginning of a key that exists gives an empty list', async () => {
      for (const picker of ['prefix', 'none'] as const) {
        stage.sandbox.setPicker(picker);
        for (const q of ['q', 'qui', 'QUIET', 'quiet-', 'QUIET-1', 'DEM', 'demo', 'DEMO-', 'DEMO-3', 'OPS-1']) {
          expect({ picker, q, ids: (await search(stage, 'jira', { q })).ids.length > 0 }).toEqual({
            picker,
            q,
            ids: true,
          });
        }
      }
    });

    it('a word that is the key of a project or space and stands nowhere gives its latest', async () => {
      expect((await search(stage, 'jira', { q: 'quie' })).titles).toEqual(['First']);
      const titles = ['Home', 'Second', 'Third'];
      expect((await search(stage, 'confluence', { q: 'hush' })).titles.toSorted()).toEqual(titles);
      const first = await search(stage, 'confluence', { q: 'hush', limit: 1 });
      const second = await search(stage, 'confluence', { q: 'hush', limit: 1, cursor: first.next });
      const third = await search(stage, 'confluence', { q: 'hush', limit: 1, cursor: second.next });
      expect([...first.titles, ...second.titles, ...third.titles].toSorted()).toEqual(['Home', 'Second', 'Third']);
      expect(third.next).toBeNull();
      for (const q of ['hu', 'Hus', 'HUSH', 'devo', 'DEVOPS', 'devops']) {
        expect({ q, titles: (await search(stage, 'confluence', { q })).titles.length > 0 }).toEqual({
          q,
          titles: true,
        });
      }
    });

    it('the beginning of keys goes on for as many pages as there are issues of its project', async () => {
      stage.sandbox.setPicker('none');
      const first = await search(stage, 'jira', { q: 'OPS-', limit: 15 });
      const second = await search(stage, 'jira', { q: 'OPS-', limit: 15, cursor: first.next });
      expect(new Set([...first.ids, ...second.ids]).size).toBe(20);
      expect(second.next).toBeNull();
    });

    it('an address of the site leads to what it is the address of', async () => {
      for (const path of ['browse/DEMO-4', 'browse/DEMO-4?focusedCommentId=1', 'projects/DEMO/issues/DEMO-4']) {
        expect((await search(stage, 'jira', { q: `${jiraUrl()}/${path}` })).ids).toEqual(['DEMO-4']);
      }
      const boards = onCloud
        ? 'jira/software/projects/DEMO/boards/1?selectedIssue=DEMO-4'
        : 'secure/RapidBoard.jspa?selectedIssue=DEMO-4';
      expect((await search(stage, 'jira', { q: `${jiraUrl()}/${boards}` })).ids).toEqual(['DEMO-4']);
      expect((await search(stage, 'jira', { q: `${jiraUrl()}/browse/QUIET` })).ids).toEqual(['QUIET-1']);
      expect((await search(stage, 'jira', { q: 'https://jira.example.org/browse/DEMO-4' })).ids).toEqual([]);

      const { body } = await stage.call<{ id: string; url: string }[]>(
        '/connectors/confluence/search?q=certificates&limit=1',
      );
      const [page] = body;
      for (const url of [page?.url, `${wikiUrl()}/pages/viewpage.action?pageId=${page?.id}`]) {
        const answer = await search(stage, 'confluence', { q: String(url) });
        expect({ url, ids: answer.ids }).toEqual({ url, ids: [page?.id] });
      }
      expect((await search(stage, 'confluence', { q: `${wikiUrl()}/spaces/HUSH/overview` })).titles.toSorted()).toEqual(
        ['Home', 'Second', 'Third'],
      );
    });

    it.each([
      '!(project = DEMO) AND project = OPS',
      'issue in linkedIssues ("DEMO-1")',
      'issue.property["my key"].x = 1',
    ])('%s is sent as JQL', async (q) => {
      expect((await search(stage, 'jira', { q })).status).toBe(200);
      const { body } = stage.sandbox.requests.at(-1) as { body: { jql: string } };
      expect({ sent: sent(stage).length, jql: body.jql }).toEqual({ sent: 1, jql: q });
    });

    it.each([
      { product: 'jira', q: 'status == Done', advice: 'write status = Done' },
      { product: 'jira', q: 'summary =~ login', advice: 'write summary ~ login' },
      { product: 'confluence', q: 'space=~5b10abc', advice: 'write space = "~5b10abc"' },
      { product: 'confluence', q: 'type === page', advice: 'write type = page' },
    ])('in $product, $q is refused and not sent: $advice', async ({ product, q, advice }) => {
      const { status, error } = await search(stage, product, { q });
      expect({ status, code: error.code, messageIncludesAdvice: error.message.includes(advice) }).toEqual({
        status: 400,
        code: 'VALIDATION',
        messageIncludesAdvice: true,
      });
      expect(sent(stage)).toEqual([]);
    });

    it.each([
      ['jira', 'failing is null'],
      ['jira', 'payments >= 5 failing'],
      ['jira', 'config.yaml is not empty'],
      ['confluence', 'trips >= 5 fishing'],
      ['confluence', 'guide in (newcomers) please'],
    ])('in %s, %s only looks like a query, and is searched as words', async (product, q) => {
      const { status, error } = await search(stage, product, { q });
      expect({ status, message: error.message }).toEqual({ status: 200, message: undefined });
      expect(sent(stage)).toHaveLength(2);
    });

    it('words that only look like a query find what has them', async () => {
      expect((await search(stage, 'jira', { q: 'payments > failing' })).titles).toEqual(['The payments are failing']);
      expect((await search(stage, 'confluence', { q: 'newcomers in (guide) please' })).ids).toEqual([]);
      expect((await search(stage, 'confluence', { q: 'trips != fishing' })).titles).toEqual(['Fishing trips']);
    });

    it("what neither finds anything as words is told in Atlassian's", async () => {
      const { status, error } = await search(stage, 'jira', { q: 'asignee = currentUser()' });
      expect({ status, message: error.message }).toEqual({
        status: 400,
        message: expect.stringContaining("Field 'asignee' does not exist"),
      });
    });

    it('updated_since takes no months', async () => {
      expect((await search(stage, 'jira', { filters: { updated_since: '-1M' } })).status).toBe(400);
    });

    it.each([
      '2026-09-20',
      '2026-09-20T10:00:00Z',
      '2026-09-20T12:00:00+02:00',
      '1789862400',
      1_789_862_400,
      '-90d',
      '-400h',
    ])('updated_since takes %j', async (updated_since) => {
      for (const product of ['jira', 'confluence']) {
        const { status, error } = await search(stage, product, { filters: { updated_since } });
        expect({ status, message: error.message }).toEqual({ status: 200, message: undefined });
      }
    });
  });
});

it('shows the same ids on every page while issues are created', async () => {
  const stage = await start({ sandbox: { indexLagSeconds: 30 } });
  await connectBoth(stage);
  const create = async (summary: string) =>
    (await stage.call<Row>('/connectors/jira/create', { body: { project: 'DEMO', summary } })).body.id;
  const first = await create('Before the first page');
  const search = (cursor?: string | null) => DOORS.REST(stage, 'jira', { limit: 25, ...(cursor ? { cursor } : {}) });
  const pages = [await search()];
  await create('Between the pages');
  for (let last = pages[0]; last?.next; last = pages.at(-1)) pages.push(await search(last.next));
  const ids = pages.flatMap((page) => page.ids);
  expect({
    first: ids[0],
    different: new Set(ids).size,
    statuses: pages.map(({ status }) => status),
  }).toEqual({ first, different: ids.length, statuses: pages.map(() => 200) });
  const reconciled = stage.sandbox.requests.flatMap(
    ({ body }) => (body as { reconcileIssues?: number[] })?.reconcileIssues ?? [],
  );
  expect(new Set(reconciled).size).toBe(1);
  // The next list begins with what was created meanwhile.
  expect((await search()).titles[0]).toBe('Between the pages');
});
