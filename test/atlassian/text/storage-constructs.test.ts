import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ALERTS } from '../../../src/atlassian/text/document/document.ts';
import { storageToMarkdown } from '../../../src/atlassian/text/storage-markdown.ts';
import { BLOCKS, HIDDEN, LOST, MARKS, PLAIN } from '../../../src/atlassian/text/storage-tree.ts';

const macro = (name: string, ...content: string[]) =>
  `<ac:structured-macro ac:name="${name}" ac:schema-version="1">${content.join('')}</ac:structured-macro>`;
const parameter = (name: string, value: string) => `<ac:parameter ac:name="${name}">${value}</ac:parameter>`;
const rich = (content: string) => `<ac:rich-text-body>${content}</ac:rich-text-body>`;
const plain = (content: string) => `<ac:plain-text-body><![CDATA[${content}]]></ac:plain-text-body>`;
const link = (resource: string, body = '', attributes = '') => `<ac:link${attributes}>${resource}${body}</ac:link>`;
const words = (text: string) => `<ac:plain-text-link-body><![CDATA[${text}]]></ac:plain-text-link-body>`;
const page = (title: string) => link(`<ri:page ri:content-title="${title}" />`);
const file = (name: string) => `<ri:attachment ri:filename="${name}" />`;
const adfNode = (type: string, content: string) =>
  `<ac:adf-extension><ac:adf-node type="${type}">${content}</ac:adf-node><ac:adf-fallback><p>twice</p></ac:adf-fallback></ac:adf-extension>`;
const adfAttribute = (key: string, value: string) => `<ac:adf-attribute key="${key}">${value}</ac:adf-attribute>`;
const adfContent = (content: string) => `<ac:adf-content>${content}</ac:adf-content>`;
const layout = (type: string, ...cells: string[]) =>
  `<ac:layout><ac:layout-section ac:type="${type}">${cells.map((cell) => `<ac:layout-cell><p>${cell}</p></ac:layout-cell>`).join('')}</ac:layout-section></ac:layout>`;
const oldLayout = (type: string, ...cells: string[]) =>
  `<div class="contentLayout2"><div class="columnLayout ${type}" data-layout="${type}">${cells.map((cell) => `<div class="cell normal" data-type="normal"><div class="innerCell"><p>${cell}</p></div></div>`).join('')}</div></div>`;

/** A construct as Atlassian calls it, what stands in storage format, and what is to be told of it. */
type Row = [construct: string, storage: string, markdown: string, loss?: string[]];

