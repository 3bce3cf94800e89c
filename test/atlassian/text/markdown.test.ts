import { describe, expect, it } from 'vitest';
import { type AdfNode, toAdf } from '../../../src/atlassian/text/adf.ts';
import { parseMarkdown } from '../../../src/atlassian/text/markdown.ts';
import { toStorage } from '../../../src/atlassian/text/storage-format.ts';
import { AppError } from '../../../src/errors.ts';
import { readAdf } from '../../../src/sandbox/adf.ts';
import { readStorage } from '../../../src/sandbox/storage-format.ts';
import { adfValidator } from '../../support/adf-schema.ts';
import { Random } from '../../support/random.ts';

const markdownToAdf = (markdown: string) => toAdf(parseMarkdown(markdown));
const markdownToStorage = (markdown: string) => toStorage(parseMarkdown(markdown), 'cloud');
const isAdf = adfValidator();

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
const BR: AdfNode = { type: 'hardBreak' };
const task = (id: number, status: string, body: string) =>
  `<ac:task><ac:task-id>${id}</ac:task-id><ac:task-status>${status}</ac:task-status><ac:task-body>${body}</ac:task-body></ac:task>`;
const anchor = (name: string) =>
  `<ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">${name}</ac:parameter></ac:structured-macro>`;
const anchorLink = (name: string, body: string) =>
  `<ac:link ac:anchor="${name}"><ac:link-body>${body}</ac:link-body></ac:link>`;
const cell = (type: string, ...content: (AdfNode | string)[]): AdfNode => ({
  type,
  attrs: {},
  content: [p(...content)],
});

const STRONG = { type: 'strong' };
const EM = { type: 'em' };
const STRIKE = { type: 'strike' };
const CODE = { type: 'code' };

/** Both documents for a text, after Atlassian's schema and the sandbox's own checks of each format. */
function convert(markdown: string): { adf: AdfNode; storage: string } {
  const adf = markdownToAdf(markdown);
  const storage = markdownToStorage(markdown);
  const label = JSON.stringify(markdown.slice(0, 300));
  expect(readAdf(JSON.parse(JSON.stringify(adf))), label).toEqual(adf);
  expect(isAdf(adf) || isAdf.errors, label).toBe(true);
  expect(readStorage(storage), label).not.toHaveProperty('complaint');
  return { adf, storage };
}

