import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectAs, DEPLOYMENT_KINDS, describeAccounts, patchConnection, siteUrl } from '../support/accounts.ts';
import { type CallOptions, type ErrorBody, type Stage, sharedStage } from '../support/harness.ts';
import { hideThings, setPolicy } from './policy-stage.ts';

interface Call {
  tool: string;
  args: Record<string, string>;
}

interface Fetched extends Call {
  result: Record<string, unknown>;
  candidates?: Call[];
}

const fetched = async (stage: Stage, reference: unknown, options: Partial<CallOptions> & { args?: object } = {}) => {
  const { args, ...others } = options;
  const body = { tool: 'atlassian.fetch', args: { reference, ...args } };
  const answer = await stage.call<Fetched & ErrorBody>('/connectors/tools/invoke', { body, ...others });
  return { status: answer.status, body: answer.body };
};

const issue = (key: string): Call => ({ tool: 'jira.get', args: { issue: key } });
const page = (id: string): Call => ({ tool: 'confluence.get', args: { page: id } });
const board = (id: string): Call => ({ tool: 'jira.board_get', args: { board: id } });
const search = (q: string): Call => ({ tool: 'jira.search', args: { q } });
const project = (key: string): Call => ({ tool: 'jira.project_get', args: { project: key } });
const space = (key: string): Call => ({ tool: 'confluence.space_get', args: { space: key } });
const searches = (q: string): Call[] => ['jira.search', 'confluence.search'].map((tool) => ({ tool, args: { q } }));

const tinyCode = (id: number) => Buffer.from(Uint32Array.of(id).buffer).toString('base64').replace(/A*=*$/, '');

