import { describe, expect, it } from 'vitest';
import { toAdf } from '../../../src/atlassian/text/adf.ts';
import { adfToMarkdown } from '../../../src/atlassian/text/adf-markdown.ts';
import { adfText } from '../../../src/atlassian/text/adf-text.ts';
import { confluenceLanguage, jiraLanguage } from '../../../src/atlassian/text/code-languages.ts';
import { writePlainText } from '../../../src/atlassian/text/document/plain-writer.ts';
import { addressOf } from '../../../src/atlassian/text/link-targets.ts';
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
import { readStorage, storageToMarkdown } from '../../../src/atlassian/text/storage-markdown.ts';
import { readWiki, wikiToMarkdown } from '../../../src/atlassian/text/wiki-markdown.ts';
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

/** With `mostMs` where one may cost more or less than the usual. */
const INPUTS: { name: string; text: string; mostMs?: number }[] = [
  ...REPEATED.map((piece) => ({
    name: JSON.stringify(piece),
    text: piece.repeat(Math.floor(LENGTH / piece.length)),
    mostMs: MANY[piece] ?? MOST_MS,
  })),
  { name: 'bold around blanks', text: `**a${' '.repeat(LENGTH)}b**` },
  { name: 'bold around line ends', text: `**a${'\\\n'.repeat(LENGTH / 2)}b**` },
  { name: '38 KB of images that never end', text: '!['.repeat(19_000), mostMs: 300 },
  { name: 'links that never end but one', text: `${'['.repeat(19_000)}a](b)` },
  { name: 'labels in labels', text: `${'['.repeat(19_000)}a${']'.repeat(19_000)}\n\n[x]: y` },
  { name: 'images in the words for images', text: `${'!['.repeat(15_000)}a${'](x)'.repeat(15_000)}` },
  { name: 'links and images in turn', text: '[a ![b '.repeat(9_000) + '](c)'.repeat(9_000) },
  {
    name: 'a wide table',
    text: `${'|a'.repeat(15_000)}|\n${'|-'.repeat(15_000)}|\n${'|\n'.repeat(1_000)}`,
    mostMs: 3 * MOST_MS,
  },
  { name: 'code of many lengths', text: Array.from({ length: 440 }, (_, length) => `${'`'.repeat(length)} `).join('') },
  { name: 'comments that end after their quote', text: `${'> <!-- a\n'.repeat(11_000)}\n-->` },
  { name: 'a tag with many attributes', text: `<p ${'a="b" '.repeat(16_000)}>c</p>` },
  { name: 'links with many attributes', text: `<ac:link ${' '.repeat(9)}ac:anchor="a">`.repeat(2_500) },
  { name: 'many headings and links to them', text: '# a\n\n[b](#a)\n\n'.repeat(3_000) },
  { name: 'a comment that opens again and again', text: `${'<!-- '.repeat(20_000)}\n\n-->` },
];

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  adfText: (text) => adfText({ type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text }] }] }),
  adfToMarkdown: (text) =>
    adfToMarkdown({
      type: 'doc',
      content: ['paragraph', 'codeBlock'].map((type) => ({ type, content: [{ type: 'text', text }] })),
    }),
  wikiText,
  wikiToMarkdown,
  'plain text of wiki markup': (text) => writePlainText(readWiki(text)),
  'plain text of storage format': (text) => writePlainText(readStorage(text)),
  storageToMarkdown,
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
    'of $name are read and written as Markdown in linear time, or refused',
    ({ text, mostMs = MOST_MS }) => {
      const work = () => {
        const blocks = parseMarkdown(text);
        toAdf(blocks);
        toStorage(blocks, 'data_center');
        toWikiMarkup(blocks);
      };
      expect(leastCpuMs(mostMs, () => refused(work))).toBeLessThan(mostMs);
    },
  );

  it.each(INPUTS)('of $name are read as plain text in linear time', ({ text }) => {
    // Also with a beginning and an end that the repetition may look for.
    for (const input of [text, `"x${text}x>`]) {
      const slow = Object.entries(READERS).filter(([, read]) => leastCpuMs(MOST_MS, () => read(input)) >= MOST_MS);
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
