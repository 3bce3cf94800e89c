import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { STYLE } from '../pages/html.ts';

const styleHash = createHash('sha256').update(STYLE).digest('base64');

/**
 * What pages may do: run our own scripts, which talk to this service alone, and be framed by nobody. Browsers hold every
 * redirect after a form to `form-action`, and Atlassian's consent lies on hosts that nobody can list: so no form of ours
 * is answered with a redirect that leads away from here.
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  "script-src 'self'",
  // The icon of the pages stands in them.
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** Sends a page that nobody keeps or embeds, and in which nothing runs that is not ours. */
export function sendHtml(reply: FastifyReply, html: string) {
  return reply
    .type('text/html; charset=utf-8')
    .headers({
      'content-security-policy': PAGE_POLICY,
      // With `no-referrer` a form would be sent with `Origin: null`, like that of a stranger.
      'referrer-policy': 'same-origin',
      // Where the framework gives up on a request, nothing else adds these.
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .send(html);
}
