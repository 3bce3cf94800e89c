import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sandboxPats } from '../../../src/sandbox/sandbox.ts';
import { ACME, Bench, GLOBEX, type Json, jira, wiki } from '../harness.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'sandbox-')), 'made', 'at-need');
});
afterEach(() => rmSync(join(dataDir, '..', '..'), { recursive: true, force: true }));

const restart = async (bench: Bench) => {
  await bench.sandbox.close();
  const next = await Bench.start({ dataDir });
  next.now = bench.now;
  return next;
};

it('keeps grants, with what was rotated, expired and revoked, across restarts', async () => {
  let bench = await Bench.start({ dataDir });
  const anna = await bench.connect('anna');
  const rotated = (await bench.refresh(anna.refresh_token)).body;
  const bob = await bench.connect('bob');
  bench = await restart(bench);
  expect((await bench.get(jira('/myself'), anna.access_token)).body.displayName).toBe('Anna Muster');
  bench.wait(600);
  expect((await bench.refresh(anna.refresh_token)).status).toBe(403);
  expect((await bench.refresh(rotated.refresh_token)).status).toBe(200);
  bench.sandbox.revoke('bob');
  bench.sandbox.expireAccessTokens();
  bench = await restart(bench);
  expect((await bench.refresh(bob.refresh_token)).body.error).toBe('invalid_grant');
  expect((await bench.get(jira('/myself'), rotated.access_token)).status).toBe(401);
  await bench.sandbox.close();
});

it('keeps created items on their site, and numbers on', async () => {
  let bench = await Bench.start({ dataDir });
  const { access_token } = await bench.connect();
  const fields = { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'Remember me' };
  expect((await bench.post(jira('/issue'), access_token, { fields })).body.key).toBe('DEMO-31');
  const page = { spaceId: '32769', title: 'Remember me too' };
  const { id } = (await bench.post(wiki('/api/v2/pages'), access_token, page)).body;
  bench = await restart(bench);
  const jql = 'summary ~ remember';
  const find = async (site: typeof ACME | typeof GLOBEX) =>
    (await bench.post(jira('/search/jql', site), access_token, { jql, fields: ['key'] })).body.issues.map(
      ({ key }: Json) => key,
    );
  expect({ aCME: await find(ACME), gLOBEX: await find(GLOBEX) }).toEqual({ aCME: ['DEMO-31'], gLOBEX: [] });
  expect((await bench.post(jira('/issue'), access_token, { fields })).body.key).toBe('DEMO-32');
  expect((await bench.get(wiki(`/api/v2/pages/${id}`), access_token)).body.title).toBe('Remember me too');
  bench = await restart(bench);
  expect(await find(ACME)).toEqual(['DEMO-32', 'DEMO-31']);
  await bench.sandbox.close();
});

it('keeps changes to the sample data, and what was deleted, and gives no number again', async () => {
  let bench = await Bench.start({ dataDir });
  const { access_token } = await bench.connect();
  const fields = { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'Short-lived' };
  await bench.put(jira('/issue/DEMO-2'), access_token, { fields: { summary: 'Changed' } });
  await bench.post(jira('/issue/DEMO-3/transitions'), access_token, { transition: { id: '41' } });
  const { id } = (await bench.post(jira('/issue'), access_token, { fields })).body;
  for (const key of ['DEMO-31', 'DEMO-30', 'DEMO-1']) await bench.delete(jira(`/issue/${key}`), access_token);
  const anna = sandboxPats('anna').jira;
  await bench.post('/dc/jira/rest/api/2/issue/DEMO-2/comment', anna, { body: 'Only here' });
  bench = await restart(bench);
  const issue = async (key: string) => (await bench.get(jira(`/issue/${key}`), access_token)).body.fields;
  expect({
    changed: (await issue('DEMO-2')).summary,
    orphan: (await issue('DEMO-2')).parent,
    done: (await issue('DEMO-3')).status.name,
    gone: await Promise.all(['DEMO-1', 'DEMO-30', 'DEMO-31'].map(issue)),
    next: (await bench.post(jira('/issue'), access_token, { fields })).body,
    comments: (await bench.get('/dc/jira/rest/api/2/issue/DEMO-2/comment', anna)).body.total,
  }).toMatchObject({
    changed: 'Changed',
    orphan: undefined,
    done: 'Done',
    gone: [undefined, undefined, undefined],
    next: { key: 'DEMO-32', id: String(Number(id) + 1) },
    comments: 1,
  });
  await bench.sandbox.close();
});

