import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sandboxApiTokens, sandboxPats } from '../../../src/sandbox/sandbox.ts';
import { ACME, Bench, type Json } from '../harness.ts';

const { email, unscoped, scoped } = sandboxApiTokens('anna');
const basic = (token: string) => ({ authorization: `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}` });
const pat = (product: 'jira' | 'confluence') => ({ authorization: `Bearer ${sandboxPats('anna')[product]}` });

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
  for (const site of ['acme', 'data-center']) {
    bench.sandbox.addProject(site, {
      key: 'OPEN',
      name: 'Open',
      public: true,
      issues: [{ summary: 'For all to see' }],
    });
  }
});
afterEach(() => bench.sandbox.close());

const SITE = '/site/acme/rest/api/3';
const DC = '/dc/jira/rest/api/2';
const get = (path: string, headers: Record<string, string>) => bench.send('GET', path, null, undefined, headers);
const reasons = ({ headers }: { headers: Headers }) => ({
  reason: headers.get('x-seraph-loginreason'),
  name: headers.get('x-ausername'),
});

describe('good credentials', () => {
  it('are told on a site and on the Data Center, whatever becomes of the call', async () => {
    const site = await get(`${SITE}/myself`, basic(unscoped));
    expect({ status: site.status, ...reasons(site), account: site.headers.get('x-aaccountid') }).toEqual({
      status: 200,
      reason: 'OK',
      name: null,
      account: site.body.accountId,
    });
    expect(reasons(await get(`${SITE}/issue/NONE-1`, basic(unscoped)))).toEqual({ reason: 'OK', name: null });
    expect(reasons(await get(`${DC}/myself`, pat('jira')))).toEqual({ reason: 'OK', name: 'anna' });
    expect(reasons(await get(`${DC}/issue/NONE-1`, pat('jira')))).toEqual({ reason: 'OK', name: 'anna' });
    expect(reasons(await get('/dc/confluence/rest/api/space', pat('confluence')))).toEqual({
      reason: 'OK',
      name: 'anna',
    });
  });

  it('are not needed for the server’s description, which says so on the Data Center', async () => {
    const open = await get(`${DC}/serverInfo`, {});
    expect({ status: open.status, ...reasons(open) }).toEqual({ status: 200, reason: null, name: 'anonymous' });
  });
});

describe('revoked credentials', () => {
  beforeEach(() => {
    bench.sandbox.revokeApiTokens('anna');
    bench.sandbox.revokeTokens('anna');
  });

  it('are 401 with the reason', async () => {
    const site = await get(`${SITE}/search/jql?jql=project=DEMO`, basic(unscoped));
    expect({ status: site.status, ...reasons(site) }).toEqual({
      status: 401,
      reason: 'AUTHENTICATED_FAILED',
      name: null,
    });
    const dc = await get(`${DC}/search?jql=project=DEMO`, pat('jira'));
    expect({ status: dc.status, ...reasons(dc) }).toEqual({
      status: 401,
      reason: 'AUTHENTICATED_FAILED',
      name: 'anonymous',
    });
  });

  it.each([
    { where: 'a site', base: SITE, headers: basic(unscoped), search: 'search/jql', name: null },
    {
      where: 'the gateway',
      base: `/ex/jira/${ACME.cloudId}/rest/api/3`,
      headers: basic(scoped),
      search: 'search/jql',
      name: null,
    },
    { where: 'the Data Center', base: DC, headers: pat('jira'), search: 'search', name: 'anonymous' },
  ])('are answered as an anonymous user is by $where, once asked for', async ({ base, headers, search, name }) => {
    bench.sandbox.answerAsAnonymous(true);
    const failed = { reason: 'AUTHENTICATED_FAILED', name };
    const all = await get(`${base}/${search}?jql=created>"2000-01-01"&fields=summary`, headers);
    expect({ status: all.status, ...reasons(all) }).toEqual({ status: 200, ...failed });
    expect(all.body.issues.map(({ key }: Json) => key)).toEqual(['OPEN-1']);
    const refused = await get(`${base}/${search}?jql=project=DEMO`, headers);
    expect({ status: refused.status, ...reasons(refused) }).toEqual({ status: 400, ...failed });
    expect(refused.body.errorMessages).toEqual(["The value 'DEMO' does not exist for the field 'project'."]);
    const issue = await get(`${base}/issue/DEMO-1`, headers);
    expect({ status: issue.status, ...reasons(issue) }).toEqual({ status: 404, ...failed });
    const picker = await get(`${base}/issue/picker?query=DEMO`, headers);
    const { issues } = picker.body.sections[1];
    expect({ status: picker.status, issues, ...reasons(picker) }).toEqual({ status: 200, issues: [], ...failed });
    const list = await get(`${base}/${name ? 'project' : 'project/search'}`, headers);
    expect((name ? list.body : list.body.values).map(({ key }: Json) => key)).toEqual(['OPEN']);
    const myself = await get(`${base}/myself`, headers);
    expect({ status: myself.status, ...reasons(myself) }).toEqual({ status: 401, ...failed });
  });

  it('create nothing, and see no space', async () => {
    bench.sandbox.answerAsAnonymous(true);
    const body = JSON.stringify({ fields: {} });
    const type = { 'content-type': 'application/json' };
    const sent = [
      await bench.send('POST', `${SITE}/issue`, null, body, { ...basic(unscoped), ...type }),
      await bench.send('POST', `${DC}/issue`, null, body, { ...pat('jira'), ...type }),
    ];
    expect(sent.map(({ status }) => status)).toEqual([401, 401]);
    const spaces = [
      await get('/site/acme/wiki/api/v2/spaces', basic(unscoped)),
      await get('/site/acme/wiki/rest/api/search?cql=type=page', basic(unscoped)),
      await get('/dc/confluence/rest/api/space', pat('confluence')),
    ];
    expect(spaces.map(({ status, body }) => ({ status, results: body.results }))).toEqual(
      Array(3).fill({ status: 200, results: [] }),
    );
  });

  it('are told apart from OAuth tokens, which are always refused', async () => {
    bench.sandbox.answerAsAnonymous(true);
    const { access_token } = await bench.connect('anna');
    bench.sandbox.revoke('anna');
    expect((await bench.get(`/ex/jira/${ACME.cloudId}/rest/api/3/issue/OPEN-1`, access_token)).status).toBe(401);
  });
});

it('answers as to an anonymous user from the start by an option', async () => {
  const own = await Bench.start({ answerAsAnonymous: true });
  own.sandbox.revokeTokens('anna');
  const answer = await own.get(`${DC}/project`, sandboxPats('anna').jira);
  expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: [] });
  await own.sandbox.close();
});
