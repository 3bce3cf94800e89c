import { beforeEach, describe, expect, it } from 'vitest';
import { connectBoth, TOKENS_ENABLED } from '../support/accounts.ts';
import { type Answer, type ErrorBody, type Stage, sharedStage } from '../support/harness.ts';

interface Created extends ErrorBody {
  id: string;
  title: string;
  metadata: Record<string, string | null>;
}

type Create = (stage: Stage, product: string, input: Record<string, unknown>) => Promise<Answer<Created>>;

/** The same create by REST and as a tool. */
const DOORS: Record<string, Create> = {
  REST: (stage, product, body) => stage.call(`/connectors/${product}/create`, { body }),
  'tools/invoke': (stage, product, args) =>
    stage.call('/connectors/tools/invoke', { body: { name: `${product}.create`, arguments: args } }),
};

const KINDS = ['Cloud OAuth', 'Data Center PAT'] as const;
let count = 0;
const title = () => `Written by hand ${++count}`;

describe.each(KINDS)('What people write, by %s', (kind) => {
  const onCloud = kind === 'Cloud OAuth';
  const site = onCloud ? 'acme' : 'data-center';
  const stage = sharedStage({ env: TOKENS_ENABLED }, async (own) => {
    await connectBoth(own, { kind });
    own.sandbox.addSpace(site, { key: 'DevOps', name: 'Operations', pages: [{ title: 'Home' }] });
    own.sandbox.addSpace(site, { key: '2024', name: 'Last year but one', pages: [{ title: 'Home' }] });
    if (onCloud) own.sandbox.setSpaceAlias(site, 'HR', 'PEOPLE');
  });
  beforeEach(() => stage.sandbox.clearRequests());
  /** The body of the last upstream request, as text. */
  const written = () => JSON.stringify(stage.sandbox.requests.at(-1)?.body);

  describe.each(Object.entries(DOORS))('by %s', (_door, create) => {
    const issue = (input: Record<string, unknown>) =>
      create(stage, 'jira', { project: 'DEMO', summary: 'x', ...input });
    const page = (input: Record<string, unknown>) =>
      create(stage, 'confluence', { space: 'ENG', title: title(), ...input });

    it('the type that fields name is no Task', async () => {
      const { status, body } = await issue({ fields: { issuetype: { name: 'Bug' } } });
      expect({ status, issuetype: body.metadata.issuetype }).toEqual({ status: 200, issuetype: 'Bug' });
      expect(written()).toContain('"issuetype":{"name":"Bug"}');
    });

    it('null, numbers and single strings are what they stand for', async () => {
      const nothing = { type: null, description: null, assignee: null, priority: null, parent: null, fields: null };
      expect((await issue({ ...nothing, labels: 'ui' })).status).toBe(200);
      expect(stage.sandbox.requests.at(-1)?.body).toEqual({
        fields: { project: { key: 'DEMO' }, summary: 'x', issuetype: { name: 'Task' }, labels: ['ui'] },
      });
      expect((await issue({ project: 10_000 })).status).toBe(200);
      expect(written()).toContain('"project":{"id":"10000"}');
      expect((await page({ content: null, status: null, parent_id: 65_601 })).status).toBe(200);
      expect(written()).toContain('"65601"');
    });

    it("a number is an id in Atlassian's own body, too", async () => {
      const body = { storage: { representation: 'storage', value: '' } };
      const raw = { spaceId: 32_769, parentId: 65_601, title: title(), body };
      expect((await create(stage, 'confluence', raw)).status).toBe(200);
    });

    it('a misspelt name is refused with the right one, and nothing is sent', async () => {
      for (const [refused, right] of [
        [issue({ sumary: 'y' }), 'summary'],
        [issue({ project_key: 'OPS' }), 'project'],
        [issue({ issuetype: 'Bug' }), 'type'],
        [page({ space_key: 'HR' }), 'space'],
        [page({ body: 'Hello' }), 'content'],
        [page({ parentID: '65601' }), 'parent_id'],
      ] as const) {
        const { status, body } = await refused;
        const problems = body.details?.problems as { nearest?: string; message: string }[];
        const isNamed = problems.some(({ nearest, message }) => nearest === right || message.includes(right));
        expect({ right, status, isNamed }).toEqual({ right, status: 400, isNamed: true });
      }
      expect(stage.sandbox.requests).toEqual([]);
    });

    it('line ends stay, breaks are breaks, and comments are not published', async () => {
      const text = 'Env: prod\nVersion: 1.2\n\n<!-- hidden -->\n\n| a |\n|---|\n| one<br>two |';
      expect((await issue({ description: text })).status).toBe(200);
      expect(written()).not.toMatch(/hidden|<br>|prod Version/);
      if (onCloud)
        expect(written()).toContain(
          '{"type":"text","text":"Env: prod"},{"type":"hardBreak"},{"type":"text","text":"Version: 1.2"}',
        );
      expect((await page({ content: text })).status).toBe(200);
      expect(written()).toContain('one<br />two');
      expect(written()).not.toContain('hidden');
    });

    it('a comment is not published wherever it stands', async () => {
      for (const text of [
        '1. one\n2. two\n<!-- note:\n\nhidden\n-->\n## Next',
        '- x\n  - y\n<!-- a\n\nhidden -->\nz',
        '> - x\n> <!-- a\n>\n> hidden -->\n> z',
        '<!-- a --> <!-- b\n\nhidden -->\n\nc',
      ]) {
        expect((await page({ content: text })).status).toBe(200);
        expect({ text, writtenIncludesHidden: written().includes('hidden') }).toEqual({
          text,
          writtenIncludesHidden: false,
        });
        expect((await issue({ description: text })).status).toBe(200);
        expect({ text, writtenIncludesHidden: written().includes('hidden') }).toEqual({
          text,
          writtenIncludesHidden: false,
        });
      }
    });

    it('no address is lost, and none runs', async () => {
      const text =
        '[the runbook](docs/runbook.md) [dump](ftp://h.example/x) ![error](shot.png) [bad](javascript:alert(1))';
      for (const send of [() => issue({ description: text }), () => page({ content: text })]) {
        expect((await send()).status).toBe(200);
        for (const address of ['docs/runbook.md', 'ftp:', 'h.example/x', 'shot.png'])
          expect(written()).toContain(address);
        expect(written()).not.toMatch(/"href":"(?:javascript|ftp)|\[bad\||href=\\"javascript/);
      }
    });

    it('Confluence gets native tasks, images and anchors', async () => {
      const content =
        '- [ ] tag\n- [x] announce\n\n![chart](https://example.com/c.png)\n\n[below](#second-part)\n\n## Second part';
      expect((await page({ content })).status).toBe(200);
      for (const piece of [
        '<ac:task-list>',
        '<ac:task-status>complete<',
        '<ri:url ri:value=',
        'ac:name=\\"anchor\\"',
        'ac:anchor=',
      ]) {
        expect(written()).toContain(piece);
      }
    });

    it('a code block names a language that the product knows, or none', async () => {
      const fence = (language: string) => `\`\`\`${language}\nx = 1\n\`\`\``;
      expect((await page({ content: fence('json') })).status).toBe(200);
      expect(written().includes('ac:name=\\"language\\"')).toBe(onCloud);
      expect((await page({ content: fence('  python  title=x') })).status).toBe(200);
      expect(written()).toContain('ac:name=\\"language\\"');
      expect((await issue({ description: fence('klingon') })).status).toBe(200);
      if (!onCloud) expect(written()).not.toContain('klingon');
    });

    it('control characters in a title are refused, and line ends in a summary become blanks', async () => {
      expect((await page({ title: 'A\u0000B' })).status).toBe(400);
      expect((await issue({ summary: 'A\u0007B' })).status).toBe(400);
      expect((await issue({ summary: null, fields: { summary: 'A\u0000B' } })).status).toBe(400);
      const { status, body } = await issue({ summary: 'One\r\ntwo' });
      expect({ status, title: body.title }).toEqual({ status: 200, title: 'One two' });
    });

    it('a space is found by its key in any case, by digits that are its key, by its id, and by its alias', async () => {
      const spaces = [
        'devops',
        'DEVOPS',
        'DevOps',
        '2024',
        2024,
        '32769',
        'eng',
        ...(onCloud ? ['PEOPLE', 'people', 'hr'] : ['HR']),
      ];
      for (const space of spaces) {
        const { status, body } = await page({ space });
        expect({ space, status, message: body.message }).toEqual({ space, status: 200, message: undefined });
      }
      const { status, body } = await page({ space: 'nowhere' });
      expect({ status, code: body.code }).toEqual({ status: 404, code: 'NOT_FOUND' });
    });
  });
});

