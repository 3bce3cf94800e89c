import { describe, expect, it } from 'vitest';
import { type AdfNode, toAdf } from '../../../src/atlassian/text/adf.ts';
import { parseMarkdown } from '../../../src/atlassian/text/markdown.ts';
import { toStorage } from '../../../src/atlassian/text/storage-format.ts';
import { AppError } from '../../../src/errors.ts';
import { readAdf } from '../../../src/sandbox/adf.ts';
import { readStorage } from '../../../src/sandbox/storage-format.ts';
import { Random } from '../../support/random.ts';

const markdownToAdf = (markdown: string) => toAdf(parseMarkdown(markdown));
const markdownToStorage = (markdown: string) => toStorage(parseMarkdown(markdown));

const node = (type: string, ...content: AdfNode[]): AdfNode => ({ type, content });
const text = (value: string, ...marks: AdfNode['marks'] & {}): AdfNode => ({
  type: 'text',
  text: value,
  ...(marks.length > 0 ? { marks } : {}),
});
const p = (...content: (AdfNode | string)[]): AdfNode =>
  node('paragraph', ...content.map((child) => (typeof child === 'string' ? text(child) : child)));
const item = (...content: AdfNode[]): AdfNode => node('listItem', ...content);
const link = (href: string) => ({ type: 'link', attrs: { href } });
const code = (value: string, language?: string): AdfNode => ({
  type: 'codeBlock',
  ...(language === undefined ? {} : { attrs: { language } }),
  content: value === '' ? [] : [text(value)],
});
const macro = (value: string, language = '') =>
  `<ac:structured-macro ac:name="code">${language && `<ac:parameter ac:name="language">${language}</ac:parameter>`}<ac:plain-text-body><![CDATA[${value}]]></ac:plain-text-body></ac:structured-macro>`;
const ordered = (order: number, ...content: AdfNode[]): AdfNode => ({ type: 'orderedList', attrs: { order }, content });
const cell = (type: string, ...content: (AdfNode | string)[]): AdfNode => ({
  type,
  attrs: {},
  content: [p(...content)],
});

const STRONG = { type: 'strong' };
const EM = { type: 'em' };
const STRIKE = { type: 'strike' };
const CODE = { type: 'code' };

/** Both documents for a text, after the sandbox's own checks of each format. */
function convert(markdown: string): { adf: AdfNode; storage: string } {
  const adf = markdownToAdf(markdown);
  const storage = markdownToStorage(markdown);
  const label = JSON.stringify(markdown.slice(0, 300));
  expect(readAdf(JSON.parse(JSON.stringify(adf))), label).toEqual(adf);
  expect(readStorage(storage), label).not.toHaveProperty('complaint');
  return { adf, storage };
}

