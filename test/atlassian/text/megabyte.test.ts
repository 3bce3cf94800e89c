import { describe, expect, it } from 'vitest';
import { adfToMarkdown, readAdf } from '../../../src/atlassian/text/adf-markdown.ts';
import type { PlainText, RichText } from '../../../src/atlassian/text/document/document.ts';
import { writePlainText } from '../../../src/atlassian/text/document/plain-writer.ts';
import { storageToMarkdown } from '../../../src/atlassian/text/storage-markdown.ts';
import { wikiToMarkdown } from '../../../src/atlassian/text/wiki-markdown.ts';
import { leastCpuMs } from '../../support/cpu.ts';

const LENGTH = 1_000_000;
/** What is linear takes half of it at most; what is quadratic takes ten seconds and more. */
const MOST_MS = 500;
/** No document becomes more Markdown than this, however deep its lines stand in quotes. */
const MOST_CHARACTERS = 2_000_000;

const repeated = (piece: string) => piece.repeat(Math.ceil(LENGTH / piece.length));
const nested = (begin: string, end: string) => {
  const depth = Math.floor(LENGTH / (begin.length + end.length));
  return `${begin.repeat(depth)}a${end.repeat(depth)}`;
};

/**
 * What begins and does not end has an input of its own. Of what ends, up to four kinds that are read in the same way share
 * one: what would be quadratic in one of them still takes longer than is allowed.
 */
const WIKI = {
  ...Object.fromEntries(
    [
      ...['*a* ', '*a _b ', '*_-+^~', '{*}a{*} {{a}} ', '{{a ', 'https://x.example/'],
      ...['[', '[a|', '[a|b] [~a] [a *b|https://x.example/] !a.png! ', '\\\\', '\\{'],
      ...['|a', '|a|\n', '|a|b\nc', '{', '{color:red}', '{color:red}a{color} {panel}a{panel}', '{quote}'],
      ...['{panel:title=a}', '* {quote}', '| {panel}', '{code}', '{code}a', '{noformat}a{noformat}\n'],
      ...['a\n', '\n', '* a\n*# a\n#* ☑ a\n', 'bq. a\nh1. a\n----\n', '&amp;&#1;'],
    ].map((piece) => [piece, repeated(piece)]),
  ),
  'quotes in panels': nested('{quote}{panel:title=a}', '{panel}{quote}'),
  'cells in lists': `${'* '.repeat(9)}${repeated('|* a')}`,
};

const STORAGE = {
  ...Object.fromEntries(
    [
      ...[
        '<',
        '<p',
        '<p>',
        '</p>',
        '<p>a</p>',
        '<b>a',
        '<b>a</b><i>b</i>',
        '<b><i>',
        '<x/>',
        '<x>',
        '<p a="',
        "<p a='",
      ],
      ...['<ul><li>', '<ul><li>a</li></ul>', '<table><tr><td>', '<td>a</td>', '<tr><td rowspan="99">a</td></tr>', '&'],
      ...[
        '<table><tr><td colspan="999">a</td></tr></table>',
        '<![CDATA[',
        '<![CDATA[a]]>',
        '<!--',
        '<!-- -->',
        '&amp;',
      ],
      ...[
        '<a href="https://x.example/">a</a>',
        '<a href="x">',
        '<ac:link>',
        '<ac:image>',
        '<h1>',
        '<pre>',
        '<code>a</code>',
      ],
      ...[
        '<ac:structured-macro ac:name="code"><ac:plain-text-body>',
        '<ac:parameter ac:name="title">',
        '<ac:placeholder>',
      ],
      ...[
        '<ac:task><ac:task-body>a</ac:task-body></ac:task>',
        '<time datetime="2026-01-02"/>',
        '<blockquote>',
        '<br/>',
      ],
      ...['<span style="color:red">a</span>', '<ac:adf-extension><ac:adf-node type="panel">', '[', '*', '\\'],
    ].map((piece) => [piece, repeated(piece)]),
  ),
  'quotes in lists': nested('<ul><li><blockquote>', '</blockquote></li></ul>'),
  'attributes without end': `<p ${repeated('a="b" ')}`,
  'a long address': `<a href="https://x.example/${repeated('a')}">b</a>`,
};

const text = (value: string, ...marks: string[]) => ({
  type: 'text',
  text: value,
  marks: marks.map((type) => ({ type })),
});
const linked = (value: string, href: string) => ({
  type: 'text',
  text: value,
  marks: [{ type: 'link', attrs: { href } }],
});
const paragraph = (...content: unknown[]) => ({ type: 'paragraph', content });
const doc = (...content: unknown[]) => ({ type: 'doc', version: 1, content });
const many = <T>(make: (index: number) => T, count = 50_000): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const cell = (attrs: object, ...content: unknown[]) => ({ type: 'tableCell', attrs, content });
const table = (rows: number, columns: number, attrs: object) => ({
  type: 'table',
  content: many(() => ({ type: 'tableRow', content: many(() => cell(attrs, paragraph(text('a'))), columns) }), rows),
});
const wrapped = (types: readonly string[], inner: unknown) =>
  many((index) => types[index % types.length], 1_000).reduce(
    (content: unknown, type) => ({ type, content: [content] }),
    inner,
  );
