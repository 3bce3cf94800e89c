import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACME, Bench, GLOBEX, jira, type Tokens, wiki } from '../harness.ts';

let bench: Bench;
let anna: Tokens;
beforeAll(async () => {
  bench = await Bench.start();
  anna = await bench.connect();
});
afterAll(() => bench.sandbox.close());

const NO_SCOPE = { code: 401, message: 'Unauthorized; scope does not match' };

describe('scopes', () => {
  const cases: { method: string; path: string; enough: string; notEnough: string }[] = [
    { method: 'GET', path: jira('/myself'), enough: 'read:jira-user', notEnough: 'read:jira-work write:jira-work' },
    {
      method: 'GET',
      path: jira('/project/search'),
      enough: 'read:jira-work',
      notEnough: 'write:jira-work read:jira-user',
    },
    {
      method: 'GET',
      path: jira('/search/jql?jql=project=DEMO'),
      enough: 'read:jira-work',
      notEnough: 'write:jira-work read:jira-user',
    },
    {
      method: 'POST',
      path: jira('/search/jql'),
      enough: 'read:jira-work',
      notEnough: 'write:jira-work read:jira-user',
    },
    {
      method: 'GET',
      path: jira('/issue/picker'),
      enough: 'read:jira-work',
      notEnough: 'write:jira-work read:jira-user',
    },
    {
      method: 'GET',
      path: jira('/issue/DEMO-1'),
      enough: 'read:jira-work',
      notEnough: 'write:jira-work read:jira-user',
    },
    { method: 'POST', path: jira('/issue'), enough: 'write:jira-work', notEnough: 'read:jira-work read:jira-user' },
    {
      method: 'GET',
      path: wiki('/rest/api/user/current'),
      enough: 'read:confluence-user',
      notEnough: 'search:confluence read:page:confluence',
    },
    {
      method: 'GET',
      path: wiki('/rest/api/user/current'),
      enough: 'read:content-details:confluence',
      notEnough: 'search:confluence',
    },
    {
      method: 'GET',
      path: wiki('/rest/api/search?cql=type=page'),
      enough: 'search:confluence',
      notEnough: 'read:page:confluence read:space:confluence',
    },
    {
      method: 'GET',
      path: wiki('/api/v2/spaces'),
      enough: 'read:space:confluence',
      notEnough: 'search:confluence read:page:confluence',
    },
    {
      method: 'POST',
      path: wiki('/api/v2/pages'),
      enough: 'write:page:confluence',
      notEnough: 'read:page:confluence read:space:confluence',
    },
    {
      method: 'GET',
      path: wiki('/api/v2/pages/65601'),
      enough: 'read:page:confluence',
      notEnough: 'write:page:confluence read:space:confluence',
    },
  ];
  it.each(cases)('$method $path needs $enough', async ({ method, path, enough, notEnough }) => {
    const own = await Bench.start();
    const send = (scope: string) =>
      own
        .connect('anna', scope)
        .then(({ access_token }) =>
          method === 'GET' ? own.get(path, access_token) : own.post(path, access_token, {}),
        );
    const refused = await send(notEnough);
    expect({ status: refused.status, body: refused.body }).toEqual({ status: 401, body: NO_SCOPE });
    // An empty POST is faulty, but it gets past the gateway to be told so.
    expect((await send(enough)).status).toBe(method === 'GET' ? 200 : 400);
    await own.sandbox.close();
  });

  it('serverInfo needs none', async () => {
    const { access_token } = await bench.connect('bob', 'search:confluence');
    const answer = await bench.get(jira('/serverInfo'), access_token);
    expect(answer.body).toMatchObject({ deploymentType: 'Cloud', baseUrl: `${bench.base}/site/acme` });
  });
});

describe('tokens and sites', () => {
  it.each([
    ['no token', null],
    ['a token that is none', 'nonsense'],
    ['a token with bad characters', 'a.b.c d'],
  ])('refuses %s', async (_, token) => {
    const answer = await bench.get(jira('/myself'), token);
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 401,
      body: { code: 401, message: 'Unauthorized' },
    });
  });

  it('takes an unknown token of the right form for an expired one', async () => {
    bench.sandbox.setExpiredTokenStatus(403);
    expect((await bench.get(jira('/myself'), 'eyJ0.eyJ1.c2ln')).status).toBe(403);
    bench.sandbox.setExpiredTokenStatus(401);
  });

  it('refuses another scheme than Bearer', async () => {
    const basic = await bench.send('GET', jira('/myself'), null, undefined, { authorization: 'Basic YTpi' });
    expect(basic.status).toBe(401);
  });

  it('hides sites and products the user does not reach', async () => {
    const carol = (await bench.connect('carol')).access_token;
    const nowhere = { cloudId: '00000000-0000-4000-8000-000000000000' };
    expect((await bench.get(jira('/myself'), carol)).status).toBe(200);
    for (const path of [jira('/myself', GLOBEX), jira('/myself', nowhere), wiki('/rest/api/user/current')]) {
      const answer = await bench.get(path, carol);
      expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 404, code: 404 });
    }
    expect((await bench.get(`/ex/bitbucket/${ACME.cloudId}/x`, carol)).status).toBe(404);
  });

  it('loses a site midway', async () => {
    const own = await Bench.start();
    const { access_token } = await own.connect();
    own.sandbox.removeSiteAccess('anna', ACME.cloudId);
    expect((await own.get(jira('/myself'), access_token)).status).toBe(404);
    expect((await own.get(jira('/myself', GLOBEX), access_token)).status).toBe(200);
    await own.sandbox.close();
  });

  it('keeps the sites apart', async () => {
    const projects = async (site: typeof ACME | typeof GLOBEX) =>
      (await bench.get(jira('/project/search', site), anna.access_token)).body.values.map(
        (p: { key: string }) => p.key,
      );
    expect(await projects(ACME)).toEqual(['DEMO', 'OPS', 'WEB']);
    expect(await projects(GLOBEX)).toEqual(['GLX']);
  });
});

