import { describe, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { type ErrorBody, type Stage, sharedStage } from '../support/harness.ts';
import { json } from '../support/upstream.ts';
import { setPolicy } from './policy-stage.ts';

const invokeOn =
  (stage: Stage) =>
  async <T>(tool: string, args: object): Promise<T> =>
    (await stage.call<T>('/connectors/tools/invoke', { body: { tool, args } })).body;

describeAccounts(
  'A person',
  ({ stage, anna, isCloud }) => {
    const invoke = invokeOn(stage);
    const keys = async (assignee: string) => {
      const { items } = await invoke<{ items: { id: string }[] }>('jira.search', { filters: { assignee }, limit: 25 });
      return items.map(({ id }) => id);
    };
    const asked = (path: RegExp) => stage.sandbox.requests.filter((request) => path.test(request.path)).length;

    it.each(['me', 'Anna Muster', 'anna muster', 'anna@example.com', 'currentUser()'])(
      'may be named as %s in a filter',
      async (name) => {
        const byId = await keys(anna);
        expect(byId.length).toBeGreaterThan(3);
        expect(await keys(name)).toEqual(byId);
      },
    );

    it('who is named by the id costs no call', async () => {
      stage.sandbox.clearRequests();
      await keys(anna);
      expect(asked(/user\/search|myself/)).toBe(0);
    });

    it('may be named so where an issue is created or changed', async () => {
      const created = await invoke<{ id: string }>('jira.create', {
        project: 'DEMO',
        summary: 'For Bob',
        assignee: 'Bob Example',
      });
      const { issue } = await invoke<{ issue: { assignee: { name: string } } }>('jira.update', {
        issue: created.id,
        assignee: 'me',
      });
      const { assignee } = await invoke<{ assignee: { id: string } }>('jira.get', { issue: created.id });
      expect({ named: issue.assignee.name, id: assignee.id }).toEqual({ named: 'Anna Muster', id: anna });
    });

    it('may be named so beside a project that is named by its name, within the policy', async () => {
      const create = (project: string) =>
        invoke<{ id: string; code?: string }>('jira.create', { project, summary: 'By name', assignee: 'me' });
      expect((await create('demo shop')).id).toMatch(/^DEMO-\d+$/);
      expect((await create('No Such Shop')).code).toBe('NOT_FOUND');
      await setPolicy(stage, { jira: { projects: ['WEB'] } });
      expect((await create('demo shop')).code).toBe('FORBIDDEN');
      expect((await create('No Such Shop')).code).toBe('FORBIDDEN');
      expect((await create('Public Website')).id).toMatch(/^WEB-\d+$/);
      await setPolicy(stage, {});
    });

    it('whose name two have is asked about, and nothing is changed', async () => {
      const row = (id: string, emailAddress: string | null) => ({
        ...{ accountId: id, name: id, displayName: 'Kim Lee', active: true },
        ...(emailAddress === null ? {} : { emailAddress }),
      });
      const two = json(200, [row('one', 'kim@example.com'), row('two', null)]);
      stage.sandbox.fault({ path: /user\/search$/, ...two });
      stage.sandbox.clearRequests();
      const { code, details } = await invoke<ErrorBody>('jira.update', { issue: 'DEMO-4', assignee: 'Kim Lee' });
      expect({ code, details }).toMatchObject({
        code: 'VALIDATION',
        details: { parameter: 'assignee', candidates: ['kim@example.com', 'two'], retryable: false },
      });
      expect(stage.sandbox.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
    });

    interface Found {
      id: string;
      displayName: string;
      emailAddress?: string;
      active?: boolean;
      accountType?: string;
    }
    const found = (users: Found[]) =>
      stage.sandbox.fault({
        path: /user\/search$/,
        ...json(
          200,
          users.map(({ id, ...user }) => ({ active: true, ...user, ...(isCloud ? { accountId: id } : { name: id }) })),
        ),
      });
    /** Who an issue is given to, or the answer where it is given to nobody. */
    const assigned = async (assignee: string) => {
      stage.sandbox.clearRequests();
      const body = await invoke<ErrorBody>('jira.update', { issue: 'DEMO-4', assignee });
      const sent = stage.sandbox.requests.filter(({ method }) => method === 'PUT').map((one) => one.body);
      stage.sandbox.clearFaults();
      if (sent.length === 0) return body;
      const { fields } = sent[0] as { fields: { assignee: { accountId?: string; name?: string } } };
      return fields.assignee.accountId ?? fields.assignee.name;
    };
    const asOne = { message: expect.stringContaining('send one of these'), code: 'VALIDATION' };

    it('is not the one whose name was found where others were cut off', async () => {
      const others = Array.from({ length: 49 }, (_, index) => ({ id: `a${index}`, displayName: `Annabel ${index}` }));
      found([...others, { id: 'ann-l', displayName: 'Ann L.', emailAddress: 'ann.l@example.com' }]);
      expect(await assigned('Ann L.')).toMatchObject({ ...asOne, details: { candidates: ['ann.l@example.com'] } });
      found([...others, { id: 'ann-muster', displayName: 'Ann Muster', emailAddress: 'ann.m@example.com' }]);
      expect(await assigned('ann.m@example.com')).toBe('ann-muster');
    });

    it.runIf(isCloud)('may be named by a first name that nobody else has where nothing is changed', async () => {
      const looked = async (name: string) => {
        stage.sandbox.clearRequests();
        await invoke('jira.search', { filters: { assignee: name } });
        const [search] = stage.sandbox.requests.filter(({ path }) => path.endsWith('/search/jql'));
        stage.sandbox.clearFaults();
        return JSON.stringify(search?.body ?? null);
      };
      found([{ id: 'john-smith', displayName: 'John Smith' }]);
      expect(await looked('john')).toContain('john-smith');
      found([{ id: 'john-smith', displayName: 'John Smith' }]);
      expect(await looked('Smith')).toBe('null');
    });

    it.runIf(isCloud)('is given an issue by no part of a name, whether or not others have it', async () => {
      found([
        { id: 'smith-jones', displayName: 'Smith Jones' },
        { id: 'john-smith', displayName: 'John Smith' },
      ]);
      expect(await assigned('Smith')).toMatchObject({
        ...asOne,
        details: { candidates: ['Smith Jones', 'John Smith'] },
      });
      found([{ id: 'john-smith', displayName: 'John Smith' }]);
      expect(await assigned('Smith')).toMatchObject({ ...asOne, details: { candidates: ['John Smith'] } });
      found([{ id: 'john-smith', displayName: 'John Smith' }]);
      expect(await assigned('john')).toMatchObject({ ...asOne, details: { candidates: ['John Smith'] } });
      found([{ id: 'smith', displayName: 'Smith' }]);
      expect(await assigned('smith')).toBe('smith');
      const others = Array.from({ length: 49 }, (_, index) => ({ id: `a${index}`, displayName: `Annabel ${index}` }));
      found([...others, { id: 'ann-muster', displayName: 'Ann Muster' }]);
      expect(await assigned('Ann')).toMatchObject({ ...asOne, details: { candidates: ['ann-muster'] } });
    });

    it('is no app, no customer, and nobody who has left', async () => {
      found([
        { id: 'kim-app', displayName: 'Kim Lee', accountType: 'app' },
        { id: 'kim-customer', displayName: 'Kim Lee', accountType: 'customer' },
        { id: 'kim-gone', displayName: 'Kim Lee', active: false },
        { id: 'kim-here', displayName: 'Kim Lee', accountType: 'atlassian' },
      ]);
      expect(await assigned('Kim Lee')).toBe('kim-here');
      for (const left of [{ accountType: 'app' }, { accountType: 'customer' }, { active: false }]) {
        found([{ id: 'kim-other', displayName: 'Kim Lee', ...left }]);
        expect(await assigned('Kim Lee')).not.toBe('kim-other');
      }
    });

    it('whose e-mail address is hidden is found by it, if nobody else is', async () => {
      const hidden = { id: 'kim', displayName: 'Kim Lee' };
      found([hidden]);
      expect(await assigned('k.lee@example.com')).toBe('kim');
      for (const users of [
        [hidden, { id: 'lee', displayName: 'Lee Kim' }],
        [{ ...hidden, emailAddress: 'k.lee@example.com.au' }],
        [{ ...hidden, displayName: 'k.lee@example.com (old)' }],
        [{ ...hidden, accountType: 'app' }],
      ]) {
        found(users);
        expect(await assigned('k.lee@example.com')).not.toBe('kim');
      }
    });

    it('is offered by what means nobody else, and can be read', async () => {
      const [one, other] = isCloud
        ? ['5f1a90c27d3be40068a1c2d8', '5f1a90c27d3be40068a1c2d9']
        : ['john smith', 'jsmith'];
      const users = [
        { id: one, displayName: isCloud ? 'John Smith' : 'J. Smith' },
        { id: other, displayName: 'John Smith' },
      ];
      found(users);
      const refused = (await assigned('John Smith')) as ErrorBody;
      const candidates = isCloud ? [one, other] : ['J. Smith', other];
      expect(refused.details).toMatchObject({ parameter: 'assignee', candidates });
      expect(refused.message).toContain(candidates.join(', '));
      for (const [index, candidate] of candidates.entries()) {
        found(users);
        expect(await assigned(candidate)).toBe(users[index]?.id);
      }
    });

    it('is told to nobody who may not list people', async () => {
      found([
        { id: 'one', displayName: 'Kim Lee', emailAddress: 'kim@example.com' },
        { id: 'two', displayName: 'Kim Lee' },
      ]);
      const answer = await stage.call<ErrorBody>('/connectors/tools/invoke', {
        body: { tool: 'jira.update', args: { issue: 'DEMO-4', assignee: 'Kim Lee' } },
        headers: { 'X-Tools': 'jira.update,jira.get' },
      });
      stage.sandbox.clearFaults();
      expect(answer.body).toMatchObject({ code: 'VALIDATION', message: expect.stringContaining('several people') });
      expect(JSON.stringify(answer.body)).not.toMatch(/kim@|"two"|candidates/);
    });

    it('whom nobody is found by is left to Jira to judge', async () => {
      const { code } = await invoke<ErrorBody>('jira.search', { filters: { assignee: 'Nobody At All' } });
      expect(code).toBe('VALIDATION');
    });

    describe('who can be assigned', () => {
      const users = (from: number, many: number) =>
        Array.from({ length: many }, (_, index) => ({
          ...{ accountId: `id-${from + index}`, name: `id-${from + index}`, displayName: `Ann ${from + index}` },
        }));
      const page = async (args: object, ...pages: object[][]) => {
        stage.sandbox.clearRequests();
        for (const rows of pages) stage.sandbox.fault({ path: /user\/assignable\/search$/, ...json(200, rows) });
        const { items, next_cursor } = await invoke<{ items: { id: string }[]; next_cursor: string | null }>(
          'jira.assignable_users',
          { project: 'DEMO', q: 'Ann', ...args },
        );
        stage.sandbox.clearFaults();
        const queries = stage.sandbox.requests
          .filter(({ path }) => path.endsWith('/user/assignable/search'))
          .map(({ query }) => [Number(query.startAt ?? 0), Number(query.maxResults)]);
        return { ids: items.map(({ id }) => id), next_cursor, queries };
      };
      const whole = isCloud ? [0, 1_000] : [0, 100];

      it('is asked for by one call, whose answer is told page by page', async () => {
        const one = await page({ limit: 2 }, users(0, 3));
        expect(one).toMatchObject({ ids: ['id-0', 'id-1'], queries: [whole] });
        const two = await page({ limit: 2, cursor: one.next_cursor }, users(0, 3));
        expect(two).toEqual({ ids: ['id-2'], next_cursor: null, queries: [whole] });
        expect(await page({ q: 'Nobody' })).toEqual({ ids: [], next_cursor: null, queries: [whole] });
      });

      it('is asked for again where the site gives no more at once', async () => {
        const next = isCloud ? [[100, 900]] : [];
        const seen = await page({ limit: 50 }, users(0, 100));
        expect(seen).toMatchObject({ queries: [whole], next_cursor: expect.any(String) });
        const rest = await page({ limit: 50, cursor: seen.next_cursor }, users(0, 100));
        expect(rest.ids.at(-1)).toBe('id-99');
        expect(rest.queries).toEqual([whole]);
        if (isCloud) {
          const last = await page({ limit: 50, cursor: rest.next_cursor }, users(100, 7));
          expect(last).toMatchObject({ ids: expect.arrayContaining(['id-106']), next_cursor: null, queries: next });
        } else expect(rest.next_cursor).toBe(null);
      });

      it.runIf(isCloud)('is told once where a page comes again in the place of the next', async () => {
        let cursor: string | null = null;
        const many: number[] = [];
        for (let nth = 0; nth < 3; nth += 1) {
          const told: Awaited<ReturnType<typeof page>> = await page(
            { limit: 40, ...(cursor === null ? {} : { cursor }) },
            users(0, 100),
            ...(nth === 2 ? [users(0, 100)] : []),
          );
          many.push(told.ids.length);
          cursor = told.next_cursor;
        }
        expect({ many, cursor }).toEqual({ many: [40, 40, 20], cursor: null });
      });
    });

    it.runIf(isCloud)('is found among those that an issue can be assigned to', async () => {
      const { items } = await invoke<{ items: { id: string }[] }>('jira.assignable_users', { issue: 'DEMO-4' });
      expect(items.map(({ id }) => id)).toContain(anna);
    });
  },
  DEPLOYMENT_KINDS,
);

describe('A person, where the grant lets nobody be looked up,', () => {
  const stage = sharedStage({}, (own) => own.connect('jira', { query: { scope: 'read:jira-work write:jira-work' } }));
  it('is named as Jira knows them', async () => {
    await invokeOn(stage)('jira.search', { filters: { assignee: 'Anna Muster' } });
    expect(stage.sandbox.requests.filter(({ path }) => /user\/search/.test(path))).toEqual([]);
    const [search] = stage.sandbox.requests.filter(({ path }) => path.endsWith('/search/jql'));
    expect(JSON.stringify(search?.body)).toContain('Anna Muster');
  });
});
