/** Other names that people write behind a code fence, by the one in the tables below. */
const ALIASES = namesOf({
  actionscript: 'as as3 actionscript3',
  bash: 'sh shell zsh console shell-session shellscript',
  'c#': 'cs csharp c-sharp',
  cpp: 'c++ cxx cc hpp h++',
  coldfusion: 'cf cfm cfml',
  delphi: 'pas pascal objectpascal',
  diff: 'patch udiff',
  erlang: 'erl',
  go: 'golang',
  haskell: 'hs',
  javafx: 'jfx',
  javascript: 'js jsx mjs cjs node',
  json: 'jsonc json5',
  objc: 'objective-c objectivec obj-c',
  perl: 'pl',
  powershell: 'ps1 pwsh posh',
  python: 'py python3 py3',
  ruby: 'rb',
  sass: 'scss',
  text: 'txt plain plaintext none',
  visualbasic: 'vb vb.net vbnet',
  html: 'htm xhtml',
  xml: 'svg xsd xsl xslt',
  yaml: 'yml',
});

/**
 * What Jira Data Center's `{code}` takes, as it lists them where it refuses another ("Unable to find source-code
 * formatter for language: … Available languages are: …", printed on the issue): netresearch/jira-skill#94.
 */
const JIRA = new Set(
  (
    'actionscript ada applescript bash c c# c++ cpp css erlang go groovy haskell html java javascript js json lua none ' +
    'nyan objc perl php python r rainbow ruby scala sh sql swift visualbasic xml yaml'
  ).split(' '),
);

/**
 * What Confluence Data Center's code macro takes, by the names above ("Code Block Macro"; the values are those of
 * confluence-publisher#138): for another the page shows "Error rendering macro 'code'".
 */
const CONFLUENCE: ReadonlyMap<string, string> = new Map([
  ['actionscript', 'actionscript3'],
  ...['applescript', 'bash', 'c#', 'cpp', 'css', 'coldfusion', 'delphi', 'diff', 'groovy', 'java', 'perl', 'php'].map(
    (name): [string, string] => [name, name],
  ),
  ...['powershell', 'ruby', 'sass', 'scala', 'sql', 'text', 'xml'].map((name): [string, string] => [name, name]),
  ['erlang', 'erl'],
  ['html', 'xml'],
  ['javafx', 'jfx'],
  ['javascript', 'js'],
  ['python', 'py'],
  ['visualbasic', 'vb'],
  // Since 6.7.
  ['yaml', 'yml'],
]);

/** The language of a code fence as Jira Data Center's `{code}` names it; null for one that it refuses. */
export function jiraLanguage(language: string): string | null {
  const written = language.toLowerCase();
  if (JIRA.has(written)) return written;
  const name = ALIASES.get(written) ?? written;
  if (name === 'text') return 'none';
  return JIRA.has(name) ? name : null;
}

/** The language of a code fence as Confluence Data Center's code macro names it; null for one that it refuses. */
export function confluenceLanguage(language: string): string | null {
  const written = language.toLowerCase();
  return CONFLUENCE.get(ALIASES.get(written) ?? written) ?? null;
}

function namesOf(table: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(table).flatMap(([name, aliases]) =>
      aliases.split(' ').map((alias): [string, string] => [alias, name]),
    ),
  );
}