/** "Confluence Storage Format", in its order; at the end of each part, what the editors of today write besides. */
const ELEMENTS: Row[] = [
  ...([1, 2, 3, 4, 5, 6] as const).map(
    (level): Row => [`heading ${level}`, `<h${level}>Title</h${level}>`, `${'#'.repeat(level)} Title`],
  ),

  ['strong', '<strong>a</strong> <b>b</b>', '**a** **b**'],
  ['emphasis', '<em>a</em> <i>b</i>', '*a* *b*'],
  ['strikethrough, of the editor', '<span style="text-decoration: line-through;">a</span>', '~~a~~'],
  ['strikethrough, by element', '<s>a</s> <del>b</del> <strike>c</strike>', '~~a~~ ~~b~~ ~~c~~'],
  ['underline', '<u>a</u> <ins>b</ins>', 'a b', ['underline']],
  ['title of a link', '<a href="https://x.example/" title="Read me">a</a>', '[a](https://x.example/)', ['link-title']],
  ['underline, by style', '<span style="text-decoration: underline;">a</span>', 'a', ['underline']],
  ['bold and italics, by style', '<span style="font-weight: bold; font-style: italic;">a</span>', '**_a_**'],
  ['superscript', '<sup>a</sup>', 'a', ['superscript']],
  ['subscript', '<sub>a</sub>', 'a', ['subscript']],
  ['monospace', '<code>a</code> <tt>b</tt> <kbd>c</kbd> <samp>d</samp>', '`a` `b` `c` `d`'],
  ['preformatted', '<pre>a\n  b</pre>', '```\na\n  b\n```'],
  ['block quote', '<blockquote><p>a</p></blockquote>', '> a'],
  ['citation', '<cite>a</cite>', '*a*'],
  ['text colour', '<span style="color: rgb(255,0,0);">a</span>', 'a', ['color']],
  ['text colour, by element', '<font color="red">a</font>', 'a', ['color']],
  ['background colour', '<span style="background-color: rgb(255,0,0);">a</span>', 'a', ['background']],
  ['small, big', '<small>a</small> <big>b</big>', 'a b', ['font-size']],
  ['font size, by style', '<span style="font-size: 10px;">a</span>', 'a', ['font-size']],
  ['centre-align', '<p style="text-align: center;">a</p><center>b</center>', 'a\n\nb', ['alignment']],
  ['right-align', '<p style="text-align: right;">a</p>', 'a', ['alignment']],
  ['left-align', '<p style="text-align: left;">a</p>', 'a'],
  ['indentation', '<p style="margin-left: 30.0px;">a</p>', 'a', ['indentation']],

  ['new paragraph', '<p>a</p><p>b</p><div>c</div><section>d</section><address>e</address>', 'a\n\nb\n\nc\n\nd\n\ne'],
  ['line break', '<p>a<br />b</p>', 'a\\\nb'],
  ['horizontal rule', '<p>a</p><hr /><p>b</p>', 'a\n\n---\n\nb'],
  ['rule in a line', '<h1>a<hr />b</h1>', '# a<br>b'],
  ['— and –', '<p>a &mdash; b &ndash; c</p>', 'a — b – c'],
  ['where a word may break', '<p>a<wbr />b</p>', 'ab'],

  ['unordered list', '<ul><li>a</li><li>b</li></ul>', '- a\n- b'],
  ['ordered list', '<ol start="2"><li>a</li><li>b</li></ol>', '2. a\n3. b'],
  ['nested lists', '<ul><li>a<ol><li>b</li></ol></li></ul>', '- a\n  1. b'],
  [
    'task list',
    '<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>incomplete</ac:task-status><ac:task-body>a</ac:task-body></ac:task><ac:task><ac:task-status>complete</ac:task-status><ac:task-body>b <time datetime="2026-01-02" /></ac:task-body></ac:task></ac:task-list>',
    '- [ ] a\n- [x] b [2026-01-02](date:2026-01-02)',
  ],
  ['definition list', '<dl><dt>a</dt><dd>b</dd></dl>', '**a**\n\nb', ['definition-list']],

  ['link to a page', page('A page'), '[A page](<page:A page>)'],
  [
    'link to a page of another space',
    link('<ri:page ri:space-key="ENG" ri:content-title="A" />', words('w')),
    '[w](page:ENG:A)',
  ],
  [
    'link to a blog post, which its day tells from others of the title',
    link('<ri:blog-post ri:space-key="ENG" ri:content-title="A" ri:posting-day="2026/01/02" />'),
    '[A](blogpost:ENG:2026/01/02/A)',
  ],
  ['link to an attachment', link(file('a.gif'), words('w')), '[w](attachment:a.gif)'],
  ['link to an external site', '<a href="https://x.example/">w</a>', '[w](https://x.example/)'],
  ['anchor link, same page', link('', words('w'), ' ac:anchor="x"'), '[w](#x)'],
  [
    'anchor link, another page',
    link('<ri:page ri:content-title="A" />', words('w'), ' ac:anchor="x"'),
    '[w](page:A#x)',
  ],
  ['link to this page', link('', words('w')), 'w', ['node:ac:link']],
  [
    'link with an embedded image for the body',
    link(
      '<ri:page ri:content-title="A" />',
      '<ac:link-body><ac:image><ri:url ri:value="https://x.example/a.gif" /></ac:image></ac:link-body>',
    ),
    '[![](https://x.example/a.gif)](page:A)',
  ],
  [
    'link with a rich body',
    link('<ri:page ri:content-title="A" />', '<ac:link-body>a <strong>b</strong></ac:link-body>'),
    '[a **b**](page:A)',
  ],
  [
    'link that shows a list of issues',
    '<a href="https://x.example/" data-datasource="{}">w</a>',
    '[w](https://x.example/)',
    ['node:datasource'],
  ],

  ['attached image', `<ac:image>${file('a.gif')}</ac:image>`, '![a.gif](attachment:a.gif)'],
  [
    'external image',
    '<ac:image><ri:url ri:value="https://x.example/a.gif" /></ac:image>',
    '![](https://x.example/a.gif)',
  ],
  [
    'image with attributes',
    `<ac:image ac:align="right" ac:border="true" ac:thumbnail="true" ac:height="9" ac:width="9" ac:hspace="1" ac:title="T" ac:alt="words">${file('a.gif')}</ac:image>`,
    '![words](attachment:a.gif)',
  ],
  ['image with a title', `<ac:image ac:title="T">${file('a.gif')}</ac:image>`, '![T](attachment:a.gif)'],
  [
    'image that is a link',
    `<ac:image ac:href="https://x.example/">${file('a.gif')}</ac:image>`,
    '[![a.gif](attachment:a.gif)](https://x.example/)',
  ],
  [
    'image with a caption',
    `<ac:image>${file('a.gif')}<ac:caption><p>below</p></ac:caption></ac:image>`,
    '![a.gif](attachment:a.gif)\\\nbelow',
  ],
  ['image as HTML has it', '<img src="https://x.example/a.gif" alt="a" />', '![a](https://x.example/a.gif)'],
  [
    'figure',
    '<figure><img src="https://x.example/a.gif" /><figcaption>b</figcaption></figure>',
    '![](https://x.example/a.gif)\n\nb',
  ],

  [
    'table',
    '<table><colgroup><col /><col /></colgroup><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>c</td><td><p>d</p></td></tr></tbody><tfoot><tr><td>e</td><td>f</td></tr></tfoot></table>',
    '| a | b |\n| --- | --- |\n| c | d |\n| e | f |',
  ],
  [
    'table with merged cells',
    '<table><tbody><tr><th colspan="2">a</th></tr><tr><td rowspan="2">b</td><td>c</td></tr><tr><td>d</td></tr></tbody></table>',
    '| a |  |\n| --- | --- |\n| b | c |\n|  | d |',
    ['cell:span'],
  ],
  [
    'table in a table',
    '<table><tbody><tr><td><table><tbody><tr><td>a</td><td>b</td></tr></tbody></table></td></tr></tbody></table>',
    '|  |\n| --- |\n| a \\| b |',
    ['cell:table'],
  ],
  [
    'cell with a colour',
    '<table><tbody><tr><td data-highlight-colour="#ff0000">a</td></tr></tbody></table>',
    '|  |\n| --- |\n| a |',
    ['background'],
  ],
  [
    'cell with a style',
    '<table><tbody><tr><td style="text-align: center;">a</td></tr></tbody></table>',
    '|  |\n| --- |\n| a |',
    ['alignment'],
  ],
  [
    'table with a caption',
    '<table><caption>a</caption><tbody><tr><th>b</th></tr></tbody></table>',
    'a\n\n| b |\n| --- |',
  ],

  ['page layout, single', layout('single', 'a'), 'a'],
  ...['two_equal', 'two_left_sidebar', 'two_right_sidebar'].map(
    (type): Row => [`page layout, ${type}`, layout(type, 'a', 'b'), 'a\n\nb', ['layout']],
  ),
  ...['three_equal', 'three_with_sidebars'].map(
    (type): Row => [`page layout, ${type}`, layout(type, 'a', 'b', 'c'), 'a\n\nb\n\nc', ['layout']],
  ),
  ['page layout of Confluence 5.1, of one column', oldLayout('single', 'a'), 'a'],
  ['page layout of Confluence 5.1, of two columns', oldLayout('two-equal', 'a', 'b'), 'a\n\nb', ['layout']],

  ...'smile sad cheeky laugh wink thumbs-up thumbs-down information tick cross warning'
    .split(' ')
    .map((name): Row => [`emoticon ${name}`, `<ac:emoticon ac:name="${name}" />`, `:${name}:`]),
  [
    'emoji',
    '<ac:emoticon ac:name="smile" ac:emoji-shortname=":slight_smile:" ac:emoji-id="1f642" ac:emoji-fallback="🙂" />',
    '🙂',
  ],
  [
    'emoji by its identifier',
    '<ac:emoticon ac:emoji-shortname=":fire:" ac:emoji-id="1f525" ac:emoji-fallback=":fire:" />',
    '🔥',
  ],
  [
    "emoji of Atlassian's own",
    '<ac:emoticon ac:name="cross" ac:emoji-shortname=":cross_mark:" ac:emoji-id="atlassian-cross_mark" ac:emoji-fallback=":cross_mark:" />',
    ':cross_mark:',
  ],

  [
    'attachment of another page',
    link('<ri:attachment ri:filename="a.gif"><ri:page ri:space-key="ENG" ri:content-title="A" /></ri:attachment>'),
    '[a.gif](attachment:ENG:A^a.gif)',
  ],
  [
    'attachment of a blog post',
    link(
      '<ri:attachment ri:filename="a.gif"><ri:blog-post ri:content-title="A" ri:posting-day="2026/01/02" /></ri:attachment>',
    ),
    '[a.gif](attachment:2026/01/02/A^a.gif)',
  ],
  [
    'attachment of a comment',
    link('<ri:attachment ri:filename="a.gif"><ri:content-entity ri:content-id="7" /></ri:attachment>'),
    '[a.gif](attachment:content:7^a.gif)',
  ],
  ['URL', link('<ri:url ri:value="https://x.example/" />', words('w')), '[w](https://x.example/)'],
  ['shortcut', link('<ri:shortcut ri:key="jira" ri:parameter="ABC-1" />'), '[ABC-1](shortcut:jira:ABC-1)'],
  ['user, by account', link('<ri:user ri:account-id="5b:1" />'), '[@5b:1](accountid:5b:1)'],
  ['user, by key', link('<ri:user ri:userkey="2c" />'), '[@2c](userkey:2c)'],
  ['user, by name', link('<ri:user ri:username="ann" />', words('Ann')), '[@Ann](username:ann)'],
  ['space', link('<ri:space ri:space-key="ENG" />'), '[ENG](space:ENG)'],
  ['content entity', link('<ri:content-entity ri:content-id="123" />'), '[123](content:123)'],

  [
    'template variables',
    '<at:declarations><at:string at:name="A" /><at:textarea at:columns="9" at:name="B" at:rows="9" /><at:list at:name="C"><at:option at:value="one" /></at:list></at:declarations><p>a <at:var at:name="A" /></p>',
    '[node: at:declarations]\n\na [variable: A]',
    ['node:at:declarations', 'node:at:var'],
  ],
  ['instructional text', '<ac:placeholder>Say why</ac:placeholder>', '[placeholder: Say why]', ['node:placeholder']],
  [
    'instructional text, of a type',
    '<ac:placeholder ac:type="mention">@who</ac:placeholder>',
    '[placeholder: @who]',
    ['node:placeholder'],
  ],

  ['time', '<p>due <time datetime="2026-01-02" /></p>', 'due [2026-01-02](date:2026-01-02)'],
  [
    'inline comment',
    '<p>a <ac:inline-comment-marker ac:ref="r">b</ac:inline-comment-marker></p>',
    'a b',
    ['inline-comment'],
  ],
  ['labels of forms, abbreviations', '<label>a</label> <abbr>b</abbr>', 'a b'],
  ['comment of XML', '<p>a<!-- b --></p>', 'a'],
  ['element that is not known', '<p><ac:new>a</ac:new></p>', '[node: ac:new]a', ['node:ac:new']],

  ...Object.entries({ info: 'NOTE', note: 'IMPORTANT', success: 'TIP', warning: 'WARNING', error: 'CAUTION' }).map(
    ([kind, alert]): Row => [
      `panel of the new editor, ${kind}`,
      adfNode('panel', adfAttribute('panel-type', kind) + adfContent('<p>a</p>')),
      `> [!${alert}]\n> a`,
    ],
  ),
  [
    'panel of the new editor, with an icon',
    adfNode(
      'panel',
      adfAttribute('panel-type', 'custom') + adfAttribute('panel-icon-text', '🎉') + adfContent('<p>a</p>'),
    ),
    '> [!NOTE]\n> a',
    ['panel:custom'],
  ],
  [
    'decisions',
    adfNode(
      'decision-list',
      `<ac:adf-node type="decision-item">${adfAttribute('state', 'DECIDED')}${adfContent('a')}</ac:adf-node>`,
    ),
    '- [decision] a',
    ['node:decisionList'],
  ],
  [
    'another node of the new editor',
    adfNode('new', `<ac:adf-mark key="k" /><ac:adf-leaf type="l">a</ac:adf-leaf>${adfContent('<p>b</p>')}`),
    '[node: new]\n\na\n\nb',
    ['node:new'],
  ],
  [
    'a node of the new editor that has a fallback only',
    '<ac:adf-extension><ac:adf-fallback><p>a</p></ac:adf-fallback></ac:adf-extension>',
    'a',
  ],
];