const lines = repeated('\n|a');

const ADF: Record<string, unknown> = {
  'a million marks': doc(paragraph(...many((index) => text('a', ...many((mark) => `m${index}_${mark}`, 20))))),
  'marks by turns': doc(paragraph(...many((index) => text('a', index % 2 ? 'strong' : 'em')))),
  'marks by turns, in a cell': doc(wrapped(['tableCell'], paragraph(text('a'))), {
    type: 'table',
    content: [
      { type: 'tableRow', content: [cell({}, paragraph(...many((at) => text('(', at % 2 ? 'strong' : 'strike'))))] },
    ],
  }),
  'one mark on many words': doc(paragraph(...many((index) => text(index % 2 ? ' ' : '(', 'strong')))),
  blanks: doc(paragraph(text('a'), ...many(() => text(' ')), text('b', 'strong'))),
  'breaks and marks': doc(
    paragraph(...many((index) => (index % 2 ? { type: 'hardBreak' } : text('a', 'strong', 'em')))),
  ),
  'many links': doc(paragraph(...many((index) => linked('a', `https://x.example/${index}`)))),
  'one link in many pieces': doc(paragraph(...many((index) => linked(`a${index}`, 'https://x.example/')))),
  'one link in many pieces, in a cell': doc({
    type: 'table',
    content: [
      {
        type: 'tableRow',
        content: [cell({}, paragraph(...many((index) => linked(`a${index}`, 'https://x.example/'))))],
      },
    ],
  }),
  'links without words': doc(paragraph(...many((index) => linked(' ', `https://x.example/${index}`)))),
  'lines in a text': doc(paragraph(text(lines, 'strong'))),
  'lines in code': doc({ type: 'codeBlock', content: [text(lines)] }),
  'backticks in code': doc(paragraph(text(repeated('``a'), 'code'))),
  brackets: doc(paragraph(text(repeated('[(')))),
  backslashes: doc(paragraph(text(repeated('\\')))),
  'what is in attributes': doc(
    paragraph(
      { type: 'status', attrs: { text: lines, color: lines } },
      { type: 'mention', attrs: { text: lines, id: lines } },
      { type: 'emoji', attrs: { text: lines } },
      linked('a', lines),
    ),
    { type: 'expand', attrs: { title: lines }, content: [] },
    { type: 'extension', attrs: { extensionKey: lines, text: lines } },
    { type: 'media', attrs: { id: lines, alt: lines } },
  ),
  'a wide table': doc(table(1, 20_000, { colspan: 1e9, rowspan: 1e9 })),
  'a high table': doc(table(20_000, 1, { colspan: 99, rowspan: 99 })),
  'many tables': doc(...many(() => table(1, 1, { colspan: 1e9 }), 10_000)),
  'deep quotes': doc(
    wrapped(['blockquote', 'bulletList', 'listItem', 'panel'], { type: 'codeBlock', content: [text(lines)] }),
  ),
  'deep tables': doc(
    wrapped(['table', 'tableRow', 'tableCell'], paragraph(...many(() => text('a', 'strong'), 20_000))),
  ),
  'many blocks in an item': doc({
    type: 'bulletList',
    content: [{ type: 'listItem', content: many(() => ({ type: 'rule' })) }],
  }),
};

const CONVERTERS: { name: string; convert: (input: never) => RichText | PlainText; inputs: Record<string, unknown> }[] =
  [
    { name: 'wikiToMarkdown', convert: wikiToMarkdown, inputs: WIKI },
    { name: 'storageToMarkdown', convert: storageToMarkdown, inputs: STORAGE },
    { name: 'adfToMarkdown', convert: adfToMarkdown, inputs: ADF },
    { name: 'plain text of ADF', convert: (input) => writePlainText(readAdf(input)), inputs: ADF },
  ];

describe.each(CONVERTERS)('$name', ({ convert, inputs }) => {
  it.each(Object.entries(inputs).map(([name, input]) => ({ name: JSON.stringify(name), input: input as never })))(
    'takes little time and room for 1 MB of $name',
    ({ input }) => {
      let length = 0;
      const work = () => {
        const told = convert(input);
        length = ('text' in told ? told.text : told.markdown).length;
      };
      expect(leastCpuMs(MOST_MS, work)).toBeLessThan(MOST_MS);
      expect(length).toBeLessThan(MOST_CHARACTERS);
    },
  );
});
