import { beforeEach, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import type { ErrorBody } from '../support/harness.ts';
import { json } from '../support/upstream.ts';
import { hideThings, setPolicy } from './policy-stage.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are read freely here, and every reading is asserted
type Any = any;

const IN_DEMO = { jira: { projects: ['DEMO'] } };

describeAccounts(
  'What belongs to an issue',
  ({ kind, stage, isCloud, baseUrl, anna, bob }) => {
    let prepared = false;
    beforeEach(async () => {
      if (!prepared) hideThings(stage, kind);
      prepared = true;
      stage.sandbox.clearFaults();
      await setPolicy(stage, {});
      stage.sandbox.clearRequests();
    });
    const ask = async (tool: string, args: object): Promise<Any & ErrorBody> =>
      (await stage.call('/connectors/tools/invoke', { body: { tool: `jira.${tool}`, args } })).body;
    /** The rows of a list, read in pages of `limit`. */
    const pages = async (tool: string, args: object, limit: number): Promise<Any[][]> => {
      const found: Any[][] = [];
      let cursor: string | undefined;
      do {
        const page = await ask(tool, { ...args, limit, ...(cursor ? { cursor } : {}) });
        found.push(page.items);
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      return found;
    };
    const person = (id: string, name: string) => ({ id, name });
    const [ANNA, BOB] = [person(anna, 'Anna Muster'), person(bob, 'Bob Example')];

    it.each([{ order: 'newest' }, { order: 'oldest' }])(
      'has its comments in pages, the $order first',
      async ({ order }) => {
        const found = await pages('comments', { issue: 'DEMO-4', order }, 2);
        const bodies = found.map((page) => page.map(({ body }) => body.slice(0, 5)));
        const oldest = [['I see', 'The c'], ['Fixed']];
        expect(bodies).toEqual(order === 'oldest' ? oldest : [['Fixed', 'The c'], ['I see']]);
      },
    );

    it('has comments that say who may see them, as Markdown', async () => {
      const { items } = await ask('comments', { issue: 'DEMO-15' });
      expect(items).toEqual([
        {
          id: expect.any(String),
          author: ANNA,
          created: expect.any(Number),
          updated: expect.any(Number),
          visibility: { type: 'role', name: 'Administrators' },
          body: 'Three customers have asked for their money.',
          loss: [],
        },
        expect.objectContaining({ visibility: null, author: BOB }),
      ]);
    });

    it('has the time that was logged, in pages', async () => {
      const found = await pages('worklogs', { issue: 'demo-4' }, 2);
      expect(found.map((page) => page.map(({ seconds }) => seconds))).toEqual([[5_400, 9_000], [1_200]]);
      expect(found[0]?.[1]).toMatchObject({
        author: ANNA,
        comment: expect.stringMatching(/^Read the release notes of Safari\.[\n\\]+Wrote the fix\.$/),
        started: expect.any(Number),
        visibility: null,
      });
      expect((await ask('worklogs', { issue: 'OPS-1' })).items).toEqual([]);
    });

    it('has its changes, oldest first, and what is changed now at their end', async () => {
      const label = `changed-${kind.replaceAll(' ', '-').toLowerCase()}`;
      await ask('update', { issue: 'DEMO-11', add_labels: [label] });
      const [last] = (await pages('changelog', { issue: 'DEMO-11' }, 1)).at(-1) ?? [];
      expect(last).toMatchObject({ author: ANNA, changes: [{ field: 'labels', to: expect.stringContaining(label) }] });
      const found = await pages('changelog', { issue: 'DEMO-4' }, 2);
      expect(found.flat().map(({ changes }) => changes)).toEqual([
        [{ field: 'priority', from: 'High', to: 'Highest' }],
        [
          { field: 'assignee', from: null, to: 'Anna Muster' },
          { field: 'status', from: 'To Do', to: 'In Progress' },
        ],
        [{ field: 'Link', from: null, to: 'This issue relates to DEMO-30' }],
      ]);
    });

    it('has changes without those that tell of what the policy hides', async () => {
      const items: Record<string, string>[] = [
        { field: 'Link', toString: 'This issue blocks SECRET-1' },
        { field: 'project', fromString: 'Secret plans', toString: 'Demo' },
        { field: 'Key', fromString: 'SECRET-7', toString: 'DEMO-4' },
        { field: 'summary', fromString: 'Read UTF-8', toString: 'Read UTF-16' },
        { field: 'Link', fromString: 'This issue blocks DEMO-2' },
      ];
      const history = [
        { id: '1', created: '2026-01-31T10:00:00.000+0000', items },
        { id: '2', created: '2026-02-01T10:00:00.000+0000', items: items.slice(0, 3) },
      ];
      const issue = { key: 'DEMO-4', fields: { project: { key: 'DEMO' } }, changelog: { histories: history } };
      const told = async () => {
        stage.sandbox.clearFaults();
        const answer = isCloud ? { values: history, total: 2, startAt: 0, isLast: true } : issue;
        stage.sandbox.fault({ path: isCloud ? /\/changelog$/ : /\/issue\/DEMO-4$/, times: 2, ...json(200, answer) });
        const rows: Any[] = (await ask('changelog', { issue: 'DEMO-4' })).items;
        return rows.map(({ changes }) => changes.map(({ field }: Any) => field));
      };
      const all = ['Link', 'project', 'Key', 'summary', 'Link'];
      expect(await told()).toEqual([all, all.slice(0, 3)]);
      await setPolicy(stage, IN_DEMO);
      expect(await told()).toEqual([['summary', 'Link']]);
    });

    it('has its links to issues and to pages', async () => {
      expect(await ask('links', { issue: 'DEMO-4' })).toEqual({
        issue: 'DEMO-4',
        links: [
          {
            ...{ id: expect.any(String), type: 'Relates', relation: 'relates to', direction: 'outward' },
            issue: expect.objectContaining({ id: 'DEMO-30', url: expect.stringMatching(/\/browse\/DEMO-30$/) }),
          },
        ],
        web_links: [
          {
            id: '10001',
            title: 'Safari 17.4 release notes',
            url: 'https://developer.example/safari/17-4',
            relation: 'mentioned in',
            application: 'Release notes',
            summary: 'Permissions & events',
            resolved: null,
          },
          expect.objectContaining({ title: 'Ticket 4711', application: null, resolved: false }),
        ],
      });
    });

    it('has links without those that tell of what the policy hides', async () => {
      const { url } = (await ask('get', { issue: 'DEMO-26', comments: 0 })) as { url: string };
      const to = (id: number, path: string) => ({
        id,
        object: { title: path, url: path.startsWith('http') ? path : url.replace('/browse/DEMO-26', path) },
      });
      const links = ['/browse/SECRET-1', '/browse/DEMO-2', '/projects/SECRET/board', 'https://example.com/SECRET-1'];
      const told = async () => {
        stage.sandbox.fault({
          path: /\/remotelink$/,
          ...json(
            200,
            links.map((path, id) => to(id, path)),
          ),
        });
        const { links: issues, web_links } = await ask('links', { issue: 'DEMO-26' });
        return { issues: issues.map(({ issue }: Any) => issue.id), pages: web_links.map(({ title }: Any) => title) };
      };
      expect(await told()).toEqual({ issues: ['WEB-11'], pages: links });
      await setPolicy(stage, IN_DEMO);
      expect(await told()).toEqual({ issues: [], pages: [links[1], links[3]] });
    });

    it('has the files that are attached to it, read as text or base64', async () => {
      const { items } = await ask('attachments', { issue: 'DEMO-4' });
      expect(items.map(({ name, size, media_type }: Any) => ({ name, size, media_type }))).toEqual([
        { name: 'safari-console.png', size: 182_344, media_type: 'image/png' },
        { name: 'Recording of the login.mov', size: 4_811_276, media_type: 'video/quicktime' },
      ]);
      const png = await ask('attachment_get', { issue: 'DEMO-4', attachment: items[0].id, view: 'full' });
      const bytes = Buffer.from(png.base64, 'base64');
      expect({ text: png.text, start: bytes.toString('latin1', 1, 4), length: bytes.length }).toEqual({
        text: null,
        start: 'PNG',
        length: 182_344,
      });
      const name = 'Recording of the login.mov';
      const film = await ask('attachment_get', {
        issue: 'DEMO-4',
        attachment: name,
        max_bytes: 5_242_880,
        view: 'full',
      });
      expect(Buffer.from(film.base64, 'base64').length).toBe(4_811_276);
      const csv = await ask('attachment_get', { issue: 'DEMO-11', attachment: 'orders-2026-09.csv', view: 'full' });
      expect({ lines: csv.text.split('\n').slice(0, 2), base64: csv.base64, size: csv.size }).toEqual({
        lines: ['order,customer,total', '1,Müller & Söhne,7.50'],
        base64: null,
        size: 48_213,
      });
    });

    it.each([403, 404])('tells the linked issues where Jira answers %i for links to pages', async (status) => {
      stage.sandbox.fault({ path: /\/remotelink$/, times: 2, ...json(status, { errorMessages: ['No.'] }) });
      const { body } = await stage.call('/connectors/tools/invoke', {
        body: { tool: 'jira.links', args: { issue: 'DEMO-4' } },
      });
      expect(body).toMatchObject({ issue: 'DEMO-4', links: expect.any(Array), web_links: null });
    });

    it.each([403, 404])('is told of a project whose statuses Jira answers %i for', async (status) => {
      stage.sandbox.fault({ path: /\/statuses$/, times: 2, ...json(status, { errorMessages: ['No.'] }) });
      const { body } = await stage.call('/connectors/tools/invoke', {
        body: { tool: 'jira.project_get', args: { project: 'DEMO' } },
      });
      expect(body).toMatchObject({ key: 'DEMO', statuses: null });
    });

    it('has no piece of a file in an answer that is too short for it', async () => {
      const told = await ask('attachment_get', { issue: 'DEMO-4', attachment: 'safari-console.png' });
      expect(told).toMatchObject({ cut: ['base64: left out.', expect.stringContaining('max_chars')] });
      expect(told).not.toHaveProperty('base64');
    });

    it.each([
      { name: 'larger than it may be', args: { attachment: 'safari-console.png', max_bytes: 1_000 }, size: 182_344 },
      { name: 'larger than is usual', args: { attachment: 'Recording of the login.mov' }, size: 4_811_276 },
    ])('has a file refused with its size that is $name, before it is asked for', async ({ args, size }) => {
      expect(await ask('attachment_get', { issue: 'DEMO-4', ...args })).toMatchObject({
        code: 'VALIDATION',
        message: expect.stringContaining(`${size} bytes`),
        details: { parameter: 'max_bytes', size },
      });
      expect(stage.sandbox.requests.filter(({ path }) => /\/(content|secure)\//.test(path))).toEqual([]);
    });

    it('has no file of another issue', async () => {
      await setPolicy(stage, IN_DEMO);
      const { code, details } = await ask('attachment_get', { issue: 'DEMO-4', attachment: '10003' });
      expect({ code, details }).toMatchObject({ code: 'NOT_FOUND', details: { parameter: 'attachment' } });
    });

    it.each([
      { tool: 'get', args: {} },
      { tool: 'watchers', args: {} },
      { tool: 'comments', args: {} },
      { tool: 'links', args: {} },
      { tool: 'attachment_get', args: { attachment: 'safari-console.png', view: 'brief' } },
      { tool: 'comment_add', args: { body: 'By its address.' } },
    ])('is told and changed where the issue is named by an address of the site, by $tool', async ({ tool, args }) => {
      await setPolicy(stage, IN_DEMO);
      const site = `${baseUrl(stage, 'jira')}`;
      const issue = `${site}/browse/demo-4?focusedCommentId=1`;
      expect(await ask(tool, { issue, ...args })).not.toHaveProperty('code');
      expect(await ask(tool, { issue: `${site}/browse/SECRET-1`, ...args })).toMatchObject({ code: 'FORBIDDEN' });
      expect(await ask(tool, { issue: 'https://other.example/browse/DEMO-4', ...args })).toMatchObject({
        code: 'VALIDATION',
        details: { parameter: 'issue' },
      });
      await setPolicy(stage, {});
      expect(await ask(tool, { issue: `${site}/browse/DEMO-4`, ...args })).not.toHaveProperty('code');
      expect(await ask(tool, { issue: `${site}/browse/DEMO`, ...args })).toMatchObject({ code: 'VALIDATION' });
    });

    it('is asked for at the site alone, whatever address a file claims to have', async () => {
      const attachment = [
        { id: '10003', filename: '../../x?a=b#c', content: 'https://evil.example/secure/attachment/1/x', size: 1 },
      ];
      const issue = { id: '10111', key: 'DEMO-11', fields: { project: { key: 'DEMO' }, attachment } };
      stage.sandbox.fault({ path: /\/issue\/DEMO-11$/, times: 2, ...json(200, issue) });
      const told = await ask('attachment_get', { issue: 'DEMO-11', attachment: '10003', view: 'full' });
      const asked = stage.sandbox.requests.map(({ path }) => path).filter((path) => /attachment/.test(path));
      expect({ code: told.code ?? null, asked: asked.map((path) => path.replace(/.*\/rest/, '')) }).toEqual(
        isCloud ? { code: null, asked: ['/api/3/attachment/content/10003'] } : { code: 'NOT_FOUND', asked: [] },
      );
    });
  },
  DEPLOYMENT_KINDS,
);
