import { createHash } from 'node:crypto';

/** The cookie that binds a login to the browser it was begun in; one for each login, since several may be under way. */
export const loginCookieName = (loginId: string): string => `atlassian_login_${loginId}`;

/**
 * The cookie that tells the page of the connections how the last login of a tenant's product ended: one for each, since what
 * is answered in one tab must not be taken for that of another. No character of a tenant's id has to fit into a name.
 */
export function outcomeCookieName({ tenantId, provider }: { tenantId: string; provider: string }): string {
  const hash = createHash('sha256').update(`${provider} ${tenantId}`).digest('base64url');
  return `atlassian_outcome_${hash.slice(0, 16)}`;
}
