/** The cookie that binds a login to the browser it was begun in; one for each login, since several may be under way. */
export const loginCookieName = (loginId: string): string => `atlassian_login_${loginId}`;

/** The cookie that tells the page of the connections how a login ended. */
export const OUTCOME_COOKIE = 'atlassian_outcome';
