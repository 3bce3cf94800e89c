import { describe, expect, it } from 'vitest';
import { type AdfNode, toAdf } from '../../../src/atlassian/text/adf.ts';
import { adfToMarkdown } from '../../../src/atlassian/text/adf-markdown.ts';
import { parseMarkdown } from '../../../src/atlassian/text/markdown.ts';
import { seedIssues } from '../../../src/sandbox/world/seed-jira.ts';
import { adfDefinitions, adfValidator } from '../../support/adf-schema.ts';
import { Random } from '../../support/random.ts';

type Marks = NonNullable<AdfNode['marks']>;

const node = (type: string, attrs: Record<string, unknown>, ...content: AdfNode[]): AdfNode => ({
  type,
  ...(Object.keys(attrs).length > 0 ? { attrs } : {}),
  content,
});
const leaf = (type: string, attrs: Record<string, unknown> = {}): AdfNode => ({ type, attrs });
const text = (value: string, ...marks: Marks): AdfNode => ({
  type: 'text',
  text: value,
  ...(marks.length > 0 ? { marks } : {}),
});
const p = (...content: (AdfNode | string)[]): AdfNode =>
  node('paragraph', {}, ...content.map((child) => (typeof child === 'string' ? text(child) : child)));
const doc = (...content: AdfNode[]): AdfNode => ({ type: 'doc', version: 1, content });
const link = (href: string) => ({ type: 'link', attrs: { href } });
const cell = (...content: AdfNode[]) => node('tableCell', {}, ...content);
const STRONG = { type: 'strong' };
const EM = { type: 'em' };
const STRIKE = { type: 'strike' };
const CODE = { type: 'code' };
const BR: AdfNode = { type: 'hardBreak' };
const LOCAL = { localId: 'l' };

const isAdf = adfValidator();
const markdownOf = (document: unknown) => adfToMarkdown(document).markdown;
const roundTrip = (markdown: string) => markdownOf(toAdf(parseMarkdown(markdown)));

interface Sample {
  content: AdfNode[];
  markdown: string;
  loss?: string[];
}

const media = leaf('media', { type: 'file', id: 'f-1', collection: 'c', alt: 'plan.png' });
const listOf = (type: string, ...items: AdfNode[]) =>
  node(type, {}, ...items.map((item) => node('listItem', {}, item)));

