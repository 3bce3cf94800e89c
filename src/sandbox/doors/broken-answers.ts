import type { Fault } from './faults.ts';

/*
 * Answers that are not what the documents have, met in the field: public reports of the products and of the proxies
 * before them. Each is for `Sandbox.fault`, alone or with a method, a path and how often: `{ ...LOGIN_PAGE, times: 2 }`.
 */

type Broken = Required<Pick<Fault, 'status' | 'headers' | 'body'>>;

const html = (status: number, title: string, body: string): Broken => ({
  status,
  headers: { 'content-type': 'text/html;charset=UTF-8' },
  body: `<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>\n<body>${body}</body></html>\n`,
});

/** A single sign-on before the product sends its form in the place of an answer. */
export const LOGIN_PAGE = html(
  200,
  'Log in - Jira',
  '<form action="/login.jsp" method="post" id="login-form"><input name="os_username"><input name="os_password" type="password"><button>Log In</button></form>',
);

/** Data Center's page for an address that leads nowhere, such as one without the context path. */
export const DEAD_LINK = html(
  404,
  'Oops, you&#39;ve found a dead link. - Jira',
  '<h1>Oops, you&#39;ve found a dead link.</h1><p>Go back to the previous page</p>',
);

/** Cloud's page for a site that was renamed, deactivated or never there. */
export const SITE_UNAVAILABLE = html(
  404,
  'Atlassian Cloud Notifications Page',
  '<h1>Your Atlassian Cloud site is currently unavailable.</h1><p>Renamed sites, deactivated sites and sites that were never there all look like this.</p>',
);

/** After several wrong passwords the user has to log in once in a browser. */
export const CAPTCHA: Broken = {
  status: 403,
  headers: {
    'content-type': 'text/html;charset=UTF-8',
    'x-seraph-loginreason': 'AUTHENTICATION_DENIED',
    'x-authentication-denied-reason': 'CAPTCHA_CHALLENGE; login-url=https://jira.example.com/login.jsp',
  },
  body: '<html><head><title>Forbidden (403)</title></head><body>Encountered a "403 - Forbidden" error while loading this page.</body></html>',
};

/** What a call that looks like a browser's gets without an origin that the product trusts. */
export const XSRF_FAILED: Broken = {
  status: 403,
  headers: { 'content-type': 'text/html;charset=UTF-8' },
  body: 'XSRF check failed',
};

/** A read answered with nothing; JRASERVER-41559, JRACLOUD-83153. */
export const EMPTY: Broken = { status: 200, headers: { 'content-type': 'application/json;charset=UTF-8' }, body: '' };

/**
 * An error of Confluence's v1 and of its Data Center whose reason stands in `data` alone.
 *
 * @param translation what it says to people
 */
export function confluenceReason(translation: string, status = 400): Broken {
  const error = { message: { key: 'sandbox.error', args: [], translation } };
  return {
    status,
    headers: { 'content-type': 'application/json;charset=UTF-8' },
    body: JSON.stringify({
      statusCode: status,
      data: { authorized: true, valid: false, allowedInReadOnlyMode: true, errors: [error], successful: false },
    }),
  };
}
