import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sandboxPats } from '../../../src/sandbox/sandbox.ts';
import { Bench, type Json, jira } from '../harness.ts';

const anna = sandboxPats('anna').jira;
const bob = sandboxPats('bob').jira;
const dc = (path: string) => `/dc/jira/rest/api/2${path}`;
const basic = (user: string, password: string | null) => `Basic ${btoa(`${user}:${password}`)}`;

let bench: Bench;
let base: string;
beforeEach(async () => {
  bench = await Bench.start();
  base = bench.sandbox.dataCenterUrl('jira');
});
afterEach(() => bench.sandbox.close());

const search = async (body: Json, token = anna) => (await bench.post(dc('/search'), token, body)).body;
const keys = ({ issues }: Json) => issues.map(({ key }: Json) => key);
const create = (fields: Json, token = anna) =>
  bench.post(dc('/issue'), token, {
    fields: { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'Made here', ...fields },
  });

describe('who may call', () => {
  it('tells the server’s version to everybody, with the context path in its address', async () => {
    const { status, body } = await bench.get(dc('/serverInfo'), null);
    expect(base).toBe(`${bench.base}/dc/jira`);
    expect({ status, body }).toEqual({
      status: 200,
      body: expect.objectContaining({
        baseUrl: base,
        version: '10.3.24',
        versionNumbers: [10, 3, 24],
        deploymentType: 'Server',
        serverTitle: 'Acme Jira',
      }),
    });
  });

  it.each([
    { name: 'nothing', authorization: null, path: '/myself' },
    { name: 'an unknown token', authorization: 'Bearer nonsense', path: '/myself' },
    { name: 'an unknown token, where none is needed', authorization: 'Bearer nonsense', path: '/serverInfo' },
    { name: 'a token of Confluence', authorization: `Bearer ${sandboxPats('anna').confluence}`, path: '/myself' },
    { name: 'a token in the place of a password', authorization: basic('anna', anna), path: '/myself' },
    {
      name: 'a token in the place of a password, where none is needed',
      authorization: basic('anna', anna),
      path: '/serverInfo',
    },
  ])('refuses $name', async ({ authorization, path }) => {
    const { status, body } = await bench.send(
      'GET',
      dc(path),
      null,
      undefined,
      authorization === null ? {} : { authorization },
    );
    expect({ status, keys: Object.keys(body) }).toEqual({ status: 401, keys: ['errorMessages', 'errors'] });
  });

  it('refuses an OAuth token of Cloud, and Cloud a token of the Data Center', async () => {
    const { access_token } = await bench.connect('anna');
    expect((await bench.get(dc('/myself'), access_token)).status).toBe(401);
    expect((await bench.get(jira('/myself'), anna)).status).toBe(401);
  });

  it('gives fixed tokens of 44 characters to those with an account', () => {
    const all = ['anna', 'bob', 'carol'].map(sandboxPats).flatMap(({ jira, confluence }) => [jira, confluence]);
    expect(all.map((token) => token?.length)).toEqual([44, 44, 44, 44, 44, undefined]);
    expect(new Set(all).size).toBe(6);
    expect(sandboxPats('dave')).toEqual({ jira: null, confluence: null });
    expect(() => sandboxPats('nobody')).toThrow("'nobody'");
  });

  it('refuses the tokens a user revoked, and nobody else’s', async () => {
    bench.sandbox.revokeTokens('anna');
    expect((await bench.get(dc('/myself'), anna)).status).toBe(401);
    expect((await bench.get('/dc/confluence/rest/api/space', sandboxPats('anna').confluence)).status).toBe(401);
    expect((await bench.get(dc('/myself'), bob)).status).toBe(200);
    expect(() => bench.sandbox.revokeTokens('nobody')).toThrow("'nobody'");
  });

  it('knows users by name and key, not by account id', async () => {
    const { body } = await bench.get(dc('/myself'), sandboxPats('carol').jira);
    expect(body).toMatchObject({
      self: `${base}/rest/api/2/user?username=carol`,
      key: 'JIRAUSER10103',
      name: 'carol',
      emailAddress: 'carol@example.com',
      displayName: 'Carol Núñez',
      active: true,
      timeZone: 'Europe/Madrid',
      locale: 'en_US',
    });
    expect(body).not.toHaveProperty('accountId');
  });

  it.each([
    '/dc/jira/rest/api/3/myself',
    '/dc/jira/rest/api/2/search/jql?jql=x',
    '/dc/jira/rest/api/2/project/search',
    '/dc/jira/_edge/tenant_info',
    '/dc/jira/wiki',
    '/dc/bitbucket/rest/api/2/myself',
    '/dc/jira',
  ])('has no %s', async (path) => {
    expect((await bench.get(path, path.includes('bitbucket') ? null : anna)).status).toBe(404);
  });
});

