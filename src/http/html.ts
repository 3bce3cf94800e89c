import type { FastifyReply } from 'fastify';
import { PAGE_POLICY } from './security-headers.ts';

/** Text as it may stand in HTML content and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A complete page around `body` and what `head` adds, which must be escaped already. */
export function page(title: string, body: string, head = ''): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
${head}
<style>
  :root { color-scheme: light dark; --accent: #0c66e4; --line: light-dark(#d5d9e0, #3b444f); --soft: light-dark(#5e6c84, #9fadbc); --ok: light-dark(#1f845a, #4bce97); --bad: light-dark(#c9372c, #f87168); }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 0 auto; padding: 2rem 1rem; }
  h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .8rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin: 0; }
  .tenant, .foot { color: var(--soft); overflow-wrap: anywhere; }
  main { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); }
  .card { border: 1px solid var(--line); border-radius: .6rem; padding: 1.2rem; overflow-wrap: anywhere; }
  .card > p:first-child { margin-top: 0; } .card > p:last-child { margin-bottom: 0; }
  .badge { font-size: .75rem; font-weight: 600; padding: .15rem .5rem; border-radius: 1rem; border: 1px solid currentColor; white-space: nowrap; }
  .badge.ok { color: var(--ok); } .badge.off { color: var(--soft); }
  .button { display: inline-block; background: var(--accent); color: #fff; text-decoration: none; padding: .5rem 1rem; border: 0; border-radius: .4rem; font: inherit; font-weight: 600; cursor: pointer; }
  .button:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
  .notice { margin: 0 0 1.5rem; border-left: .3rem solid; padding: .6rem 1rem; border-radius: .3rem; background: color-mix(in srgb, currentColor 8%, transparent); }
  .notice.ok { color: var(--ok); } .notice.bad { color: var(--bad); } .notice a { color: inherit; font-weight: 600; }
</style>
</head>
<body>
${body}
</body>
</html>
`;
}

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
