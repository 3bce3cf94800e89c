/** Text as it may stand in HTML content and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The look of every page of this service, in light and dark. It stands in the page itself, which so needs nothing else. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f7f8f9, #161a1d); --surface: light-dark(#fff, #1d2125); --text: light-dark(#172b4d, #d5dce3);
  --soft: light-dark(#505f79, #a6b2bf); --line: light-dark(#c5cbd5, #454f59); --field: light-dark(#7a869a, #8696a7);
  --accent: light-dark(#0c66e4, #579dff); --on-accent: light-dark(#fff, #101418); --focus: light-dark(#0c66e4, #85b8ff);
  --ok: light-dark(#216e4e, #7ee2b8); --bad: light-dark(#ae2a19, #ff9c8f); --calm: light-dark(#44546f, #b6c2cf);
}
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 52rem; margin: 0 auto; padding: 2rem 1rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; line-height: 1.3; margin: 0 0 .6rem; } header h2 { margin: 0; }
.card h3 { font-size: 1rem; margin: .6rem 0 .2rem; }
p { margin: .6rem 0; }
a { color: var(--accent); }
code { font: .9em ui-monospace, monospace; }
[hidden], html:not(.scripted) .scripted { display: none !important; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: .2rem; }
.tenant, .foot, .hint { color: var(--soft); }
.hint { font-size: .9rem; } label ~ span.hint { display: block; margin-top: .4rem; }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); align-items: start; margin: 0 0 1rem; }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: .6rem; padding: 1.2rem; margin: 0 0 1rem; min-width: 0; }
.cards .card { margin: 0; }
.card > :first-child { margin-top: 0; } .card > :nth-last-child(1 of :not([hidden], :empty)) { margin-bottom: 0; }
.card > div > :is(:last-child, :empty) { margin-bottom: 0; } .card > div > :empty { margin-top: 0; }
.card header { display: flex; flex-wrap: wrap; align-items: center; gap: .6rem; margin-bottom: .8rem; }
.mark { width: 1.8rem; height: 1.8rem; flex: none; }
.badge { font-size: .8rem; font-weight: 600; padding: .1rem .6rem; border-radius: 1rem; border: 1px solid currentColor; white-space: nowrap; }
.badge.ok { color: var(--ok); } .badge.off { color: var(--soft); } .badge.bad { color: var(--bad); }
.button, button { display: inline-block; background: var(--accent); color: var(--on-accent); text-decoration: none; padding: .5rem 1rem; min-height: 2.5rem; border: 1px solid transparent; border-radius: .4rem; font: inherit; font-weight: 600; cursor: pointer; }
.button:focus-visible, button:focus-visible { border-radius: .4rem; }
button.quiet, .button.quiet { background: transparent; color: inherit; border-color: var(--field); }
button.bad { background: light-dark(#c9372c, #f87168); color: var(--on-accent); }
button[aria-disabled=true] { opacity: .6; cursor: progress; }
.actions { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0 0; }
details { margin: .8rem 0; } summary { cursor: pointer; }
ul, ol { padding-left: 1.4rem; margin: .4rem 0; } li { margin: .2rem 0; }
label, legend { display: block; font-weight: 600; margin: .7rem 0 .2rem; padding: 0; }
fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
label.choice { font-weight: 400; display: flex; gap: .6rem; align-items: baseline; }
input:not([type=radio]), select, textarea { font: inherit; color: inherit; background: var(--surface); width: 100%; padding: .45rem .6rem; min-height: 2.5rem; border: 1px solid var(--field); border-radius: .4rem; }
textarea { min-height: 6rem; resize: vertical; }
input::placeholder { color: var(--soft); opacity: 1; }
.row { display: flex; flex-wrap: wrap; gap: .6rem; align-items: end; } .row > .grow { flex: 1 1 12rem; min-width: 0; }
.notice { margin: 0 0 1.2rem; border-left: .3rem solid; padding: .6rem 1rem; border-radius: .3rem; background: var(--surface); }
.notice.ok { color: var(--ok); } .notice.bad { color: var(--bad); } .notice.calm { color: var(--calm); } .notice a { color: inherit; font-weight: 600; }
.problem { color: var(--bad); }
.results[aria-busy=true] { opacity: .5; } .results { list-style: none; padding: 0; margin: .8rem 0 0; } .results li { padding: .5rem 0; border-top: 1px solid var(--line); } .results p { margin: .2rem 0 0; }
.tabs { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0 0 .8rem; }
button[aria-pressed=false] { background: transparent; color: inherit; border-color: var(--field); }
button[aria-pressed=true] { text-decoration: underline; }
[aria-invalid=true] { border-color: var(--bad) !important; }
dialog { color: inherit; background: var(--surface); border: 1px solid var(--line); border-radius: .6rem; padding: 1.2rem; width: min(28rem, calc(100vw - 2rem)); }
dialog::backdrop { background: #0008; }
.prose .wide { overflow-x: auto; margin: 1rem 0; }
.prose table { border-collapse: collapse; }
.prose :is(th, td) { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; overflow-wrap: normal; }
.prose :is(th, td):last-child { min-width: 14rem; }
.prose :is(h2, h3, h4) { margin: 1.8rem 0 .6rem; }
.prose img { max-width: 100%; height: auto; }
.prose pre { white-space: pre; overflow-x: auto; }
@media (forced-colors: active) { button[aria-pressed=true] { border: 3px solid Highlight; } }
pre { background: var(--page); border: 1px solid var(--line); border-radius: .4rem; padding: .8rem; white-space: pre-wrap; }
`;

export interface PageParts {
  /** What stands in the head beside the title, escaped already. */
  head?: string;
  /** The address of the page's script, which may be missing. */
  script?: string;
}

/** A complete page around `body`, which must be escaped already. */
export function page(title: string, body: string, { head = '', script }: PageParts = {}): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='7' fill='%231868db'/%3E%3Cpath d='M8 16.5 13.5 22 24 10.5' fill='none' stroke='%23fff' stroke-width='3.4'/%3E%3C/svg%3E">
${head}${script === undefined ? '' : `<script type="module" src="${escapeHtml(script)}"></script>`}
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}
