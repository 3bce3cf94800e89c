import { describe, expect, it } from 'vitest';
import { addressOf } from '../../../src/atlassian/text/addresses.ts';
import { toAdf } from '../../../src/atlassian/text/adf.ts';
import { adfText } from '../../../src/atlassian/text/adf-text.ts';
import { confluenceLanguage, jiraLanguage } from '../../../src/atlassian/text/code-languages.ts';
import { parseMarkdown } from '../../../src/atlassian/text/markdown.ts';
import {
  decodeEntities,
  epochSeconds,
  highlightedText,
  plainLine,
  snippet,
  withoutControls,
  withoutHighlights,
} from '../../../src/atlassian/text/plain-text.ts';
import { toStorage } from '../../../src/atlassian/text/storage-format.ts';
import { storageText } from '../../../src/atlassian/text/storage-text.ts';
import { toWikiMarkup } from '../../../src/atlassian/text/wiki-markup.ts';
import { wikiText } from '../../../src/atlassian/text/wiki-text.ts';
import { AppError } from '../../../src/errors.ts';
import { leastCpuMs } from '../../support/cpu.ts';

const LENGTH = 25_000;
/** What is linear takes a fraction of it on a slow machine; what is quadratic takes many times as much. */
const MOST_MS = 500;

const REPEATED = [
  ...['a', '1', ' ', '\t', '\n', '\r', '\u00a0', '\u2028', 'é', '\u{1f600}', '\ud800', '\u0000', '\u202e'],
  ...[
    '>',
    '*',
    '_',
    '[',
    ']',
    '`',
    '~',
    '<',
    '&',
    '|',
    '\\',
    '#',
    '(',
    ')',
    '!',
    '"',
    "'",
    '-',
    '+',
    '=',
    ':',
    '{',
    '}',
  ],
  ...[
    '^',
    '?',
    '@',
    '/',
    '.',
    ',',
    ';',
    '> ',
    '1. ',
    '- ',
    '- a\n',
    '**',
    '**a ',
    '*a **b ',
    '_a',
    'a_',
    '* _',
    '~~a ',
  ],
  ...[
    '![',
    '](',
    '[](',
    '[a]',
    '[a](',
    '![a](',
    '[a]()',
    '[a](b "',
    '[a](<',
    '[[]',
    '[a]: b\n',
    '[a][',
    '![]()',
    '[a\n',
  ],
  ...[
    '<!--',
    '<!-- a\n',
    '> <!--\n',
    '-->',
    '<!-- -->',
    '<br',
    '<br ',
    '<br>',
    '<a ',
    '<a "',
    '</',
    '<![CDATA[',
    ']]>',
  ],
  ...[
    '`a',
    '``a`',
    '```\n',
    '~~~',
    '&#1;',
    '&amp',
    '&amp;',
    '&#',
    'http://',
    'http://a ',
    'https://a.b/(',
    '//a',
    'mailto:',
  ],
  ...[
    'a\n',
    '\\\n',
    '|\n',
    '|a',
    '|-',
    '- [ ] ',
    '- [x] a\n',
    '# a\n',
    'h1. ',
    '{{',
    '}}',
    '{code}',
    '{code:',
    '{quote}',
  ],
  ...['{color:red}', '{*}', '{panel:title=', '??', '[~a', '[a|', '[a|b]', '!a.png', '!a.', '@@@', '@@@hl@@@', '+0000'],
  ...[
    '<p>',
    '</p>',
    '<ac:parameter>',
    '<ac:link>',
    '<a b="',
    '<time ',
    ' :)',
    '(x',
    '\\\\',
    '||',
    '----\n',
    '\n> ',
    '\n\n',
  ],
];

/** Blocks and cells by the ten thousand are much, but not quadratic. */
const MANY: Readonly<Record<string, number>> = { '- a\n': 3 * MOST_MS, '- [x] a\n': 3 * MOST_MS };

/** What it is, the text, and what it may cost where that is not the usual. */
const INPUTS: [name: string, text: string, mostMs?: number][] = [
  ...REPEATED.map((piece): [string, string, number] => [
    JSON.stringify(piece),
    piece.repeat(Math.floor(LENGTH / piece.length)),
    MANY[piece] ?? MOST_MS,
  ]),
  ['bold around blanks', `**a${' '.repeat(LENGTH)}b**`],
  ['bold around line ends', `**a${'\\\n'.repeat(LENGTH / 2)}b**`],
  ['38 KB of images that never end', '!['.repeat(19_000), 300],
  ['links that never end but one', `${'['.repeat(19_000)}a](b)`],
  ['labels in labels', `${'['.repeat(19_000)}a${']'.repeat(19_000)}\n\n[x]: y`],
  ['images in the words for images', `${'!['.repeat(15_000)}a${'](x)'.repeat(15_000)}`],
  ['links and images in turn', '[a ![b '.repeat(9_000) + '](c)'.repeat(9_000)],
  ['a wide table', `${'|a'.repeat(15_000)}|\n${'|-'.repeat(15_000)}|\n${'|\n'.repeat(1_000)}`, 3 * MOST_MS],
  ['code of many lengths', Array.from({ length: 440 }, (_, length) => `${'`'.repeat(length)} `).join('')],
  ['comments that end after their quote', `${'> <!-- a\n'.repeat(11_000)}\n-->`],
  ['a tag with many attributes', `<p ${'a="b" '.repeat(16_000)}>c</p>`],
  ['links with many attributes', `<ac:link ${' '.repeat(9)}ac:anchor="a">`.repeat(2_500)],
  ['many headings and links to them', '# a\n\n[b](#a)\n\n'.repeat(3_000)],
  ['a comment that opens again and again', `${'<!-- '.repeat(20_000)}\n\n-->`],
];

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  adfText: (text) => adfText({ type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text }] }] }),
  wikiText,
  storageText,
  snippet,
  plainLine,
  withoutControls,
  decodeEntities,
  highlightedText,
  withoutHighlights,
  epochSeconds,
  addressOf,
  jiraLanguage,
  confluenceLanguage,
};

describe('25 KB', () => {
  it.each(INPUTS)(
    'of %s are read and written as Markdown in linear time, or refused',
    (_name, input, most = MOST_MS) => {
      const work = () => {
        const blocks = parseMarkdown(input);
        toAdf(blocks);
        toStorage(blocks, 'data_center');
        toWikiMarkup(blocks);
      };
      expect(leastCpuMs(most, () => refused(work))).toBeLessThan(most);
    },
  );

  it.each(INPUTS)('of %s are read as plain text in linear time', (_name, input) => {
    // Also with a beginning and an end that the repetition may look for.
    for (const text of [input, `"x${input}x>`]) {
      const slow = Object.entries(READERS).filter(([, read]) => leastCpuMs(MOST_MS, () => read(text)) >= MOST_MS);
      expect(slow.map(([name]) => name)).toEqual([]);
    }
  });
});

function refused(work: () => void): void {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
  }
}
