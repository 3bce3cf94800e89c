import { describe, expect, it } from 'vitest';
import { writePlainText } from '../../../src/atlassian/text/document/plain-writer.ts';
import { parseMarkdown } from '../../../src/atlassian/text/markdown.ts';
import { toStorage } from '../../../src/atlassian/text/storage-format.ts';
import { readStorage, storageToMarkdown } from '../../../src/atlassian/text/storage-markdown.ts';
import { seedConfluence } from '../../../src/sandbox/world/seed-confluence.ts';
import { Random } from '../../support/random.ts';

const macro = (name: string, ...content: string[]) =>
  `<ac:structured-macro ac:name="${name}" ac:schema-version="1">${content.join('')}</ac:structured-macro>`;
const parameter = (name: string, value: string) => `<ac:parameter ac:name="${name}">${value}</ac:parameter>`;
const rich = (content: string) => `<ac:rich-text-body>${content}</ac:rich-text-body>`;
const plain = (content: string) => `<ac:plain-text-body><![CDATA[${content}]]></ac:plain-text-body>`;
const link = (resource: string, body = '', attributes = '') => `<ac:link${attributes}>${resource}${body}</ac:link>`;
const adfNode = (type: string, attribute: string, content: string) =>
  `<ac:adf-extension><ac:adf-node type="${type}">${attribute}<ac:adf-content>${content}</ac:adf-content></ac:adf-node><ac:adf-fallback>twice</ac:adf-fallback></ac:adf-extension>`;

