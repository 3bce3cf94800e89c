import { beforeEach, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import type { ErrorBody } from '../support/harness.ts';
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

    it('are told under a policy of spaces, whose restrictions are not', async () => {
      await setPolicy(stage, { confluence: { spaces: ['HR'] } });
      expect(await names('anna')).toEqual(['Anna Muster']);
      expect(await call('confluence.restrictions', { page: '65617' })).toMatchObject({ status: 403 });
    });
  },
  DEPLOYMENT_KINDS,
  ALL_SCOPES,
);
