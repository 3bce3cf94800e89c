import { describe, expect, it } from 'vitest';
import { parseMarkdown } from '../../../src/atlassian/text/markdown.ts';
import { toStorage } from '../../../src/atlassian/text/storage-format.ts';
import { storageText } from '../../../src/atlassian/text/storage-text.ts';

describe('storageText', () => {
  const macro = (name: string, content: string) =>
    `<ac:structured-macro ac:name="${name}" ac:schema-version="1">${content}</ac:structured-macro>`;
  const parameter = (name: string, value: string) => `<ac:parameter ac:name="${name}">${value}</ac:parameter>`;

  it.each([
    ['nothing', '', ''],
    ['text without markup', 'Temperature < 5 & x[0] > "y" a<b', 'Temperature < 5 & x[0] > "y" a<b'],
    ['blocks, apart', '<h1>a</h1><p>b</p><ul><li>c</li><li>d</li></ul><hr/>e<br />f', 'a b c d e f'],
    ['a line, as one', '<p>Up<strong>gra</strong><em>de</em> <a href="https://x">node</a></p>', 'Upgrade node'],
    ['a table', '<table><tbody><tr><th>a</th><td>b</td></tr></tbody></table>', 'a b'],
    ['entities', '<p>M&uuml;ller &ndash; &lt;b&gt; &#252; &amp;lt;</p>', 'Müller – <b> ü &lt;'],
    [
      'code as it is',
      `<p>a</p>${macro('code', `${parameter('language', 'js')}<ac:plain-text-body><![CDATA[if (a < b && c) { &amp; }]]></ac:plain-text-body>`)}b`,
      'a if (a < b && c) { &amp; } b',
    ],
    ['CDATA in two parts', '<ac:plain-text-body><![CDATA[a]]]]><![CDATA[>b]]></ac:plain-text-body>', 'a]]>b'],
    [
      'a macro by its title and body',
      macro('expand', `${parameter('title', 'T &amp; U')}<ac:rich-text-body><p>b</p></ac:rich-text-body>`),
      'T & U b',
    ],
    [
      'a status',
      `<p>is ${macro('status', parameter('title', 'DONE') + parameter('colour', 'Green'))}.</p>`,
      'is DONE.',
    ],
    ['no other parameter', macro('jira', parameter('key', 'DEMO-1') + parameter('server', '<ri:page /> x')), ''],
    [
      'tasks by their text',
      '<ac:task-list><ac:task><ac:task-id>7</ac:task-id><ac:task-uuid>u</ac:task-uuid><ac:task-status>complete</ac:task-status><ac:task-body><span>a</span> b</ac:task-body></ac:task><ac:task><ac:task-body>c</ac:task-body></ac:task></ac:task-list>',
      'a b c',
    ],
    [
      'a link by its words',
      'see <ac:link><ri:page ri:content-title="Home" /><ac:plain-text-link-body><![CDATA[the <home>]]></ac:plain-text-link-body></ac:link>!',
      'see the <home>!',
    ],
    ['a link by its rich words', '<ac:link ac:anchor="x"><ac:link-body>a <b>b</b></ac:link-body></ac:link>', 'a b'],
    ['a link without words by its page', '<ac:link>\n<ri:page ri:content-title="A &amp; B"/>\n</ac:link>', '\n\nA & B'],
    ['a link by its file, in other quotes', "<ac:link><ri:attachment ri:filename='a.pdf' /></ac:link>", 'a.pdf'],
    ['a link to a part of the page', '<ac:link ac:anchor="Part" />', 'Part'],
    ['a mention as nothing', '<p>cc <ac:link><ri:user ri:account-id="1" /></ac:link></p>', 'cc '],
    ['a day', '<p>due <time datetime="2026-01-02" />, <time datetime="soon" /></p>', 'due 2026-01-02, '],
    [
      'emoticons',
      'a <ac:emoticon ac:name="tick" ac:emoji-shortname=":tick:" ac:emoji-fallback="✅" /><ac:emoticon ac:emoji-shortname=":b:" /><ac:emoticon ac:name="smile" />',
      'a ✅:b:',
    ],
    ['an image by its words', '<ac:image ac:alt="Chart"><ri:url ri:value="https://x" /></ac:image>', 'Chart'],
    [
      'a node of the new editor once',
      '<ac:adf-extension><ac:adf-node type="panel"><ac:adf-attribute key="k">v</ac:adf-attribute><ac:adf-content><p>a</p></ac:adf-content></ac:adf-node><ac:adf-fallback><div><p>a</p></div></ac:adf-fallback></ac:adf-extension><p>b</p>',
      'a b',
    ],
    ['no comment and no hint', '<p>a<!-- <p>b</p> -->c</p><ac:placeholder>type here</ac:placeholder>', 'ac'],
    ['attributes that look like tags', '<p title="a > b" class=\'c>\'>d</p>', 'd'],
  ])('shows %s', (_name, storage, expected) => {
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
