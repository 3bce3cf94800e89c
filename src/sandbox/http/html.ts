import { createHash } from 'node:crypto';
import type { Reply } from './call.ts';

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

const STYLE = `
:root{color-scheme:light dark;--ink:#172b4d;--soft:#5e6c84;--line:#dfe1e6;--ground:#f4f5f7;--card:#fff;--brand:#0c66e4;--on-brand:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#dee4ea;--soft:#9fadbc;--line:#38414a;--ground:#161a1d;--card:#1d2125;--brand:#579dff;--on-brand:#161a1d}}
*{box-sizing:border-box}
body{margin:0;padding:24px 16px;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:560px;margin:4vh auto;padding:32px;background:var(--card);border:1px solid var(--line);border-radius:12px}
main.wide{max-width:820px}
h1{margin:0 0 8px;font-size:24px;line-height:1.25;overflow-wrap:anywhere}
h2{margin:28px 0 8px;font-size:16px}
p{margin:8px 0;overflow-wrap:anywhere}
.soft{color:var(--soft);font-size:14px}
ul{margin:8px 0;padding-left:20px}
li{margin:4px 0;overflow-wrap:anywhere}
code{font-size:13px;color:var(--soft)}
form{margin:0}
button{display:block;width:100%;margin:8px 0;padding:12px 16px;border:1px solid var(--line);border-radius:8px;background:none;color:inherit;font:inherit;text-align:left;cursor:pointer}
button:hover,button:focus-visible{border-color:var(--brand);outline:2px solid var(--brand);outline-offset:-1px}
button.site{width:auto;margin-left:24px;padding:6px 16px;font-size:14px}
button.deny{text-align:center;color:var(--soft)}
table{border-collapse:collapse}
th,td{padding:4px 20px 4px 0;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{font-weight:500;color:var(--soft);white-space:nowrap}
a{color:var(--brand)}
`;

/**
 * A page without scripts or outside resources.
 *
 * @param body HTML whose variable parts are escaped already
 */
export function htmlPage(status: number, title: string, body: string, wide = false): Reply {
  const styleHash = createHash('sha256').update(STYLE).digest('base64');
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // Chromium holds form-action against every redirect that follows the form, the application's own next hop
      // included, which cannot be known here: so web addresses are left open and only other schemes are closed.
      'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self' http: https:; base-uri 'none'; frame-ancestors 'none'`,
    },
    body: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main${wide ? ' class="wide"' : ''}>
${body}
</main>
</body>
</html>
`,
  };
}
