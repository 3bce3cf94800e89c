import { expect, it } from 'vitest';
import { CONFLUENCE_ENDPOINTS } from '../../src/atlassian/confluence/endpoints.ts';
import { JIRA_ENDPOINTS } from '../../src/atlassian/jira/endpoints.ts';
import type { Endpoint } from '../../src/atlassian/wire/endpoint.ts';
import { loadConfig } from '../../src/config.ts';

it.each([
  {
    provider: 'jira' as const,
    endpoints: JIRA_ENDPOINTS,
    // Jira Software has granular scopes alone; most connections do without its boards.
    beyond: [
      'read:board-scope:jira-software',
      'read:project:jira',
      'read:issue-details:jira',
      'read:board-scope.admin:jira-software',
      'read:sprint:jira-software',
      'read:jql:jira',
    ],
  },
  {
    provider: 'confluence' as const,
    endpoints: CONFLUENCE_ENDPOINTS,
    // A page may be put below a folder, which a connection without the scope finds by the search. The others are needed by
    // tools that are offered to those alone who ask for them.
    beyond: [
      'read:folder:confluence',
      'read:content-details:confluence',
      'read:user:confluence',
      'read:hierarchical-content:confluence',
      'read:content.metadata:confluence',
      'read:confluence-content.all',
      'read:comment:confluence',
      'read:attachment:confluence',
      'readonly:content.attachment:confluence',
    ],
  },
])('the default scopes of $provider are those of its endpoints, but for $beyond', ({ provider, endpoints, beyond }) => {
  const { scopes } = loadConfig({}).providers[provider];
  const needed = new Set(
    Object.values<Endpoint>(endpoints)
      .filter(({ path }) => path.cloud !== undefined)
      .flatMap(({ scopes }) => scopes),
  );
  expect([...needed].filter((scope) => !scopes.includes(scope))).toEqual(beyond);
  expect(scopes.filter((scope) => !needed.has(scope))).toEqual(['offline_access']);
});