describe('Markdown becomes ADF and storage format', () => {
  it.each<[string, string, AdfNode[], string]>([
    ['nothing', '', [], ''],
    ['white space', ' \n\n\t\n', [], ''],
    ['a paragraph', 'Hello', [p('Hello')], '<p>Hello</p>'],
    ['paragraphs', 'a\n\nb', [p('a'), p('b')], '<p>a</p><p>b</p>'],
    ['lines of one paragraph', 'a\nb', [p('a', BR, 'b')], '<p>a b</p>'],
    ['marked lines', '**a\nb**', [p(text('a', STRONG), BR, text('b', STRONG))], '<p><strong>a b</strong></p>'],
    [
      'breaks in HTML',
      'a<br>b<BR/>c<br />\nd `<br>`\n\n    <br>',
      [p('a', BR, 'b', BR, 'c', BR, 'd ', text('<br>', CODE)), code('<br>')],
      `<p>a<br />b<br />c<br />d <code>&#60;br&#62;</code></p>${macro('<br>')}`,
    ],
    [
      'a break in a cell and a heading',
      '# a<br>b\n\n| one<br>two |\n|---|',
      [
        { type: 'heading', attrs: { level: 1 }, content: [text('a'), BR, text('b')] },
        node('table', node('tableRow', cell('tableHeader', 'one', BR, 'two'))),
      ],
      '<h1>a<br />b</h1><table><tbody><tr><th>one<br />two</th></tr></tbody></table>',
    ],
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
      `<ac:task-list>${task(1, 'complete', 'a')}${task(2, 'incomplete', 'b')}${task(3, 'incomplete', '')}</ac:task-list>`,
    ],
    [
      'tasks among other items',
      '- a\n- [ ] b\n- [x] c\n- d',
      [node('bulletList', item(p('a')), item(p('☐ b')), item(p('☑ c')), item(p('d')))],
      `<ul><li>a</li></ul><ac:task-list>${task(1, 'incomplete', 'b')}${task(2, 'complete', 'c')}</ac:task-list><ul><li>d</li></ul>`,
    ],
    [
      'lists in tasks, and tasks in lists',
      '- [ ] a\n  - b\n  - [X] **c**\n\n- d\n  - [ ] e',
      [
        node(
          'bulletList',
          item(p('☐ a'), node('bulletList', item(p('b')), item(p('☑ ', text('c', STRONG))))),
          item(p('d'), node('bulletList', item(p('☐ e')))),
        ),
      ],
      `<ac:task-list>${task(
        1,
        'incomplete',
        `a<ul><li>b</li></ul><ac:task-list>${task(2, 'complete', '<strong>c</strong>')}</ac:task-list>`,
      )}</ac:task-list><ul><li>d<ac:task-list>${task(3, 'incomplete', 'e')}</ac:task-list></li></ul>`,
    ],
    [
      'numbered tasks and tasks in a quote, as characters',
      '3. [ ] a\n4. b\n\n> - [x] c',
      [ordered(3, item(p('☐ a')), item(p('b'))), node('blockquote', node('bulletList', item(p('☑ c'))))],
      '<ol start="3"><li>☐ a</li><li>b</li></ol><blockquote><ul><li>☑ c</li></ul></blockquote>',
    ],
    ['a quote', '> a\n> b', [node('blockquote', p('a', BR, 'b'))], '<blockquote><p>a b</p></blockquote>'],
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
      'an image, in Jira as a link to it',
      '![alt](https://x.example.com/a.png) ![](https://x.example.com/b.png)',
      [
        p(
          text('alt', link('https://x.example.com/a.png')),
          ' ',
          text('https://x.example.com/b.png', link('https://x.example.com/b.png')),
        ),
      ],
      '<p><ac:image ac:alt="alt"><ri:url ri:value="https://x.example.com/a.png" /></ac:image> <ac:image><ri:url ri:value="https://x.example.com/b.png" /></ac:image></p>',
    ],
    [
      'an image in a link',
      '[![*the* build](https://x.example.com/b.png?a&b)](https://x.example.com)',
      [p(text('the build (https://x.example.com/b.png?a&b)', link('https://x.example.com/')))],
      '<p><a href="https://x.example.com/"><ac:image ac:alt="the build"><ri:url ri:value="https://x.example.com/b.png?a&#38;b" /></ac:image></a></p>',
    ],
    [
      'links to headings',
      '[below](#second-part) [again](#Second-Part-1) [umlaut](#%C3%BCber-uns) [gone](#nowhere)\n\n## Second *part*!\n\n### Second part\n\n# Über uns\n\n# Other',
      [
        p('below (#second-part) again (#Second-Part-1) umlaut (#%C3%BCber-uns) gone (#nowhere)'),
        { type: 'heading', attrs: { level: 2 }, content: [text('Second '), text('part', EM), text('!')] },
        { type: 'heading', attrs: { level: 3 }, content: [text('Second part')] },
        { type: 'heading', attrs: { level: 1 }, content: [text('Über uns')] },
        { type: 'heading', attrs: { level: 1 }, content: [text('Other')] },
      ],
      `<p>${anchorLink('second-part', 'below')} ${anchorLink('second-part-1', 'again')} ${anchorLink('über-uns', 'umlaut')} gone (#nowhere)</p><h2>${anchor('second-part')}Second <em>part</em>!</h2><h3>${anchor('second-part-1')}Second part</h3><h1>${anchor('über-uns')}Über uns</h1><h1>Other</h1>`,
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
    ['<!-- never ends', '<p>&#60;!-- never ends</p>'],
    ['<ac:structured-macro ac:name="html"/>', '<p>&#60;ac:structured-macro ac:name=&#34;html&#34;/&#62;</p>'],
    [']]> <![CDATA[ x ]]>', '<p>]]&#62; &#60;![CDATA[ x ]]&#62;</p>'],
    ['`</code><b>`', '<p><code>&#60;/code&#62;&#60;b&#62;</code></p>'],
    ['&lt;b&gt;', '<p>&#60;b&#62;</p>'],
  ])('is text where it has markup: %s', (markdown, storage) => {
    expect(convert(markdown).storage).toBe(storage);
  });

  it.each([
    ['[a](javascript:alert(1))', 'javascript:alert(1)'],
    ['[a](JaVaScRiPt:alert(1))', 'JaVaScRiPt:alert(1)'],
    ['[a](&#106;avascript:alert(1))', 'javascript:alert(1)'],
    ['[a](&#x6A;avascript&colon;alert(1))', 'javascript:alert(1)'],
    ['[a](java&#10;script:alert(1))', 'java script:alert(1)'],
    ['[a](java&#1;script:alert(1))', 'java&#1;script:alert(1)'],
    ['[a](%6Aavascript:alert(1))', '%6Aavascript:alert(1)'],
    ['[a](data:text/html;base64,PHNjcmlwdD4=)', 'data:text/html;base64,PHNjcmlwdD4='],
    [`[a](data:image/png;base64,${'A'.repeat(500)})`, `data:image/png;base64,${'A'.repeat(78)}…`],
    ['[a](vbscript:x)', 'vbscript:x'],
    ['[a](file:///etc/passwd)', 'file:///etc/passwd'],
    ['[a](ftp://host/x)', 'ftp://host/x'],
    ['[a](tel:+41441234567)', 'tel:+41441234567'],
    ['[a](docs/runbook.md "the title")', 'docs/runbook.md'],
    ['[a](<docs/the runbook.md>)', 'docs/the runbook.md'],
    ['[a](//evil.example.com)', '//evil.example.com'],
    ['[a](/relative)', '/relative'],
    ['[a](#anchor)', '#anchor'],
    ['[a](http:evil)', 'http:evil'],
    ['[a](https://)', 'https://'],
    ['![a](javascript:alert(1))', 'javascript:alert(1)'],
    ['![a](shot.png)', 'shot.png'],
    ['![a](mailto:a)', 'mailto:a'],
    ['[a][1]\n\n[1]: javascript:alert(1)', 'javascript:alert(1)'],
    ['[a]\n\n[a]: docs/runbook.md', 'docs/runbook.md'],
  ])('makes no link of what is not safe to follow, and shows where it leads: %s', (markdown, address) => {
    const { adf, storage } = convert(markdown);
    const shown = `a (${address})`;
    if (!markdown.includes('mailto')) expect(adf.content).toEqual([p(shown)]);
    expect(storage).toBe(`<p>${shown.replaceAll('&', '&#38;')}</p>`);
  });

  it.each([
    ['[](docs/a.md)', 'docs/a.md'],
    ['[docs/a.md](docs/a.md)', 'docs/a.md'],
    ['[docs/a b.md](docs/a%20b.md)', 'docs/a b.md'],
    ['![](shot.png)', 'shot.png'],
    ['<ftp://host/x>', 'ftp://host/x'],
    ['<javascript:alert(1)>', 'javascript:alert(1)'],
    ['[a]()', 'a'],
    ['![a]()', 'a'],
  ])('shows an address once where it is its own label: %s', (markdown, shown) => {
    const { adf, storage } = convert(markdown);
    expect(adf.content).toEqual([p(shown)]);
    expect(storage).toBe(`<p>${shown}</p>`);
  });

  it.each([
    ['a <!-- hidden --> b', [p('a b')]],
    ['a<!-- hidden -->b', [p('ab')]],
    ['<!-- hidden -->', []],
    ['<!-- hidden\n\n# still hidden -->\nshown', [p('shown')]],
    ['<!-- hidden\n\nhidden --> **shown**', [p(text('shown', STRONG))]],
    ['<!-- hidden --> **shown**', [p(text('shown', STRONG))]],
    ['a\n<!-- hidden -->\nb', [p('a'), p('b')]],
    ['a <!-- hidden\nhidden -->\nb', [p('a', BR, 'b')]],
    ['<!----> a <!--> b <!---> c', [p('a b c')]],
    ['- a\n  <!-- hidden\n\n  hidden -->\n- b', [node('bulletList', item(p('a')), item(p('b')))]],
    ['> <!-- hidden -->\n> a', [node('blockquote', p('a'))]],
    ['# a <!-- hidden -->', [{ type: 'heading', attrs: { level: 1 }, content: [text('a')] }]],
    ['| a <!-- hidden --> |\n|---|', [node('table', node('tableRow', cell('tableHeader', 'a')))]],
    ['**a<!-- *hidden -->b**', [p(text('ab', STRONG))]],
    ['`<!-- shown -->`', [p(text('<!-- shown -->', CODE))]],
    ['```\n<!-- shown -->\n```', [code('<!-- shown -->')]],
    ['    <!-- shown -->', [code('<!-- shown -->')]],
    ['<!-- hidden ```\n-->\na', [p('a')]],
    ['\\<!-- shown -->', [p('<!-- shown -->')]],
    ['a <!-- never ends', [p('a <!-- never ends')]],
    ['> <!-- never ends\n\nb -->', [node('blockquote', p('<!-- never ends')), p('b -->')]],
  ])('does not publish a comment: %j', (markdown, adf) => {
    expect(convert(markdown).adf.content).toEqual(adf);
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
      new AppError('VALIDATION', 'The Markdown contains too many brackets.'),
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
        '<br>',
        '<!-- c -->',
        '[d](docs/d.md)',
        '[h](#b-c)',
        '![s](s.png)',
        '[![i](http://x.example/i)](https://x.example.com)',
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

describe('the language of a code block', () => {
  const languageOf = (name: string, deployment: 'cloud' | 'data_center') =>
    /ac:name="language">([^<]*)</.exec(toStorage(parseMarkdown(`\`\`\`${name}\na\n\`\`\``), deployment))?.[1] ?? null;

  it.each<[string, string | null]>([
    ['json', null],
    ['typescript', null],
    ['dockerfile', null],
    ['constructor', null],
    ['js', 'js'],
    ['JavaScript', 'js'],
    ['sh', 'bash'],
    ['python', 'py'],
    ['yaml', 'yml'],
    ['csharp', 'c#'],
    ['c++', 'cpp'],
    ['html', 'xml'],
    ['sql', 'sql'],
    ['plaintext', 'text'],
  ])('%s is %j in Data Center, whose macro refuses what it does not know', (name, known) => {
    expect(languageOf(name, 'data_center')).toBe(known);
  });

  it('stays in Cloud, whatever it is', () => {
    expect(languageOf('dockerfile', 'cloud')).toBe('dockerfile');
    expect(languageOf('js', 'cloud')).toBe('js');
  });
});

describe('link targets that the result would repeat', () => {
  const definition = (length: number) => `[x]: http://a/${'y'.repeat(length)}\n\n`;

  it.each([
    ['by references', `${definition(50_000)}${'[x] '.repeat(10_000)}`],
    ['by images', `${definition(40_000)}${'![][x]'.repeat(2_000)}`],
    ['by images in the words for an image', `${definition(40_000)}![${'![][x]'.repeat(2_000)}](y)`],
    ['by labels that stay text', `[x]: docs/${'y'.repeat(50_000)}\n\n${'[x] '.repeat(10_000)}`],
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