it('keeps changed, trashed and purged pages as they are', async () => {
  let bench = await Bench.start({ dataDir });
  const anna = sandboxPats('anna').confluence;
  const dc = (id: string) => `/dc/confluence/rest/api/content/${id}`;
  const change = { type: 'page', title: 'Zoo service', version: { number: 2 } };
  await bench.put(dc('65606'), anna, change);
  for (const path of [dc('65605'), dc('65607'), `${dc('65607')}?status=trashed`]) await bench.delete(path, anna);
  bench = await restart(bench);
  const read = async (id: string) => (await bench.get(`${dc(id)}?status=any&expand=version,ancestors`, anna)).body;
  expect({ changed: await read('65606'), trashed: await read('65605'), purged: await read('65607') }).toMatchObject({
    changed: { title: 'Zoo service', version: { number: 2 }, ancestors: [{ id: '65601' }] },
    trashed: { status: 'trashed' },
    purged: { statusCode: 404 },
  });
  await bench.sandbox.close();
});

it('writes one private file, whole, without any token in it', async () => {
  const bench = await Bench.start({ dataDir });
  const tokens = await bench.connect();
  await bench.sandbox.close();
  expect(readdirSync(dataDir)).toEqual(['sandbox.json']);
  const file = join(dataDir, 'sandbox.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const text = readFileSync(file, 'utf8');
  expect(JSON.parse(text).version).toBe(1);
  expect(text).not.toContain(tokens.refresh_token);
  expect(text).not.toContain(tokens.access_token);
});

it('writes when something has changed, before the answer leaves, and not for a reading', async () => {
  const file = join(dataDir, 'sandbox.json');
  const fields = { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'On disk' };
  let bench = await Bench.start({ dataDir });
  const read = await bench.get(jira('/serverInfo'), null);
  expect({ status: read.status, written: existsSync(file) }).toEqual({ status: 401, written: false });
  const { access_token } = await bench.connect();
  await bench.post(jira('/issue'), access_token, { fields });
  expect(JSON.parse(readFileSync(file, 'utf8')).created[ACME.cloudId].issues).toHaveLength(1);
  bench = await restart(bench);
  rmSync(file);
  await bench.post(jira('/search/jql'), access_token, { jql: 'project = DEMO' });
  await bench.post(jira('/issue'), access_token, { fields: {} });
  expect(existsSync(file)).toBe(false);
  await bench.post(jira('/issue'), access_token, { fields });
  expect(JSON.parse(readFileSync(file, 'utf8')).created[ACME.cloudId].issues).toHaveLength(2);
  await bench.sandbox.close();
});

it.each(['{"version":1', '{"version":2}', '[]'])('does not start on %s, and leaves the file alone', async (text) => {
  const bench = await Bench.start({ dataDir });
  await bench.connect();
  await bench.sandbox.close();
  const file = join(dataDir, 'sandbox.json');
  writeFileSync(file, text);
  await expect(Bench.start({ dataDir })).rejects.toThrow('move it away');
  expect(readFileSync(file, 'utf8')).toBe(text);
});

it('keeps nothing without a folder', async () => {
  const first = await Bench.start();
  const { access_token } = await first.connect();
  await first.sandbox.close();
  const second = await Bench.start();
  expect((await second.get(jira('/myself'), access_token)).status).toBe(401);
  await second.sandbox.close();
});