describe('what is there', () => {
  it('lists every project in one array', async () => {
    const { body } = await bench.get(dc('/project'), anna);
    expect(body.map(({ key }: Json) => key)).toEqual(['DEMO', 'OPS', 'WEB']);
    expect(body[0]).toMatchObject({ self: `${base}/rest/api/2/project/10000`, id: '10000', name: 'Demo Shop' });
    expect((await bench.get(dc('/project?recent=1'), anna)).body).toHaveLength(1);
    expect((await bench.get(dc('/project?startAt=0'), anna)).status).toBe(400);
  });

  it('holds the issues of acme, with plain text in the place of documents and links of its own', async () => {
    const { access_token } = await bench.connect('anna');
    const cloud = (await bench.get(jira('/issue/DEMO-2'), access_token)).body;
    const { body, text } = await bench.get(dc('/issue/DEMO-2'), anna);
    expect({ id: body.id, summary: body.fields.summary }).toEqual({ id: cloud.id, summary: cloud.fields.summary });
    expect(typeof cloud.fields.description).toBe('object');
    expect(typeof body.fields.description).toBe('string');
    expect(body.fields.reporter.name).toMatch(/^(anna|bob)$/);
    expect(body.fields.issuetype.iconUrl).toMatch(`${base}/images/icons/issuetypes/`);
    const links = [...text.matchAll(/"https?:[^"]*"/g)].map(([link]) => link);
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((link) => !link.startsWith(`"${base}/`))).toEqual([]);
    expect(text).not.toMatch(/accountId|rest\/api\/3/);
  });

  it('counts what it finds, and starts where it is told to', async () => {
    const answer = await search({
      jql: 'project = DEMO order by key',
      startAt: 28,
      maxResults: 50,
      fields: ['summary'],
    });
    expect(answer).toMatchObject({ expand: 'schema,names', startAt: 28, maxResults: 50, total: 30 });
    expect(keys(answer)).toEqual(['DEMO-29', 'DEMO-30']);
    expect(Object.keys(answer.issues[0].fields)).toEqual(['summary']);
  });

  it('answers a query without restriction, at most 1000 issues at once, with every field', async () => {
    const answer = await search({ maxResults: 5000 });
    expect(answer.maxResults).toBe(1000);
    expect(answer.issues).toHaveLength(answer.total);
    expect(Object.keys(answer.issues[0].fields)).toEqual(expect.arrayContaining(['summary', 'description', 'status']));
    const byQuery = (await bench.get(dc('/search?startAt=1&maxResults=2&fields=summary,labels'), anna)).body;
    expect(keys(byQuery)).toEqual(keys(answer).slice(1, 3));
    expect(Object.keys(byQuery.issues[0].fields)).toEqual(['summary', 'labels']);
  });

  it.each([
    { nextPageToken: 'x' },
    { expand: 'names' },
    { fields: 'summary' },
    { startAt: -1 },
    { jql: 'nonsense = 1' },
    { jql: 'assignee = 5f1a90c27d3be40068a1c2d1' },
    { jql: 'assignee = dave' },
  ])('refuses to search with %j', async (body) => {
    const { status, body: answer } = await bench.post(dc('/search'), anna, body);
    expect({ status, errorMessages: answer.errorMessages.length }).toEqual({ status: 400, errorMessages: 1 });
  });

  it('compares users by name in a query, and knows who asks', async () => {
    const named = await search({ jql: 'assignee in ("anna") order by key', maxResults: 200 });
    expect(named.total).toBeGreaterThan(0);
    expect(named.issues.every((issue: Json) => issue.fields.assignee.name === 'anna')).toBe(true);
    expect(keys(await search({ jql: 'assignee = currentUser() order by key', maxResults: 200 }))).toEqual(keys(named));
  });

  it('does not let Cloud take a short name for a user', async () => {
    const { access_token } = await bench.connect('anna');
    const answer = await bench.post(jira('/search/jql'), access_token, { jql: 'assignee in ("anna")' });
    expect({ status: answer.status, errorMessages: answer.body.errorMessages }).toEqual({
      status: 400,
      errorMessages: ["The value 'anna' does not exist for the field 'assignee'."],
    });
  });

  it('suggests issues with pictures of its own', async () => {
    const { body } = await bench.get(dc('/issue/picker?query=DEMO-2&currentJQL=project%20%3D%20DEMO'), anna);
    const [history, current] = body.sections;
    expect({ historyId: history.id, currentId: current.id }).toEqual({ historyId: 'hs', currentId: 'cs' });
    expect(current.issues[0].img).toMatch(`${base}/images/icons/issuetypes/`);
  });

  it('shows an issue and a project to a browser', async () => {
    for (const [key, title] of [
      ['DEMO-2', 'DEMO-2'],
      ['OPS', 'Operations'],
    ]) {
      const page = await bench.get(`/dc/jira/browse/${key}`, null);
      expect({ status: page.status, contentType: page.headers.get('content-type') }).toEqual({
        status: 200,
        contentType: 'text/html; charset=utf-8',
      });
      expect(page.text).toContain(title);
    }
    expect((await bench.get('/dc/jira/browse/OPS', null)).text).toContain('href="/dc/jira/browse/OPS-1"');
    expect((await bench.get('/dc/jira/browse/NOPE-1', null)).status).toBe(404);
  });
});

