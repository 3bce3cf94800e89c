import { beforeEach, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import type { ErrorBody } from '../support/harness.ts';
import { json } from '../support/upstream.ts';
import { setPolicy } from './policy-stage.ts';

const QUEUE = '65615';

interface Told {
  items: Record<string, unknown>[];
  number: number;
  body: string;
  from: { number: number };
  to: { number: number };
  added: number | null;
  removed: number | null;
  diff: string | null;
}

describeAccounts(
  'The versions of a Confluence page',
  ({ stage }) => {
    beforeEach(async () => {
      await setPolicy(stage, {});
      stage.sandbox.clearFaults();
    });
    const call = async (tool: string, args: object) => {
      const { status, body } = await stage.call<Told & ErrorBody>('/connectors/tools/invoke', { body: { tool, args } });
      return { status, body };
    };

    it('are listed with who made them and why, newest first', async () => {
      const { body } = await call('confluence.history', { page: QUEUE });
      expect(body.items).toMatchObject([
        { number: 3, message: 'What to do if they are not', minor: false },
        { number: 2, message: 'Consumers may be dead', minor: true, author: { name: 'Bob Example' } },
        { number: 1, message: null, minor: false, created: expect.any(Number) },
      ]);
      expect((await call('confluence.history', { page: '65622' })).body.items).toHaveLength(3);
    });

    it.each([
      { version: 1, body: 'Look at the dashboard. Add two consumers.' },
      { version: 2, body: 'Look at the dashboard. If the consumers are alive, add two.' },
      { version: 3, body: expect.stringContaining('read their last log lines') },
    ])('can be read: $version', async ({ version, body }) => {
      const told = await call('confluence.version', { space: 'ENG', title: 'The queue grows', version });
      expect(told).toMatchObject({ status: 200, body: { id: QUEUE, number: version, title: 'The queue grows', body } });
    });

    it('are missing where there are none, of a page or at all', async () => {
      const none = (parameter: string) => ({
        status: 404,
        body: {
          message: `${parameter}: page ${QUEUE} has no version 4 that the connected user can see; confluence.history lists those it has.`,
          details: { parameter, hint: expect.stringContaining('confluence.history') },
        },
      });
      expect(await call('confluence.version', { page: QUEUE, version: 4 })).toMatchObject(none('version'));
      expect(await call('confluence.diff', { page: QUEUE, from: 1, to: 4 })).toMatchObject(none('to'));
      const absent = await call('confluence.version', { page: '99999999', version: 1 });
      expect(absent).toMatchObject({ status: 404, body: { message: expect.not.stringContaining('has no version') } });
    });

    it('are compared, the last two unless others are named', async () => {
      const { body } = await call('confluence.diff', { page: QUEUE });
      expect({ from: body.from.number, to: body.to.number, added: body.added, removed: body.removed }).toEqual({
        from: 2,
        to: 3,
        added: 1,
        removed: 1,
      });
      const first = await call('confluence.diff', { page: QUEUE, from: 1, to: 2 });
      expect(first.body.diff).toBe(
        [
          '--- version 1',
          '+++ version 2',
          '@@ -1,1 +1,1 @@',
          '-Look at the dashboard. Add two consumers.',
          '+Look at the dashboard. If the consumers are alive, add two.',
          '',
        ].join('\n'),
      );
    });

    it.each([
      { page: QUEUE, from: 2, to: 2 },
      { page: QUEUE, from: 3, to: 1 },
      { page: QUEUE, from: 3 },
      { page: QUEUE, from: 9 },
      { page: QUEUE, to: 1 },
      { page: '65602' },
    ])('are not compared with themselves or backwards, $from to $to', async (args) => {
      const refused = await call('confluence.diff', args);
      const parameter = expect.stringMatching(/^(args\.)?from$/);
      expect(refused).toMatchObject({ status: 400, body: { code: 'VALIDATION', details: { parameter } } });
    });

    it('are not compared where too much of them differs, and nobody waits for that', async () => {
      const version = (number: number) => {
        const value = Array.from({ length: 20_000 }, (_, line) => `<p>${number} ${line * number}</p>`).join('');
        const body = { storage: { value, representation: 'storage' } };
        return { id: QUEUE, type: 'page', title: 'Long', status: 'current', version: { number }, body };
      };
      const path = /\/(?:pages|content)\/65615$/;
      stage.sandbox.fault({ method: 'GET', path, ...json(200, version(2)) });
      stage.sandbox.fault({ method: 'GET', path, skip: 1, ...json(200, version(1)) });
      const { status, body } = await call('confluence.diff', { page: QUEUE, from: 1, to: 2 });
      expect({ status, diff: body.diff, added: body.added }).toEqual({ status: 200, diff: null, added: null });
    });

    it('are told under a policy of pages inside alone', async () => {
      await setPolicy(stage, { confluence: { spaces: ['HR'] } });
      for (const tool of ['confluence.history', 'confluence.diff']) {
        expect(await call(tool, { page: QUEUE })).toMatchObject({ status: 403 });
      }
      expect(await call('confluence.version', { page: QUEUE, version: 1 })).toMatchObject({ status: 403 });
    });
  },
  DEPLOYMENT_KINDS,
);
