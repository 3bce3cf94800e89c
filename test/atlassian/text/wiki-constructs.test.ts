import { describe, expect, it } from 'vitest';
import { wikiToMarkdown } from '../../../src/atlassian/text/wiki-markdown.ts';
import { wikiText } from '../../../src/atlassian/text/wiki-text.ts';
import {
  MACRO,
  type WikiLine,
  type WikiMark,
  type WikiToken,
  wikiTokens,
} from '../../../src/atlassian/text/wiki-tokens.ts';

/** A construct as the help calls it, what stands in wiki markup, and what is to be told of it. */
type Row = [construct: string, wiki: string, markdown: string, loss?: string[]];

const ICONS = ':) :( :P :D ;) (y) (n) (i) (/) (x) (!) (+) (-) (?) (on) (off) (*) (*r) (*g) (*b) (*y) (flag) (flagoff)';

/** "Text Formatting Notation Help", which every Jira has, in its order. */
const ROWS: Row[] = [
  ...([1, 2, 3, 4, 5, 6] as const).map(
    (level): Row => [`heading ${level}`, `h${level}. Title`, `${'#'.repeat(level)} Title`],
  ),

  ['strong', '*a b*', '**a b**'],
  ['emphasis', '_a b_', '*a b*'],
  ['citation', '??a b??', '*a b*'],
  ['deleted', '-a b-', '~~a b~~'],
  ['inserted', '+a b+', 'a b', ['underline']],
  ['superscript', '^a b^', 'a b', ['superscript']],
  ['subscript', '~a b~', 'a b', ['subscript']],
  ['monospaced', '{{a *b*}}', '`a *b*`'],
  ['marks within words', 'a{*}b{*}c', 'a**b**c'],
  ['block quote', 'bq. a *b*', '> a **b**'],
  ['quote', '{quote}\na\n\nb\n{quote}', '> a\n>\n> b'],
  ['colour', '{color:red}\na *b*\n{color}', 'a **b**', ['color']],

  ['paragraphs', 'a\n\nb', 'a\n\nb'],
  ['end of a line', 'a\nb', 'a\\\nb'],
  ['line break', 'a\\\\b', 'a\\\nb'],
  ['horizontal ruler', 'a\n----\nb', 'a\n\n---\n\nb'],
  ['— symbol', 'a --- b', 'a — b'],
  ['– symbol', 'a -- b', 'a – b'],
  ['— and – at the border of a line', '-- a\nb ---', '– a\\\nb —'],
  ['hyphens that are no dash', 'git --all a--b a -->', 'git --all a--b a -->'],

  ['anchor', '{anchor:top}', '[macro: anchor]', ['macro:anchor']],
  ['link to an anchor', '[#top]', '[top](#top)'],
  ['link to an attachment', '[^a b.ext]', '[a b.ext](<attachment:a b.ext>)'],
  ['link to an attachment, with an alias', '[w|^a.ext]', '[w](attachment:a.ext)'],
  ['external link', '[https://x.example]', '<https://x.example>'],
  ['external link with an alias', '[a *b*|https://x.example]', '[a **b**](https://x.example)'],
  ['external link with an alias and a tip', '[w|https://x.example|tip]', '[w](https://x.example)', ['link-title']],
  ['external link that Jira shows as a card', '[w|https://x.example|smart-link]', '[w](https://x.example)'],
  ['bare address', 'https://x.example/a_b_c-d', 'https://x.example/a_b_c-d'],
  ['mail', '[mailto:a@x.example]', '[a@x.example](mailto:a@x.example)'],
  ['file', '[file:///c:/a.txt]', 'file:///c:/a.txt'],
  ['file with an alias', '[w|file:///c:/a.txt]', 'w (file:///c:/a.txt)'],
  ['user', '[~ann]', '[@ann](username:ann)'],
  ['user with an alias', '[w|~ann]', '[w](username:ann)'],
  ['user of Cloud', '[~accountid:5b:1]', '[@5b:1](accountid:5b:1)'],

  ['list with bullets', '* a\n* b\n** c\n** d\n* e', '- a\n- b\n  - c\n  - d\n- e'],
  ['list with hyphens', '- a\n- b', '- a\n- b'],
  ['numbered list', '# a\n# b\n## c', '1. a\n2. b\n   1. c'],
  ['mixed lists', '# a\n#* b\n\n* c\n*# d', '1. a\n   - b\n\n- c\n  1. d'],

  ['attached image', '!a.gif!', '![a.gif](attachment:a.gif)'],
  ['external image', '!https://x.example/a.gif!', '![](https://x.example/a.gif)'],
  ['thumbnail', '!a.jpg|thumbnail!', '![a.jpg](attachment:a.jpg)'],
  ['image with properties', '!a.gif|align=right, vspace=4, alt=words!', '![words](attachment:a.gif)'],
  ['film', '!a.mov|width=300,height=400!', '![a.mov](attachment:a.mov)'],
  ['film of a type', '!a.wmv|id=media!', '![a.wmv](attachment:a.wmv)'],

  ['table', '||a||b||\n|c|*d*|', '| a | b |\n| --- | --- |\n| c | **d** |'],
  ['table with headers in its rows', '||a|b|\n||c|d|', '|  |  |\n| --- | --- |\n| a | b |\n| c | d |', ['cell:header']],
  [
    'link and image in a cell',
    '|[w|#a]|!a.gif|thumbnail!|',
    '|  |  |\n| --- | --- |\n| [w](#a) | ![a.gif](attachment:a.gif) |',
  ],
  ['list in a cell', '||a||\n|* b\n* c|', '| a |\n| --- |\n| \\* b<br>- c |', ['cell:list']],

  ['noformat', '{noformat}\na *b*\n{noformat}', '```\na *b*\n```'],
  ['noformat with a title', '{noformat:title=T|bgColor=#fff}\na\n{noformat}', '**T**\n\n```\na\n```'],
  ['panel', '{panel}\na\n{panel}', '> [!NOTE]\n> a', ['panel:custom']],
  [
    'panel with parameters',
    '{panel:title=T|borderStyle=dashed|borderColor=#ccc|titleBGColor=#F7D6C1|bgColor=#FFFFCE}\na\n{panel}',
    '> [!NOTE]\n> **T**\n>\n> a',
    ['panel:custom'],
  ],
  ['code', '{code}\na *b*\n{code}', '```\na *b*\n```'],
  ['code of a language', '{code:xml}\n<a/>\n{code}', '```xml\n<a/>\n```'],
  ['code of a language that is named', '{code:language=sql|linenumbers=true}a{code}', '```sql\na\n```'],
  ['code of no language', '{code:none}a{code}', '```\na\n```'],
  ['code with a title', '{code:title=Bar.java|borderStyle=solid}\na\n{code}', '**Bar.java**\n\n```\na\n```'],
  ['code of a language, with a title', '{code:java|title=Bar.java}a{code}', '**Bar.java**\n\n```java\na\n```'],

  ['escape of a special character', '\\*a\\* \\{code} \\[b] \\|', '\\*a\\* {code} \\[b\\] |'],
  ['entity', '&copy; &#169;', '© ©'],
  ...ICONS.split(' ').map((icon): Row => [`icon ${icon}`, `a ${icon} b`, `a ${icon.replace('*', '\\*')} b`]),
  ['icons in a line', '(*) a (*) (+) b (+) (-) c (-) (*r) d (*g)', '(\\*) a (\\*) (+) b (+) (-) c (-) (\\*r) d (\\*g)'],
  ['macro that Jira does not have', '{toc} {html}a{html}', '{toc} {html}a{html}'],
];