describe('Markdown becomes ADF and storage format', () => {
  it.each<[string, string, AdfNode[], string]>([
    ['nothing', '', [], ''],
    ['white space', ' \n\n\t\n', [], ''],
    ['a paragraph', 'Hello', [p('Hello')], '<p>Hello</p>'],
    ['paragraphs', 'a\n\nb', [p('a'), p('b')], '<p>a</p><p>b</p>'],
    ['lines of one paragraph', 'a\nb', [p('a b')], '<p>a b</p>'],
    [
      'a hard break',
      'a  \nb\\\nc',
      [p('a', { type: 'hardBreak' }, 'b', { type: 'hardBreak' }, 'c')],
      '<p>a<br />b<br />c</p>',
    ],
    [
      'marks',
      '**a** *b* ~~c~~ `d` ***e***',
      [
        p(
          text('a', STRONG),
          ' ',
          text('b', EM),
          ' ',
          text('c', STRIKE),
          ' ',
          text('d', CODE),
          ' ',
          text('e', EM, STRONG),
        ),
      ],
      '<p><strong>a</strong> <em>b</em> <del>c</del> <code>d</code> <em><strong>e</strong></em></p>',
    ],
    ['code within a mark, alone in ADF', '**`a`**', [p(text('a', CODE))], '<p><strong><code>a</code></strong></p>'],
    ['a mark within itself', '*a _b_*', [p(text('a ', EM), text('b', EM))], '<p><em>a <em>b</em></em></p>'],
    [
      'headings',
      '# a\n## b **c**\n###### d',
      [
        { type: 'heading', attrs: { level: 1 }, content: [text('a')] },
        { type: 'heading', attrs: { level: 2 }, content: [text('b '), text('c', STRONG)] },
        { type: 'heading', attrs: { level: 6 }, content: [text('d')] },
      ],
      '<h1>a</h1><h2>b <strong>c</strong></h2><h6>d</h6>',
    ],
    ['an empty heading', '#', [{ type: 'heading', attrs: { level: 1 }, content: [] }], '<h1></h1>'],
    ['a rule', 'a\n\n---\n', [p('a'), { type: 'rule' }], '<p>a</p><hr />'],
    [
      'a code block',
      '```ts\nlet a = "<b>";\n\n  b\n```',
      [code('let a = "<b>";\n\n  b', 'ts')],
      macro('let a = "<b>";\n\n  b', 'ts'),
    ],
    ['a code block without a language', '    a\n    b', [code('a\nb')], macro('a\nb')],
    ['an empty code block', '```\n```', [code('')], macro('')],
    ['a language with a tail', '```c++ title="x"\na\n```', [code('a', 'c++')], macro('a', 'c++')],
    ['a language that is none', '```"><x\na\n```', [code('a')], macro('a')],
    [
      'a code block that ends a CDATA section',
      '```\na]]>b<script>\n```',
      [code('a]]>b<script>')],
      macro('a]]]]><![CDATA[>b<script>'),
    ],
    [
      'a list',
      '- a\n- **b**',
      [node('bulletList', item(p('a')), item(p(text('b', STRONG))))],
      '<ul><li>a</li><li><strong>b</strong></li></ul>',
    ],
    [
      'a list in a list',
      '- a\n  1. b\n  2. c\n- d',
      [node('bulletList', item(p('a'), ordered(1, item(p('b')), item(p('c')))), item(p('d')))],
      '<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>',
    ],
    [
      'a list from five on',
      '5. a\n6. b',
      [ordered(5, item(p('a')), item(p('b')))],
      '<ol start="5"><li>a</li><li>b</li></ol>',
    ],
    ['a list from zero on', '0. a', [ordered(0, item(p('a')))], '<ol start="0"><li>a</li></ol>'],
    ['an empty item', '-\n- a', [node('bulletList', item(p()), item(p('a')))], '<ul><li></li><li>a</li></ul>'],
    [
      'an item that begins with a list',
      '- - a',
      [node('bulletList', item(p(), node('bulletList', item(p('a')))))],
      '<ul><li><ul><li>a</li></ul></li></ul>',
    ],
    [
      'an item of several blocks',
      '- a\n\n  b\n\n  ```\n  c\n  ```',
      [node('bulletList', item(p('a'), p('b'), code('c')))],
      `<ul><li><p>a</p><p>b</p>${macro('c')}</li></ul>`,
    ],
    [
      'a heading, a rule and a quote in an item',
      '- # a\n  ***\n  > b',
      [node('bulletList', item(p(text('a', STRONG)), p('b')))],
      '<ul><li><h1>a</h1><hr /><blockquote><p>b</p></blockquote></li></ul>',
    ],
    [
      'a task list',
      '- [x] a\n- [ ] b\n- [ ] ',
      [node('bulletList', item(p('☑ a')), item(p('☐ b')), item(p('☐ ')))],
      '<ul><li>☑ a</li><li>☐ b</li><li>☐ </li></ul>',
    ],
    ['a quote', '> a\n> b', [node('blockquote', p('a b'))], '<blockquote><p>a b</p></blockquote>'],
    ['an empty quote', '>', [node('blockquote', p())], '<blockquote></blockquote>'],
    [
      'a quote in a quote, with a heading',
      '> # a\n>> b',
      [node('blockquote', p(text('a', STRONG)), p('b'))],
      '<blockquote><h1>a</h1><blockquote><p>b</p></blockquote></blockquote>',
    ],
    ['a rule alone in a quote', '> ---', [node('blockquote', p())], '<blockquote><hr /></blockquote>'],
    [
      'a table',
      '| a | **b** |\n|---|:-:|\n| c\\|d | |',
      [
        node(
          'table',
          node('tableRow', cell('tableHeader', 'a'), cell('tableHeader', text('b', STRONG))),
          node('tableRow', cell('tableCell', 'c|d'), cell('tableCell')),
        ),
      ],
      '<table><tbody><tr><th>a</th><th><strong>b</strong></th></tr><tr><td>c|d</td><td></td></tr></tbody></table>',
    ],
    [
      'a table in a list',
      '- a\n\n  | b | c |\n  |---|---|\n  | d | e |',
      [node('bulletList', item(p('a'), p('b', ' | ', 'c'), p('d', ' | ', 'e')))],
      '<ul><li><p>a</p><table><tbody><tr><th>b</th><th>c</th></tr><tr><td>d</td><td>e</td></tr></tbody></table></li></ul>',
    ],
    [
      'links',
      '[a **b**](https://x.example.com/?a=1&b=2 "t") <mailto:a@x.example.com>',
      [
        p(
          text('a ', link('https://x.example.com/?a=1&b=2')),
          text('b', link('https://x.example.com/?a=1&b=2'), STRONG),
          ' ',
          text('mailto:a@x.example.com', link('mailto:a@x.example.com')),
        ),
      ],
      '<p><a href="https://x.example.com/?a=1&#38;b=2">a <strong>b</strong></a> <a href="mailto:a@x.example.com">mailto:a@x.example.com</a></p>',
    ],
    [
      'a bare address',
      'see https://x.example.com/a_b.',
      [p('see ', text('https://x.example.com/a_b', link('https://x.example.com/a_b')), '.')],
      '<p>see <a href="https://x.example.com/a_b">https://x.example.com/a_b</a>.</p>',
    ],
    [
      'a reference',
      '[a][1]\n\n[1]: https://x.example.com',
      [p(text('a', link('https://x.example.com/')))],
      '<p><a href="https://x.example.com/">a</a></p>',
    ],
    [
      'a link without words',
      '[](https://x.example.com)',
      [p(text('https://x.example.com', link('https://x.example.com/')))],
      '<p><a href="https://x.example.com/">https://x.example.com</a></p>',
    ],
    [
      'an image, as a link to it',
      '![alt](https://x.example.com/a.png) ![](https://x.example.com/b.png)',
      [
        p(
          text('alt', link('https://x.example.com/a.png')),
          ' ',
          text('https://x.example.com/b.png', link('https://x.example.com/b.png')),
        ),
      ],
      '<p><a href="https://x.example.com/a.png">alt</a> <a href="https://x.example.com/b.png">https://x.example.com/b.png</a></p>',
    ],
    ['escapes', '\\*a\\* \\<b\\> \\&amp;', [p('*a* <b> &amp;')], '<p>*a* &#60;b&#62; &#38;amp;</p>'],
    [
      'entities',
      'a &amp; b &lt; &copy; &#8217; &#38;lt; &amp;lt;',
      [p('a & b < © ’ &lt; &lt;')],
      '<p>a &#38; b &#60; © ’ &#38;lt; &#38;lt;</p>',
    ],
  ])('%s', (_name, markdown, adf, storage) => {
    expect(convert(markdown)).toEqual({ adf: { type: 'doc', version: 1, content: adf }, storage });
  });
});