describeAccounts(
  'atlassian.fetch',
  ({ kind, stage, isCloud, baseUrl }) => {
    beforeAll(() => void hideThings(stage, kind));
    beforeEach(async () => {
      await setPolicy(stage, {});
      stage.sandbox.clearRequests();
    });
    const jira = () => baseUrl(stage, 'jira');
    const wiki = () => `${baseUrl(stage, 'confluence')}${isCloud ? '/wiki' : ''}`;

    it.each<[string, () => unknown, Call]>([
      ['a key', () => 'DEMO-4', issue('DEMO-4')],
      ['a key in lower case', () => ' demo-4 ', issue('DEMO-4')],
      ['a key with its title', () => '[DEMO-4] Login fails', issue('DEMO-4')],
      ['a key that is said to be one', () => 'issue demo-4', issue('DEMO-4')],
      ['the id of an issue that is said to be one', () => 'issue 10104', issue('10104')],
      ['an address of an issue', () => `${jira()}/browse/DEMO-4`, issue('DEMO-4')],
      ['one without its scheme', () => `${jira().replace(/^http:\/\//, '')}/browse/DEMO-4?x=1`, issue('DEMO-4')],
      ['one in a text', () => `[Login](${jira()}/browse/DEMO-4), see there`, issue('DEMO-4')],
      [
        'the address of a board that shows an issue',
        () => `${jira()}/jira/software/projects/DEMO/boards/1?selectedIssue=DEMO-4`,
        issue('DEMO-4'),
      ],
      ['the address of a board', () => `${jira()}/jira/software/projects/DEMO/boards/1`, board('1')],
      ['the address of a board of old', () => `${jira()}/jira/software/c/projects/DEMO/boards/1/backlog`, board('1')],
      ['the address of a board by form', () => `<${jira()}/secure/RapidBoard.jspa?rapidView=1>`, board('1')],
      [
        'the address of a board by form that shows an issue',
        () => `${jira()}/secure/RapidBoard.jspa?rapidView=1&selectedIssue=DEMO-4`,
        issue('DEMO-4'),
      ],
      [
        'the address of a board that is not there',
        () => `${jira()}/jira/software/projects/DEMO/boards/999`,
        project('DEMO'),
      ],
      ['the address of a filter', () => `${jira()}/issues/?filter=10000`, search('filter = 10000')],
      [
        'the address of a filter by form',
        () => `${jira()}/secure/IssueNavigator.jspa?requestId=10000`,
        search('filter = 10000'),
      ],
      [
        "the address of one of Jira's own filters",
        () => `${jira()}/issues/?filter=-2`,
        search('reporter = currentUser() ORDER BY created DESC'),
      ],
      ['the address of a comment on an issue', () => `${jira()}/browse/DEMO-4?focusedCommentId=10001`, issue('DEMO-4')],
      [
        'the address of a comment on a page',
        () => `${wiki()}/spaces/ENG/pages/65602/x?focusedCommentId=7`,
        page('65602'),
      ],
      ['an issue as the API has it', () => `${jira()}/rest/api/${isCloud ? 3 : 2}/issue/10104`, issue('10104')],
      ['a project as the API has it', () => `${jira()}/rest/api/2/project/10000`, project('10000')],
      ['a board as the API has it', () => `${jira()}/rest/agile/1.0/board/1`, board('1')],
      ['a page as the API has it', () => `${wiki()}/rest/api/content/65602`, page('65602')],
      ['a space that is said to be one with a colon', () => 'space: ENG', space('ENG')],
      ['a project that is said to be one with a colon', () => 'Project:DEMO', project('DEMO')],
      ['an issue that is said to be one with a colon', () => 'issue: DEMO-4', issue('DEMO-4')],
      ['the address of a file of a page', () => `${wiki()}/download/attachments/65602/DEMO-4`, page('65602')],
      ['the address of a picture of a page', () => `${wiki()}/download/thumbnails/65602/a.png`, page('65602')],
      ['the address of a folder', () => `${wiki()}/spaces/ENG/folder/65602`, space('ENG')],
      ['the address of a whiteboard', () => `<${wiki()}/spaces/ENG/whiteboard/77>`, space('ENG')],
      ['the address of the posts of a month', () => `${wiki()}/spaces/ENG/blog/2026/01`, space('ENG')],
      ['the address of a project', () => `${jira()}/projects/DEMO/summary`, project('DEMO')],
      ['a project that is said to be one', () => 'Project demo', project('demo')],
      ['the key of a project', () => 'DEMO', project('DEMO')],
      ['an id', () => 65602, page('65602')],
      ['a page that is said to be one', () => 'page 65602', page('65602')],
      ['the address of a page', () => `${wiki()}/spaces/ENG/pages/65602/DEMO-4`, page('65602')],
      ['the address of a page of old', () => `${wiki()}/pages/viewpage.action?pageId=65602`, page('65602')],
      ['a short link', () => `${wiki()}/x/${tinyCode(65_602)}`, page('65602')],
      ['a space that is said to be one', () => 'space eng', space('eng')],
      ['the key of a space', () => 'ENG', space('ENG')],
      ['the address of a space', () => `${wiki()}/spaces/ENG/overview`, space('ENG')],
      ['the address of a space of old', () => `${wiki()}/display/ENG`, space('ENG')],
    ])('gives what %s leads to, with the tool that gave it', async (_what, reference, call) => {
      const { status, body } = await fetched(stage, reference());
      expect({ status, tool: body.tool, args: body.args }).toEqual({ status: 200, ...call });
      const alone = await stage.call('/connectors/tools/invoke', { body: call });
      expect(body.result).toEqual(alone.body);
    });

    it.each(['~anna', '~john.doe', '~7120203b8f6d1e90a44c57b2d36e1f0a9c8b75', '~j_doe-2', '~jo@example.com'])(
      'looks for the personal space %s, by its key alone and where it is said to be one',
      async (key) => {
        for (const reference of [key, `space ${key}`, `space: ${key}`]) {
          const { status, body } = await fetched(stage, reference);
          expect({ status, details: body.details }).toMatchObject({ status: 404, details: space(key) });
        }
      },
    );

    it('says which comment an address points to', async () => {
      const ofIssue = await fetched(stage, `${jira()}/browse/DEMO-4?focusedCommentId=10001&page=x#comment-10001`);
      expect(ofIssue.body).toMatchObject({ ...issue('DEMO-4'), comment: '10001' });
      const ofPage = await fetched(stage, `${wiki()}/spaces/ENG/pages/65602/x?focusedCommentId=7`);
      expect(ofPage.body).toMatchObject({ ...page('65602'), comment: '7' });
      expect('comment' in (await fetched(stage, 'DEMO-4')).body).toBe(false);
    });

    it('says of a short link that only Confluence can follow what to send', async () => {
      const { status, body } = await fetched(stage, `${baseUrl(stage, 'confluence')}/wiki/l/cp/Ab12cDEf`);
      expect({ status, message: body.message }).toEqual({
        status: 400,
        message: expect.stringContaining(isCloud ? 'open it in a browser' : 'reference: '),
      });
    });

    it('gives a page by the space and title in its address', async () => {
      const { title } = (await fetched(stage, '65602')).body.result;
      const { body } = await fetched(stage, `${wiki()}/display/ENG/${encodeURIComponent(String(title))}`);
      expect(body).toMatchObject({ tool: 'confluence.get', args: { space: 'ENG', title }, result: { id: '65602' } });
    });

    it('gives a blog post by its address', async () => {
      const posts = await stage.call<{ items: { id: string; url: string }[] }>('/connectors/tools/invoke', {
        body: { tool: 'confluence.blogposts', args: { space: 'ENG', limit: 1 } },
      });
      const [{ id, url } = { id: '', url: '' }] = posts.body.items;
      const { body } = await fetched(stage, url);
      // Data Center's address has no id.
      expect(body).toMatchObject({ ...page(isCloud ? id : url), result: { id, type: 'blogpost' } });
      expect((await fetched(stage, `<${url}>`)).body.result).toEqual(body.result);
    });

    it('gives what the search finds that an address shows', async () => {
      const jql = 'project = DEMO ORDER BY created';
      const { body } = await fetched(stage, `${jira()}/issues/?jql=${encodeURIComponent(jql)}`);
      expect(body).toMatchObject({ tool: 'jira.search', args: { q: jql }, result: { items: expect.any(Array) } });
    });

    it('gives the id of an issue where no page has it, and names the other reading of one that a page has', async () => {
      expect((await fetched(stage, '10104')).body).toMatchObject({ ...issue('10104'), result: { id: 'DEMO-4' } });
      expect((await fetched(stage, '65602')).body.candidates).toEqual([issue('65602')]);
    });

    it('names the other issues that were pasted with the first', async () => {
      expect((await fetched(stage, 'DEMO-4, DEMO-5')).body).toMatchObject({
        ...issue('DEMO-4'),
        candidates: [issue('DEMO-5')],
      });
    });

    it('gives the view that is asked for', async () => {
      const { result } = (await fetched(stage, 'DEMO-4', { args: { view: 'brief' } })).body;
      const args = { issue: 'DEMO-4', view: 'brief' };
      expect(result).toEqual((await stage.call('/connectors/tools/invoke', { body: { tool: 'jira.get', args } })).body);
    });

    it('says which sites are connected where an address is of another', async () => {
      const { status, body } = await fetched(stage, 'https://elsewhere.example/browse/DEMO-4');
      const sites = [...new Set([baseUrl(stage, 'jira'), baseUrl(stage, 'confluence')])];
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'VALIDATION' });
      expect([...new Set(body.details?.sites as string[])].sort()).toEqual(sites.sort());
      for (const site of sites) expect(body.message).toContain(site);
      expect(stage.sandbox.requests).toEqual([]);
    });

    it('names the issues on a board, those of the sprint that its address is about first, and its project', async () => {
      const { body } = await fetched(stage, `${jira()}/jira/software/projects/DEMO/boards/1/reports/sprint?sprint=2`);
      expect(body).toMatchObject({ ...board('1'), result: { id: '1', title: 'Demo Shop' } });
      expect(body.candidates).toEqual([
        project('DEMO'),
        { tool: 'jira.sprint_issues', args: { sprint: '2' } },
        { tool: 'jira.board_issues', args: { board: '1' } },
      ]);
    });

    it.each([
      ['a file of an issue', () => `${jira()}/secure/attachment/10001/screen-1`],
      ['a file of an issue as the API has it', () => `${jira()}/rest/api/3/attachment/content/65602`],
      ['a picture of one', () => `${jira()}/rest/api/3/attachment/thumbnail/65602`],
      ['a person', () => `${jira()}/jira/people/5b10ac8d82e05b22cc7d4ef5`],
      ['a person of Confluence', () => `${wiki()}/people/5b10ac8d82e05b22cc7d4ef5`],
      ['a dashboard', () => `${jira()}/jira/dashboards/10001`],
    ])('takes the address of %s for nothing else', async (_what, reference) => {
      const { status, body } = await fetched(stage, reference());
      expect({ status, parameter: body.details?.parameter }).toEqual({ status: 400, parameter: 'reference' });
    });

    it('tells of no board that the policy hides, but of the project that its address names', async () => {
      await setPolicy(stage, { jira: { projects: ['DEMO'] } });
      for (const hidden of [2, 3, 999]) {
        const alone = await fetched(stage, `${jira()}/secure/RapidBoard.jspa?rapidView=${hidden}`);
        expect({ status: alone.status, rule: alone.body.details?.rule }).toEqual({
          status: 403,
          rule: 'jira.projects',
        });
        const named = await fetched(stage, `${jira()}/jira/software/projects/DEMO/boards/${hidden}`);
        expect(named.body).toMatchObject({ ...project('DEMO'), result: { key: 'DEMO' } });
      }
    });

    it('names searches for what is no reference', async () => {
      const { status, body } = await fetched(stage, 'login fails');
      expect({ status, code: body.code, candidates: body.details?.candidates, hint: body.details?.hint }).toEqual({
        status: 400,
        code: 'VALIDATION',
        candidates: searches('login fails'),
        hint: 'Call one of candidates.',
      });
    });

    it.each(['DEMO-', 'project = DEMO', 'project == DEMO', 'space in (ENG)', 'page Onboarding', 'issue tracker'])(
      'takes no %s',
      async (reference) => {
        const { status, body } = await fetched(stage, reference);
        expect({ status, parameter: body.details?.parameter }).toEqual({ status: 400, parameter: 'reference' });
      },
    );

    it('names searches for a word or number that nothing has', async () => {
      for (const reference of ['NOWHERE', '99999999']) {
        const { status, body } = await fetched(stage, reference);
        expect({ status, candidates: body.details?.candidates }).toEqual({
          status: 404,
          candidates: searches(reference),
        });
      }
    });

    it('tells which call failed, and teaches what that one would', async () => {
      const { body } = await fetched(stage, 'project DEMOO');
      expect(body).toMatchObject({
        code: 'NOT_FOUND',
        details: { ...project('DEMOO'), candidates: expect.arrayContaining(['DEMO']) },
      });
    });

    it.each<[string, () => string, string]>([
      ['an issue', () => `${jira()}/browse/SECRET-1`, 'jira.projects'],
      ['a project', () => 'project SECRET', 'jira.projects'],
      ['a project that may be a space', () => 'SECRET', 'jira.projects'],
      ['a space', () => 'space VAULT', 'confluence.spaces'],
      ['a space that is not there', () => 'space NOWHERE', 'confluence.spaces'],
      ['a page', () => '65816', 'confluence.spaces'],
      ['a page that is not there', () => '99999999', 'confluence.spaces'],
    ])('does not tell of %s that the policy hides', async (_what, reference, rule) => {
      await setPolicy(stage, { jira: { projects: ['DEMO'] }, confluence: { spaces: ['ENG'] } });
      const { status, body } = await fetched(stage, reference());
      expect({ status, rule: body.details?.rule }).toEqual({ status: 403, rule });
    });

    it.each([
      { what: 'the policy denies', policy: { tools: { deny: ['jira.get'] } }, headers: {}, rule: 'tools.deny' },
      {
        what: 'the policy does not allow',
        policy: { tools: { allow: ['atlassian.fetch'] } },
        headers: {},
        rule: 'tools.allow',
      },
      { what: 'the request leaves out', policy: {}, headers: { 'x-tools': 'atlassian.fetch' }, rule: 'X-Tools' },
    ])('runs no tool that $what', async ({ policy, headers, rule }) => {
      await setPolicy(stage, policy);
      const { status, body } = await fetched(stage, 'DEMO-4', { headers });
      expect({ status, rule: body.details?.rule, tool: body.details?.tool }).toEqual({
        ...{ status: 403, rule, tool: 'jira.get' },
      });
      expect(stage.sandbox.requests).toEqual([]);
    });

    it('names no tool that may not be called', async () => {
      const options = { headers: { 'x-tools': 'atlassian.fetch,jira.search' } };
      const { body } = await fetched(stage, 'login fails', options);
      expect(body.details?.candidates).toEqual(searches('login fails').slice(0, 1));
    });
  },
  DEPLOYMENT_KINDS,
);