/** A document for each type of node, with what becomes of it. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  doc: { content: [], markdown: '' },
  paragraph: { content: [p('a'), p(), p('b')], markdown: 'a\n\nb' },
  text: { content: [p('a', text('b', STRONG))], markdown: 'a**b**' },
  hardBreak: { content: [p('a', BR, 'b')], markdown: 'a\\\nb' },
  heading: { content: [node('heading', { level: 3 }, text('a #'), BR, text('b'))], markdown: '### a #<br>b' },
  rule: { content: [p('a'), { type: 'rule' }], markdown: 'a\n\n---' },
  codeBlock: {
    content: [node('codeBlock', { language: 'js' }, text('a\n```\nb'))],
    markdown: '````js\na\n```\nb\n````',
  },
  blockquote: { content: [node('blockquote', {}, p('a'), p('b'))], markdown: '> a\n>\n> b' },
  panel: {
    content: [node('panel', { panelType: 'warning' }, p('a'), listOf('bulletList', p('b')))],
    markdown: '> [!WARNING]\n> a\n>\n> - b',
  },
  bulletList: { content: [listOf('bulletList', p('a')), listOf('bulletList', p('b'))], markdown: '- a\n\n* b' },
  orderedList: {
    content: [node('orderedList', { order: 9 }, node('listItem', {}, p('a')), node('listItem', {}, p('b'), p('c')))],
    markdown: '9. a\n10. b\n\n    c',
  },
  listItem: {
    content: [node('bulletList', {}, node('listItem', {}, p('a'), listOf('orderedList', p('b'))))],
    markdown: '- a\n  1. b',
  },
  taskList: {
    content: [
      node(
        'taskList',
        LOCAL,
        node('taskItem', { localId: 'l', state: 'DONE' }, text('a')),
        node('taskList', LOCAL, node('taskItem', { localId: 'l', state: 'TODO' }, text('b'))),
      ),
    ],
    markdown: '- [x] a\n  - [ ] b',
  },
  taskItem: {
    content: [node('taskList', LOCAL, node('taskItem', { localId: 'l', state: 'TODO' }, text('a'), BR, text('b')))],
    markdown: '- [ ] a\\\n  b',
  },
  blockTaskItem: {
    content: [node('taskList', LOCAL, node('blockTaskItem', { localId: 'l', state: 'TODO' }, p('a')))],
    markdown: '- [ ] a',
  },
  decisionList: {
    content: [node('decisionList', LOCAL, node('decisionItem', { localId: 'l', state: 'DECIDED' }, text('a')))],
    markdown: '- [decision] a',
    loss: ['node:decisionList'],
  },
  decisionItem: {
    content: [node('decisionList', LOCAL, node('decisionItem', { localId: 'l', state: 'DECIDED' }, text('(a)')))],
    markdown: '- [decision] (a)',
    loss: ['node:decisionList'],
  },
  table: {
    content: [
      node(
        'table',
        {},
        node('tableRow', {}, node('tableHeader', {}, p('a')), node('tableHeader', {}, p('b'))),
        node('tableRow', {}, cell(p('1'), p('2')), cell(p('|'))),
      ),
    ],
    markdown: '| a | b |\n| --- | --- |\n| 1<br>2 | \\| |',
  },
  tableRow: {
    content: [node('table', {}, node('tableRow', {}, cell(p('a'))), node('tableRow', {}, cell(p('b')), cell(p('c'))))],
    markdown: '|  |  |\n| --- | --- |\n| a |\n| b | c |',
  },
  tableHeader: {
    content: [node('table', {}, node('tableRow', {}, node('tableHeader', {}, p('a')), cell(p('b'))))],
    markdown: '|  |  |\n| --- | --- |\n| a | b |',
  },
  tableCell: {
    content: [
      node(
        'table',
        {},
        node(
          'tableRow',
          {},
          cell(listOf('bulletList', p('a'), p('b')), node('codeBlock', {}, text('c\nd'))),
          cell(node('heading', { level: 1 }, text('e')), { type: 'rule' }),
        ),
      ),
    ],
    markdown: '|  |  |\n| --- | --- |\n| - a<br>- b<br>`c`<br>`d` | **e**<br>--- |',
    loss: ['cell:list', 'cell:code', 'cell:heading', 'cell:rule'],
  },
  expand: {
    content: [node('expand', { title: 'More <b>' }, p('a'))],
    markdown: '<details><summary>More &#60;b&#62;</summary>\n\na\n\n</details>',
  },
  nestedExpand: {
    content: [node('expand', { title: 'A' }, node('nestedExpand', { title: 'B' }, p('a')))],
    markdown: '<details><summary>A</summary>\n\n<details><summary>B</summary>\n\na\n\n</details>\n\n</details>',
  },
  layoutSection: {
    content: [
      node(
        'layoutSection',
        {},
        node('layoutColumn', { width: 50 }, p('a')),
        node('layoutColumn', { width: 50 }, p('b')),
      ),
    ],
    markdown: 'a\n\nb',
    loss: ['layout'],
  },
  layoutColumn: {
    content: [
      node('layoutSection', {}, node('layoutColumn', { width: 50 }, p('a')), node('layoutColumn', { width: 50 }, p())),
    ],
    markdown: 'a',
    loss: ['layout'],
  },
  media: { content: [node('mediaSingle', { layout: 'center' }, media)], markdown: '![plan.png](media:f-1)' },
  mediaSingle: {
    content: [
      node(
        'mediaSingle',
        { layout: 'center' },
        leaf('media', { type: 'external', url: 'https://x.example/a b.png' }),
        node('caption', {}, text('c')),
      ),
    ],
    markdown: '![](<https://x.example/a b.png>)\n\nc',
  },
  caption: {
    content: [node('mediaSingle', { layout: 'center' }, media, node('caption', {}, text('c', EM)))],
    markdown: '![plan.png](media:f-1)\n\n*c*',
  },
  mediaGroup: {
    content: [node('mediaGroup', {}, media, leaf('media', { type: 'file', id: 'f-2', collection: 'c' }))],
    markdown: '![plan.png](media:f-1)\n\n![f-2](media:f-2)',
  },
  mediaInline: {
    content: [p('see ', leaf('mediaInline', { type: 'file', id: 'f-1', collection: 'c', alt: 'a.pdf' }))],
    markdown: 'see [a.pdf](media:f-1)',
  },
  mention: {
    content: [p('cc ', leaf('mention', { id: '5b:1', text: '@Ann (QA)' }), leaf('mention', { id: '7' }))],
    markdown: 'cc [@Ann (QA)](accountid:5b:1)[@7](accountid:7)',
  },
  emoji: {
    content: [
      p(
        leaf('emoji', { shortName: ':smile:', text: '😄' }),
        leaf('emoji', { shortName: ':fire:', id: '1f525' }),
        leaf('emoji', { shortName: ':check_mark:', id: 'atlassian-check_mark', text: ':check_mark:' }),
      ),
    ],
    markdown: '😄🔥:check_mark:',
  },
  status: {
    content: [p('is ', leaf('status', { text: 'In *progress*', color: 'blue' }))],
    markdown: 'is [In \\*progress\\*](status:blue)',
  },
  date: {
    content: [p('due ', leaf('date', { timestamp: '1795305600000' }))],
    markdown: 'due [2026-11-22](date:2026-11-22)',
  },
  inlineCard: {
    content: [p('see ', leaf('inlineCard', { url: 'https://x.example/1' }))],
    markdown: 'see <https://x.example/1>',
  },
  blockCard: {
    content: [leaf('blockCard', { data: { url: 'https://x.example/1', name: 'One' } })],
    markdown: '[One](https://x.example/1)',
  },
  embedCard: {
    content: [leaf('embedCard', { url: 'https://x.example/(1)', layout: 'wide' })],
    markdown: '<https://x.example/(1)>',
  },
  extension: {
    content: [
      leaf('extension', { extensionKey: 'toc', extensionType: 'com.atlassian.confluence.macro.core' }),
      leaf('extension', { extensionKey: 'chart', extensionType: 'com.example', text: 'Sales' }),
    ],
    markdown: '[macro: toc]\n\n[extension: chart] Sales',
    loss: ['macro:toc', 'node:extension'],
  },
  bodiedExtension: {
    content: [node('bodiedExtension', { extensionKey: 'box', extensionType: 'com.example' }, p('a'))],
    markdown: '[extension: box]\n\na',
    loss: ['node:bodiedExtension'],
  },
  inlineExtension: {
    content: [p('a ', leaf('inlineExtension', { extensionKey: 'k', extensionType: 'com.example' }), '(b)')],
    markdown: 'a [extension: k]\\(b)',
    loss: ['node:inlineExtension'],
  },
  placeholder: {
    content: [p(leaf('placeholder', { text: 'Say why' }))],
    markdown: '[placeholder: Say why]',
    loss: ['node:placeholder'],
  },
  syncBlock: {
    content: [leaf('syncBlock', { resourceId: 'r', localId: 'l' })],
    markdown: '[node: syncBlock]',
    loss: ['node:syncBlock'],
  },
  bodiedSyncBlock: {
    content: [node('bodiedSyncBlock', { resourceId: 'r', localId: 'l' }, p('a'))],
    markdown: '[node: bodiedSyncBlock]\n\na',
    loss: ['node:bodiedSyncBlock'],
  },
};

describe('adfToMarkdown, of every type of node that the ADF schema has', () => {
  const types = new Set(
    Object.values(adfDefinitions)
      .flatMap((schema) => [schema, ...(schema.allOf ?? [])])
      .flatMap(({ properties }) =>
        properties?.content || properties?.attrs || properties?.text ? (properties.type?.enum ?? []) : [],
      )
      .filter((type) => `${type}_node` in nodeNames()),
  );

  it('knows one sample each', () => {
    expect(Object.keys(SAMPLES).sort()).toEqual([...types].map(String).sort());
  });

  it.each(Object.entries(SAMPLES).map(([type, sample]) => ({ type, ...sample })))(
    'writes $type, and says what is lost',
    ({ content, markdown, loss = [] }) => {
      const document = doc(...content);
      expect(isAdf(document) || isAdf.errors, JSON.stringify(document)).toBe(true);
      expect(adfToMarkdown(document)).toEqual({ markdown, loss });
    },
  );
});

function nodeNames(): Record<string, true> {
  const names = Object.entries(adfDefinitions)
    .filter(([name]) => name.endsWith('_node'))
    .flatMap(([, schema]) => [schema, ...(schema.allOf ?? [])])
    .flatMap(({ properties }) => properties?.type?.enum ?? []);
  return Object.fromEntries(names.map((name) => [`${name}_node`, true]));
}

describe('adfToMarkdown writes', () => {
  it.each<{ name: string; content: AdfNode[]; markdown: string; loss?: string[] }>([
    {
      name: 'marks within marks',
      content: [p(text('a', STRONG), text('b', STRONG, EM), text('c', EM), text('d', STRIKE))],
      markdown: '**a<!-- -->_b_**_c_~~d~~',
    },
    {
      name: 'blanks outside of marks',
      content: [p('a', text(' b ', STRONG), 'c', text(' ', EM), 'd')],
      markdown: 'a **b** c d',
    },
    {
      name: 'punctuation at the borders of marks in words',
      content: [p('a', text('(b)', STRONG), 'c ', text('标题：', STRONG), '内容')],
      markdown: 'a<!-- -->**(b)**<!-- -->c **标题：**<!-- -->内容',
    },
    {
      name: 'a link in one piece, whatever is marked in it',
      content: [
        p(text('a ', STRONG), text('b', STRONG, link('https://x.example/')), text('c', link('https://x.example/'))),
      ],
      markdown: '**a** [**b**c](https://x.example/)',
    },
    {
      name: 'what macros and apps show',
      content: [
        leaf('extension', {
          ...{ extensionKey: 'jira', extensionType: 'com.atlassian.confluence.macro.core' },
          parameters: {
            macroParams: { key: { value: 'DEMO-4' }, server: { value: 'x' } },
            macroMetadata: { title: 'Jira' },
          },
        }),
        leaf('extension', {
          ...{ extensionKey: 'widget', extensionType: 'com.atlassian.confluence.macro.core', text: 'Video' },
          parameters: { macroParams: { url: { value: 'https://x.example/v' } } },
        }),
        p(
          leaf('inlineExtension', {
            ...{ extensionKey: 'app', extensionType: 'com.atlassian.ecosystem' },
            parameters: { guestParams: { query: 'open bugs' } },
          }),
        ),
        leaf('extension', {
          extensionKey: 'odd',
          extensionType: 'com.example',
          parameters: { macroParams: [1], url: 5 },
        }),
      ],
      markdown:
        '[macro: jira] DEMO-4\n\n[macro: widget] Video https://x.example/v\n\n[extension: app] open bugs\n\n[extension: odd]',
      loss: ['macro:jira', 'macro:widget', 'node:inlineExtension', 'node:extension'],
    },
    {
      name: 'cells and links with what Markdown has no place for',
      content: [
        {
          ...node(
            'table',
            { isNumberColumnEnabled: true },
            node('tableRow', {}, node('tableHeader', { background: '#ffebe6' }, p('a'))),
          ),
        },
        p(text('b', { type: 'link', attrs: { href: 'https://x.example/', title: 'Read me' } })),
      ],
      markdown: '| a |\n| --- |\n\n[b](https://x.example/)',
      loss: ['row-numbers', 'background', 'link-title'],
    },
    {
      name: 'code with backticks',
      content: [
        p(text('a`b', CODE), ' ', text('`', CODE), ' ', text(' c ', CODE), text('d', CODE, link('https://x.example/'))),
      ],
      markdown: '``a`b`` `` ` `` `  c  `[`d`](https://x.example/)',
    },
    {
      name: 'marks that Markdown has not, as text',
      content: [
        p(
          text('a', { type: 'underline' }),
          text('b', { type: 'subsup', attrs: { type: 'sub' } }),
          text('c', { type: 'subsup', attrs: { type: 'sup' } }),
          text('d', { type: 'textColor', attrs: { color: '#ff0000' } }),
          text('e', { type: 'backgroundColor', attrs: { color: '#ff0000' } }),
          text('f', { type: 'annotation', attrs: { id: '1', annotationType: 'inlineComment' } }),
        ),
      ],
      markdown: 'abcdef',
      loss: ['underline', 'subscript', 'superscript', 'color', 'background', 'inline-comment'],
    },
    {
      name: 'paragraphs that are set in some way',
      content: [
        { ...p('a'), marks: [{ type: 'alignment', attrs: { align: 'end' } }] },
        { ...p('b'), marks: [{ type: 'indentation', attrs: { level: 1 } }] },
      ],
      markdown: 'a\n\nb',
      loss: ['alignment', 'indentation'],
    },
    {
      name: 'what looks like Markdown at the beginning of a line',
      content: [p('# a', BR, '- b', BR, '1. c', BR, '> d', BR, '---', BR, '===', BR, '+ e', BR, '    f')],
      markdown: '\\# a\\\n\\- b\\\n1\\. c\\\n\\> d\\\n---\\\n===\\\n\\+ e\\\nf',
    },
    {
      name: 'what looks like Markdown in a line',
      content: [p('*a* _b_ c_d `e` [f](g) <h> &amp; i & j ~~k~~ \\ 2 * 3 < 4!', text('l', link('https://x.example/')))],
      markdown:
        '\\*a\\* \\_b\\_ c_d \\`e\\` \\[f\\](g) \\<h> \\&amp; i & j \\~\\~k\\~\\~ \\\\ 2 * 3 < 4\\![l](https://x.example/)',
    },
    {
      name: 'a bare address, which would swallow what is beside it',
      content: [
        p(
          'see https://x.example/a_b, https://x.example/*a* and https://x.example/',
          text('b', STRONG),
          ' https://x.example/',
          BR,
          'c',
        ),
      ],
      markdown:
        'see https://x.example/a_b, https:/\\/x.example/\\*a\\* and <https://x.example/>**b** <https://x.example/>\\\nc',
    },
    {
      name: 'addresses that nobody should follow, as text',
      content: [
        p(
          text('a', link('javascript:alert(1)')),
          text('b', STRONG, link('javascript:alert(1)')),
          ' ',
          text('c', link('data:text/html,x')),
          ' ',
          text('d', link('accountid:1')),
        ),
      ],
      markdown: 'a**b** (javascript:alert(1)) c (data:text/html,x) d (accountid:1)',
    },
    {
      name: 'addresses that lead on from somewhere, as they are',
      content: [p(text('a', link('docs/a b.md')), ' ', text('b', link('#part')), ' ', text('c', link('/x(y)')))],
      markdown: '[a](<docs/a b.md>) [b](#part) [c](/x\\(y\\))',
    },
    {
      name: 'a link that has no words',
      content: [p(text(' ', link('https://x.example/')), 'a')],
      markdown: '<https://x.example/>a',
    },
    {
      name: 'an image that leads somewhere',
      content: [
        {
          type: 'mediaSingle',
          attrs: { layout: 'center' },
          content: [{ ...media, marks: [link('https://x.example/')] }],
        },
      ],
      markdown: '[![plan.png](media:f-1)](https://x.example/)',
    },
    {
      name: 'an image that leads somewhere by what holds it, unless it does itself',
      content: [undefined, [link('https://y.example/')]].map((marks) => ({
        type: 'mediaSingle',
        attrs: { layout: 'center' },
        marks: [link('https://x.example/')],
        content: [marks ? { ...media, marks } : media],
      })),
      markdown: '[![plan.png](media:f-1)](https://x.example/)\n\n[![plan.png](media:f-1)](https://y.example/)',
      loss: ['mark:link'],
    },
    {
      name: 'a file that leads elsewhere, in a link',
      content: [
        p({ ...leaf('mediaInline', { type: 'file', id: 'f', collection: 'c' }), marks: [link('https://x.example/')] }),
      ],
      markdown: '[![f](media:f)](https://x.example/)',
    },
    {
      name: 'a name in one line',
      content: [
        p(leaf('status', { text: ' In\nprogress ', color: 'blue' }), leaf('mention', { id: '1', text: '@A\nB' })),
      ],
      markdown: '[In progress](status:blue)[@A B](accountid:1)',
    },
    {
      name: 'items that begin with each other and have nothing in them, which would be a rule',
      content: [listOf('bulletList', listOf('bulletList', listOf('bulletList', p()))), p('a')],
      markdown: '- - - <!-- -->\n\na',
    },
    {
      name: 'a list below the text of an item, though its first item is empty',
      content: [node('bulletList', {}, node('listItem', {}, p('a'), listOf('orderedList', p(), p('b'))))],
      markdown: '- a\n\n  1.\n  2. b',
    },
    {
      name: 'a custom panel as a note',
      content: [node('panel', { panelType: 'custom', panelColor: '#fff' }, p('a'))],
      markdown: '> [!NOTE]\n> a',
      loss: ['panel:custom'],
    },
    {
      name: 'wide and high cells, their room kept',
      content: [
        node(
          'table',
          {},
          node(
            'tableRow',
            {},
            node('tableHeader', { rowspan: 2 }, p('a')),
            node('tableHeader', { colspan: 2 }, p('b')),
            node('tableHeader', {}, p('c')),
          ),
          node('tableRow', {}, cell(p('d')), cell(p('e')), node('tableHeader', {}, p('f'))),
        ),
      ],
      markdown: '| a | b |  | c |\n| --- | --- | --- | --- |\n|  | d | e | f |',
      loss: ['cell:span', 'cell:header'],
    },
    {
      name: 'a table in a cell as text',
      content: [
        node(
          'table',
          {},
          node(
            'tableRow',
            {},
            cell(
              p('a'),
              node('nestedExpand', { title: 'T' }, p('b')),
              node('panel', { panelType: 'info' }, p('c')),
              node('taskList', LOCAL, node('taskItem', { localId: 'l', state: 'DONE' }, text('d'))),
            ),
          ),
        ),
      ],
      markdown: '|  |\n| --- |\n| a<br>T<br>b<br>c<br>☑ d |',
      loss: ['cell:expand', 'cell:quote', 'cell:list'],
    },
    {
      name: 'text that names a placeholder, so that it is none',
      content: [p('[macro: toc] [!NOTE]')],
      markdown: '\\[macro: toc\\] \\[!NOTE\\]',
    },
  ])('$name', ({ content, markdown, loss = [] }) => {
    const document = doc(...content);
    expect(adfToMarkdown(document)).toEqual({ markdown, loss });
  });
});

describe('Markdown that became ADF is read as the same Markdown', () => {
  it.each([
    '# Title\n\nText\n\n###### Small',
    'a **b** *c* ~~d~~ `e`',
    '**a _b_ c** _**d**_',
    'a\\\nb\\\nc',
    '- a\n- b\n  - c\n    1. d\n    2. e\n- f',
    '- [ ] open\n- [x] **done**\n  - [ ] inner',
    '3. [ ] a\n4. b',
    '- - a\n-\n- b',
    '- a\n\n  b\n\n  ```\n  c\n\n  d\n  ```\n- e',
    '- ```\n  a\n  ```',
    '- a\n\n* b\n\n- c',
    '1. a\n\n1) b',
    '> a\n>\n> - b\n>\n> ```\n> c\n> ```',
    '> a\n\n> b',
    '```ts\nlet a = "<b>";\n\n  b\n```',
    '```\n```',
    '````md\n```\na\n```\n````',
    '| a | b |\n| --- | --- |\n| c\\|d | `e\\|f` |\n| g<br>h |  |',
    '[a **b**](https://x.example.com/?a=1&b=2) <mailto:a@x.example.com>',
    'see <https://x.example.com/a_b>.',
    '[https://x.example.com/%C3%BC](https://x.example.com/%C3%BC)',
    'a\n\n---\n\nb',
    '\\*a\\* \\<b> \\&amp; 1) # c',
    '\\# a',
    '\\---',
    'a\\\n\\> b',
  ])('%s', (markdown) => {
    expect(roundTrip(markdown)).toBe(markdown);
  });

  it('in every description of the sandbox that Markdown has all words for', () => {
    const beyond = /"type":"(?!doc|paragraph|text|hardBreak|strong|em|code|link)\w+"/;
    const documents = seedIssues('acme')
      .map(({ description }) => description)
      .filter((found) => found !== null)
      .filter((found) => !beyond.test(JSON.stringify(found)));
    expect(documents.length).toBeGreaterThan(10);
    for (const document of documents) {
      const { markdown, loss } = adfToMarkdown(document);
      expect(loss).toEqual([]);
      expect(shape(toAdf(parseMarkdown(markdown)))).toBe(typeof document === 'string' ? document : shape(document));
    }
  });

  it('whatever it is made of', () => {
    const random = new Random(11);
    const pieces = [
      ...[
        'a',
        'b c',
        ' ',
        '  ',
        '\n',
        '\n\n',
        '\t',
        '- ',
        '* ',
        '1. ',
        '7) ',
        '> ',
        '# ',
        '---\n',
        '**',
        '*',
        '_',
        '~~',
      ],
      ...[
        '`',
        '``',
        '```\n',
        '[x](https://x.example.com)',
        '![i](http://x.example)',
        '[',
        '](',
        ')',
        ']',
        '(',
        ':',
        '!',
      ],
      ...['<b>', '<!--', '-->', '| a | b |\n|---|---|\n| c |\n', '|', '- [x] ', '&amp;', '&nbsp;', '\\', '<br>', '='],
      ...[
        '[d](docs/d.md)',
        '![s](s.png)',
        'https://x.example.com/_a_',
        'é',
        '。',
        '\u{1f600}',
        '"',
        '~',
        '_b',
        '#',
        '+',
      ],
    ];
    for (let round = 0; round < 600; round += 1) {
      const source = random.text(pieces, 25);
      const before = toAdf(parseMarkdown(source));
      const markdown = markdownOf(before);
      const label = JSON.stringify({ source, markdown });
      expect(shape(toAdf(parseMarkdown(markdown))), label).toBe(shape(before));
      expect(roundTrip(markdown), label).toBe(markdown);
    }
  });

  it('whatever marks are upon whatever characters', () => {
    const random = new Random(12);
    const words = [
      'a',
      'b',
      ' ',
      '(',
      '.',
      '*',
      '_',
      '~',
      '!',
      '[',
      ']',
      '<',
      '&',
      '`',
      '：',
      '字',
      '\u{1f600}',
      'https://x.y/',
      '\\',
      '|',
      '# ',
      '1. ',
      '- ',
    ];
    for (let round = 0; round < 3_000; round += 1) {
      const content = Array.from({ length: 1 + random.below(6) }, (): AdfNode => {
        if (random.below(12) === 0) return BR;
        const marks = [STRONG, EM, STRIKE, link('https://x.example/')].filter(() => random.below(3) === 0);
        const shown = random.text(words, 3);
        // A link without words is shown as its address.
        return text(shown.trim() === '' && marks.some(({ type }) => type === 'link') ? 'c' : shown || 'c', ...marks);
      });
      const before = doc(p(...content));
      const markdown = markdownOf(before);
      const after = toAdf(parseMarkdown(markdown));
      expect(marked(after), JSON.stringify({ content, markdown })).toEqual(marked(before));
    }
  });
});

/** Each character of a document, blanks aside, with its marks. */
function marked(document: AdfNode): string[] {
  const found: string[] = [];
  const walk = (inner: AdfNode): void => {
    // A bare address is a link to who reads it.
    const marks = (inner.marks ?? []).filter(({ attrs }) => !String(attrs?.href).startsWith('https://x.y'));
    const names = marks.map(({ type }) => type).sort();
    for (const character of (inner.text ?? '').replace(/\s/g, '')) found.push([character, ...names].join(' '));
    for (const child of inner.content ?? []) walk(child);
  };
  walk(document);
  return found;
}