describe('A policy that names a space', () => {
  const stage = sharedStage({}, async (own) => {
    await connectBoth(own);
    own.sandbox.setSpaceAlias('acme', 'ENG', 'PLATFORM');
  });
  const allow = (spaces: string[]) =>
    stage.call('/tenants/default/policy', { method: 'PUT', body: { confluence: { spaces } } });
  const list = async (path: string) => (await stage.call<{ id: string; key?: string }[]>(path)).body;

  it.each([['ENG'], ['PLATFORM'], ['platform']])(
    'as %s holds for a renamed space by either of its names',
    async (name) => {
      await allow([name]);
      expect((await list('/connectors/confluence/spaces')).map(({ key }) => key)).toEqual(['PLATFORM']);
      expect((await list('/connectors/confluence/search?q=order+service')).map(({ id }) => id)).toEqual(['65606']);
      expect((await list('/connectors/confluence/search')).length).toBe(10);
      for (const space of ['ENG', 'PLATFORM', 'eng', '32769']) {
        const { status } = await stage.call('/connectors/confluence/create', { body: { space, title: title() } });
        expect({ space, status }).toEqual({ space, status: 200 });
      }
      expect(
        (await stage.call('/connectors/confluence/create', { body: { space: 'HR', title: title() } })).status,
      ).toBe(403);
      const ofHr = await list(
        `/connectors/confluence/search?q=${encodeURIComponent(`${stage.sandbox.siteUrl('acme')}/wiki/spaces/HR/pages/65802`)}`,
      );
      expect(ofHr).toEqual([]);
    },
  );

  it('lets a page be made below a folder of it, and of no other', async () => {
    await allow(['ENG']);
    const inside = stage.sandbox.addFolder('acme', { space: 'ENG', title: 'Inside' });
    const outside = stage.sandbox.addFolder('acme', { space: 'HR', title: 'Outside' });
    const below = async (parent_id: string) =>
      (await stage.call('/connectors/confluence/create', { body: { space: 'ENG', title: title(), parent_id } })).status;
    expect({ inside: await below(inside), outside: await below(outside) }).toEqual({ inside: 200, outside: 403 });
  });
});

