import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandboxPats } from '../../src/sandbox/sandbox.ts';
import { ALL_SCOPES, Bench, type Json, jira, wiki } from './harness.ts';
import { doc as document } from './jira/editions.ts';

const SPECS = process.env.ATLASSIAN_SPECS_DIR ?? join(import.meta.dirname, '../../../shared/specs');

let bench: Bench;
let token: string;
beforeAll(async () => {
  bench = await Bench.start();
  token = (await bench.connect('anna', `${ALL_SCOPES} read:folder:confluence`)).access_token;
  expect(bench.sandbox.addFolder('acme', { space: 'ENG', title: 'Drafts' })).toBe(FOLDER);
});
afterAll(() => bench.sandbox.close());

const loaded = new Map<string, Ajv>();

function validatorOf(document: string): Ajv {
  const known = loaded.get(document);
  if (known) return known;
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const spec = JSON.parse(readFileSync(join(SPECS, document), 'utf8'));
  ajv.addSchema({ ...spec, $id: `https://spec.invalid/${document}` });
  loaded.set(document, ajv);
  return ajv;
}

/** Checks an answer against the schema that Atlassian's own document has for it. */
function complaintsOf(document: string, path: string, method: string, status: number, body: Json): string[] {
  const at = ['paths', path, method, 'responses', String(status), 'content', 'application/json', 'schema'];
  const pointer = at.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  const validate = validatorOf(document).compile({ $ref: `https://spec.invalid/${document}#/${pointer}` });
  return validate(body)
    ? []
    : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
}

/** The id that follows those of the sample pages. */
const FOLDER = '65816';
const issue = { fields: { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'Shape' } };
const page = { spaceId: '32769', title: 'Shape', body: { representation: 'storage', value: '<p>x</p>' } };
const changed = {
  ...{ id: '65606', status: 'current', title: 'Shape of it', version: { number: 2 } },
  body: { representation: 'storage', value: '<p>x</p>' },
};
const dc = (path: string) => `/dc/jira/rest/api/2${path}`;
// Data Center's document calls the value of every issue field an object, and shows texts and lists in its examples.
const MISDECLARED = /^(\/issues\/\d+)?\/(fields|renderedFields)\/\w+ must be object /;
const all = { jql: 'project = DEMO', fields: ['*all'], maxResults: 5 };

