import { describe, expect, it } from 'vitest';
import { parseMarkdown } from '../../../src/atlassian/text/markdown.ts';
import { toStorage } from '../../../src/atlassian/text/storage-format.ts';
import { storageText } from '../../../src/atlassian/text/storage-text.ts';

describe('storageText', () => {
  const macro = (name: string, content: string) =>
    `<ac:structured-macro ac:name="${name}" ac:schema-version="1">${content}</ac:structured-macro>`;
  const parameter = (name: string, value: string) => `<ac:parameter ac:name="${name}">${value}</ac:parameter>`;

  it.each([
    { name: 'nothing', storage: '', expected: '' },
    {
      name: 'text without markup',
      storage: 'Temperature < 5 & x[0] > "y" a<b',
      expected: 'Temperature < 5 & x[0] > "y" a<b',
    },
    {
      name: 'blocks, apart',
      storage: '<h1>a</h1><p>b</p><ul><li>c</li><li>d</li></ul><hr/>e<br />f',
      expected: 'a b c d e f',
    },
    {
      name: 'a line, as one',
      storage: '<p>Up<strong>gra</strong><em>de</em> <a href="https://x">node</a></p>',
      expected: 'Upgrade node',
    },
    { name: 'a table', storage: '<table><tbody><tr><th>a</th><td>b</td></tr></tbody></table>', expected: 'a b' },
    {
      name: 'entities',
      storage: '<p>M&uuml;ller &ndash; &lt;b&gt; &#252; &amp;lt;</p>',
      expected: 'Müller – <b> ü &lt;',
    },
    {
      name: 'code as it is',
      storage: `<p>a</p>${macro('code', `${parameter('language', 'js')}<ac:plain-text-body><![CDATA[if (a < b && c) { &amp; }]]></ac:plain-text-body>`)}b`,
      expected: 'a if (a < b && c) { &amp; } b',
    },
    {
      name: 'CDATA in two parts',
      storage: '<ac:plain-text-body><![CDATA[a]]]]><![CDATA[>b]]></ac:plain-text-body>',
      expected: 'a]]>b',
    },
    {
      name: 'a macro by its title and body',
      storage: macro('expand', `${parameter('title', 'T &amp; U')}<ac:rich-text-body><p>b</p></ac:rich-text-body>`),
      expected: 'T & U b',
    },
    {
      name: 'a status',
      storage: `<p>is ${macro('status', parameter('title', 'DONE') + parameter('colour', 'Green'))}.</p>`,
      expected: 'is DONE.',
    },
    {
      name: 'no other parameter',
      storage: macro('jira', parameter('key', 'DEMO-1') + parameter('server', '<ri:page /> x')),
      expected: '',
    },
    {
      name: 'tasks by their text',
      storage:
        '<ac:task-list><ac:task><ac:task-id>7</ac:task-id><ac:task-uuid>u</ac:task-uuid><ac:task-status>complete</ac:task-status><ac:task-body><span>a</span> b</ac:task-body></ac:task><ac:task><ac:task-body>c</ac:task-body></ac:task></ac:task-list>',
      expected: 'a b c',
    },
    {
      name: 'a link by its words',
      storage:
        'see <ac:link><ri:page ri:content-title="Home" /><ac:plain-text-link-body><![CDATA[the <home>]]></ac:plain-text-link-body></ac:link>!',
      expected: 'see the <home>!',
    },
    {
      name: 'a link by its rich words',
      storage: '<ac:link ac:anchor="x"><ac:link-body>a <b>b</b></ac:link-body></ac:link>',
      expected: 'a b',
    },
    {
      name: 'a link without words by its page',
      storage: '<ac:link>\n<ri:page ri:content-title="A &amp; B"/>\n</ac:link>',
      expected: '\n\nA & B',
    },
    {
      name: 'a link by its file, in other quotes',
      storage: "<ac:link><ri:attachment ri:filename='a.pdf' /></ac:link>",
      expected: 'a.pdf',
    },
    {
      name: 'a file by its own name',
      storage:
        '<ac:link><ri:attachment ri:filename="a.pdf"><ri:page ri:content-title="B" /></ri:attachment></ac:link> <ac:link ac:anchor="c"><ri:space ri:space-key="ENG" /></ac:link> <ac:link><ri:shortcut ri:key="jira" ri:parameter="A-1" /></ac:link>',
      expected: 'a.pdf ENG A-1',
    },
    {
      name: 'a node that says nothing itself by its fallback',
      storage:
        '<p>a</p><ac:adf-extension><ac:adf-node type="extension"><ac:adf-attribute key="k">v</ac:adf-attribute></ac:adf-node><ac:adf-fallback><p>b</p></ac:adf-fallback></ac:adf-extension>',
      expected: 'a b',
    },
    { name: 'a link to a part of the page', storage: '<ac:link ac:anchor="Part" />', expected: 'Part' },
    {
      name: 'a mention as nothing',
      storage: '<p>cc <ac:link><ri:user ri:account-id="1" /></ac:link></p>',
      expected: 'cc ',
    },
    {
      name: 'a day',
      storage: '<p>due <time datetime="2026-01-02" />, <time datetime="soon" /></p>',
      expected: 'due 2026-01-02, ',
    },
    {
      name: 'emoticons',
      storage:
        'a <ac:emoticon ac:name="tick" ac:emoji-shortname=":tick:" ac:emoji-fallback="✅" /><ac:emoticon ac:emoji-shortname=":b:" /><ac:emoticon ac:name="smile" />',
      expected: 'a ✅:b:',
    },
    {
      name: 'an image by its words',
      storage: '<ac:image ac:alt="Chart"><ri:url ri:value="https://x" /></ac:image>',
      expected: 'Chart',
    },
    {
      name: 'a node of the new editor once',
      storage:
        '<ac:adf-extension><ac:adf-node type="panel"><ac:adf-attribute key="k">v</ac:adf-attribute><ac:adf-content><p>a</p></ac:adf-content></ac:adf-node><ac:adf-fallback><div><p>a</p></div></ac:adf-fallback></ac:adf-extension><p>b</p>',
      expected: 'a b',
    },
    {
      name: 'no comment and no hint',
      storage: '<p>a<!-- <p>b</p> -->c</p><ac:placeholder>type here</ac:placeholder>',
      expected: 'ac',
    },
    { name: 'attributes that look like tags', storage: '<p title="a > b" class=\'c>\'>d</p>', expected: 'd' },
  ])('shows $name', ({ storage, expected }) => {
    expect(storageText(storage)).toBe(expected);
  });

  it.each([
    ['</p>a</b>', 'a'],
    ['<p>a', 'a'],
    ['a<', 'a<'],
    ['a<p', 'a<p'],
    ['a<p title="', 'a<p title="'],
    ['<ac:parameter>a', ''],
    ['a<![CDATA[b', 'ab'],
    ['a<!-- b', 'a'],
    ['<ac:link>a', 'a'],
    ['<time datetime>', ''],
    ['</ac:link>a', 'a'],
  ])('reads what is not well-formed as far as it goes: %s', (storage, expected) => {
    expect(storageText(storage)).toBe(expected);
  });

  it('reads the beginning of a long body only', () => {
    expect(storageText('<p>a</p>'.repeat(100_000)).length).toBeLessThanOrEqual(4_000);
    expect(storageText('a'.repeat(100_000))).toHaveLength(4_000);
  });

  it('shows what Markdown said', () => {
    const markdown =
      '# Title\n\nSome **bold** text, [a link](https://x.example.com) and [a part](#title).\n\n- [ ] open\n- [x] done\n\n' +
      '```js\nif (a < b) {}\n```\n\n| a | b |\n|---|---|\n| c | d |\n\n![chart](https://x.example.com/c.png) <b>';
    expect(storageText(toStorage(parseMarkdown(markdown), 'cloud'))).toBe(
      'Title Some bold text, a link and a part. open done if (a < b) {} a b c d chart <b>',
    );
  });
});
