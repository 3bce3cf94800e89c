import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_USERS, sandboxApiTokens } from '../../../src/sandbox/sandbox.ts';
import { ACME, type Answer, Bench, GLOBEX, jira, wiki } from '../harness.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.sandbox.close());

const basic = (email: string, token: string) => `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`;
const unscoped = (user: string) => basic(sandboxApiTokens(user).email, sandboxApiTokens(user).unscoped);
const scoped = (user: string) => basic(sandboxApiTokens(user).email, sandboxApiTokens(user).scoped);

const call = (path: string, authorization: string | null, own = bench): Promise<Answer> =>
  own.send('GET', path, null, undefined, authorization === null ? {} : { authorization });
const post = (path: string, authorization: string, body: unknown): Promise<Answer> => {
  const headers = { authorization, 'content-type': 'application/json' };
  return bench.send('POST', path, null, JSON.stringify(body), headers);
};

const MYSELF = '/site/acme/rest/api/3/myself';
const WIKI_USER = '/site/acme/wiki/rest/api/user/current';

describe('sandboxApiTokens', () => {
  it('names two tokens of 192 characters for each user with a site, all different and always the same', () => {
    const tokens = ['anna', 'bob', 'carol'].map((name) => sandboxApiTokens(name));
    const values = tokens.flatMap((own) => [own.unscoped, own.scoped]);
    expect(new Set(values).size).toBe(6);
    for (const value of values) expect(value).toMatch(/^ATATT3[\w-]{186}$/);
    expect(tokens.map(({ email }) => email)).toEqual(['anna@example.com', 'bob@example.com', 'carol@example.com']);
    expect(sandboxApiTokens('anna')).toEqual(tokens[0]);
  });

  it('has none for a user without a site', () => {
    expect(() => sandboxApiTokens('dave')).toThrow("'dave' has no API tokens");
    expect(() => sandboxApiTokens('mallory')).toThrow("'mallory' has no API tokens");
  });
});

describe('the API on a site’s own URL', () => {
  it('takes an unscoped token with its owner’s email in any case', async () => {
    for (const user of SANDBOX_USERS.filter(({ name }) => name !== 'dave')) {
      const { email, unscoped: token } = sandboxApiTokens(user.name);
      const answer = await call(MYSELF, basic(email.toUpperCase(), token));
      expect({ status: answer.status, accountId: answer.body.accountId }).toEqual({
        status: 200,
        accountId: user.accountId,
      });
    }
    expect((await call(WIKI_USER, unscoped('bob'))).body.displayName).toBe('Bob Example');
  });

  it('serves the products’ own routes, with links that begin with the site’s URL', async () => {
    const site = `${bench.base}/site/acme`;
    const projects = await call('/site/acme/rest/api/3/project/search?maxResults=1', unscoped('anna'));
    expect(projects.body.nextPage).toBe(`${site}/rest/api/3/project/search?maxResults=1&startAt=1`);
    expect(projects.body.values[0].self).toMatch(`${site}/rest/api/3/project/`);
    const found = await call('/site/acme/wiki/rest/api/search?cql=type=page', unscoped('anna'));
    expect(found.body._links.base).toBe(`${site}/wiki`);
    expect((await call('/site/globex/wiki/api/v2/spaces', unscoped('anna'))).status).toBe(200);
    expect((await call('/site/acme/rest/api/3/search?jql=x', unscoped('anna'))).status).toBe(410);
    expect((await call('/site/acme/rest/api/3/priority', unscoped('anna'))).body.errorMessages[0]).toContain('no such');
  });

  it('creates as the owner', async () => {
    const fields = { project: { key: 'OPS' }, issuetype: { name: 'Task' }, summary: 'By token' };
    const created = await post('/site/acme/rest/api/3/issue', unscoped('bob'), { fields });
    expect({ status: created.status, self: created.body.self }).toEqual({
      status: 201,
      self: `${bench.base}/site/acme/rest/api/3/issue/${created.body.id}`,
    });
    const issue = await call(`/site/acme/rest/api/3/issue/${created.body.key}?fields=reporter`, unscoped('anna'));
    expect(issue.body.fields.reporter.displayName).toBe('Bob Example');
  });

  it.each([
    ['no credentials', () => null],
    ['a scoped token', () => scoped('anna')],
    ['another’s email', () => basic('bob@example.com', sandboxApiTokens('anna').unscoped)],
    ['an unknown token', () => basic('anna@example.com', 'ATATT3x')],
    ['no token', () => basic('anna@example.com', '')],
    ['something that is not base64', () => 'Basic ???'],
    ['the token as Bearer', () => `Bearer ${sandboxApiTokens('anna').unscoped}`],
  ])('refuses %s', async (_, credentials) => {
    for (const path of [MYSELF, WIKI_USER, '/site/acme/wiki/api/v2/spaces', '/site/acme/rest/api/3/search/jql?jql=x']) {
      expect((await call(path, credentials())).status).toBe(401);
    }
    expect((await call(MYSELF, credentials())).body).toEqual({
      errorMessages: ['Client must be authenticated to access this resource.'],
      errors: {},
    });
  });

  it('refuses a token of OAuth', async () => {
    const { access_token } = await bench.connect();
    expect((await bench.get(MYSELF, access_token)).status).toBe(401);
    expect((await bench.get(WIKI_USER, access_token)).status).toBe(401);
  });

  it('refuses users who do not reach the site or the product, and knows no other site', async () => {
    expect((await call('/site/globex/rest/api/3/myself', unscoped('carol'))).status).toBe(401);
    expect((await call(WIKI_USER, unscoped('carol'))).status).toBe(401);
    expect((await call('/site/nowhere/rest/api/3/myself', unscoped('anna'))).status).toBe(404);
  });

  it.each([2, 3])('tells version %i’s serverInfo to anybody', async (version) => {
    const path = `/site/acme/rest/api/${version}/serverInfo`;
    for (const credentials of [null, unscoped('anna')]) {
      const { status, body } = await call(path, credentials);
      expect({ status, deploymentType: body.deploymentType, baseUrl: body.baseUrl }).toEqual({
        status: 200,
        deploymentType: 'Cloud',
        baseUrl: `${bench.base}/site/acme`,
      });
    }
    expect((await call(path, basic('anna@example.com', 'wrong'))).status).toBe(401);
    expect((await call(`${path}?doHealthCheck=true`, null)).status).toBe(400);
  });

  it('leaves the pages below a site open', async () => {
    expect((await call('/site/acme/browse/DEMO-1', null)).status).toBe(200);
    expect((await call('/site/acme/wiki/spaces/HR', null)).headers.get('content-type')).toContain('text/html');
  });
});

