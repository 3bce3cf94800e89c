import { beforeEach, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import type { ErrorBody } from '../support/harness.ts';
import { ALL_SCOPES } from '../support/scopes.ts';
import { setPolicy } from './policy-stage.ts';

interface Told {
  items: Record<string, unknown>[];
  next_cursor: string | null;
  ancestors: Record<string, unknown>[];
}

describeAccounts(
  'The tree of a Confluence space',
  ({ stage, isCloud }) => {
    let folder: string | null = null;
    beforeEach(async () => {
      await setPolicy(stage, {});
      if (isCloud) folder ??= stage.sandbox.addFolder('acme', { space: 'ENG', title: 'Attic', parentId: '65618' });
    });
    const call = async (tool: string, args: object) => {
      const { status, body } = await stage.call<Told & ErrorBody>('/connectors/tools/invoke', { body: { tool, args } });
      return { status, body };
    };
    const all = async (args: object) => {
      const items: Told['items'] = [];
      let cursor: string | null | undefined;
      do {
        const { body } = await call('confluence.tree', { ...args, ...(cursor ? { cursor } : {}) });
        items.push(...body.items);
        cursor = body.next_cursor;
      } while (cursor !== null);
      return items;
    };

    it('is told below a page, each thing with its parent and depth', async () => {
      const items = await all({ page: '65610' });
      expect(items.map(({ id, title, parent_id, depth }) => ({ id, title, parent_id, depth }))).toEqual([
        { id: '65611', title: 'ADR 1: PostgreSQL for orders', parent_id: '65610', depth: 1 },
        { id: '65612', title: 'ADR 2: Cursors instead of offsets', parent_id: '65610', depth: 1 },
        { id: '65613', title: 'ADR 3: No shared libraries', parent_id: '65610', depth: 1 },
      ]);
      expect(await all({ page: '65610', limit: 1 })).toEqual(items);
    });

    it('is told of a space down to a depth', async () => {
      const depths = async (depth: number) => {
        const items = (await all({ space: 'eng', depth })).filter(({ type }) => type === 'page');
        return { found: items.length, deepest: Math.max(...items.map((one) => Number(one.depth))) };
      };
      expect([await depths(1), await depths(2), await depths(5)]).toEqual([
        { found: 5, deepest: 1 },
        { found: 19, deepest: 2 },
        { found: 19, deepest: 2 },
      ]);
    });

    it('is told upwards, from the top down', async () => {
      const { body } = await call('confluence.ancestors', { space: 'ENG', title: 'The queue grows' });
      expect(body).toMatchObject({
        id: '65615',
        ancestors: [
          { id: '65601', title: 'Engineering', type: 'page', url: expect.stringContaining('http') },
          { id: '65614', title: 'Runbooks', type: 'page' },
        ],
      });
      expect((await call('confluence.ancestors', { page: '65601' })).body.ancestors).toEqual([]);
    });

    it.each(['children', 'tree'])('has nothing below a blog post, by %s', async (tool) => {
      const { status, body } = await call(`confluence.${tool}`, { page: '65622' });
      expect({ status, items: body.items, next: body.next_cursor }).toEqual({ status: 200, items: [], next: null });
    });

    it('has nothing above a blog post', async () => {
      for (const policy of [{}, { confluence: { spaces: ['ENG'] } }]) {
        await setPolicy(stage, policy);
        expect(await call('confluence.ancestors', { page: '65622' })).toMatchObject({
          status: 200,
          body: { ancestors: [] },
        });
      }
    });

    it.each(['children', 'ancestors'])('has no place that is not there, by %s', async (tool) => {
      expect(await call(`confluence.${tool}`, { page: '99999999' })).toMatchObject({ status: 404 });
    });

    if (isCloud) {
      it('goes on below a folder, and is told above one', async () => {
        const parent = stage.sandbox.addFolder('acme', { space: 'ENG', title: 'Cellar', parentId: '65614' });
        const titles = ['One', 'Two', 'Three'];
        for (const title of titles) {
          await stage.call('/connectors/confluence/create', { body: { space: 'ENG', title, parent_id: parent } });
        }
        for (const policy of [{}, { confluence: { spaces: ['ENG'] } }]) {
          await setPolicy(stage, policy);
          const first = await call('confluence.children', { page: parent, limit: 2 });
          const rest = await call('confluence.children', { page: parent, limit: 2, cursor: first.body.next_cursor });
          expect([first, rest].map(({ body }) => body.items.map(({ title }) => title))).toEqual([
            ['One', 'Two'],
            ['Three'],
          ]);
          expect((await all({ page: parent })).map(({ title, depth }) => [title, depth])).toEqual(
            titles.map((title) => [title, 1]),
          );
          const above = await call('confluence.ancestors', { page: parent });
          expect(above.body.ancestors.map(({ title }) => title)).toEqual(['Engineering', 'Runbooks']);
        }
      });

      it('has folders, whose names are told as far as the scopes go', async () => {
        const page = await stage.call<{ id: string }>('/connectors/confluence/create', {
          body: { space: 'ENG', title: 'In the attic', parent_id: folder },
        });
        const { body } = await call('confluence.ancestors', { page: page.body.id });
        expect(body.ancestors.map(({ title, type }) => ({ title, type }))).toEqual([
          { title: 'Engineering', type: 'page' },
          { title: 'How we work', type: 'page' },
          { title: 'Attic', type: 'folder' },
        ]);
        const children = await call('confluence.children', { page: '65618' });
        expect(children.body.items.at(-1)).toMatchObject({ id: folder, title: 'Attic', type: 'folder', url: null });
      });
    }

    it('hangs below the home page of a space, which is told with what is said of the space', async () => {
      const { body } = await call('confluence.space_get', { space: 'eng' });
      expect(body).toMatchObject({
        id: '32769',
        key: 'ENG',
        name: 'Engineering',
        status: 'current',
        description: expect.stringContaining('The home of everybody who builds things'),
        homepage_id: '65601',
        created: isCloud ? expect.any(Number) : null,
      });
      expect(await call('confluence.space_get', { space: 'NOWHERE' })).toMatchObject({ status: 404 });
    });

    it('has no blog posts, which are listed by themselves, newest first', async () => {
      const { body } = await call('confluence.blogposts', {});
      expect(body.items.map(({ title, space }) => ({ title, space: (space as { key: string }).key }))).toEqual([
        { title: 'Goodbye, old basket API', space: 'ENG' },
        { title: 'Welcome to our new colleagues', space: 'HR' },
        { title: 'Winter sale: what we learned', space: 'ENG' },
      ]);
      const first = await call('confluence.blogposts', { space: 'eng', limit: 1 });
      const second = await call('confluence.blogposts', { space: 'eng', limit: 1, cursor: first.body.next_cursor });
      expect([first, second].flatMap(({ body: { items } }) => items.map(({ id }) => id))).toEqual(['65622', '65621']);
      expect(second.body.next_cursor).toBeNull();
    });

    it('of a space that is not allowed is as hidden as one that is not there', async () => {
      expect(await call('confluence.tree', { space: 'NOWHERE' })).toMatchObject({ status: 404 });
      await setPolicy(stage, { confluence: { spaces: ['ENG'] } });
      const refused = [];
      for (const space of ['HR', 'NOWHERE']) refused.push((await call('confluence.tree', { space })).body.message);
      expect(refused[0]).toContain('not allowed');
      expect(refused[1]).toBe(refused[0]);
    });
  },
  DEPLOYMENT_KINDS,
  ALL_SCOPES,
);
