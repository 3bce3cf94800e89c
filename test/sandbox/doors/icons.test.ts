import { afterAll, beforeAll, expect, it } from 'vitest';
import { sandboxApiTokens, sandboxPats } from '../../../src/sandbox/sandbox.ts';
import { Bench, type Json, jira, wiki } from '../harness.ts';

let bench: Bench;
let token: string;
beforeAll(async () => {
  bench = await Bench.start();
  token = (await bench.connect()).access_token;
});
afterAll(() => bench.sandbox.close());

/** Every address of a picture in an answer. A path begins where a site does, and on the Data Center with its context. */
function pictures(value: Json, base: string, name = ''): string[] {
  if (typeof value === 'string') {
    const named = /^(?:iconUrl|avatarUrl|avatar|img|\d+x\d+)$/.test(name);
    return named ? [value.startsWith('/') ? `${base}${value}` : value] : [];
  }
  if (name === 'profilePicture') return [`${value.path.startsWith('/dc/') ? bench.base : base}${value.path}`];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => pictures(inner, base, Array.isArray(value) ? name : key));
}

const { email, unscoped } = sandboxApiTokens('anna');
const onSite = (path: string) =>
  bench.send('GET', `/site/acme${path}`, null, undefined, {
    authorization: `Basic ${Buffer.from(`${email}:${unscoped}`).toString('base64')}`,
  });
const issues = 'search/jql?jql=project%20in%20(DEMO,OPS,WEB)&fields=*all&maxResults=100';
const picker = 'issue/picker?query=e&currentJQL=project=DEMO&showSubTasks=true';

it.each<{ name: string; ask: () => Promise<Json>; base: string; atLeast: number }>([
  {
    name: 'issues behind the gateway',
    ask: () => bench.get(jira(`/${issues}`), token),
    base: '/site/acme',
    atLeast: 15,
  },
  { name: 'issues on a site', ask: () => onSite(`/rest/api/3/${issues}`), base: '/site/acme', atLeast: 15 },
  { name: 'the picker', ask: () => bench.get(jira(`/${picker}`), token), base: '/site/acme', atLeast: 3 },
  { name: 'projects', ask: () => bench.get(jira('/project/search'), token), base: '/site/acme', atLeast: 12 },
  { name: 'the user', ask: () => bench.get(jira('/myself'), token), base: '/site/acme', atLeast: 4 },
  {
    name: 'the user of Confluence',
    ask: () => bench.get(wiki('/rest/api/user/current'), token),
    base: '/site/acme',
    atLeast: 1,
  },
  { name: 'the sites', ask: () => bench.get('/oauth/token/accessible-resources', token), base: '', atLeast: 4 },
  {
    name: 'issues of the Data Center',
    ask: () => bench.get(`/dc/jira/rest/api/2/search?jql=project=DEMO&fields=*all`, sandboxPats('anna').jira),
    base: '/dc/jira',
    atLeast: 15,
  },
  {
    name: 'the picker of the Data Center',
    ask: () => bench.get(`/dc/jira/rest/api/2/${picker}`, sandboxPats('anna').jira),
    base: '/dc/jira',
    atLeast: 3,
  },
  {
    name: 'the project picker of the Data Center',
    ask: () => bench.get('/dc/jira/rest/api/2/projects/picker?allowEmptyQuery=true', sandboxPats('anna').jira),
    base: '/dc/jira',
    atLeast: 3,
  },
  {
    name: 'contents of the Data Center',
    ask: () =>
      bench.get('/dc/confluence/rest/api/content/search?cql=type=page&expand=version', sandboxPats('anna').confluence),
    base: '/dc/confluence',
    atLeast: 1,
  },
])('every picture that is named loads without credentials: $name', async ({ ask, base, atLeast }) => {
  const { status, body } = await ask();
  expect(status).toBe(200);
  const urls = [...new Set(pictures(body, `${bench.base}${base}`))].filter((url) => !url.startsWith('/'));
  expect(urls.length).toBeGreaterThanOrEqual(atLeast);
  const loaded = await Promise.all(
    urls.map(async (url) => {
      const response = await fetch(url);
      const drawn = (await response.text()).startsWith('<svg ');
      return [url, response.status, response.headers.get('content-type'), drawn];
    }),
  );
  expect(loaded.filter(([, code, type, drawn]) => code !== 200 || type !== 'image/svg+xml' || !drawn)).toEqual([]);
});

it('draws nothing for a type that is not there', async () => {
  expect((await bench.get('/site/acme/images/icons/issuetypes/banana.svg', null)).status).toBe(404);
});