describe('hostile Markdown', () => {
  it('cannot multiply a link by using its definition often', () => {
    // 500,000 characters in all are allowed.
    const uses = (count: number) => `[a]: https://x.example.com/${'b'.repeat(978)}\n\n${'[a] '.repeat(count)}`;
    expect(convert(uses(500)).storage.match(/<a /g)).toHaveLength(500);
    for (const write of [markdownToAdf, markdownToStorage]) {
      expect(() => write(uses(501))).toThrow(new AppError('VALIDATION', 'The links in the Markdown are too long.'));
    }
  });

  it.each<[string, string]>([
    ['<script>alert(1)</script>', '<p>&#60;script&#62;alert(1)&#60;/script&#62;</p>'],
    ['<b>a</b> <img src=x onerror=y>', '<p>&#60;b&#62;a&#60;/b&#62; &#60;img src=x onerror=y&#62;</p>'],
    ['<!-- a -- b -->', '<p>&#60;!-- a -- b --&#62;</p>'],
    ['<ac:structured-macro ac:name="html"/>', '<p>&#60;ac:structured-macro ac:name=&#34;html&#34;/&#62;</p>'],
    [']]> <![CDATA[ x ]]>', '<p>]]&#62; &#60;![CDATA[ x ]]&#62;</p>'],
    ['`</code><b>`', '<p><code>&#60;/code&#62;&#60;b&#62;</code></p>'],
    ['&lt;b&gt;', '<p>&#60;b&#62;</p>'],
  ])('is text where it has markup: %s', (markdown, storage) => {
    expect(convert(markdown).storage).toBe(storage);
  });

  it.each([
    '[a](javascript:alert(1))',
    '[a](JaVaScRiPt:alert(1))',
    '[a](&#106;avascript:alert(1))',
    '[a](&#x6A;avascript&colon;alert(1))',
    '[a](java&#10;script:alert(1))',
    '[a](data:text/html;base64,PHNjcmlwdD4=)',
    '[a](vbscript:x)',
    '[a](file:///etc/passwd)',
    '[a](//evil.example.com)',
    '[a](/relative)',
    '[a](#anchor)',
    '[a](http:evil)',
    '[a](https://)',
    '![a](javascript:alert(1))',
    '[a][1]\n\n[1]: javascript:alert(1)',
  ])('keeps the words and loses the target of %s', (markdown) => {
    const { adf, storage } = convert(markdown);
    expect(adf.content).toEqual([p('a')]);
    expect(storage).toBe('<p>a</p>');
  });

  it('cannot leave an attribute', () => {
    const { storage } = convert('[a](<https://x.example.com/"onclick="x>) [b](<mailto:a"b\'<c>)');
    expect(storage).not.toMatch(/"onclick|mailto:a"b/);
    expect([...storage.matchAll(/<a href="[^"<>]*">/g)]).toHaveLength(1);
  });

  it.each([
    ['control characters', 'a\u0000b\u0008c\u001bd\u007fe\u0085f', 'abcdef'],
    ['halves of surrogate pairs', 'a\ud800b\udc00c', 'abc'],
    ['noncharacters', 'a\ufffeb\uffffc', 'abc'],
  ])('loses %s', (_name, markdown, plain) => {
    const { adf, storage } = convert(markdown);
    expect(adf.content).toEqual([p(plain)]);
    expect(storage).toBe(`<p>${plain}</p>`);
  });

  it.each([
    ['&#0;', '\ufffd'],
    ['&#xD800;', '\ufffd'],
    ['&#1114112;', '\ufffd'],
    ['&#8;', '\ufffd'],
    ['&#x1b;', '\ufffd'],
    ['&#xFFFE;', '\ufffd'],
  ])('holds no character that no document may hold: %s', (entity, shown) => {
    expect(convert(`a${entity}b`).adf.content).toEqual([p(`a${shown}b`)]);
    convert(`# ${entity}\n\n${entity}\n\n**${entity}** ![${entity}](https://x.example.com)`);
    convert(`[${entity}](https://x.example.com/${entity}) \`${entity}\`\n\n\`\`\`\n${entity}\n\`\`\``);
    convert(`- ${entity}\n\n> ${entity}\n\n| ${entity} |\n|---|\n| ${entity} |\n`);
  });

  it('with more brackets than any text has is refused before it is read', () => {
    expect(() => parseMarkdown('!['.repeat(20_001))).toThrow(
      new AppError('VALIDATION', 'The Markdown has too many brackets.'),
    );
    expect(parseMarkdown('[a](https://x.example) '.repeat(4_000))).toHaveLength(1);
  });

  it('keeps emoji, marks and right-to-left text', () => {
    const plain = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467} e\u0301 שלום \u202eabc';
    expect(convert(plain).adf.content).toEqual([p(plain)]);
  });

  it.each<[string, (depth: number) => string, number[]]>([
    ['quotes', (depth) => '>'.repeat(depth), [220, 2_200, 20_000]],
    ['quotes with text', (depth) => `${'> '.repeat(depth)}a`, [220, 2_200, 10_000]],
    ['lists', (depth) => `${'1. '.repeat(depth)}a`, [110, 900, 1_700, 5_000]],
    [
      'lists by indentation',
      (depth) => Array.from({ length: depth }, (_, at) => `${' '.repeat(2 * at)}- a`).join('\n'),
      [110, 200],
    ],
    ['quotes in lists', (depth) => `${'- > '.repeat(depth)}a`, [80, 800, 2_000]],
  ])('is refused when %s are nested beyond reason, never an internal error', (_name, nested, depths) => {
    convert(nested(50));
    for (const depth of depths) {
      for (const work of [markdownToAdf, markdownToStorage]) {
        expect(() => work(nested(depth)), `${depth}`).toThrow(
          new AppError('VALIDATION', 'The Markdown is nested too deeply.'),
        );
      }
    }
  });

  it.each([...'>*_[`~<&|\\#(!"', '> ', '1. ', '**', '](', '[a](', '<!--', '&#1;', '```', '* _', '|\n'])(
    'of 20,000 characters of %j is converted or refused',
    (piece) => {
      const markdown = piece.repeat(Math.floor(20_000 / piece.length));
      try {
        convert(markdown);
      } catch (error) {
        expect(error).toMatchObject({ code: 'VALIDATION', status: 400, message: 'The Markdown is nested too deeply.' });
      }
    },
  );

  it('makes valid documents of random Markdown', () => {
    const random = new Random(3);
    const pieces = [
      ...[
        'a',
        'b c',
        ' ',
        '  ',
        '    ',
        '\n',
        '\n',
        '\n\n',
        '\t',
        '- ',
        '* ',
        '1. ',
        '7) ',
        '> ',
        '# ',
        '###### ',
        '---\n',
      ],
      ...['**', '*', '_', '~~', '`', '``', '```\n', '```js\n', '[x](https://x.example.com)', '![i](http://x.example)'],
      ...[
        '[',
        '](',
        ')',
        ']',
        '<b>',
        '</b>',
        '<div>\n',
        '<!--',
        '-->',
        '<![CDATA[',
        ']]>',
        '| a | b |\n|---|---|\n| c |\n',
      ],
      ...[
        '|',
        '- [x] ',
        '- [ ] ',
        '&amp;',
        '&#1;',
        '&#xD800;',
        '&nbsp;',
        '\\',
        '"',
        "'",
        '\u0000',
        '\ud800',
        '\u{1f600}',
      ],
      ...[
        '[1]: https://x.example.com\n',
        '[1]',
        'https://x.example.com/_a_',
        'a@x.example.com',
        '=\n',
        '===\n',
        '[^1]',
      ],
    ];
    let characters = 0;
    for (let round = 0; round < 3_000; round++) {
      const { storage } = convert(random.text(pieces, 25));
      characters += storage.length;
    }
    expect(characters).toBeGreaterThan(100_000);
  });
});

describe('link targets that the result would repeat', () => {
  const definition = (length: number) => `[x]: http://a/${'y'.repeat(length)}\n\n`;

  it.each([
    ['by references', `${definition(50_000)}${'[x] '.repeat(10_000)}`],
    ['by images', `${definition(40_000)}${'![][x]'.repeat(2_000)}`],
    ['by the pieces of one link', `[${'a`b`'.repeat(5_000)}](http://x/${'y'.repeat(45_000)})`],
  ])('are refused beyond reason: %s', (_name, markdown) => {
    for (const work of [markdownToAdf, markdownToStorage]) {
      expect(() => work(markdown)).toThrow(new AppError('VALIDATION', 'The links in the Markdown are too long.'));
    }
  });

  it('are kept where they are few', () => {
    expect(markdownToStorage(`${definition(10)}[x] ![][x]`)).toContain(`http://a/${'y'.repeat(10)}`);
  });
});
