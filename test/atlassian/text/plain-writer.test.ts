import { describe, expect, it } from 'vitest';
import { readAdf } from '../../../src/atlassian/text/adf-markdown.ts';
import type { PlainText, Reading } from '../../../src/atlassian/text/document/document.ts';
import { writePlainText } from '../../../src/atlassian/text/document/plain-writer.ts';
import { writeMarkdown } from '../../../src/atlassian/text/document/writer.ts';
import { readStorage } from '../../../src/atlassian/text/storage-markdown.ts';
import { readWiki } from '../../../src/atlassian/text/wiki-markdown.ts';

const text = (value: string, ...marks: object[]) => ({ type: 'text', text: value, marks });
const leaf = (type: string, attrs: object) => ({ type, attrs });
const node = (type: string, ...content: object[]) => ({ type, content });
const p = (...content: object[]) => node('paragraph', ...content);
const item = (...content: object[]) => node('listItem', ...content);
const link = (href: string) => ({ type: 'link', attrs: { href } });

const adf = (...content: object[]) => readAdf({ type: 'doc', version: 1, content });

/** What is read alike of all three formats, as plain text. */
const WORDS: { name: string; read: Reading[]; told: string; loss?: string[] }[] = [
  {
    name: 'headings and paragraphs, each on a line',
    read: [
      adf(
        { ...node('heading', text('Steps')), attrs: { level: 1 } },
        p(text('Stop'), leaf('hardBreak', {}), text('it')),
      ),
      readStorage('<h1>Steps</h1>\n<p><strong>Stop</strong><br/>it</p>'),
      readWiki('h1. Steps\n\n*Stop*\nit'),
    ],
    told: 'Steps\nStop\nit',
  },
  {
    name: 'lists in lists',
    read: [
      adf(node('orderedList', item(p(text('One')), node('bulletList', item(p(text('In'))))), item(p(text('Two'))))),
      readStorage('<ol><li>One<ul><li>In</li></ul></li><li>Two</li></ol>'),
      readWiki('# One\n#* In\n# Two'),
    ],
    told: '1. One\n   - In\n2. Two',
  },
  {
    name: 'what is done and what is not',
    read: [
      adf(
        node(
          'taskList',
          { ...node('taskItem', text('done')), attrs: { state: 'DONE' } },
          { ...node('taskItem', text('open')), attrs: { state: 'TODO' } },
        ),
      ),
      readStorage(
        '<ac:task-list><ac:task><ac:task-status>complete</ac:task-status><ac:task-body>done</ac:task-body></ac:task>' +
          '<ac:task><ac:task-status>incomplete</ac:task-status><ac:task-body>open</ac:task-body></ac:task></ac:task-list>',
      ),
    ],
    told: '- [x] done\n- [ ] open',
  },
  {
    name: 'code as it is',
    read: [
      adf(node('codeBlock', text('  a\n\n    b'))),
      readStorage(
        '<ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA[  a\n\n    b]]></ac:plain-text-body></ac:structured-macro>',
      ),
      readWiki('{code}\n  a\n\n    b\n{code}'),
    ],
    told: '  a\n\n    b',
  },
  {
    name: 'tables, with a header and without',
    read: [
      adf(
        node(
          'table',
          node('tableRow', node('tableHeader', p(text('k'))), node('tableHeader', p(text('v')))),
          node('tableRow', node('tableCell', p(text('a')), p(text('b'))), node('tableCell', p(text('c')))),
        ),
        p(text('and')),
        node('table', node('tableRow', node('tableCell', p(text('1'))), node('tableCell', p(text('2'))))),
      ),
      readStorage(
        '<table><tr><th>k</th><th>v</th></tr><tr><td><p>a</p><p>b</p></td><td>c</td></tr></table><p>and</p>' +
          '<table><tr><td>1</td><td>2</td></tr></table>',
      ),
      readWiki('||k||v||\n|a\\\\b|c|\n\nand\n\n|1|2|'),
    ],
    told: 'k | v\na / b | c\nand\n1 | 2',
  },
  {
    name: 'where links lead, behind all their words',
    read: [
      adf(
        p(
          text('see '),
          text('the ', link('https://x.example.com')),
          text('page', link('https://x.example.com'), { type: 'strong' }),
          text(', '),
          leaf('inlineCard', { url: 'https://y.example.com/a' }),
        ),
      ),
      readStorage(
        '<p>see <a href="https://x.example.com">the <strong>page</strong></a>, <a href="https://y.example.com/a">https://y.example.com/a</a></p>',
      ),
      readWiki('see [the *page*|https://x.example.com], [https://y.example.com/a]'),
    ],
    told: 'see the page (https://x.example.com), https://y.example.com/a',
  },
  {
    name: 'quotes and panels',
    read: [
      adf(node('blockquote', p(text('said'))), {
        ...node('panel', p(text('a')), p(text('b'))),
        attrs: { panelType: 'warning' },
      }),
      readStorage(
        '<blockquote><p>said</p></blockquote><ac:structured-macro ac:name="warning"><ac:rich-text-body><p>a</p><p>b</p></ac:rich-text-body></ac:structured-macro>',
      ),
    ],
    told: '> said\n> [WARNING]\n> a\n> b',
  },
  {
    name: 'people by their name, and by their account where they come without one',
    read: [adf(p(leaf('mention', { id: '5b1', text: '@Anna' }), text(' and '), leaf('mention', { id: '5b2' })))],
    told: '@Anna and @5b2',
  },
  {
    name: 'people of a page',
    read: [
      readStorage('<p><ac:link><ri:user ri:account-id="5b1"/></ac:link></p>'),
      readStorage('<p><ac:link><ri:user ri:userkey="5b1"/></ac:link></p>'),
    ],
    told: '@5b1',
  },
  {
    name: 'images, states, days and emoji',
    read: [
      adf(
        node('mediaSingle', leaf('media', { id: 'm', alt: 'chart' })),
        p(
          leaf('status', { text: 'OPEN', color: 'blue' }),
          text(' '),
          leaf('date', { timestamp: '1767225600000' }),
          text(' '),
          leaf('emoji', { shortName: ':wave:', text: '👋' }),
        ),
        leaf('rule', {}),
      ),
      readStorage(
        '<p><ac:image ac:alt="chart"><ri:url ri:value="chart"/></ac:image></p><p><ac:structured-macro ac:name="status">' +
          '<ac:parameter ac:name="title">OPEN</ac:parameter></ac:structured-macro> <time datetime="2026-01-01"/> ' +
          '<ac:emoticon ac:name="wave" ac:emoji-fallback="👋"/></p><hr/>',
      ),
    ],
    told: '[image: chart]\nOPEN 2026-01-01 👋\n---',
  },
  {
    name: 'files, pages and macros',
    read: [
      readStorage(
        '<p><ac:image ac:alt="Plan"><ri:attachment ri:filename="p.png"/></ac:image> ' +
          '<ac:link><ri:page ri:content-title="Home"/></ac:link> ' +
          '<ac:link><ri:page ri:content-title="Home"/><ac:link-body>here</ac:link-body></ac:link> ' +
          '<ac:structured-macro ac:name="jira"><ac:parameter ac:name="key">DEMO-4</ac:parameter></ac:structured-macro> ' +
          '<ac:structured-macro ac:name="include"><ac:parameter ac:name=""><ac:link><ri:page ri:content-title="Foot"/></ac:link></ac:parameter></ac:structured-macro> ' +
          '<ac:structured-macro ac:name="view-file"><ac:parameter ac:name="name"><ri:attachment ri:filename="a.pdf"/></ac:parameter></ac:structured-macro></p>',
      ),
    ],
    told: '[image: Plan] (attachment:p.png) Home here (page:Home) [macro: jira] DEMO-4 [macro: include] Foot a.pdf',
    loss: ['macro:jira', 'macro:include'],
  },
  {
    name: 'what was struck out, which is said to be lost',
    read: [
      adf(p(text('no', { type: 'strike' }), text(' yes', { type: 'strong' }))),
      readStorage('<p><del>no</del> <em>yes</em></p>'),
      readWiki('-no- *yes*'),
    ],
    told: 'no yes',
    loss: ['strike'],
  },
  {
    name: 'what is folded, below its title',
    read: [
      adf({ ...node('expand', p(text('a'))), attrs: { title: 'More' } }),
      readStorage(
        '<ac:structured-macro ac:name="expand"><ac:parameter ac:name="title">More</ac:parameter><ac:rich-text-body><p>a</p></ac:rich-text-body></ac:structured-macro>',
      ),
    ],
    told: 'More\na',
  },
  { name: 'nothing', read: [adf(), adf(p()), readStorage(''), readWiki('')], told: '' },
];

describe('Plain text', () => {
  it.each(WORDS)('tells $name', ({ read, told, loss = [] }) => {
    expect(read.map(writePlainText)).toEqual(read.map((): PlainText => ({ text: told, loss })));
  });

  const LONG = 'word '.repeat(2_000).trim();
  const BEYOND = 'words '.repeat(100_000);
  it.each([
    { format: 'ADF', read: (words: string) => adf(p(text(words))) },
    { format: 'storage format', read: (words: string) => readStorage(`<p>${words}</p>`) },
    { format: 'wiki markup', read: readWiki },
  ])('is as long as Markdown is, and says where it ends too early: $format', ({ read }) => {
    expect(writePlainText(read(LONG))).toEqual({ text: LONG, loss: [] });
    const told = writePlainText(read(BEYOND));
    expect(told.loss).toEqual(writeMarkdown(read(BEYOND)).loss);
    expect(told.loss).toEqual(['truncated']);
    expect(told.text.slice(-20)).toMatch(/\n\[truncated\]$/);
    expect(told.text.length).toBeGreaterThan(499_000);
  });
});