describe('storageToMarkdown writes', () => {
  it.each<{ name: string; storage: string; markdown: string; loss?: string[] }>([
    { name: 'nothing', storage: '', markdown: '' },
    { name: 'text without markup', storage: '5 < 6 & *a* x[0]', markdown: '5 < 6 & \\*a\\* x\\[0\\]' },
    {
      name: 'paragraphs, their lines in one',
      storage: '<p>a\n  b<br/>c</p>\n<p>&nbsp;</p><p>d &ndash; &lt;e&gt;</p>',
      markdown: 'a b\\\nc\n\nd – \\<e>',
    },
    {
      name: 'headings and rules',
      storage: '<h1>a <strong>b</strong></h1><hr /><h6>c</h6>',
      markdown: '# a **b**\n\n---\n\n###### c',
    },
    {
      name: 'marks',
      storage: '<p><b>a</b> <em>b</em> <del>c</del> <code>d_*</code> <strong><i>e</i></strong></p>',
      markdown: '**a** _b_ ~~c~~ `d_*` **_e_**',
    },
    {
      name: 'marks that Markdown has not, as text',
      storage:
        '<p style="text-align: right; margin-left: 30.0px;"><u>a</u><sub>b</sub><sup>c</sup><span style="color: rgb(1,2,3);">d</span><ac:inline-comment-marker ac:ref="r">e</ac:inline-comment-marker></p>',
      markdown: 'abcde',
      loss: ['alignment', 'indentation', 'underline', 'subscript', 'superscript', 'color', 'inline-comment'],
    },
    {
      name: 'lists in lists',
      storage: '<ul><li>a<ol start="3"><li><p>b</p></li></ol></li><li><p>c</p><p>d</p></li></ul>',
      markdown: '- a\n\n  3. b\n- c\n\n  d',
    },
    {
      name: 'lists that stand in a list instead of an item',
      storage: '<ul><li>a</li><ul><li>b</li></ul></ul>',
      markdown: '- a\n  - b',
    },
    {
      name: 'tasks',
      storage:
        '<ac:task-list><ac:task><ac:task-id>7</ac:task-id><ac:task-uuid>u</ac:task-uuid><ac:task-status>complete</ac:task-status><ac:task-body><span class="placeholder-inline-tasks">a</span></ac:task-body></ac:task><ac:task><ac:task-status>incomplete</ac:task-status><ac:task-body>b<ac:task-list><ac:task><ac:task-body>c</ac:task-body></ac:task></ac:task-list></ac:task-body></ac:task></ac:task-list>',
      markdown: '- [x] a\n- [ ] b\n  - [ ] c',
    },
    {
      name: 'tables',
      storage:
        '<table class="wrapped"><colgroup><col /><col /></colgroup><tbody><tr><th>a</th><th><p>b</p></th></tr><tr><td>c|d<br/>e</td><td><ul><li>f</li><li>g</li></ul></td></tr></tbody></table>',
      markdown: '| a | b |\n| --- | --- |\n| c\\|d<br>e | - f<br>- g |',
      loss: ['cell:list'],
    },
    {
      name: 'tables without a header, with wide cells and tables in them',
      storage:
        '<table><tbody><tr><td colspan="2">a</td></tr><tr><td rowspan="2">b</td><td><table><tbody><tr><td>c</td><td>d</td></tr></tbody></table></td></tr><tr><td>e</td></tr></tbody></table>',
      markdown: '|  |  |\n| --- | --- |\n| a |  |\n| b | c \\| d |\n|  | e |',
      loss: ['cell:span', 'cell:table'],
    },
    {
      name: 'quotes and text that is set as it is',
      storage: '<blockquote><p>a</p><ul><li>b</li></ul></blockquote><pre>c\n  d</pre>',
      markdown: '> a\n>\n> - b\n\n```\nc\n  d\n```',
    },
    {
      name: 'terms with what they mean',
      storage: '<dl><dt>a</dt><dd>b</dd></dl>',
      markdown: '**a**\n\nb',
      loss: ['definition-list'],
    },
    {
      name: 'code with its title and language',
      storage: macro(
        'code',
        parameter('language', 'js'),
        parameter('title', 'A &amp; B'),
        plain('if (a < b && c) { &amp; }\n```'),
      ),
      markdown: '**A & B**\n\n````js\nif (a < b && c) { &amp; }\n```\n````',
    },
    {
      name: 'code without a language',
      storage: macro('noformat', plain('a]]]]><![CDATA[>b')),
      markdown: '```\na]]>b\n```',
    },
    {
      name: 'panels',
      storage: `${macro('info', rich('<p>a</p>'))}${macro('tip', rich('<p>b</p>'))}${macro('note', parameter('title', 'T'), rich('<p>c</p>'))}${macro('warning', rich('<ul><li>d</li></ul>'))}`,
      markdown: '> [!NOTE]\n> a\n\n> [!TIP]\n> b\n\n> [!IMPORTANT]\n> **T**\n>\n> c\n\n> [!WARNING]\n>\n> - d',
    },
    {
      name: "panels of one's own",
      storage: `${macro('panel', rich('<p>a</p>'))}${adfNode('panel', '<ac:adf-attribute key="panel-type">note</ac:adf-attribute>', '<p>b</p>')}`,
      markdown: '> [!NOTE]\n> a\n\n> [!IMPORTANT]\n> b',
      loss: ['panel:custom'],
    },
    {
      name: 'panels of the new editor with several blocks',
      storage: adfNode(
        'panel',
        '<ac:adf-attribute key="panel-type">note</ac:adf-attribute>',
        '<p>a</p><ul><li>b</li></ul>',
      ),
      markdown: '> [!IMPORTANT]\n> a\n>\n> - b',
    },
    {
      name: 'decisions, and nodes that are not known',
      storage: `${adfNode('decision-list', '', '<p>a</p>')}${adfNode('aNewNode', '', '<p>b</p>')}`,
      markdown: 'a\n\n[node: aNewNode]\n\nb',
      loss: ['node:decisionList', 'node:aNewNode'],
    },
    {
      name: 'what can be opened',
      storage: macro('expand', parameter('title', 'More &lt;b&gt;'), rich('<p>a</p>')),
      markdown: '<details><summary>More &#60;b&#62;</summary>\n\na\n\n</details>',
    },
    {
      name: 'statuses',
      storage: `<p>is ${macro('status', parameter('title', 'DONE'), parameter('colour', 'Green'))} or ${macro('status', parameter('title', 'TO DO'), parameter('colour', 'Grey'))}.</p>`,
      markdown: 'is [DONE](status:green) or [TO DO](status:neutral).',
    },
    {
      name: 'macros by their names',
      storage: `${macro('toc')}${macro('children')}<p>see ${macro('jira', parameter('server', 'S'), parameter('key', 'DEMO-1'))}(it)</p>`,
      markdown: '[macro: toc] [macro: children]\n\nsee [macro: jira] DEMO-1(it)',
      loss: ['macro:toc', 'macro:children', 'macro:jira'],
    },
    {
      name: 'macros with their bodies',
      storage: `${macro('excerpt', rich('<p>a</p>'))}${macro('mermaid', plain('graph TD'))}`,
      markdown: '[macro: excerpt]\n\na\n\n[macro: mermaid]\n\n```\ngraph TD\n```',
      loss: ['macro:excerpt', 'macro:mermaid'],
    },
    {
      name: 'layouts, their cells in order',
      storage:
        '<ac:layout><ac:layout-section ac:type="single"><ac:layout-cell><p>a</p></ac:layout-cell></ac:layout-section><ac:layout-section ac:type="two_equal"><ac:layout-cell><p>b</p></ac:layout-cell><ac:layout-cell><p>c</p></ac:layout-cell></ac:layout-section></ac:layout>',
      markdown: 'a\n\nb\n\nc',
      loss: ['layout'],
    },
    {
      name: 'links',
      storage:
        '<p><a href="https://x.example/?a=1&amp;b=2">a <b>b</b></a> <a href="https://x.example/" data-card-appearance="inline">https://x.example/</a> <a href="javascript:alert(1)">c</a> <a href="#d">d</a> <a>e</a></p>',
      markdown: '[a **b**](https://x.example/?a=1&b=2) <https://x.example/> c (javascript:alert(1)) [d](#d) e',
    },
    {
      name: 'links to pages, files, spaces and parts',
      storage: [
        link('<ri:page ri:content-title="A &amp; B" />', '<ac:link-body>a <b>b</b></ac:link-body>'),
        link('<ri:page ri:space-key="ENG" ri:content-title="Home" />', '', ' ac:anchor="part"'),
        link('<ri:blog-post ri:content-title="News" ri:posting-day="2026/01/02" />'),
        link(
          '<ri:attachment ri:filename="a (1).pdf" />',
          '<ac:plain-text-link-body><![CDATA[<file>]]></ac:plain-text-link-body>',
        ),
        link('<ri:space ri:space-key="ENG" />'),
        link('', '<ac:link-body>below</ac:link-body>', ' ac:anchor="x"'),
      ].join(' '),
      markdown:
        '[a **b**](<page:A & B>) [Home](page:ENG:Home#part) [News](blogpost:2026/01/02/News) [\\<file>](<attachment:a (1).pdf>) [ENG](space:ENG) [below](#x)',
    },
    {
      name: 'links that lead nowhere',
      storage: `<p>${link('<ri:page />')} ${link('', '<ac:link-body>words</ac:link-body>')} ${link('')}</p>`,
      markdown: '[node: ri:page] words [node: ac:link]',
      loss: ['node:ri:page', 'node:ac:link'],
    },
    {
      name: 'links to what a shortcut leads to',
      storage: `<p>${link('<ri:shortcut ri:key="jira" ri:parameter="A-1" />')} ${link('<ri:shortcut ri:key="jira" ri:parameter="A-1" />', '<ac:link-body>words</ac:link-body>')}</p>`,
      markdown: '[A-1](shortcut:jira:A-1) [words](shortcut:jira:A-1)',
    },
    {
      name: 'links that are an image, and images that are a link',
      storage: `<p>${link('<ri:page ri:content-title="A" />', '<ac:link-body><ac:image><ri:url ri:value="https://x.example/a.png" /></ac:image></ac:link-body>')} <ac:image ac:href="https://x.example/"><ri:attachment ri:filename="a.png" /></ac:image></p>`,
      markdown: '[![](https://x.example/a.png)](page:A) [![a.png](attachment:a.png)](https://x.example/)',
    },
    {
      name: 'files of other pages',
      storage: `<p>${link('<ri:attachment ri:filename="a.pdf"><ri:page ri:space-key="ENG" ri:content-title="A B" /></ri:attachment>')} <ac:image><ri:attachment ri:filename="a.png"><ri:page ri:content-title="A" /></ri:attachment></ac:image></p>`,
      markdown: '[a.pdf](<attachment:ENG:A B^a.pdf>) ![a.png](attachment:A^a.png)',
    },
    {
      name: 'links that show a list of what is elsewhere',
      storage:
        '<p><a href="https://x.example/" data-card-appearance="block" data-datasource="{}">https://x.example/</a></p>',
      markdown: '<https://x.example/>',
      loss: ['node:datasource'],
    },
    {
      name: 'what macros show',
      storage: [
        macro('include', parameter('', link('<ri:page ri:space-key="ENG" ri:content-title="A" />'))),
        macro('excerpt-include', '<ac:default-parameter>A</ac:default-parameter>'),
        macro('widget', parameter('url', '<ri:url ri:value="https://x.example/v" />'), parameter('width', '400')),
        macro('iframe', parameter('src', '<ri:url ri:value="https://x.example/f" />')),
        macro('profile', parameter('user', '<ri:user ri:account-id="5b:1" />')),
        macro('recently-updated', parameter('spaces', '<ri:space ri:space-key="ENG" />')),
        macro('jira', parameter('jqlQuery', 'project = A'), parameter('columns', 'key')),
        macro('contentbylabel', parameter('cql', 'label = "x"')),
        macro('viewdoc', parameter('name', 'a.doc')),
      ].join(''),
      markdown:
        '[macro: include] [A](page:ENG:A) [macro: excerpt-include] A [macro: widget] <https://x.example/v> [macro: iframe] <https://x.example/f> [macro: profile] [@5b:1](accountid:5b:1) [macro: recently-updated] [ENG](space:ENG) [macro: jira] project = A [macro: contentbylabel] label = "x" [macro: viewdoc] a.doc',
      loss: [
        'macro:include',
        'macro:excerpt-include',
        'macro:widget',
        'macro:iframe',
        'macro:profile',
        'macro:recently-updated',
        'macro:jira',
        'macro:contentbylabel',
        'macro:viewdoc',
      ],
    },
    {
      name: 'decisions as a list',
      storage:
        '<ac:adf-extension><ac:adf-node type="decision-list"><ac:adf-attribute key="local-id">l</ac:adf-attribute><ac:adf-node type="decision-item"><ac:adf-attribute key="state">DECIDED</ac:adf-attribute><ac:adf-content>a <b>b</b></ac:adf-content></ac:adf-node><ac:adf-node type="decision-item"><ac:adf-content><p>c</p></ac:adf-content></ac:adf-node></ac:adf-node><ac:adf-fallback><ul><li>twice</li></ul></ac:adf-fallback></ac:adf-extension>',
      markdown: '- [decision] a **b**\n- [decision] c',
      loss: ['node:decisionList'],
    },
    {
      name: 'nodes that say nothing themselves, by their fallback',
      storage:
        '<ac:adf-extension><ac:adf-node type="extension"><ac:adf-attribute key="extension-key">k</ac:adf-attribute></ac:adf-node><ac:adf-fallback><p>a</p></ac:adf-fallback></ac:adf-extension><ac:adf-extension><ac:adf-fallback><p>b</p></ac:adf-fallback></ac:adf-extension>',
      markdown: '[node: extension]\n\na\n\nb',
      loss: ['node:extension'],
    },
    {
      name: 'text that is set as it is, with its lines',
      storage: '<pre>a<br/>b <span>c</span></pre><pre>d <a href="https://x.example/">e</a></pre>',
      markdown: '```\na\nb c\n```\n\n```\nd e\n```',
      loss: ['code:markup'],
    },
    {
      name: 'variables of templates',
      storage:
        '<at:declarations><at:string at:name="Who" /><at:list at:name="L"><at:option at:value="One" /></at:list></at:declarations><p>Hi <at:var at:name="Who" /></p>',
      markdown: '[node: at:declarations]\n\nHi [variable: Who]',
      loss: ['node:at:declarations', 'node:at:var'],
    },
    {
      name: 'what stands below or above a table or figure',
      storage:
        '<table><caption>a</caption><tbody><tr><th>b</th></tr></tbody></table><figure><img src="https://x.example/c.png" /><figcaption>d</figcaption></figure>',
      markdown: 'a\n\n| b |\n| --- |\n\n![](https://x.example/c.png)\n\nd',
    },
    {
      name: 'people',
      storage: `<p>cc ${link('<ri:user ri:account-id="5b:1" />')} ${link('<ri:user ri:userkey="8a" />', '<ac:link-body>Ann</ac:link-body>')} ${link('<ri:user ri:username="bob" />')}</p>`,
      markdown: 'cc [@5b:1](accountid:5b:1) [@Ann](userkey:8a) [@bob](username:bob)',
    },
    {
      name: 'dates',
      storage: '<p>due <time datetime="2026-11-22" />, <time datetime="soon">soon</time></p>',
      markdown: 'due [2026-11-22](date:2026-11-22), soon',
    },
    {
      name: 'emoticons',
      storage:
        'a <ac:emoticon ac:name="tick" ac:emoji-shortname=":tick:" ac:emoji-fallback="✅" /><ac:emoticon ac:emoji-shortname=":b:" ac:emoji-id="1f525" ac:emoji-fallback=":b:" /><ac:emoticon ac:name="light-on" />',
      markdown: 'a ✅🔥:light-on:',
    },
    {
      name: 'images and files',
      storage: `<ac:image ac:alt="Chart" ac:width="5"><ri:url ri:value="https://x.example/c.png" /></ac:image><ac:image><ri:attachment ri:filename="a.png" /><ac:caption><p>below</p></ac:caption></ac:image><p>${macro('view-file', parameter('name', '<ri:attachment ri:filename="b.pdf" />'))}</p><p><img src="docs/d.png" alt="d" /></p><ac:image />`,
      markdown:
        '![Chart](https://x.example/c.png)![a.png](attachment:a.png)\\\nbelow\n\n[b.pdf](attachment:b.pdf)\n\n![d](docs/d.png)\n\n[node: ac:image]',
      loss: ['node:ac:image'],
    },
    {
      name: 'hints for who edits, and elements that are not known',
      storage: '<p><ac:placeholder>Say why</ac:placeholder> <ac:new>a</ac:new></p><!-- b -->',
      markdown: '[placeholder: Say why] [node: ac:new]a',
      loss: ['node:placeholder', 'node:ac:new'],
    },
    {
      name: 'an anchor, unless it is that of its heading',
      storage: `<h1>${macro('anchor', parameter('', 'the-title'))}The title</h1><h1>${macro('anchor', parameter('', 'the-title-1'))}The title</h1><p>${macro('anchor', parameter('', 'x'))}a</p>`,
      markdown: '# The title\n\n# The title\n\n[macro: anchor]a',
      loss: ['macro:anchor'],
    },
    {
      name: 'blocks in a line, with breaks between',
      storage: `<h2>a<div>b</div>${macro('info', rich('<p>c</p>'))}</h2>`,
      markdown: '## a<br>b[macro: info] c',
      loss: ['macro:info'],
    },
  ])('$name', ({ storage, markdown, loss = [] }) => {
    expect(storageToMarkdown(storage)).toEqual({ markdown, loss });
  });

  it.each([
    ['</p>a</b>', 'a'],
    ['<p>a', 'a'],
    ['a<', 'a\\<'],
    ['a<p title="', 'a\\<p title="'],
    ['<p>a<br>b</p><p>c', 'a\\\nb\n\nc'],
    ['<p>a <b>b</p><p>c</b></p>', 'a **b**\n\nc'],
    ['<ul>a<li>b</ul>', '- a\n- b'],
    ['<table>a<tr><td>b</table>', 'a\n\n|  |\n| --- |\n| b |'],
    ['<ac:parameter>a', ''],
    ['<ac:structured-macro>a</ac:structured-macro>', '[macro:]'],
    ['<ol start="x"><li>a</li></ol>', '1. a'],
    ['<constructor>a</constructor>', '[node: constructor]a'],
  ])('what is not well-formed as far as it goes: %s', (storage, markdown) => {
    expect(storageToMarkdown(storage).markdown).toBe(markdown);
  });
});