describe('atlassian.fetch where one product is connected', () => {
  const stage = sharedStage({}, async (own) => {
    await connectAs(own, 'Cloud OAuth', 'jira');
    await connectAs(own, 'Cloud OAuth', 'confluence', { tenant: 'pages' });
  });
  const isOffered = async (tenant?: string) => {
    const { body } = await stage.call<{ available: boolean }>('/connectors/tools/atlassian.fetch', { tenant });
    return body.available;
  };

  it('is available, and where none is, it is not', async () => {
    expect([await isOffered(), await isOffered('pages'), await isOffered('nobody')]).toEqual([true, true, false]);
  });

  it('gives what lies there', async () => {
    expect((await fetched(stage, '10104')).body).toMatchObject({ ...issue('10104'), result: { id: 'DEMO-4' } });
    expect((await fetched(stage, '65602', { tenant: 'pages' })).body).toMatchObject(page('65602'));
  });

  it.each([
    { tenant: 'default', path: 'wiki/spaces/ENG/pages/65602/DEMO-4', provider: 'confluence' },
    { tenant: 'pages', path: 'browse/DEMO-4', provider: 'jira' },
    { tenant: 'nobody', path: 'browse/DEMO-4', provider: 'jira' },
  ])('says what is not connected for /$path', async ({ tenant, path, provider }) => {
    const { body } = await fetched(stage, `${siteUrl(stage, 'acme')}/${path}`, { tenant });
    expect({ code: body.code, provider: body.details?.provider }).toEqual({ code: 'NOT_CONNECTED', provider });
  });
});

