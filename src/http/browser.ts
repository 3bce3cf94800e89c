import type { FastifyReply } from 'fastify';
import { OUTCOME_LIFETIME_SECONDS } from '../connections/login/login-outcome.ts';
import { STATE_LIFETIME_SECONDS } from '../connections/login/login-state.ts';
import type { BegunLogin, CompletedLogin } from '../connections/login/logins.ts';

/** Carries to the page of the connections how a login ended. */
export const OUTCOME_COOKIE = 'atlassian_outcome';

// Browsers hold every redirect after a form to `form-action`, and Atlassian's consent lies on hosts that nobody can list:
// so no form of ours is answered with a redirect.
const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** Sends a page that nobody keeps, embeds or runs scripts in. */
export function sendHtml(reply: FastifyReply, html: string) {
  return reply
    .type('text/html; charset=utf-8')
    .headers({
      'cache-control': 'no-store',
      'content-security-policy': PAGE_POLICY,
      // With `no-referrer` a form would be sent with `Origin: null`, like that of a stranger.
      'referrer-policy': 'same-origin',
      // Where the framework gives up on a request, nothing else adds it.
      'x-content-type-options': 'nosniff',
    })
    .send(html);
}

export function setLoginCookie(reply: FastifyReply, { cookie }: BegunLogin): void {
  const { name, value, secure } = cookie;
  reply.setCookie(name, value, { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: STATE_LIFETIME_SECONDS });
}

export function setOutcomeCookie(reply: FastifyReply, { outcome, location }: CompletedLogin): void {
  if (outcome === null) return;
  const secure = location.startsWith('https:');
  reply.setCookie(OUTCOME_COOKIE, outcome, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure,
    maxAge: OUTCOME_LIFETIME_SECONDS,
  });
}

/**
 * The same request on the callback's host, so that a login's cookie comes back there. `moved` ends it after one step:
 * behind a proxy that renames the host it would go round for ever.
 * @param base where this service is on that host
 */
export function sameOn(base: URL, request: { url: string }, query: Record<string, string> = {}): string {
  // Only path and query are the request's to say: a target in absolute form names a host of its own.
  const { pathname, search } = new URL(request.url, base.origin);
  const url = new URL(base.origin);
  url.pathname = base.pathname.replace(/\/$/, '') + pathname;
  url.search = search;
  for (const [name, value] of Object.entries({ ...query, moved: '1' })) url.searchParams.set(name, value);
  return url.href;
}