/** The nodes of a document and the words in them, in one line. */
function shape(inner: AdfNode): string {
  if (inner.type === 'text') return (inner.text ?? '').replace(/\s/g, '');
  if (inner.type === 'hardBreak') return ' ';
  const content = (inner.content ?? [])
    .map(shape)
    .join('')
    .trim()
    .replace(/ +/g, ' ')
    .replace(/([☑☐]) /g, '$1');
  return inner.type === 'paragraph' && content === '' ? '' : `${inner.type}(${content})`;
}

describe('adfToMarkdown of what is no document', () => {
  const kept = p('kept');

  it.each<{ name: string; document: unknown; markdown: string; loss?: string[] }>([
    { name: 'nothing', document: null, markdown: '' },
    { name: 'a number', document: 7, markdown: '' },
    { name: 'a text', document: 'a *b*\nc', markdown: 'a \\*b\\*\\\nc' },
    { name: 'a list', document: [kept], markdown: '' },
    { name: 'a paragraph', document: kept, markdown: 'kept' },
    { name: 'content that is none', document: { type: 'doc', content: 'text' }, markdown: '' },
    {
      name: 'content of all kinds',
      document: { type: 'doc', content: [null, 1, 'a', true, [], [kept], {}, { content: [kept] }] },
      markdown: 'kept',
    },
    {
      name: 'a type that objects have',
      document: doc(leaf('constructor'), { ...p('a'), marks: [{ type: 'toString' }] } as AdfNode),
      markdown: '[node: constructor]\n\na',
      loss: ['node:constructor', 'mark:toString'],
    },
    {
      name: 'blocks within a line',
      document: p('a ', node('panel', {}, p('b')), 'c'),
      markdown: 'a [node: panel][node: paragraph]bc',
      loss: ['node:panel', 'node:paragraph'],
    },
    {
      name: 'attributes that are none',
      document: {
        type: 'doc',
        content: [
          'mention',
          'status',
          'emoji',
          'date',
          'inlineCard',
          'media',
          'heading',
          'panel',
          'expand',
          'extension',
        ].flatMap((type) => [
          { type },
          { type, attrs: 'x' },
          { type, attrs: { text: {}, id: [], url: 1, level: 'x', timestamp: { toString: 1 } } },
        ]),
      },
      markdown: expect.stringContaining('[node: date]') as unknown as string,
      loss: ['node:date', 'node:inlineCard', 'node:media', 'panel:', 'node:extension'],
    },
    {
      name: 'control characters',
      document: p('a\u0000\ud800b', text('\u0008', STRONG)),
      markdown: 'ab',
    },
  ])('reads what can be read: $name', ({ document, markdown, loss = [] }) => {
    expect(adfToMarkdown(document)).toEqual({ markdown, loss });
  });

  it('does not go deeper than any document, and says so', () => {
    for (const type of [
      'panel',
      'blockquote',
      'bulletList',
      'expand',
      'table',
      'taskList',
      'aNewNode',
      'paragraph',
      'layoutSection',
    ]) {
      let deep: unknown = kept;
      for (let depth = 0; depth < 20_000; depth += 1) deep = { type, content: [deep] };
      const { markdown, loss } = adfToMarkdown({ type: 'doc', content: [deep, kept] });
      expect(loss).toContain('depth');
      expect(markdown).toMatch(/…(?:.|\n)*kept$/);
    }
  });

  it.each<{ name: string; document: unknown }>([
    { name: 'many nodes', document: doc(...Array.from({ length: 100_000 }, () => kept)) },
    { name: 'a long text', document: 'a'.repeat(3_000_000) },
    {
      name: 'lines deep in quotes',
      document: doc(
        Array.from({ length: 90 }).reduce<AdfNode>(
          (inner) => node('blockquote', {}, inner),
          node('codeBlock', {}, text('\n'.repeat(500_000))),
        ),
      ),
    },
  ])('reads the beginning of a long document, and says so: $name', ({ document }) => {
    const { markdown, loss } = adfToMarkdown(document);
    expect(loss).toEqual(['truncated']);
    expect(markdown).toMatch(/\n\n\[truncated\]$/);
    expect(markdown.length).toBeLessThan(1_100_000);
  });

  it('does not make much of a table that says it is large', () => {
    const wide = Array.from({ length: 500 }, () => node('tableCell', { rowspan: 1e9, colspan: 1e9 }, p('a')));
    const rows = Array.from({ length: 500 }, () => node('tableRow', {}, cell(p('b'))));
    expect(markdownOf(doc(node('table', {}, node('tableRow', {}, ...wide), ...rows))).length).toBeLessThan(200_000);
  });

  it('names no more kinds of loss than any document has', () => {
    const names = Array.from({ length: 1_000 }, (_, index) => leaf(`new${index}${'x'.repeat(1_000)}`));
    const { loss } = adfToMarkdown(doc(...names));
    expect(loss).toHaveLength(100);
    expect(Math.max(...loss.map((kind) => kind.length))).toBe(100);
  });
});
