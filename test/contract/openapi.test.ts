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

  it.each<[string, Sent, RegExp]>([
    ['an unknown path', jira('GET', '/rest/api/3/search/cql'), /do not have it/],
    ['an unknown method', jira('DELETE', JQL), /do not have it/],
    ['a v2 path without its base', confluence('GET', '/spaces'), /do not have it/],
    ['a removed operation', jira('GET', '/rest/api/3/search'), /it is deprecated/],
    ['a deprecated operation', confluence('GET', '/wiki/rest/api/content'), /it is deprecated/],
    ['an unknown query parameter', jira('GET', '/rest/api/3/myself', { query: { limit: '1' } }), /query limit: is not/],
    ['text for a number', jira('GET', '/rest/api/3/project/search', { query: { startAt: 'x' } }), /must be integer/],
    ['a fraction', jira('GET', '/rest/api/3/project/search', { query: { startAt: '1.5' } }), /must be integer/],
    [
      'too high a number',
      jira('GET', '/rest/api/3/project/search', { query: { maxResults: '101' } }),
      /must be <= 100/,
    ],
    ['yes for true', jira('GET', '/rest/api/3/issue/picker', { query: { showSubTasks: 'yes' } }), /must be boolean/],
    ['a repeated single value', jira('GET', '/rest/api/3/issue/picker', { query: { query: ['a', 'b'] } }), /be string/],
    ['a value that is not listed', confluence('GET', '/wiki/api/v2/spaces', { query: { status: 'old' } }), /allowed/],
    ['text in a list of numbers', confluence('GET', '/wiki/api/v2/spaces', { query: { ids: '1,x' } }), /be integer/],
    ['text for a number in the path', confluence('GET', `${PAGES}/home`), /path id.*must be integer/],
    ['a missing query parameter', confluence('GET', '/wiki/rest/api/search'), /query cql: is missing/],
    ['a missing body', jira('POST', JQL), /body: is missing/],
    ['a body that has no place', confluence('GET', '/wiki/api/v2/spaces', { body: {} }), /body: is not documented/],
    ['another media type', jira('POST', JQL, { body: {}, headers: { 'content-type': 'text/plain' } }), /"text\/plain"/],
    ['an unknown member of a closed body', jira('POST', JQL, { body: { startAt: 0 } }), /body.*"startAt"/],
    ['an unknown member of an open body', confluence('POST', PAGES, { body: { spaceId: '1', space: '' } }), /"space"/],
    [
      'a wrong type in a body',
      jira('POST', JQL, { body: { reconcileIssues: ['1'] } }),
      /\/reconcileIssues\/0: must be/,
    ],
    ['a missing member of a body', confluence('POST', PAGES, { body: { title: 'x' } }), /"spaceId"/],
    ['a body of no form', confluence('POST', PAGES, { body: { spaceId: '1', body: { text: '' } } }), /\/body: .*oneOf/],
  ])('complains about %s', (_, request, complaint) => {
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
