import { beforeEach, describe, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { type ErrorBody, sharedStage } from '../support/harness.ts';
import { ALL_SCOPES } from '../support/scopes.ts';
import { json } from '../support/upstream.ts';
import { setPolicy } from './policy-stage.ts';

interface Told {
  items: { id: string; name: string | null }[];
  next_cursor: string | null;
  id: string;
  name: string;
}

describeAccounts(
  'The people of Confluence',
  ({ stage, isCloud }) => {
    beforeEach(async () => {
      await setPolicy(stage, {});
      stage.sandbox.clearFaults();
      stage.sandbox.clearRequests();
    });
    const call = async (tool: string, args: object) => {
      const { status, body } = await stage.call<Told & ErrorBody>('/connectors/tools/invoke', { body: { tool, args } });
      return { status, body };
    };
    const names = async (q: string) => (await call('confluence.users', { q })).body.items.map(({ name }) => name);

    it('are found by words of their names and their beginnings', async () => {
      expect([await names('anna'), await names('Mus'), await names('anna muster'), await names('anna bob')]).toEqual([
        ['Anna Muster'],
        ['Anna Muster'],
        ['Anna Muster'],
        [],
      ]);
    });

    it.each(['"', ') OR user.fullname ~ "a', '\\', '*', '!!'])(
      'are not found by %j, which breaks no query',
      async (q) => {
        expect(await call('confluence.users', { q })).toMatchObject({
          status: 200,
          body: { items: [], next_cursor: null },
        });
      },
    );

    it('are known by the same ids everywhere', async () => {
      const [{ id } = { id: '' }] = (await call('confluence.users', { q: 'anna' })).body.items;
      expect((await call('confluence.myself', {})).body).toEqual({ id, name: 'Anna Muster' });
      const { body } = await call('confluence.restrictions', { page: '65617' });
      expect(body).toEqual({
        id: '65617',
        read: null,
        update: { users: [{ id, name: 'Anna Muster' }], groups: ['platform'], more: false },
      });
    });

    it('are kept out of a page by what it says itself', async () => {
      const { body } = await call('confluence.restrictions', { space: 'HR', title: 'Salary bands' });
      expect(body).toMatchObject({ read: { users: [{}, {}], groups: [] }, update: null });
      expect((await call('confluence.restrictions', { page: '65602' })).body).toMatchObject({
        read: null,
        update: null,
      });
    });

    it('are told to be kept out by nothing in brief, too', async () => {
      const { body } = await call('confluence.restrictions', { page: '65602', view: 'brief' });
      expect(body).toEqual({ id: '65602', read: null, update: null });
    });

    it('may be more than are told, and odd', async () => {
      const results = Array.from({ length: 100 }, (_, index) => ({
        type: 'known',
        accountId: `${index}`,
        username: `${index}`,
      }));
      const restrictions = { user: { results: [...results, null, 7], limit: 100 }, group: 'none' };
      const read = { operation: 'read', restrictions };
      stage.sandbox.fault({
        path: /\/restriction(?:\/byOperation)?$/,
        ...json(200, isCloud ? { results: [read, null] } : { read, update: null }),
      });
      const { status, body } = await call('confluence.restrictions', { page: '65602' });
      expect(status).toBe(200);
      const told = body as unknown as { read: { users: unknown[]; more: boolean }; update: null };
      expect({ users: told.read.users.length, more: told.read.more, update: told.update }).toEqual({
        users: 100,
        more: true,
        update: null,
      });
    });

    const ANNA = '5f1a90c27d3be40068a1c2d1';
    const mention = isCloud ? `<ri:user ri:account-id="${ANNA}" />` : '<ri:user ri:username="anna" />';
    const storage = { storage: { value: `<p>cc <ac:link>${mention}</ac:link></p>`, representation: 'storage' } };
    const version = isCloud
      ? { number: 2, createdAt: '2026-01-01T00:00:00Z', authorId: ANNA }
      : { number: 2, when: '2026-01-01T00:00:00Z', by: { username: 'anna', displayName: 'Anna Muster' } };
    const lookups = () => stage.sandbox.requests.filter(({ path }) => path.endsWith('/users-bulk'));
    /** A page that Anna changed, and that mentions her. */
    const pageOfAnna = (more: object = {}) =>
      stage.sandbox.fault({
        path: /\/(?:pages|content)\/65602$/,
        ...json(200, { id: '65602', type: 'page', title: 'Cc', status: 'current', version, body: storage, ...more }),
      });

    it.each(['confluence.get', 'confluence.version'])(
      'have their names in the answer of %s, as who wrote and as who is mentioned, by one call',
      async (tool) => {
        pageOfAnna();
        const { status, body } = await call(tool, {
          page: '65602',
          ...(tool.endsWith('version') ? { version: 2 } : {}),
        });
        const { author, editor = author, ...told } = body as unknown as Record<string, { name: string } | null>;
        expect({ status, name: editor?.name, body: told.body }).toEqual({
          status: 200,
          name: 'Anna Muster',
          body: isCloud ? `cc [@Anna Muster](accountid:${ANNA})` : 'cc [@anna](username:anna)',
        });
        expect(lookups()).toHaveLength(isCloud ? 1 : 0);
      },
    );

    it.each([
      { tool: 'confluence.comments', args: { page: '65615' } },
      { tool: 'confluence.history', args: { page: '65602' } },
      { tool: 'confluence.blogposts', args: {} },
      { tool: 'confluence.attachments', args: { page: '65615' } },
    ])('have their names in the rows of $tool, by one call for all of them', async ({ tool, args }) => {
      const { body } = await call(tool, args);
      const authors = (body.items as unknown as { author: { name: string | null } | null }[]).map(
        ({ author }) => author,
      );
      expect(authors.length).toBeGreaterThan(0);
      expect(authors.filter((author) => author !== null && author.name === null)).toEqual([]);
      expect(lookups().length).toBeLessThanOrEqual(isCloud ? 1 : 0);
    });

    it('have their names where they made a space', async () => {
      const { body } = await call('confluence.space_get', { space: 'ENG' });
      expect((body as unknown as { author: { name: string } | null }).author?.name ?? 'nobody').toMatch(/^[A-Zn]/);
    });

    it('keep their ids alone where Confluence does not tell who they are', async () => {
      for (const failure of [json(404, {}), json(200, { results: 'none' }), json(403, {}), json(500, {})]) {
        pageOfAnna();
        stage.sandbox.fault({ method: 'POST', path: /users-bulk$/, ...failure });
        const { status, body } = await call('confluence.get', { page: '65602' });
        stage.sandbox.clearFaults();
        expect({ status, body }).toMatchObject({
          status: 200,
          body: isCloud
            ? { editor: { id: ANNA, name: null }, body: `cc [@${ANNA}](accountid:${ANNA})` }
            : { editor: { id: 'anna', name: 'Anna Muster' } },
        });
      }
    });

    it('are looked up 250 at most, whoever a page mentions', async () => {
      const many = Array.from({ length: 400 }, (_, index) => `<ri:user ri:account-id="5b:${index}" />`).join('');
      pageOfAnna({ body: { storage: { value: `<p>${many}</p>` } } });
      expect((await call('confluence.get', { page: '65602' })).status).toBe(200);
      const sizes = lookups().map(({ body }) => (body as { accountIds: string[] }).accountIds.length);
      expect(sizes).toEqual(isCloud ? [250] : []);
    });

    it('are found by their ids', async () => {
      const id = isCloud ? ANNA : 'anna';
      const { body } = await call('jira.users', { q: id });
      expect(body.items).toMatchObject([{ id, name: 'Anna Muster' }]);
      expect((await call('jira.users', { q: '5f1a90c27d3be40068a1c2ff' })).body.items).toEqual([]);
      if (isCloud)
        expect((await call('confluence.users', { q: id })).body.items).toEqual([{ id, name: 'Anna Muster' }]);
      expect((await call('confluence.users', { q: '5f1a90c27d3be40068a1c2ff' })).body.items).toEqual([]);
    });

    it('are told under a policy of spaces, whose restrictions are not', async () => {
      await setPolicy(stage, { confluence: { spaces: ['HR'] } });
      expect(await names('anna')).toEqual(['Anna Muster']);
      expect(await call('confluence.restrictions', { page: '65617' })).toMatchObject({ status: 403 });
    });
  },
  DEPLOYMENT_KINDS,
  ALL_SCOPES,
);

describe('The people of Confluence without the scope for their names', () => {
  const stage = sharedStage({}, async (own) => {
    await own.connect('confluence');
  });

  it('are told by their ids alone, and nothing is asked in vain', async () => {
    const { status, body } = await stage.call<{ author: { name: string | null } }>('/connectors/tools/invoke', {
      body: { tool: 'confluence.get', args: { page: '65602' } },
    });
    expect({ status, name: body.author.name }).toEqual({ status: 200, name: null });
    expect(stage.sandbox.requests.filter(({ path }) => path.endsWith('users-bulk'))).toEqual([]);
  });
});