describe('GET /_edge/tenant_info', () => {
  it('tells a site’s cloudId to anybody', async () => {
    const answer = await call('/site/globex/_edge/tenant_info', null);
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: { cloudId: GLOBEX.cloudId } });
    expect((await call('/site/nowhere/_edge/tenant_info', null)).status).toBe(404);
  });

  it('moves with a renamed site, as its API does', async () => {
    const own = await Bench.start();
    own.sandbox.renameSite(ACME.cloudId, 'moved');
    expect((await call('/site/moved/_edge/tenant_info', null, own)).body).toEqual({ cloudId: ACME.cloudId });
    expect((await call('/site/acme/_edge/tenant_info', null, own)).status).toBe(404);
    expect((await call('/site/moved/rest/api/3/myself', unscoped('anna'), own)).status).toBe(200);
    expect((await call(MYSELF, unscoped('anna'), own)).status).toBe(404);
    await own.sandbox.close();
  });
});

describe('a scoped token on the gateway', () => {
  it('reaches its user’s sites and products', async () => {
    expect((await call(jira('/myself'), scoped('anna'))).body.displayName).toBe('Anna Muster');
    expect((await call(wiki('/api/v2/spaces', GLOBEX), scoped('anna'))).status).toBe(200);
    expect((await call(jira('/myself', GLOBEX), scoped('carol'))).status).toBe(404);
    expect((await call(wiki('/rest/api/user/current'), scoped('carol'))).status).toBe(404);
  });

  it('works within its scopes', async () => {
    const own = await Bench.start();
    own.sandbox.setApiTokenScopes('anna', ['read:jira-work']);
    expect((await call(jira('/project/search'), scoped('anna'), own)).status).toBe(200);
    const refused = await call(jira('/myself'), scoped('anna'), own);
    expect({ status: refused.status, body: refused.body }).toEqual({
      status: 401,
      body: { code: 401, message: 'Unauthorized; scope does not match' },
    });
    expect((await call(MYSELF, unscoped('anna'), own)).status).toBe(200);
    expect((await call(jira('/myself'), scoped('bob'), own)).status).toBe(200);
    expect(() => own.sandbox.setApiTokenScopes('anna', ['read:everything'])).toThrow("no scope 'read:everything'");
    await own.sandbox.close();
  });

  it('works nowhere else, and no other does here', async () => {
    const refused = await call(jira('/myself'), unscoped('anna'));
    expect({ status: refused.status, body: refused.body }).toEqual({
      status: 401,
      body: { code: 401, message: 'Unauthorized' },
    });
    expect((await call(jira('/myself'), basic('bob@example.com', sandboxApiTokens('anna').scoped))).status).toBe(401);
    expect((await call('/oauth/token/accessible-resources', scoped('anna'))).status).toBe(401);
  });
});

it('ends a user’s tokens when they are revoked, and no other’s', async () => {
  const own = await Bench.start();
  own.sandbox.revokeApiTokens('anna');
  expect((await call(MYSELF, unscoped('anna'), own)).status).toBe(401);
  expect((await call(jira('/myself'), scoped('anna'), own)).status).toBe(401);
  expect((await call(MYSELF, unscoped('bob'), own)).status).toBe(200);
  await own.sandbox.close();
});

it('records the credentials only as a fingerprint', async () => {
  bench.sandbox.clearRequests();
  await call(MYSELF, unscoped('anna'));
  expect(bench.sandbox.requests[0]?.headers.authorization).toMatch(/^Basic [0-9a-f]{8}$/);
});
