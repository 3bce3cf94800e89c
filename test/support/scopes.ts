import { CONFLUENCE_ENDPOINTS } from '../../src/atlassian/confluence/endpoints.ts';
import { JIRA_ENDPOINTS } from '../../src/atlassian/jira/endpoints.ts';
import type { Endpoint } from '../../src/atlassian/wire/endpoint.ts';

/** Settings that ask for every scope that some call needs: the default ones, and those of what they leave out. */
export const ALL_SCOPES = {
  JIRA_SCOPES: scopesOf(JIRA_ENDPOINTS),
  CONFLUENCE_SCOPES: scopesOf(CONFLUENCE_ENDPOINTS),
};

function scopesOf(endpoints: Record<string, Endpoint>): string {
  const onCloud = Object.values(endpoints).filter(({ path }) => path.cloud !== undefined);
  return [...new Set(onCloud.flatMap(({ scopes }) => scopes)), 'offline_access'].join(' ');
}