describe('refusals', () => {
  const ofJira = ({ errorMessages }: { errorMessages: string[] }) => errorMessages[0];
  const ofV1 = ({ message }: { message: string }) => message;
  const ofV2 = ({ errors }: { errors: { title: string }[] }) => errors[0]?.title;
  const ofTokens = ({ error_description }: { error_description: string }) => error_description;
  interface Refusal {
    method: string;
    what: string;
    path: string;
    status: number;
    /** Where the product has its message. */
    read: (body: never) => string | undefined;
    words: string;
  }
  const cases: Refusal[] = [
    { method: 'GET', what: 'jira path', path: jira('/priority'), status: 404, read: ofJira, words: 'no such path' },
    { method: 'POST', what: 'jira method', path: jira('/myself'), status: 405, read: ofJira, words: 'POST' },
    { method: 'GET', what: 'jira query', path: jira('/myself?expnd=x'), status: 400, read: ofJira, words: 'expnd' },
    {
      method: 'GET',
      what: 'confluence v1 path',
      path: wiki('/rest/api/group'),
      status: 404,
      read: ofV1,
      words: 'no such path',
    },
    {
      method: 'GET',
      what: 'confluence v1 query',
      path: wiki('/rest/api/search?q=x'),
      status: 400,
      read: ofV1,
      words: "'q'",
    },
    {
      method: 'GET',
      what: 'confluence v2 path',
      path: wiki('/api/v2/blogs'),
      status: 404,
      read: ofV2,
      words: 'no such path',
    },
    {
      method: 'PUT',
      what: 'confluence v2 method',
      path: wiki('/api/v2/spaces'),
      status: 405,
      read: ofV2,
      words: 'PUT',
    },
    {
      method: 'GET',
      what: 'confluence v2 query',
      path: wiki('/api/v2/spaces?key=ENG'),
      status: 400,
      read: ofV2,
      words: "'key'",
    },
    { method: 'GET', what: 'token endpoint method', path: '/oauth/token', status: 405, read: ofTokens, words: 'GET' },
    { method: 'POST', what: 'auth path', path: '/oauth/revoke', status: 404, read: ofV1, words: '/oauth/revoke' },
    { method: 'GET', what: 'other path', path: '/me', status: 404, read: ofV1, words: '/me' },
  ];
  it.each(cases)(
    '$method with an unknown $what is told in the shape of the product',
    async ({ method, path, status, read, words }) => {
      const answer = await bench.send(method, path, anna.access_token, method === 'POST' ? '{}' : undefined);
      expect(answer.status).toBe(status);
      const message = read(answer.body as never);
      expect(message).toMatch(/^sandbox: /);
      expect(message).toContain(words);
    },
  );

  it('names the legal method', async () => {
    const answer = await bench.send('DELETE', jira('/project/DEMO'), anna.access_token);
    expect({ status: answer.status, allow: answer.headers.get('allow') }).toEqual({ status: 405, allow: 'GET' });
  });

  it.each([
    ['startAt=x', 'integer'],
    ['maxResults=1.5', 'integer'],
    ['action=destroy', 'view, browse, edit, create'],
    ['startAt=1&startAt=2', 'repeated'],
    ['__proto__=1', 'unknown query parameter'],
    ['constructor=1', 'unknown query parameter'],
  ])('refuses the query %s', async (query, words) => {
    const answer = await bench.get(jira(`/project/search?${query}`), anna.access_token);
    expect(answer.status).toBe(400);
    expect(answer.body.errorMessages[0]).toContain(words);
  });

  it('refuses a path that is no valid percent-encoding', async () => {
    expect((await bench.get(jira('/issue/%E0%A4%A'), anna.access_token)).status).toBe(400);
  });

  it.each([
    ['GET', jira('/search?jql=x')],
    ['POST', jira('/search')],
    ['GET', wiki('/rest/api/content?type=page')],
    ['POST', wiki('/rest/api/content')],
    ['GET', wiki('/rest/api/content/65601')],
    ['GET', wiki('/rest/api/space')],
    ['GET', wiki('/rest/api/space/ENG')],
  ])('answers the removed %s %s with 410', async (method, path) => {
    const answer = await bench.send(method, path, anna.access_token);
    expect(answer.status).toBe(410);
    expect(answer.text).toContain('removed');
  });
});

describe('recording', () => {
  it('keeps what was sent and answered, the token only as a fingerprint', async () => {
    bench.sandbox.clearRequests();
    await bench.get(jira('/project/search?keys=A&keys=B&query=x'), anna.access_token);
    await bench.post(jira('/search/jql'), anna.access_token, { jql: 'project = DEMO' });
    const [first, second] = bench.sandbox.requests;
    expect(first).toMatchObject({
      method: 'GET',
      path: jira('/project/search'),
      query: { keys: ['A', 'B'], query: 'x' },
      body: undefined,
      status: 200,
      at: bench.now,
    });
    expect(first?.headers.authorization).toMatch(/^Bearer [0-9a-f]{8}$/);
    expect(second?.body).toEqual({ jql: 'project = DEMO' });
    expect(JSON.stringify(bench.sandbox.requests)).not.toContain(anna.access_token);
  });
});