/** Macros that have a form in Markdown. */
const WRITTEN: Row[] = [
  [
    'code block',
    macro('code', parameter('language', 'java'), parameter('title', 'T'), plain('a();')),
    '**T**\n\n```java\na();\n```',
  ],
  ['code block of no language', macro('code', parameter('language', 'none'), plain('a')), '```\na\n```'],
  ['noformat', macro('noformat', plain('a *b*')), '```\na *b*\n```'],
  ['info', macro('info', parameter('icon', 'false'), rich('<p>a</p>')), '> [!NOTE]\n> a'],
  ['note', macro('note', parameter('title', 'T'), rich('<p>a</p>')), '> [!IMPORTANT]\n> **T**\n>\n> a'],
  ['tip', macro('tip', rich('<p>a</p>')), '> [!TIP]\n> a'],
  ['warning', macro('warning', rich('<p>a</p>')), '> [!WARNING]\n> a'],
  [
    'panel',
    macro('panel', parameter('title', 'T'), parameter('borderStyle', 'solid'), rich('<p>a</p>')),
    '> [!NOTE]\n> **T**\n>\n> a',
    ['panel:custom'],
  ],
  [
    'expand',
    macro('expand', parameter('title', 'T'), rich('<p>a</p>')),
    '<details><summary>T</summary>\n\na\n\n</details>',
  ],
  ['status', macro('status', parameter('colour', 'Red'), parameter('title', 'LATE')), '[LATE](status:red)'],
  [
    'status of no colour',
    macro('status', parameter('subtle', 'true'), parameter('title', 'NEW')),
    '[NEW](status:neutral)',
  ],
  [
    'section and column',
    macro('section', rich(macro('column', rich('<p>a</p>')) + macro('column', rich('<p>b</p>')))),
    'a\n\nb',
    ['layout'],
  ],
  ['view file', macro('view-file', parameter('name', file('a.pdf'))), '[a.pdf](attachment:a.pdf)'],
  ['multimedia', macro('multimedia', parameter('name', file('a.mp4'))), '[a.mp4](attachment:a.mp4)'],
];