describe("wikiToMarkdown tells each construct of Jira's help", () => {
  it.each(ROWS)('%s', (_construct, wiki, markdown, loss = []) => {
    expect(wikiToMarkdown(wiki)).toEqual({ markdown, loss });
  });
});

describe('wikiText tells the same signs', () => {
  it.each([
    ['a -- b --- c', 'a – b — c'],
    ['(*) a (*) (+) b (+) (-) c (-)', '(*) a (*) (+) b (+) (-) c (-)'],
  ])('%s', (wiki, text) => {
    expect(wikiText(wiki)).toBe(text);
  });
});

describe('of what the converter reads, there is a row for every', () => {
  const tokens = ROWS.flatMap(([, wiki]) => wikiTokens(wiki));

  // The members of these are all that the types allow: one that is added is missed here by the compiler.
  it('kind of token', () => {
    const kinds: Record<WikiToken['kind'], true> = {
      ...{ text: true, mark: true, line: true, break: true, mono: true, code: true, macro: true },
      ...{ anchor: true, link: true, linkText: true, image: true, cell: true },
    };
    expect(new Set(tokens.map(({ kind }) => kind))).toEqual(new Set(Object.keys(kinds)));
  });

  it('kind of line', () => {
    const kinds: Record<WikiLine['is'], true> = {
      ...{ heading: true, quote: true, rule: true, row: true, empty: true, text: true, item: true },
    };
    const lines = tokens.flatMap((token) => (token.kind === 'line' ? [token.line.is] : []));
    expect(new Set(lines)).toEqual(new Set(Object.keys(kinds)));
  });

  it('mark', () => {
    const marks: Record<WikiMark, true> = {
      ...{ '*': true, _: true, '-': true, '+': true, '^': true, '~': true, '??': true },
    };
    const begun = tokens.flatMap((token) => (token.kind === 'mark' && token.role === 'begin' ? [token.mark] : []));
    expect(new Set(begun.filter((mark) => !mark.startsWith('{')))).toEqual(new Set(Object.keys(marks)));
  });

  it('macro', () => {
    const names = tokens.flatMap((token) => ('name' in token && token.kind !== 'anchor' ? [token.name] : []));
    const anchors = tokens.some(({ kind }) => kind === 'anchor') ? ['anchor'] : [];
    expect(new Set([...names, ...anchors])).toEqual(new Set(/[a-z]+(?:\|[a-z]+)+/.exec(MACRO.source)?.[0].split('|')));
  });
});
