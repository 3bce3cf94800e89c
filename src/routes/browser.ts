import type { FastifyReply } from 'fastify';
import type { Config } from '../config.ts';
import { STATE_LIFETIME_SECONDS } from '../connections/login-state.ts';
import type { BegunLogin } from '../connections/logins.ts';

/** Where a browser asks a person who is not signed in at Atlassian: the consent page leads there. */
const ATLASSIAN_SIGN_IN = 'https://id.atlassian.com';

/**
 * Where forms of this service lead. Browsers hold every redirect after a form to this, and that of a login leads to
 * Atlassian's consent page.
 */
export function formTargets({ authBaseUrl }: Config): string[] {
  const { origin } = new URL(authBaseUrl);
  return ["'self'", origin, ...(origin === 'https://auth.atlassian.com' ? [ATLASSIAN_SIGN_IN] : [])];
}

/** Sends a page that nobody keeps, embeds or runs scripts in. */
export function sendHtml(reply: FastifyReply, config: Config, html: string) {
  return reply
    .type('text/html; charset=utf-8')
    .headers({
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; form-action ${formTargets(config).join(' ')}; frame-ancestors 'none'; base-uri 'none'`,
      // With `no-referrer` a form would be sent with `Origin: null`, like that of a stranger.
      'referrer-policy': 'same-origin',
    })
    .send(html);
}

export function setLoginCookie(reply: FastifyReply, { cookie }: BegunLogin): void {
  const { name, value, secure } = cookie;
  reply.setCookie(name, value, { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: STATE_LIFETIME_SECONDS });
}

/**
 * The same request on the callback's host, so that a login's cookie comes back there. `moved` ends it after one step:
 * behind a proxy that renames the host it would go round for ever.
 */
export function sameOn(origin: URL, request: { url: string }, query: Record<string, string> = {}): string {
  const url = new URL(origin);
  // Only path and query are the request's to say: a target in absolute form names a host of its own.
  const { pathname, search } = new URL(request.url, origin);
  url.pathname = pathname;
  url.search = search;
  for (const [name, value] of Object.entries({ ...query, moved: '1' })) url.searchParams.set(name, value);
  return url.href;
}