/** Macros that show what is elsewhere: named, with what they show as far as their parameters tell it, and their body. */
const NAMED: [construct: string, storage: string, told?: string][] = [
  [
    'activity stream',
    macro('gadget', parameter('url', '<ri:url ri:value="https://x.example/g" />')),
    '<https://x.example/g>',
  ],
  ['anchor', macro('anchor', parameter('', 'x'))],
  ['attachments', macro('attachments', parameter('patterns', '.*doc')), '.\\*doc'],
  ['blog posts', macro('blog-posts', parameter('max', '5'), parameter('labels', 'a,b')), 'a,b'],
  ['calendar', macro('calendar', parameter('id', '0b'))],
  ['change history', macro('change-history')],
  ['chart', macro('chart', parameter('type', 'pie'), parameter('title', 'T'), rich('<p>a</p>')), 'T\n\na'],
  ['cheese', macro('cheese')],
  ['children display', macro('children', parameter('page', page('A'))), '[A](page:A)'],
  ['content by label', macro('contentbylabel', parameter('cql', 'label = "a"')), 'label = "a"'],
  ['content by label, of old', macro('contentbylabel', parameter('labels', 'a,b')), 'a,b'],
  ['content by user', macro('content-by-user', parameter('', '<ri:user ri:userkey="2c" />')), '[@2c](userkey:2c)'],
  ['contributors', macro('contributors', parameter('page', page('A'))), '[A](page:A)'],
  ['contributors summary', macro('contributors-summary', parameter('columns', 'edits'))],
  ['create from template', macro('create-from-template', parameter('templateName', 'T'), parameter('title', 'A')), 'A'],
  ['create space button', macro('create-space-button')],
  ['decision report', macro('decisionreport', parameter('cql', 'space = "ENG"')), 'space = "ENG"'],
  ['excerpt', macro('excerpt', parameter('hidden', 'true'), rich('<p>a</p>')), '\n\na'],
  ['excerpt include', macro('excerpt-include', parameter('', page('A'))), '[A](page:A)'],
  ['favourite pages', macro('favpages')],
  ['gallery', macro('gallery', parameter('title', 'T')), 'T'],
  ['global reports', macro('global-reports')],
  ['HTML', macro('html', plain('<b>a</b>')), '\n\n```\n<b>a</b>\n```'],
  [
    'HTML include',
    macro('html-include', parameter('url', '<ri:url ri:value="https://x.example/" />')),
    '<https://x.example/>',
  ],
  ['IM presence', macro('im', parameter('', 'ann')), 'ann'],
  ['iframe', macro('iframe', parameter('src', '<ri:url ri:value="https://x.example/" />')), '<https://x.example/>'],
  ['include page', macro('include', parameter('', page('A'))), '[A](page:A)'],
  ['Jira issue', macro('jira', parameter('server', 'S'), parameter('key', 'ABC-1')), 'ABC-1'],
  ['Jira issues', macro('jira', parameter('jqlQuery', 'project = ABC'), parameter('count', 'true')), 'project = ABC'],
  [
    'Jira issues, of old',
    macro('jiraissues', parameter('url', '<ri:url ri:value="https://x.example/" />')),
    '<https://x.example/>',
  ],
  ['Jira chart', macro('jirachart', parameter('jql', 'project%20%3D%20ABC')), 'project%20%3D%20ABC'],
  [
    'JUnit report',
    macro('junitreport', parameter('url', '<ri:url ri:value="https://x.example/" />')),
    '<https://x.example/>',
  ],
  ['labels list', macro('listlabels', parameter('spaceKey', '<ri:space ri:space-key="ENG" />')), '[ENG](space:ENG)'],
  ['livesearch', macro('livesearch', parameter('spaceKey', '<ri:space ri:space-key="ENG" />')), '[ENG](space:ENG)'],
  ['lorem ipsum', macro('loremipsum', parameter('', '2')), '2'],
  ['navigation map', macro('navmap', parameter('', 'a-label')), 'a-label'],
  ['network', macro('network', parameter('username', '<ri:user ri:account-id="5b:1" />')), '[@5b:1](accountid:5b:1)'],
  ...['viewdoc', 'viewxls', 'viewppt', 'viewpdf'].map((name): [string, string, string] => [
    `office or PDF file, ${name}`,
    macro(name, parameter('page', page('A')), parameter('name', 'a.bin')),
    'a.bin [A](page:A)',
  ]),
  ['page index', macro('index')],
  ['page properties', macro('details', parameter('id', 'x'), rich('<p>a</p>')), '\n\na'],
  ['page properties report', macro('detailssummary', parameter('cql', 'label = "a"')), 'label = "a"'],
  ['page tree', macro('pagetree', parameter('root', page('A'))), '[A](page:A)'],
  ['page tree search', macro('pagetreesearch', parameter('rootPage', 'A')), 'A'],
  ['popular labels', macro('popular-labels')],
  ['profile picture', macro('profile-picture', parameter('User', '<ri:user ri:userkey="2c" />')), '[@2c](userkey:2c)'],
  [
    'recently updated',
    macro('recently-updated', parameter('spaces', '<ri:space ri:space-key="ENG" />')),
    '[ENG](space:ENG)',
  ],
  ['recently updated, by label', macro('recently-updated', parameter('labels', 'a')), 'a'],
  ['recently updated dashboard', macro('recently-updated-dashboard', parameter('spaces', 'ENG')), 'ENG'],
  ['recently used labels', macro('recently-used-labels')],
  ['related labels', macro('related-labels', parameter('labels', 'a')), 'a'],
  ['roadmap', macro('roadmap', parameter('source', '%7B%7D'), parameter('title', 'T')), 'T'],
  ['RSS feed', macro('rss', parameter('url', '<ri:url ri:value="https://x.example/f" />')), '<https://x.example/f>'],
  ['search results', macro('search', parameter('query', 'words')), 'words'],
  [
    'space attachments',
    macro('space-attachments', parameter('space', '<ri:space ri:space-key="ENG" />')),
    '[ENG](space:ENG)',
  ],
  ['space details', macro('space-details')],
  ['spaces list', macro('spaces')],
  ['a macro of an app', macro('some-app-macro', parameter('', 'a'), rich('<p>b</p>')), 'a\n\nb'],
  ['table of contents', macro('toc', parameter('maxLevel', '2'))],
  ['table of contents zone', macro('toc-zone', rich('<h1>a</h1>')), '\n\n# a'],
  ['task report', macro('tasks-report-macro', parameter('spaces', 'ENG')), 'ENG'],
  ['user list', macro('userlister', parameter('groups', 'admins')), 'admins'],
  ['user profile', macro('profile', parameter('user', '<ri:user ri:account-id="5b:1" />')), '[@5b:1](accountid:5b:1)'],
  [
    'widget connector',
    macro('widget', parameter('url', '<ri:url ri:value="https://x.example/v" />')),
    '<https://x.example/v>',
  ],
];