describe('Markdown that became storage format is read as the same Markdown', () => {
  const roundTrip = (markdown: string, deployment: 'cloud' | 'data_center' = 'cloud') =>
    storageToMarkdown(toStorage(parseMarkdown(markdown), deployment)).markdown;

  it.each([
    '# Title\n\nSee [below](#part-two).\n\n## Part two',
    'a **b** *c* ~~d~~ `e`\\\nf',
    '- a\n- b\n  1. c\n  2. d\n\n     e',
    '- [ ] open\n- [x] done\n  - inner',
    '3. [ ] a\n4. b',
    '> # a\n>\n> - [x] b\n>\n> ___',
    '```js\nif (a < b) {}\n```',
    '| a | b |\n| --- | --- |\n| c\\|d | `e\\|f` |\n| g<br>h |  |',
    '[a **b**](https://x.example.com/?a=1&b=2) ![c](https://x.example.com/c.png)',
    'a\n\n---\n\n\\<b> \\*c\\* &',
  ])('%s', (markdown) => {
    expect(roundTrip(markdown)).toBe(markdown);
    expect(roundTrip(markdown, 'data_center')).toBe(markdown);
  });

  it('in every page of the sandbox that Markdown has all words for', () => {
    const plain = (storage: string) => writePlainText(readStorage(storage));
    const contents = seedConfluence('acme').contents.filter(({ body }) => !/<(?:ac|ri):/.test(body.value));
    expect(contents.length).toBeGreaterThan(20);
    for (const { body } of contents) {
      const { markdown, loss } = storageToMarkdown(body.value);
      expect(loss).toEqual([]);
      expect(plain(toStorage(parseMarkdown(markdown), 'cloud'))).toEqual(plain(body.value));
    }
  });

  it('whatever it is made of', () => {
    const random = new Random(13);
    const pieces = [
      ...['a', 'b c', ' ', '\n', '\n\n', '- ', '1. ', '> ', '# ', '---\n', '**', '*', '_', '~~', '`', '```\n', '|'],
      ...[
        '[x](https://x.example.com)',
        '![i](http://x.example)',
        '[',
        '](',
        ')',
        ']',
        '(',
        '<b>',
        '&amp;',
        '\\',
        '<br>',
      ],
      ...['| a | b |\n|---|---|\n| c |\n', '- [x] ', '[d](docs/d.md)', 'https://x.example.com/_a_', '。', '\u{1f600}'],
    ];
    for (let round = 0; round < 500; round += 1) {
      const source = random.text(pieces, 25);
      const markdown = roundTrip(source);
      expect(roundTrip(markdown), JSON.stringify({ source, markdown })).toBe(markdown);
    }
  });
});

describe('storageToMarkdown of what is long or deep', () => {
  it.each([
    '<div>',
    '<ul><li>',
    '<blockquote>',
    '<table><tr><td>',
    '<b>',
    '<span>',
    '<ac:structured-macro ac:name="x"><ac:rich-text-body>',
    '<ac:task-list><ac:task><ac:task-body>',
    '<h1>',
    '<a href="x">',
    '<ac:link><ac:link-body>',
  ])('does not go deeper than any page, says so and keeps the words: %s', (tags) => {
    const close = tags.replace(/<(\S+?)(?: [^>]*)?>/g, '</$1>');
    const { markdown, loss } = storageToMarkdown(`${tags.repeat(3_000)}deep${close.repeat(3_000)}<p>after</p>`);
    expect(loss).toContain('depth');
    expect(markdown).toContain('after');
  });

  it('reads the beginning of a long body, and says so', () => {
    const { markdown, loss } = storageToMarkdown('<p title="t">a</p>'.repeat(100_000));
    expect(loss).toEqual(['truncated']);
    expect(markdown).toMatch(/^a\n\n(?:a\n\n)+\[truncated\]$/);
  });
});