describe('atlassian.fetch where the products are connected to different sites', () => {
  const stage = sharedStage({}, async (own) => {
    await connectAs(own, 'Cloud OAuth', 'jira');
    await connectAs(own, 'Cloud OAuth', 'confluence');
    const { status } = await patchConnection(own, 'confluence', { base_url: siteUrl(own, 'globex') });
    expect(status).toBe(200);
    own.sandbox.clearRequests();
  });

  it.each(['acme/wiki/spaces/ENG/pages/75001/DEMO-4', 'globex/browse/DEMO-4'])(
    'looks for what /%s leads to on no other site than its own',
    async (path) => {
      const { status, body } = await fetched(stage, siteUrl(stage, path));
      expect({ status, sites: body.details?.sites }).toEqual({
        status: 400,
        sites: [siteUrl(stage, 'globex'), siteUrl(stage, 'acme')],
      });
      expect(stage.sandbox.requests).toEqual([]);
    },
  );

  it('gives what lies on each', async () => {
    expect((await fetched(stage, siteUrl(stage, 'acme/browse/DEMO-4'))).body).toMatchObject(issue('DEMO-4'));
    expect((await fetched(stage, siteUrl(stage, 'globex/wiki/spaces/GLX/pages/75001'))).body).toMatchObject(
      page('75001'),
    );
  });
});
