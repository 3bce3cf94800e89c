import { beforeAll, describe, expect, it } from 'vitest';
import type { Provider } from '../../src/config.ts';
import { Contract, HAS_SPECS, type Sent } from './openapi.ts';

const JSON_BODY = { 'content-type': 'application/json' };

function sent(provider: Provider, method: string, path: string, rest: Partial<Sent> = {}): Sent {
  const gateway = `/ex/${provider}/7d3f5a52-1c0e-4b7a-9a56-2f6c1e0b8d41`;
  const headers = rest.body === undefined ? {} : JSON_BODY;
  return { method, path: gateway + path, query: {}, headers, body: undefined, ...rest };
}

const jira = (method: string, path: string, rest?: Partial<Sent>) => sent('jira', method, path, rest);
const confluence = (method: string, path: string, rest?: Partial<Sent>) => sent('confluence', method, path, rest);
const JQL = '/rest/api/3/search/jql';
const PAGES = '/wiki/api/v2/pages';

describe.skipIf(!HAS_SPECS)("A check against Atlassian's OpenAPI documents", () => {
  let contracts: Record<Provider, Contract>;
  beforeAll(() => {
    contracts = { jira: new Contract('jira'), confluence: new Contract('confluence') };
  });
  const contractOf = ({ path }: Sent) => contracts[path.startsWith('/ex/jira/') ? 'jira' : 'confluence'];

  it.each<[string, Sent]>([
    ['GET /rest/api/3/issue/{issueIdOrKey}', jira('GET', '/rest/api/3/issue/DEMO-1', { query: { fields: 'summary' } })],
    ['GET /rest/api/3/issue/picker', jira('GET', '/rest/api/3/issue/picker', { query: { showSubTasks: 'false' } })],
    ['GET /wiki/api/v2/spaces', confluence('GET', '/wiki/api/v2/spaces', { query: { keys: 'ENG,HR', ids: '1,2' } })],
    ['GET /wiki/rest/api/search', confluence('GET', '/wiki/rest/api/search', { query: { cql: 'type = page' } })],
    ['POST /wiki/api/v2/pages', confluence('POST', PAGES, { body: { spaceId: '1', body: { wiki: {} } } })],
    [
      'PUT /wiki/api/v2/pages/{id}/title',
      confluence('PUT', `${PAGES}/1/title`, { body: { status: 'current', title: '' } }),
    ],
  ])('takes %s as it is documented', (name, request) => {
    expect(contractOf(request).nameOf(request)).toBe(name);
    expect(contractOf(request).complaintsAbout(request)).toEqual([]);
  });

  it.each<{ name: string; request: Sent; complaint: RegExp }>([
    { name: 'an unknown path', request: jira('GET', '/rest/api/3/search/cql'), complaint: /do not have it/ },
    { name: 'an unknown method', request: jira('DELETE', JQL), complaint: /do not have it/ },
    { name: 'a v2 path without its base', request: confluence('GET', '/spaces'), complaint: /do not have it/ },
    { name: 'a removed operation', request: jira('GET', '/rest/api/3/search'), complaint: /it is deprecated/ },
    {
      name: 'a deprecated operation',
      request: confluence('GET', '/wiki/rest/api/content'),
      complaint: /it is deprecated/,
    },
    {
      name: 'an unknown query parameter',
      request: jira('GET', '/rest/api/3/myself', { query: { limit: '1' } }),
      complaint: /query limit: is not/,
    },
    {
      name: 'text for a number',
      request: jira('GET', '/rest/api/3/project/search', { query: { startAt: 'x' } }),
      complaint: /must be integer/,
    },
    {
      name: 'a fraction',
      request: jira('GET', '/rest/api/3/project/search', { query: { startAt: '1.5' } }),
      complaint: /must be integer/,
    },
    {
      name: 'too high a number',
      request: jira('GET', '/rest/api/3/project/search', { query: { maxResults: '101' } }),
      complaint: /must be <= 100/,
    },
    {
      name: 'yes for true',
      request: jira('GET', '/rest/api/3/issue/picker', { query: { showSubTasks: 'yes' } }),
      complaint: /must be boolean/,
    },
    {
      name: 'a repeated single value',
      request: jira('GET', '/rest/api/3/issue/picker', { query: { query: ['a', 'b'] } }),
      complaint: /be string/,
    },
    {
      name: 'a value that is not listed',
      request: confluence('GET', '/wiki/api/v2/spaces', { query: { status: 'old' } }),
      complaint: /allowed/,
    },
    {
      name: 'text in a list of numbers',
      request: confluence('GET', '/wiki/api/v2/spaces', { query: { ids: '1,x' } }),
      complaint: /be integer/,
    },
    {
      name: 'text for a number in the path',
      request: confluence('GET', `${PAGES}/home`),
      complaint: /path id.*must be integer/,
    },
    {
      name: 'a missing query parameter',
      request: confluence('GET', '/wiki/rest/api/search'),
      complaint: /query cql: is missing/,
    },
    { name: 'a missing body', request: jira('POST', JQL), complaint: /body: is missing/ },
    {
      name: 'a body that has no place',
      request: confluence('GET', '/wiki/api/v2/spaces', { body: {} }),
      complaint: /body: is not documented/,
    },
    {
      name: 'another media type',
      request: jira('POST', JQL, { body: {}, headers: { 'content-type': 'text/plain' } }),
      complaint: /"text\/plain"/,
    },
    {
      name: 'an unknown member of a closed body',
      request: jira('POST', JQL, { body: { startAt: 0 } }),
      complaint: /body.*"startAt"/,
    },
    {
      name: 'an unknown member of an open body',
      request: confluence('POST', PAGES, { body: { spaceId: '1', space: '' } }),
      complaint: /"space"/,
    },
    {
      name: 'a wrong type in a body',
      request: jira('POST', JQL, { body: { reconcileIssues: ['1'] } }),
      complaint: /\/reconcileIssues\/0: must be/,
    },
    {
      name: 'a missing member of a body',
      request: confluence('POST', PAGES, { body: { title: 'x' } }),
      complaint: /"spaceId"/,
    },
    {
      name: 'a body of no form',
      request: confluence('POST', PAGES, { body: { spaceId: '1', body: { text: '' } } }),
      complaint: /\/body: .*oneOf/,
    },
  ])('complains about $name', ({ request, complaint }) => {
    expect(contractOf(request).complaintsAbout(request).join('\n')).toMatch(complaint);
  });

  it('complains about an answer with a member or status that is not documented, and takes null where it may be', () => {
    const projects = jira('GET', '/rest/api/3/project/search');
    const page = confluence('POST', PAGES);
    expect(contracts.jira.complaintsAboutAnswer(projects, 200, { values: [{ id: '1', key: 'A' }] })).toEqual([]);
    expect(contracts.jira.complaintsAboutAnswer(projects, 200, { values: [{ nick: 'A' }] }).join()).toMatch(/"nick"/);
    expect(contracts.jira.complaintsAboutAnswer(projects, 201, {}).join()).toMatch(/no answer with status 201/);
    expect(contracts.confluence.complaintsAboutAnswer(page, 200, { lastOwnerId: null })).toEqual([]);
    expect(contracts.confluence.complaintsAboutAnswer(page, 200, { title: null }).join()).toMatch(/\/title: must be/);
    expect(contracts.confluence.complaintsAboutAnswer(page, 200, { name: 'x' }).join()).toMatch(/"name"/);
  });

  it('reads the scopes of which each set is enough', () => {
    expect(contracts.confluence.scopesOf(confluence('GET', '/wiki/rest/api/search'))).toEqual([
      ['search:confluence'],
      ['read:content-details:confluence'],
    ]);
  });
});
