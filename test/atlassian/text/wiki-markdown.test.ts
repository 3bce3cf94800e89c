import { describe, expect, it } from 'vitest';
import { parseMarkdown } from '../../../src/atlassian/text/markdown.ts';
import { wikiToMarkdown } from '../../../src/atlassian/text/wiki-markdown.ts';
import { toWikiMarkup } from '../../../src/atlassian/text/wiki-markup.ts';
import { Random } from '../../support/random.ts';

describe('wikiToMarkdown writes', () => {
  it.each<{ name: string; wiki: string; markdown: string; loss?: string[] }>([
    { name: 'nothing', wiki: '', markdown: '' },
    { name: 'paragraphs and their lines', wiki: 'a\nb\\\\c\r\n\r\n\nd', markdown: 'a\\\nb\\\nc\n\nd' },
    {
      name: 'headings and rules',
      wiki: 'h1. a *b*\nc\nh6. d\n----\ne',
      markdown: '# a **b**\n\nc\n\n###### d\n\n---\n\ne',
    },
    {
      name: 'marks',
      wiki: '*a* _b_ -c- {{d_*}} ??e?? *_f_* un{*}bold{*}ed',
      markdown: '**a** _b_ ~~c~~ `d_*` _e_ **_f_** un**bold**ed',
    },
    {
      name: 'marks that Markdown has not, as text',
      wiki: '+a+ b^c^ ~d~ {color:red}e{color}',
      markdown: 'a b^c^ d e',
      loss: ['underline', 'subscript', 'color'],
    },
    {
      name: 'lists in lists',
      wiki: '* a\n** b\n**# c\n**# d\n* e\nf\n\n# g\n- h\n## i',
      markdown: '- a\n  - b\n    1. c\n    2. d\n- e\\\n  f\n\n1. g\n\n- h\n\n1. 1. i',
    },
    { name: 'boxes before the text of items as tasks', wiki: '* ☐ a\n* ☑ *b*', markdown: '- [ ] a\n- [x] **b**' },
    {
      name: 'one box of an item as its task, however the item goes on',
      wiki: '* ☑ ☐ a\n{code}\nb\n{code}\n☑ c',
      markdown: '- [x] ☐ a\n\n  ```\n  b\n  ```\n\n  ☑ c',
    },
    {
      name: 'tables',
      wiki: '||a||b||\n|1|*2*|\n|[c|https://x.example/]|d\ne|\n\nf',
      markdown: '| a | b |\n| --- | --- |\n| 1 | **2** |\n| [c](https://x.example/) | d<br>e |\n\nf',
    },
    {
      name: 'tables without a header, with lists and empty cells in them',
      wiki: '|a| |b|\n|* c\n* d||e|\nf',
      markdown: '|  |  |  |\n| --- | --- | --- |\n| a |  | b |\n| \\* c<br>- d | e |\n\nf',
      loss: ['cell:list', 'cell:header'],
    },
    {
      name: 'code',
      wiki: 'a{code:java|title=Foo.java}\nint[] a = {1}; // *b* [c|d]\n{code}b\n{noformat}\n```\n{noformat}\n{code}c{code}',
      markdown: 'a\n\n**Foo.java**\n\n```java\nint[] a = {1}; // *b* [c|d]\n```\n\nb\n\n````\n```\n````\n\n```\nc\n```',
    },
    {
      name: 'quotes',
      wiki: 'bq. a *b*\n{quote}\nc\n\n* d\n{quote}\ne{quote}f{quote}g',
      markdown: '> a **b**\n\n> c\n>\n> - d\n\ne\n\n> f\n\ng',
    },
    {
      name: 'panels',
      wiki: '{panel:title=T|bgColor=#fff}\na\n{quote}b{quote}\n{panel}',
      markdown: '> [!NOTE]\n> **T**\n>\n> a\n>\n> > b',
      loss: ['panel:custom'],
    },
    {
      name: 'a macro in an item as part of it',
      wiki: '* a\n{code}\nb\n{code}\n* c',
      markdown: '- a\n\n  ```\n  b\n  ```\n- c',
    },
    {
      name: 'links',
      wiki: '[a *b*|https://x.example/] [https://x.example/_a_] [c|https://x.example/|tip] [d|#part] [mailto:e@x.example] [f|javascript:alert(1)] [https://x.example/|https://x.example/|smart-link]',
      markdown:
        '[a **b**](https://x.example/) <https://x.example/_a_> [c](https://x.example/) [d](#part) [e@x.example](mailto:e@x.example) f (javascript:alert(1)) <https://x.example/>',
      loss: ['link-title'],
    },
    { name: 'marks beside a break', wiki: '*a*\\\\_b_ c', markdown: '**a**\\\n*b* c' },
    { name: 'links that lead nowhere as their words', wiki: '[a|] b', markdown: 'a b' },
    {
      name: 'people and files',
      wiki: '[~bob] [Bob|~bob] [~accountid:5b:1] [^a b.pdf] [the file|^a.pdf]',
      markdown:
        '[@bob](username:bob) [Bob](username:bob) [@5b:1](accountid:5b:1) [a b.pdf](<attachment:a b.pdf>) [the file](attachment:a.pdf)',
    },
    {
      name: 'images',
      wiki: '!a.png|thumbnail! !b c.png|width=3,alt="Chart"! !https://x.example/d.png! !e.png|thumbnail,alt="x, y"! !f.png|alt=z, width=3!',
      markdown:
        '![a.png](attachment:a.png) ![Chart](<attachment:b c.png>) ![](https://x.example/d.png) ![x, y](attachment:e.png) ![z](attachment:f.png)',
    },
    {
      name: 'anchors by their name',
      wiki: '{anchor:top}(a)',
      markdown: '[macro: anchor]\\(a)',
      loss: ['macro:anchor'],
    },
    {
      name: 'what looks like Markdown, so that it is none',
      wiki: '\\*a\\* 1. b\n> c\n#1 `d` <b> [x] {toc} a_b',
      markdown: '\\*a\\* 1. b\\\n\\> c\\\n#1 \\`d\\` \\<b> \\[x\\] {toc} a_b',
    },
    { name: 'what never ends', wiki: '{quote} *a [b', markdown: '{quote} \\*a \\[b' },
  ])('$name', ({ wiki, markdown, loss = [] }) => {
    expect(wikiToMarkdown(wiki)).toEqual({ markdown, loss });
  });
});