describe('Spaces', () => {
  const stage = sharedStage({}, async (own) => {
    await connectBoth(own);
    own.sandbox.addSpace('acme', { key: 'OLD', name: 'An old one', status: 'archived', pages: [{ title: 'Home' }] });
    for (let number = 1; number <= 7; number++) {
      own.sandbox.addSpace('acme', { key: `TEAM${number}`, name: `Team ${number}`, pages: [{ title: 'Home' }] });
    }
  });
  const keys = async (query: string) => {
    const { body } = await stage.call<{ key: string; status: string }[]>(
      `/connectors/confluence/spaces?limit=50&${query}`,
    );
    return body.map(({ key, status }) => (status === 'current' ? key : `${key} ${status}`));
  };

  it('are the current ones unless others are asked for', async () => {
    expect(await keys('')).not.toContain('OLD archived');
    expect(await keys('status=archived')).toEqual(['OLD archived']);
    expect((await keys('status=any')).length).toBe(10);
    expect((await stage.call('/connectors/confluence/spaces?status=all')).status).toBe(400);
  });

  it('are found by a part of their key or name, page by page', async () => {
    expect(await keys('q=engineer')).toEqual(['ENG']);
    expect(await keys('q=HR')).toEqual(['HR']);
    const pages: string[][] = [];
    let cursor = '';
    do {
      const path = `/connectors/confluence/spaces?q=team&limit=3${cursor && `&cursor=${cursor}`}`;
      const { body, headers } = await stage.call<{ key: string }[]>(path);
      pages.push(body.map(({ key }) => key));
      cursor = headers.get('x-next-cursor') ?? '';
    } while (cursor !== '');
    expect(pages).toEqual([['TEAM1', 'TEAM2', 'TEAM3'], ['TEAM4', 'TEAM5', 'TEAM6'], ['TEAM7']]);
  });
});
