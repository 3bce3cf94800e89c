import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandboxPats } from '../../src/sandbox/sandbox.ts';
import { ALL_SCOPES, Bench, type Json, jira, wiki } from './harness.ts';

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
const dc = (path: string) => `/dc/jira/rest/api/2${path}`;
// Data Center's document calls the value of every issue field an object, and shows texts and lists in its examples.
const MISDECLARED = /^(\/issues\/\d+)?\/fields\/\w+ must be object /;
const all = { jql: 'project = DEMO', fields: ['*all'], maxResults: 5 };

describe.skipIf(!existsSync(SPECS))('answers have the shape of Atlassian’s documents', () => {
  it.each<[string, string, string, string, string, Json?]>([
    ['jira-v3.json', 'get', '/rest/api/3/myself', jira('/myself'), '200'],
    ['jira-v3.json', 'get', '/rest/api/3/serverInfo', jira('/serverInfo'), '200'],
    ['jira-v3.json', 'get', '/rest/api/3/project/search', jira('/project/search?maxResults=2'), '200'],
    ['jira-v3.json', 'post', '/rest/api/3/search/jql', jira('/search/jql'), '200', all],
    ['jira-v3.json', 'get', '/rest/api/3/search/jql', jira('/search/jql?jql=project=DEMO'), '200'],
    [
      'jira-v3.json',
      'get',
      '/rest/api/3/issue/picker',
      jira('/issue/picker?query=demo&currentJQL=project=DEMO'),
      '200',
    ],
    ['jira-v3.json', 'get', '/rest/api/3/issue/{issueIdOrKey}', jira('/issue/DEMO-2'), '200'],
    ['jira-v3.json', 'post', '/rest/api/3/issue', jira('/issue'), '201', issue],
    ['jira-v3.json', 'post', '/rest/api/3/issue', jira('/issue'), '400', { fields: {} }],
    ['confluence-v1.json', 'get', '/wiki/rest/api/user/current', wiki('/rest/api/user/current'), '200'],
    ['confluence-v1.json', 'get', '/wiki/rest/api/search', wiki('/rest/api/search?limit=3&cql=type=page'), '200'],
    ['confluence-v1.json', 'get', '/wiki/rest/api/search', wiki('/rest/api/search?cql=type=space'), '200'],
    ['confluence-v2.json', 'get', '/spaces', wiki('/api/v2/spaces?limit=1'), '200'],
    ['confluence-v2.json', 'post', '/pages', wiki('/api/v2/pages'), '200', page],
    ['confluence-v2.json', 'get', '/pages/{id}', wiki('/api/v2/pages/65606?body-format=storage'), '200'],
    ['confluence-v2.json', 'get', '/blogposts/{id}', wiki('/api/v2/blogposts/65622'), '200'],
    ['confluence-v2.json', 'get', '/folders/{id}', wiki(`/api/v2/folders/${FOLDER}`), '200'],
    ['confluence-v1.json', 'get', '/wiki/rest/api/search', wiki('/rest/api/search?cql=type=folder'), '200'],
    [
      'jira-dc-10.3.json',
      'get',
      '/api/2/projects/picker',
      dc('/projects/picker?query=demo&allowEmptyQuery=true'),
      '200',
    ],
    ['jira-dc-10.3.json', 'get', '/api/2/myself', dc('/myself'), '200'],
    ['jira-dc-10.3.json', 'get', '/api/2/serverInfo', dc('/serverInfo'), '200'],
    ['jira-dc-10.3.json', 'get', '/api/2/search', dc('/search?jql=project=DEMO'), '200'],
    ['jira-dc-10.3.json', 'post', '/api/2/search', dc('/search'), '200', all],
    ['jira-dc-10.3.json', 'get', '/api/2/issue/picker', dc('/issue/picker?query=demo&currentJQL=project=DEMO'), '200'],
    ['jira-dc-10.3.json', 'get', '/api/2/issue/{issueIdOrKey}', dc('/issue/DEMO-2'), '200'],
    ['jira-dc-10.3.json', 'post', '/api/2/issue', dc('/issue'), '201', issue],
  ])('%s: %s %s', async (document, method, path, url, status, body) => {
    const bearer = url.startsWith('/dc/') ? sandboxPats('anna').jira : token;
    const answer = body === undefined ? await bench.get(url, bearer) : await bench.post(url, bearer, body);
    expect(answer.status).toBe(Number(status));
    const complaints = complaintsOf(document, path, method, answer.status, answer.body);
    expect(complaints.filter((complaint) => !(url.startsWith('/dc/') && MISDECLARED.test(complaint)))).toEqual([]);
  });
});
