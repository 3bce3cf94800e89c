import { describe, expect, it } from 'vitest';
import { type AdfNode, toAdf } from '../../../src/atlassian/text/adf.ts';
import { parseMarkdown } from '../../../src/atlassian/text/markdown.ts';
import { toStorage } from '../../../src/atlassian/text/storage-format.ts';
import { AppError } from '../../../src/errors.ts';
import { readAdf } from '../../../src/sandbox/world/adf.ts';
import { readStorage } from '../../../src/sandbox/world/storage-format.ts';
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
  it.each<{ name: string; markdown: string; adf: AdfNode[]; storage: string }>([
    { name: 'nothing', markdown: '', adf: [], storage: '' },
    { name: 'white space', markdown: ' \n\n\t\n', adf: [], storage: '' },
    { name: 'a paragraph', markdown: 'Hello', adf: [p('Hello')], storage: '<p>Hello</p>' },
    { name: 'paragraphs', markdown: 'a\n\nb', adf: [p('a'), p('b')], storage: '<p>a</p><p>b</p>' },
    { name: 'lines of one paragraph', markdown: 'a\nb', adf: [p('a', BR, 'b')], storage: '<p>a b</p>' },
    {
      name: 'marked lines',
      markdown: '**a\nb**',
      adf: [p(text('a', STRONG), BR, text('b', STRONG))],
      storage: '<p><strong>a b</strong></p>',
    },
    {
      name: 'breaks in HTML',
      markdown: 'a<br>b<BR/>c<br />\nd `<br>`\n\n    <br>',
      adf: [p('a', BR, 'b', BR, 'c', BR, 'd ', text('<br>', CODE)), code('<br>')],
      storage: `<p>a<br />b<br />c<br />d <code>&#60;br&#62;</code></p>${macro('<br>')}`,
    },
    {
      name: 'a break in a cell and a heading',
      markdown: '# a<br>b\n\n| one<br>two |\n|---|',
      adf: [
        { type: 'heading', attrs: { level: 1 }, content: [text('a'), BR, text('b')] },
        node('table', node('tableRow', cell('tableHeader', 'one', BR, 'two'))),
      ],
      storage: '<h1>a<br />b</h1><table><tbody><tr><th>one<br />two</th></tr></tbody></table>',
    },
    {
      name: 'a hard break',
      markdown: 'a  \nb\\\nc',
      adf: [p('a', { type: 'hardBreak' }, 'b', { type: 'hardBreak' }, 'c')],
      storage: '<p>a<br />b<br />c</p>',
    },
    {
      name: 'marks',
      markdown: '**a** *b* ~~c~~ `d` ***e***',
      adf: [
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
      storage: '<p><strong>a</strong> <em>b</em> <del>c</del> <code>d</code> <em><strong>e</strong></em></p>',
    },
    {
      name: 'code within a mark, alone in ADF',
      markdown: '**`a`**',
      adf: [p(text('a', CODE))],
      storage: '<p><strong><code>a</code></strong></p>',
    },
    {
      name: 'a mark within itself',
      markdown: '*a _b_*',
      adf: [p(text('a ', EM), text('b', EM))],
      storage: '<p><em>a <em>b</em></em></p>',
    },
    {
      name: 'headings',
      markdown: '# a\n## b **c**\n###### d',
      adf: [
        { type: 'heading', attrs: { level: 1 }, content: [text('a')] },
        { type: 'heading', attrs: { level: 2 }, content: [text('b '), text('c', STRONG)] },
        { type: 'heading', attrs: { level: 6 }, content: [text('d')] },
      ],
      storage: '<h1>a</h1><h2>b <strong>c</strong></h2><h6>d</h6>',
    },
    {
      name: 'an empty heading',
      markdown: '#',
      adf: [{ type: 'heading', attrs: { level: 1 }, content: [] }],
      storage: '<h1></h1>',
    },
    { name: 'a rule', markdown: 'a\n\n---\n', adf: [p('a'), { type: 'rule' }], storage: '<p>a</p><hr />' },
    {
      name: 'a code block',
      markdown: '```ts\nlet a = "<b>";\n\n  b\n```',
      adf: [code('let a = "<b>";\n\n  b', 'ts')],
      storage: macro('let a = "<b>";\n\n  b', 'ts'),
    },
    { name: 'a code block without a language', markdown: '    a\n    b', adf: [code('a\nb')], storage: macro('a\nb') },
    { name: 'an empty code block', markdown: '```\n```', adf: [code('')], storage: macro('') },
    {
      name: 'a language with a tail',
      markdown: '```c++ title="x"\na\n```',
      adf: [code('a', 'c++')],
      storage: macro('a', 'c++'),
    },
    { name: 'a language that is none', markdown: '```"><x\na\n```', adf: [code('a')], storage: macro('a') },
    {
      name: 'a code block that ends a CDATA section',
      markdown: '```\na]]>b<script>\n```',
      adf: [code('a]]>b<script>')],
      storage: macro('a]]]]><![CDATA[>b<script>'),
    },
    {
      name: 'a list',
      markdown: '- a\n- **b**',
      adf: [node('bulletList', item(p('a')), item(p(text('b', STRONG))))],
      storage: '<ul><li>a</li><li><strong>b</strong></li></ul>',
    },
    {
      name: 'a list in a list',
      markdown: '- a\n  1. b\n  2. c\n- d',
      adf: [node('bulletList', item(p('a'), ordered(1, item(p('b')), item(p('c')))), item(p('d')))],
      storage: '<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>',
    },
    {
      name: 'a list from five on',
      markdown: '5. a\n6. b',
      adf: [ordered(5, item(p('a')), item(p('b')))],
      storage: '<ol start="5"><li>a</li><li>b</li></ol>',
    },
    {
      name: 'a list from zero on',
      markdown: '0. a',
      adf: [ordered(0, item(p('a')))],
      storage: '<ol start="0"><li>a</li></ol>',
    },
    {
      name: 'an empty item',
      markdown: '-\n- a',
      adf: [node('bulletList', item(p()), item(p('a')))],
      storage: '<ul><li></li><li>a</li></ul>',
    },
    {
      name: 'an item that begins with a list',
      markdown: '- - a',
      adf: [node('bulletList', item(p(), node('bulletList', item(p('a')))))],
      storage: '<ul><li><ul><li>a</li></ul></li></ul>',
    },
    {
      name: 'an item of several blocks',
      markdown: '- a\n\n  b\n\n  ```\n  c\n  ```',
      adf: [node('bulletList', item(p('a'), p('b'), code('c')))],
      storage: `<ul><li><p>a</p><p>b</p>${macro('c')}</li></ul>`,
    },
    {
      name: 'a heading, a rule and a quote in an item',
      markdown: '- # a\n  ***\n  > b',
      adf: [node('bulletList', item(p(text('a', STRONG)), p('b')))],
      storage: '<ul><li><h1>a</h1><hr /><blockquote><p>b</p></blockquote></li></ul>',
    },
    {
      name: 'a task list',
      markdown: '- [x] a\n- [ ] b\n- [ ] ',
      adf: [node('bulletList', item(p('☑ a')), item(p('☐ b')), item(p('☐ ')))],
      storage: `<ac:task-list>${task(1, 'complete', 'a')}${task(2, 'incomplete', 'b')}${task(3, 'incomplete', '')}</ac:task-list>`,
    },
    {
      name: 'tasks among other items',
      markdown: '- a\n- [ ] b\n- [x] c\n- d',
      adf: [node('bulletList', item(p('a')), item(p('☐ b')), item(p('☑ c')), item(p('d')))],
      storage: `<ul><li>a</li></ul><ac:task-list>${task(1, 'incomplete', 'b')}${task(2, 'complete', 'c')}</ac:task-list><ul><li>d</li></ul>`,
    },
    {
      name: 'lists in tasks, and tasks in lists',
      markdown: '- [ ] a\n  - b\n  - [X] **c**\n\n- d\n  - [ ] e',
      adf: [
        node(
          'bulletList',
          item(p('☐ a'), node('bulletList', item(p('b')), item(p('☑ ', text('c', STRONG))))),
          item(p('d'), node('bulletList', item(p('☐ e')))),
        ),
      ],
      storage: `<ac:task-list>${task(
        1,
        'incomplete',
        `a<ul><li>b</li></ul><ac:task-list>${task(2, 'complete', '<strong>c</strong>')}</ac:task-list>`,
      )}</ac:task-list><ul><li>d<ac:task-list>${task(3, 'incomplete', 'e')}</ac:task-list></li></ul>`,
    },
    {
      name: 'numbered tasks and tasks in a quote, as characters',
      markdown: '3. [ ] a\n4. b\n\n> - [x] c',
      adf: [ordered(3, item(p('☐ a')), item(p('b'))), node('blockquote', node('bulletList', item(p('☑ c'))))],
      storage: '<ol start="3"><li>☐ a</li><li>b</li></ol><blockquote><ul><li>☑ c</li></ul></blockquote>',
    },
    {
      name: 'a quote',
      markdown: '> a\n> b',
      adf: [node('blockquote', p('a', BR, 'b'))],
      storage: '<blockquote><p>a b</p></blockquote>',
    },
    { name: 'an empty quote', markdown: '>', adf: [node('blockquote', p())], storage: '<blockquote></blockquote>' },
    {
      name: 'a quote in a quote, with a heading',
      markdown: '> # a\n>> b',
      adf: [node('blockquote', p(text('a', STRONG)), p('b'))],
      storage: '<blockquote><h1>a</h1><blockquote><p>b</p></blockquote></blockquote>',
    },
    {
      name: 'a rule alone in a quote',
      markdown: '> ---',
      adf: [node('blockquote', p())],
      storage: '<blockquote><hr /></blockquote>',
    },
    {
      name: 'a table',
      markdown: '| a | **b** |\n|---|:-:|\n| c\\|d | |',
      adf: [
        node(
          'table',
          node('tableRow', cell('tableHeader', 'a'), cell('tableHeader', text('b', STRONG))),
          node('tableRow', cell('tableCell', 'c|d'), cell('tableCell')),
        ),
      ],
      storage:
        '<table><tbody><tr><th>a</th><th><strong>b</strong></th></tr><tr><td>c|d</td><td></td></tr></tbody></table>',
    },
    {
      name: 'a table in a list',
      markdown: '- a\n\n  | b | c |\n  |---|---|\n  | d | e |',
      adf: [node('bulletList', item(p('a'), p('b', ' | ', 'c'), p('d', ' | ', 'e')))],
      storage:
        '<ul><li><p>a</p><table><tbody><tr><th>b</th><th>c</th></tr><tr><td>d</td><td>e</td></tr></tbody></table></li></ul>',
    },
    {
      name: 'links',
      markdown: '[a **b**](https://x.example.com/?a=1&b=2 "t") <mailto:a@x.example.com>',
      adf: [
        p(
          text('a ', link('https://x.example.com/?a=1&b=2')),
          text('b', link('https://x.example.com/?a=1&b=2'), STRONG),
          ' ',
          text('mailto:a@x.example.com', link('mailto:a@x.example.com')),
        ),
      ],
      storage:
        '<p><a href="https://x.example.com/?a=1&#38;b=2">a <strong>b</strong></a> <a href="mailto:a@x.example.com">mailto:a@x.example.com</a></p>',
    },
    {
      name: 'a bare address',
      markdown: 'see https://x.example.com/a_b.',
      adf: [p('see ', text('https://x.example.com/a_b', link('https://x.example.com/a_b')), '.')],
      storage: '<p>see <a href="https://x.example.com/a_b">https://x.example.com/a_b</a>.</p>',
    },
    {
      name: 'a reference',
      markdown: '[a][1]\n\n[1]: https://x.example.com',
      adf: [p(text('a', link('https://x.example.com/')))],
      storage: '<p><a href="https://x.example.com/">a</a></p>',
    },
    {
      name: 'a link without words',
      markdown: '[](https://x.example.com)',
      adf: [p(text('https://x.example.com', link('https://x.example.com/')))],
      storage: '<p><a href="https://x.example.com/">https://x.example.com</a></p>',
    },
    {
      name: 'an image, in Jira as a link to it',
      markdown: '![alt](https://x.example.com/a.png) ![](https://x.example.com/b.png)',
      adf: [
        p(
          text('alt', link('https://x.example.com/a.png')),
          ' ',
          text('https://x.example.com/b.png', link('https://x.example.com/b.png')),
        ),
      ],
      storage:
        '<p><ac:image ac:alt="alt"><ri:url ri:value="https://x.example.com/a.png" /></ac:image> <ac:image><ri:url ri:value="https://x.example.com/b.png" /></ac:image></p>',
    },
    {
      name: 'an image in a link',
      markdown: '[![*the* build](https://x.example.com/b.png?a&b)](https://x.example.com)',
      adf: [p(text('the build (https://x.example.com/b.png?a&b)', link('https://x.example.com/')))],
      storage:
        '<p><a href="https://x.example.com/"><ac:image ac:alt="the build"><ri:url ri:value="https://x.example.com/b.png?a&#38;b" /></ac:image></a></p>',
    },
    {
      name: 'links to headings',
      markdown:
        '[below](#second-part) [again](#Second-Part-1) [umlaut](#%C3%BCber-uns) [gone](#nowhere)\n\n## Second *part*!\n\n### Second part\n\n# Über uns\n\n# Other',
      adf: [
        p('below (#second-part) again (#Second-Part-1) umlaut (#%C3%BCber-uns) gone (#nowhere)'),
        { type: 'heading', attrs: { level: 2 }, content: [text('Second '), text('part', EM), text('!')] },
        { type: 'heading', attrs: { level: 3 }, content: [text('Second part')] },
        { type: 'heading', attrs: { level: 1 }, content: [text('Über uns')] },
        { type: 'heading', attrs: { level: 1 }, content: [text('Other')] },
      ],
      storage: `<p>${anchorLink('second-part', 'below')} ${anchorLink('second-part-1', 'again')} ${anchorLink('über-uns', 'umlaut')} gone (#nowhere)</p><h2>${anchor('second-part')}Second <em>part</em>!</h2><h3>${anchor('second-part-1')}Second part</h3><h1>${anchor('über-uns')}Über uns</h1><h1>Other</h1>`,
    },
    {
      name: 'escapes',
      markdown: '\\*a\\* \\<b\\> \\&amp;',
      adf: [p('*a* <b> &amp;')],
      storage: '<p>*a* &#60;b&#62; &#38;amp;</p>',
    },
    {
      name: 'entities',
      markdown: 'a &amp; b &lt; &copy; &#8217; &#38;lt; &amp;lt;',
      adf: [p('a & b < © ’ &lt; &lt;')],
      storage: '<p>a &#38; b &#60; © ’ &#38;lt; &#38;lt;</p>',
    },
  ])('$name', ({ markdown, adf, storage }) => {
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
    { name: 'control characters', markdown: 'a\u0000b\u0008c\u001bd\u007fe\u0085f', plain: 'abcdef' },
    { name: 'halves of surrogate pairs', markdown: 'a\ud800b\udc00c', plain: 'abc' },
    { name: 'noncharacters', markdown: 'a\ufffeb\uffffc', plain: 'abc' },
  ])('loses $name', ({ markdown, plain }) => {
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

  it.each<{ name: string; nested: (depth: number) => string; depths: number[] }>([
    { name: 'quotes', nested: (depth) => '>'.repeat(depth), depths: [220, 2_200, 20_000] },
    { name: 'quotes with text', nested: (depth) => `${'> '.repeat(depth)}a`, depths: [220, 2_200, 10_000] },
    { name: 'lists', nested: (depth) => `${'1. '.repeat(depth)}a`, depths: [110, 900, 1_700, 5_000] },
    {
      name: 'lists by indentation',
      nested: (depth) => Array.from({ length: depth }, (_, at) => `${' '.repeat(2 * at)}- a`).join('\n'),
      depths: [110, 200],
    },
    { name: 'quotes in lists', nested: (depth) => `${'- > '.repeat(depth)}a`, depths: [80, 800, 2_000] },
  ])('is refused when $name are nested beyond reason, never an internal error', ({ nested, depths }) => {
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
    for (let round = 0; round < 600; round++) {
      const { storage } = convert(random.text(pieces, 25));
      characters += storage.length;
    }
    expect(characters).toBeGreaterThan(20_000);
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
