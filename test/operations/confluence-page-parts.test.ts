import { beforeEach, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import type { ErrorBody } from '../support/harness.ts';
import { ALL_SCOPES } from '../support/scopes.ts';
import { setPolicy } from './policy-stage.ts';

const QUEUE = '65615';

interface Rows {
  items: Record<string, unknown>[];
  next_cursor: string | null;
}

describeAccounts(
  'What belongs to a Confluence page',
  ({ stage }) => {
    beforeEach(async () => {
      await setPolicy(stage, {});
      stage.sandbox.clearRequests();
    });
    const call = async <T = Rows>(tool: string, args: object) => {
      const { status, body } = await stage.call<T & ErrorBody>('/connectors/tools/invoke', { body: { tool, args } });
      return { status, body };
    };
    const all = async (tool: string, args: object) => {
      const items: Rows['items'] = [];
      let cursor: string | null | undefined;
      do {
        const { body }: { body: Rows } = await call(tool, { ...args, ...(cursor ? { cursor } : {}) });
        items.push(...body.items);
        cursor = body.next_cursor;
      } while (cursor !== null);
      return items;
    };

    it('are comments of both kinds, each with the answers behind it, however many come at once', async () => {
      const comments = await all('confluence.comments', { page: QUEUE });
      const told = comments.map(({ kind, body, about, resolved }) => ({ kind, body, about, resolved }));
      const footer = { kind: 'footer', about: null, resolved: null };
      const inline = { kind: 'inline', about: null, resolved: null };
      expect(told).toEqual([
        { ...footer, body: 'Two were not enough last night. It took four.' },
        { ...footer, body: 'The night job ran at the same time. I have moved it to five o’clock.' },
        { ...footer, body: 'Then two will do again.' },
        { ...footer, body: 'Is this still the right dashboard?' },
        { ...inline, body: 'By hand, or is there a command?', about: 'add two', resolved: false },
        { ...inline, body: 'There is one: see queue-check.sh.' },
        { ...inline, body: 'Say where they are.', about: 'last log lines', resolved: true },
      ]);
      const [first, second, third] = comments;
      expect([second?.parent_id, third?.parent_id]).toEqual([first?.id, second?.id]);
      expect(first).toMatchObject({
        author: { name: 'Bob Example' },
        created: first?.updated,
        loss: [],
        more_replies: false,
        url: expect.stringContaining(`focusedCommentId=${first?.id}`),
      });
      for (const limit of [1, 2, 3]) expect(await all('confluence.comments', { page: QUEUE, limit })).toEqual(comments);
    });

    it('are comments in brief that still say whether there are further answers', async () => {
      const { body } = await call('confluence.comments', { page: QUEUE, view: 'brief' });
      const comments = (body as Rows).items;
      expect(comments.map(({ more_replies }) => more_replies)).toEqual(comments.map(() => false));
      expect(comments.length).toBeGreaterThan(0);
    });

    it.each([
      { tool: 'confluence.history', args: { page: QUEUE }, name: 'number' },
      { tool: 'confluence.comments', args: { page: QUEUE, kind: 'footer' }, name: 'id' },
      { tool: 'confluence.comments', args: { page: QUEUE }, name: 'id' },
      { tool: 'confluence.labels', args: { page: '65622' }, name: 'name' },
      { tool: 'confluence.attachments', args: { page: QUEUE }, name: 'id' },
      { tool: 'confluence.children', args: { page: '65601' }, name: 'id' },
      { tool: 'confluence.tree', args: { space: 'ENG' }, name: 'id' },
      { tool: 'confluence.blogposts', args: {}, name: 'id' },
      { tool: 'confluence.spaces', args: {}, name: 'id' },
    ])('come with another limit on each page, none twice and none left out, by $tool', async ({ tool, args, name }) => {
      const names = (rows: Rows['items']) => rows.map((row) => row[name]);
      const whole = names(await all(tool, args));
      for (const limits of [
        [1, 2],
        [3, 1],
        [2, 1, 4],
      ]) {
        const found: unknown[] = [];
        let cursor: string | null | undefined;
        for (let page = 0; page === 0 || cursor; page++) {
          const limit = limits[page % limits.length] ?? 1;
          const { status, body } = await call(tool, { ...args, limit, ...(cursor ? { cursor } : {}) });
          expect({ limits, status }).toEqual({ limits, status: 200 });
          // The answers to a comment come beside the limit.
          if (tool !== 'confluence.comments') expect(body.items.length).toBeLessThanOrEqual(limit);
          found.push(...names(body.items));
          cursor = body.next_cursor;
        }
        expect({ limits, found }).toEqual({ limits, found: whole });
      }
    });

    it('are comments of one kind where it is asked for', async () => {
      const kinds = async (kind: string) =>
        (await all('confluence.comments', { page: QUEUE, kind })).map((one) => one.kind);
      expect(await kinds('footer')).toEqual(['footer', 'footer', 'footer', 'footer']);
      expect(await kinds('inline')).toEqual(['inline', 'inline', 'inline']);
    });

    it('do not take the cursor of another kind', async () => {
      const { body } = await call('confluence.comments', { page: QUEUE, kind: 'footer', limit: 1 });
      const other = await call('confluence.comments', {
        page: QUEUE,
        kind: 'inline',
        limit: 1,
        cursor: body.next_cursor,
      });
      expect(other).toMatchObject({ status: 400, body: { details: { parameter: 'cursor' } } });
    });

    it('are the same for a blog post', async () => {
      expect((await call('confluence.comments', { page: '65622', kind: 'inline' })).body.items).toMatchObject([
        { about: 'six years', resolved: false },
        { about: 'Nobody', resolved: true },
      ]);
      expect((await call('confluence.labels', { page: '65622' })).body.items.map(({ name }) => name)).toEqual([
        'announcement',
        'decision',
      ]);
      expect((await call('confluence.attachments', { page: '65622' })).body.items).toHaveLength(2);
    });

    it('are files with their size, type, version and where a browser gets them', async () => {
      const { body } = await call('confluence.attachments', { space: 'eng', title: 'The queue grows' });
      expect(body.items).toHaveLength(3);
      expect(body.items[0]).toMatchObject({
        name: 'queue-check.sh',
        size: 86,
        media_type: 'application/x-sh',
        version: 2,
        comment: 'Prints how long the queue is & adds consumers.',
        download_url: expect.stringMatching(/^http.*\/download\/attachments\/65615\/queue-check\.sh\?version=2$/),
      });
    });

    it('are files, whose text is told as it is, and anything else in base64', async () => {
      const get = (page: string, attachment: string) => call('confluence.attachment_get', { page, attachment });
      const script = await get(QUEUE, 'queue-check.sh');
      expect(script).toMatchObject({
        status: 200,
        body: { size: 86, media_type: 'application/x-sh', text: expect.stringMatching(/^#!\/bin\/sh\n/), base64: null },
      });
      const picture = await get(QUEUE, 'dashboard.png');
      expect(picture.body).toMatchObject({ text: null, base64: expect.stringMatching(/^iVBORw0KGgo/) });
      const ofPost = await get('65622', 'calls.csv');
      expect(ofPost.body).toMatchObject({ text: expect.stringContaining('2026-07,1200'), base64: null });
    });

    it('are files, of which a large one is refused before it is asked for', async () => {
      const args = { page: QUEUE, attachment: 'queue-2026-08.csv' };
      const { status, body } = await call('confluence.attachment_get', args);
      expect({ status, message: body.message, size: body.details?.size }).toEqual({
        status: 400,
        message: 'max_bytes: the file has 1473120 bytes, more than 1048576. Send max_bytes 1473120 for it.',
        size: 1_473_120,
      });
      expect(stage.sandbox.requests.filter(({ path }) => /download/.test(path))).toEqual([]);
      expect((await call('confluence.attachment_get', { ...args, max_bytes: 1_473_120 })).status).toBe(200);
      expect(await call('confluence.attachment_get', { ...args, attachment: 'nothing.csv' })).toMatchObject({
        status: 404,
        body: { details: { parameter: 'attachment' } },
      });
    });

    it('are files, of which one is told without the characters that nobody sees', async () => {
      stage.sandbox.fault({ path: /\/media\/|\/download\/attachments\//, body: 'a\u200bb' });
      const { body } = await call<{ text: string; left_out: number }>('confluence.attachment_get', {
        page: QUEUE,
        attachment: 'queue-check.sh',
      });
      expect(body).toMatchObject({ text: 'ab', left_out: 1 });
    });

    it.each(['confluence.children', 'confluence.comments', 'confluence.labels', 'confluence.attachments'])(
      'are told by %s of a page that is not there as missing, unless a policy hides where it would lie',
      async (tool) => {
        expect(await call(tool, { page: '99999999' })).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
        await setPolicy(stage, { confluence: { spaces: ['ENG'] } });
        expect(await call(tool, { page: '99999999' })).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
        expect(await call(tool, { space: 'ENG', title: 'Nowhere' })).toMatchObject({ status: 404 });
      },
    );
  },
  DEPLOYMENT_KINDS,
  ALL_SCOPES,
);