describe('Markdown that became wiki markup is read as the same Markdown', () => {
  const roundTrip = (markdown: string) => wikiToMarkdown(toWikiMarkup(parseMarkdown(markdown))).markdown;

  it.each([
    '# Title\n\na **b** *c* ~~d~~ `e`\\\nf',
    '- a\n- b\n  1. c\n  2. d\n- e',
    '- [ ] open\n- [x] done',
    '> a\n>\n> - b',
    '```js\nif (a < b) {}\n```',
    '| a | b |\n| --- | --- |\n| c\\|d | `e\\|f` |\n| g<br>h |  |',
    '[a **b**](https://x.example.com/?a=1&b=2)',
    'a\n\n---\n\n\\<b> \\*c\\* & {d} \\[e\\] f_g',
    '\\# a\\\n\\- b\\\n1\\. c',
  ])('%s', (markdown) => {
    expect(roundTrip(markdown)).toBe(markdown);
  });

  it('whatever it is made of', () => {
    const random = new Random(14);
    const pieces = [
      ...[
        'a',
        'b c',
        ' ',
        '\n',
        '\n\n',
        '\n- a',
        '\n1. b',
        '\n> ',
        '\n# c',
        '\n\n---\n',
        '~~d~~',
        '*e*',
        '`f`',
        '|',
        '(',
      ],
      ...[
        '[x](https://x.example.com)',
        '<b>',
        '&amp;',
        '\\',
        '<br>',
        '\n\n| a | b |\n|---|---|\n| c |\n',
        '\n- [x] ',
        '。',
      ],
      ...['\n```js\ng\n```\n', ')', ']', '[', '_', '!', '{', '}', '#', '+', '^'],
    ];
    for (let round = 0; round < 500; round += 1) {
      const markdown = roundTrip(random.text(pieces, 15));
      expect(roundTrip(markdown)).toBe(markdown);
    }
  });
});

describe('wikiToMarkdown of what is long or deep', () => {
  it.each(['{panel:title=a}', '{quote}{panel:title=a}', '|{panel:title=a}\n|'])(
    'reads only so many macros in others, and keeps the words: %s',
    (macro) => {
      const { markdown, loss } = wikiToMarkdown(
        `${macro.repeat(3_000)}\ndeep\n${'{panel}'.repeat(3_000)}\n{quote}\n\nafter`,
      );
      expect(loss).toContain('depth');
      expect(markdown).toMatch(/deep(?:.|\n)*after/);
    },
  );

  it('reads the beginning of a long text, and says so', () => {
    const { markdown, loss } = wikiToMarkdown('a\n\n'.repeat(400_000));
    expect(loss).toEqual(['truncated']);
    expect(markdown).toMatch(/^a\n\n(?:a\n\n)+\[truncated\]$/);
  });
});