describe.skipIf(!existsSync(SPECS))('answers have the shape of Atlassian’s documents', () => {
  it.each<{ document: string; method: string; path: string; url: string; status: string; body?: Json }>([
    { document: 'jira-v3.json', method: 'get', path: '/rest/api/3/myself', url: jira('/myself'), status: '200' },
    {
      document: 'jira-v3.json',
      method: 'get',
      path: '/rest/api/3/serverInfo',
      url: jira('/serverInfo'),
      status: '200',
    },
    {
      document: 'jira-v3.json',
      method: 'get',
      path: '/rest/api/3/project/search',
      url: jira('/project/search?maxResults=2'),
      status: '200',
    },
    {
      document: 'jira-v3.json',
      method: 'post',
      path: '/rest/api/3/search/jql',
      url: jira('/search/jql'),
      status: '200',
      body: all,
    },
    {
      document: 'jira-v3.json',
      method: 'get',
      path: '/rest/api/3/search/jql',
      url: jira('/search/jql?jql=project=DEMO'),
      status: '200',
    },
    {
      document: 'jira-v3.json',
      method: 'get',
      path: '/rest/api/3/issue/picker',
      url: jira('/issue/picker?query=demo&currentJQL=project=DEMO'),
      status: '200',
    },
    {
      document: 'jira-v3.json',
      method: 'get',
      path: '/rest/api/3/issue/{issueIdOrKey}',
      url: jira('/issue/DEMO-2'),
      status: '200',
    },
    {
      document: 'jira-v3.json',
      method: 'post',
      path: '/rest/api/3/issue',
      url: jira('/issue'),
      status: '201',
      body: issue,
    },
    {
      document: 'jira-v3.json',
      method: 'post',
      path: '/rest/api/3/issue',
      url: jira('/issue'),
      status: '400',
      body: { fields: {} },
    },
    {
      document: 'confluence-v1.json',
      method: 'get',
      path: '/wiki/rest/api/user/current',
      url: wiki('/rest/api/user/current'),
      status: '200',
    },
    {
      document: 'confluence-v1.json',
      method: 'get',
      path: '/wiki/rest/api/search',
      url: wiki('/rest/api/search?limit=3&cql=type=page'),
      status: '200',
    },
    {
      document: 'confluence-v1.json',
      method: 'get',
      path: '/wiki/rest/api/search',
      url: wiki('/rest/api/search?cql=type=space'),
      status: '200',
    },
    {
      document: 'confluence-v2.json',
      method: 'get',
      path: '/spaces',
      url: wiki('/api/v2/spaces?limit=1'),
      status: '200',
    },
    {
      document: 'confluence-v2.json',
      method: 'post',
      path: '/pages',
      url: wiki('/api/v2/pages'),
      status: '200',
      body: page,
    },
    {
      document: 'confluence-v2.json',
      method: 'get',
      path: '/pages/{id}',
      url: wiki('/api/v2/pages/65606?body-format=storage'),
      status: '200',
    },
    {
      document: 'confluence-v2.json',
      method: 'get',
      path: '/blogposts/{id}',
      url: wiki('/api/v2/blogposts/65622'),
      status: '200',
    },
    {
      document: 'confluence-v2.json',
      method: 'get',
      path: '/folders/{id}',
      url: wiki(`/api/v2/folders/${FOLDER}`),
      status: '200',
    },
    {
      document: 'confluence-v1.json',
      method: 'get',
      path: '/wiki/rest/api/search',
      url: wiki('/rest/api/search?cql=type=folder'),
      status: '200',
    },
    {
      document: 'jira-dc-10.3.json',
      method: 'get',
      path: '/api/2/projects/picker',
      url: dc('/projects/picker?query=demo&allowEmptyQuery=true'),
      status: '200',
    },
    { document: 'jira-dc-10.3.json', method: 'get', path: '/api/2/myself', url: dc('/myself'), status: '200' },
    { document: 'jira-dc-10.3.json', method: 'get', path: '/api/2/serverInfo', url: dc('/serverInfo'), status: '200' },
    {
      document: 'jira-dc-10.3.json',
      method: 'get',
      path: '/api/2/search',
      url: dc('/search?jql=project=DEMO'),
      status: '200',
    },
    {
      document: 'jira-dc-10.3.json',
      method: 'post',
      path: '/api/2/search',
      url: dc('/search'),
      status: '200',
      body: all,
    },
    {
      document: 'jira-dc-10.3.json',
      method: 'get',
      path: '/api/2/issue/picker',
      url: dc('/issue/picker?query=demo&currentJQL=project=DEMO'),
      status: '200',
    },
    {
      document: 'jira-dc-10.3.json',
      method: 'get',
      path: '/api/2/issue/{issueIdOrKey}',
      url: dc('/issue/DEMO-2'),
      status: '200',
    },
    {
      document: 'jira-dc-10.3.json',
      method: 'post',
      path: '/api/2/issue',
      url: dc('/issue'),
      status: '201',
      body: issue,
    },
    {
      document: 'jira-v3.json',
      method: 'get',
      path: '/rest/api/3/issue/{issueIdOrKey}',
      url: jira('/issue/DEMO-4?expand=names,renderedFields,transitions'),
      status: '200',
    },
    {
      document: 'jira-v3.json',
      method: 'get',
      path: '/rest/api/3/issue/{issueIdOrKey}/comment',
      url: jira('/issue/DEMO-4/comment?expand=renderedBody'),
      status: '200',
    },
    {
      document: 'jira-v3.json',
      method: 'post',
      path: '/rest/api/3/issue/{issueIdOrKey}/comment',
      url: jira('/issue/DEMO-4/comment'),
      status: '201',
      body: { body: document('x') },
    },
    {
      document: 'jira-v3.json',
      method: 'get',
      path: '/rest/api/3/issue/{issueIdOrKey}/transitions',
      url: jira('/issue/DEMO-4/transitions?expand=transitions.fields'),
      status: '200',
    },
    {
      document: 'jira-dc-10.3.json',
      method: 'get',
      path: '/api/2/issue/{issueIdOrKey}',
      url: dc('/issue/DEMO-4?expand=names,renderedFields,transitions'),
      status: '200',
    },
    {
      document: 'jira-dc-10.3.json',
      method: 'get',
      path: '/api/2/issue/{issueIdOrKey}/comment',
      url: dc('/issue/DEMO-4/comment?expand=renderedBody'),
      status: '200',
    },
    {
      document: 'jira-dc-10.3.json',
      method: 'post',
      path: '/api/2/issue/{issueIdOrKey}/comment',
      url: dc('/issue/DEMO-4/comment'),
      status: '201',
      body: { body: 'x' },
    },
    {
      document: 'jira-dc-10.3.json',
      method: 'get',
      path: '/api/2/issue/{issueIdOrKey}/transitions',
      url: dc('/issue/DEMO-4/transitions?expand=transitions.fields'),
      status: '200',
    },
    {
      document: 'confluence-v2.json',
      method: 'get',
      path: '/pages',
      url: wiki('/api/v2/pages?id=65602,65606&limit=1&body-format=storage'),
      status: '200',
    },
    {
      document: 'confluence-v2.json',
      method: 'put',
      path: '/pages/{id}',
      url: wiki('/api/v2/pages/65606'),
      status: '200',
      body: changed,
    },
  ])('$document: $method $path', async ({ document, method, path, url, status, body }) => {
    const bearer = url.startsWith('/dc/') ? sandboxPats('anna').jira : token;
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const answer = await bench.send(method.toUpperCase(), url, bearer, sent, { 'content-type': 'application/json' });
    expect(answer.status).toBe(Number(status));
    const complaints = complaintsOf(document, path, method, answer.status, answer.body);
    expect(complaints.filter((complaint) => !(url.startsWith('/dc/') && MISDECLARED.test(complaint)))).toEqual([]);
  });
});