const nameOf = (storage: string) => /ac:name="([^"]*)"/.exec(storage)?.[1] ?? '';
const MACROS: Row[] = NAMED.map(([construct, storage, told = '']) => {
  const name = nameOf(storage);
  const blank = told === '' || told.startsWith('\n') ? '' : ' ';
  return [construct, storage, `[macro: ${name}]${blank}${told}`, [`macro:${name}`]];
});
const ROWS = [...ELEMENTS, ...WRITTEN, ...MACROS];

describe("storageToMarkdown tells each construct of Atlassian's document", () => {
  it.each(ROWS)('%s', (_construct, storage, markdown, loss = []) => {
    expect(storageToMarkdown(storage)).toEqual({ markdown, loss });
  });

  it('a macro in the old element as in the new', () => {
    expect(
      storageToMarkdown(
        '<ac:macro ac:name="excerpt-include"><ac:default-parameter>A</ac:default-parameter></ac:macro>',
      ),
    ).toEqual({
      markdown: '[macro: excerpt-include] A',
      loss: ['macro:excerpt-include'],
    });
  });
});

/** What `case '…'` and `=== '…'` of a file compare with, and the names with a prefix that it looks for. */
function namesIn(path: string): string[] {
  const source = readFileSync(new URL(`../../../src/atlassian/text/${path}`, import.meta.url), 'utf8');
  const compared = /(?:case |\b(?:name|type) [!=]==? |attribute\(\w+, )'([\w:-]+)'/g;
  return [...source.matchAll(compared), ...source.matchAll(/'((?:ac|ri|at):[\w:-]+)'/g)].map(([, name = '']) => name);
}

it('what the converter knows by name has a row here', () => {
  const known = [
    ...[...Object.keys(MARKS), ...Object.keys(LOST), ...PLAIN, ...HIDDEN, ...BLOCKS],
    ...Object.keys(ALERTS),
    ...['storage-markdown.ts', 'storage-links.ts', 'storage-tree.ts', 'storage-style.ts'].flatMap(namesIn),
  ];
  const rows = [...ROWS.map(([, storage]) => storage), '<ac:macro <ac:default-parameter'].join('\n');
  const hasRow = (name: string) =>
    new RegExp(`<${name}[\\s/>]|[ "]${name}="|="${name}"|>${name}</ac:adf-attribute>`).test(`${rows} `);
  expect(known.length).toBeGreaterThan(150);
  expect([...new Set(known)].filter((name) => !hasRow(name))).toEqual([]);
});