describe('what is created', () => {
  it('keeps wiki markup exactly, and finds it', async () => {
    const description = 'h1. Zeppelin\n\n* one\r\n* {color:red}two{color} ';
    const { status, body } = await create({ description, assignee: { name: 'bob' }, reporter: { name: 'anna' } });
    expect({ status, body }).toEqual({
      status: 201,
      body: { id: body.id, key: 'DEMO-31', self: `${base}/rest/api/2/issue/${body.id}` },
    });
    const { fields } = (await bench.get(dc('/issue/DEMO-31'), anna)).body;
    expect({
      fieldsDescription: fields.description,
      assigneeName: fields.assignee.name,
      reporterName: fields.reporter.name,
    }).toEqual({ fieldsDescription: description, assigneeName: 'bob', reporterName: 'anna' });
    expect(keys(await search({ jql: 'text ~ zeppelin' }))).toEqual(['DEMO-31']);
  });

  it.each<{ name: string; fields: Json; errors: Json }>([
    {
      name: 'a document',
      fields: { description: { type: 'doc', version: 1, content: [] } },
      errors: { description: 'Operation value must be a string' },
    },
    {
      name: 'an account id',
      fields: { assignee: { accountId: '5f1a90c27d3be40068a1c2d1' } },
      errors: { assignee: expect.any(String) },
    },
    { name: 'an unknown user', fields: { assignee: { name: 'x' } }, errors: { assignee: "User 'x' does not exist." } },
    {
      name: 'a user of Cloud only',
      fields: { reporter: { name: 'dave' } },
      errors: { reporter: "User 'dave' does not exist." },
    },
    {
      name: 'an account id for a name',
      fields: { assignee: { name: '5f1a90c27d3be40068a1c2d1' } },
      errors: { assignee: expect.any(String) },
    },
  ])('refuses $name', async ({ fields, errors }) => {
    const { status, body } = await create(fields);
    expect({ status, body }).toEqual({ status: 400, body: { errorMessages: [], errors } });
  });

  it('refuses members that have no place in the request, and a call without a token', async () => {
    expect((await bench.post(dc('/issue'), anna, { fields: {}, summary: 'x' })).status).toBe(400);
    expect((await create({}, null)).status).toBe(401);
  });

  it('is not on Cloud, and what is created there is not here', async () => {
    const { access_token } = await bench.connect('anna');
    const fields = { project: { key: 'OPS' }, issuetype: { name: 'Task' }, summary: 'Up there' };
    const { key } = (await bench.post(jira('/issue'), access_token, { fields })).body;
    await create({});
    expect((await bench.get(dc(`/issue/${key}`), anna)).status).toBe(404);
    expect((await bench.get(jira('/issue/DEMO-31'), access_token)).status).toBe(404);
    const sites = (await bench.get('/oauth/token/accessible-resources', access_token)).body;
    expect(new Set(sites.map(({ name }: Json) => name))).toEqual(new Set(['acme', 'globex']));
  });

  it('is kept across restarts, and revoked tokens work again', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'sandbox-'));
    try {
      const first = await Bench.start({ dataDir });
      await first.post(dc('/issue'), anna, {
        fields: { project: { key: 'WEB' }, issuetype: { name: 'Task' }, summary: 'Kept', description: '*Kept*' },
      });
      first.sandbox.revokeTokens('anna');
      await first.sandbox.close();
      const second = await Bench.start({ dataDir });
      const found = (await second.post(dc('/search'), anna, { jql: 'summary ~ kept' })).body;
      await second.sandbox.close();
      expect(found.issues[0].fields.description).toBe('*Kept*');
    } finally {
      rmSync(dataDir, { recursive: true });
    }
  });
});
