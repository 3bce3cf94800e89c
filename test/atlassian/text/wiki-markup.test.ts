import { describe, expect, it } from 'vitest';
import { toAdf } from '../../../src/atlassian/text/adf.ts';
import { adfText } from '../../../src/atlassian/text/adf-text.ts';
import { parseMarkdown } from '../../../src/atlassian/text/markdown.ts';
import { toWikiMarkup } from '../../../src/atlassian/text/wiki-markup.ts';
import { wikiText } from '../../../src/atlassian/text/wiki-text.ts';
import { Random } from '../../support/random.ts';

const write = (markdown: string) => toWikiMarkup(parseMarkdown(markdown));

describe('toWikiMarkup', () => {
  it.each([
    ['', ''],
    ['One.\n\nTwo.', 'One.\n\nTwo.'],
    ['**Bold** and `code`', '*Bold* and {{code}}'],
    ['*it* ~~gone~~ ***both***', '_it_ -gone- _*both*_'],
    ['# One\n\n###### Six', 'h1. One\n\nh6. Six'],
    ['a  \nb', 'a\\\\\nb'],
    ['un**bold**ed', 'un{*}bold{*}ed'],
    ['**bold**, (*it*)', '*bold*, (_it_)'],
    ['- a\n- b\n  - c\n    1. d\n', '* a\n* b\n** c\n**# d'],
    ['3. a\n4. b', '# a\n# b'],
    ['- a\n\n  b', '* a\\\\\nb'],
    ['> quote', '{quote}\nquote\n{quote}'],
    ['---', '----'],
    ['[text](https://example.com/a)', '[text|https://example.com/a]'],
    ['<https://example.com>', '[https://example.com|https://example.com/]'],
    ['[a|b](<https://example.com/x|y]z>)', '[a\\|b|https://example.com/x%7Cy%5Dz]'],
    ['| a | b |\n|---|---|\n| 1 |  |', '||a||b||\n|1| |'],
    ['| a |\n|---|\n| x \\| y |', '||a||\n|x \\| y|'],
    ['```js\nlet x = 1;\n```', '{code:js}\nlet x = 1;\n{code}'],
    ['    plain', '{code}\nplain\n{code}'],
    ['```python title="x"\na\n```', '{code:python}\na\n{code}'],
    ['```cs\na\n```', '{code:c#}\na\n{code}'],
    ['```dockerfile\na\n```', '{code}\na\n{code}'],
    ['Env: prod\nVersion: 1.2', 'Env: prod\nVersion: 1.2'],
    ['one<br>two<BR/>three<br />\nfour', 'one\\\\\ntwo\\\\\nthree\\\\\nfour'],
    ['**one\ntwo**', '*one*\n*two*'],
    ['- one\n  two', '* one\ntwo'],
    ['| a |\n|---|\n| one<br>two **x<br>y** |', '||a||\n|one\\\\ two *x*\\\\ *y*|'],
    ['a\n\\- b\n\\# c\nh1. d', 'a\n\\- b\n\\# c\nh1&#46; d'],
    ['a <!-- hidden --> b', 'a b'],
    ['- [ ] open\n- [x] done', '* ☐ open\n* ☑ done'],
    ['[the runbook](docs/runbook.md)', 'the runbook (docs/runbook.md)'],
    ['[x](javascript:alert(1))', 'x (javascript:alert(1))'],
    ['![error](shot.png)', 'error (shot.png)'],
    ['![chart](https://example.com/c.png)', '[chart|https://example.com/c.png]'],
    [
      '[![build](https://example.com/b.png)](https://example.com/)',
      '[build (https://example.com/b.png)|https://example.com/]',
    ],
  ])('writes %j as %j', (markdown, expected) => {
    expect(write(markdown)).toBe(expected);
  });

  it.each([
    ['well-known snake_case 2*3 a - b', 'well-known snake_case 2*3 a - b'],
    ['{code}', '\\{code\\}'],
    ['{color:red}x', '\\{color:red\\}x'],
    ['\\[~anna]', '\\[\\~anna\\]'],
    ['\\!img.png\\!', '\\!img.png\\!'],
    ['\\[x|y\\]', '\\[x\\|y\\]'],
    ['-5 +5', '\\-5 \\+5'],
    ['\\*not bold\\*', '\\*not bold\\*'],
    ['C:\\dir', 'C:&#92;dir'],
    ['&amp;#42;', '&amp;\\#42;'],
    ['h1. no', 'h1&#46; no'],
    ['bq. no', 'bq&#46; no'],
    ['\\# no', '\\# no'],
    ['\\- no', '\\- no'],
    ['\\-\\-\\-\\-', '\\-\\-\\-\\-'],
    ['smile :) ;) :D :(', 'smile \\:) \\;) \\:D \\:('],
    ['| h1. x | - y |\n|---|---|', '||h1&#46; x||\\- y||'],
    ['f(x) (!) (off)', 'f\\(x) \\(\\!) \\(off)'],
    ['`{{x}}`', '{{\\{\\{x\\}\\}}}'],
    ['??cite??', '\\?\\?cite\\?\\?'],
  ])('takes %j for text', (markdown, expected) => {
    expect(write(markdown)).toBe(expected);
  });

  it('lets no code in a quote end the quote', () => {
    expect(write('> ```\n> {quote}\n> ```').match(/\{quote\}/g)).toHaveLength(2);
  });

  it('lets no code end its block', () => {
    const written = write('```\na {code} b {noformat} {CODE:x}\n```');
    expect(written.match(/\{(?:code|noformat)/gi)).toEqual(['{code', '{code']);
    expect(written.startsWith('{code}\n') && written.endsWith('\n{code}')).toBe(true);
  });

  it('keeps the letters of any Markdown, and lets none of them become a macro, an image, a mention or a link', () => {
    const random = new Random(20_261_125);
    const pieces = [
      'word',
      'zwei',
      ' ',
      '\n',
      '\n\n',
      '*',
      '**',
      '_',
      '`',
      '~~',
      '{code}',
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
    ];
    const more = [
      '!',
      '|',
      '\\',
      '#',
      '- ',
      '1. ',
      '> ',
      '[~anna]',
      '!x.png!',
      '{{',
      '}}',
      '-',
      '+',
      '^',
      '~',
      'h1. ',
      '&',
      ':',
    ];
    const all = [...pieces, ...more, '[l](https://example.com/a)'];
    for (let round = 0; round < 1_500; round++) {
      const markdown = Array.from({ length: 1 + random.below(25) }, () => random.pick(all)).join('');
      const blocks = parseMarkdown(markdown);
      const written = toWikiMarkup(blocks);
      expect({ markdown, lettersOf: lettersOf(wikiText(written)) }).toEqual({
        markdown,
        lettersOf: lettersOf(adfText(toAdf(blocks))),
      });
      expect({ markdown, written, activeMarkup: activeMarkup(written) }).toEqual({
        markdown,
        written,
        activeMarkup: [],
      });
    }
  });
});

const lettersOf = (text: string): string => (text.match(/[\p{L}\p{N}]+/gu) ?? []).join('');

/** What the renderer would take for more than text and its formatting, the blocks and links of the writer aside. */
function activeMarkup(markup: string): string[] {
  const prose = markup
    .replace(/^\{code(?::[\w+#-]+)?\}\n[\s\S]*?\n\{code\}$/gm, '')
    .replace(/^\{quote\}$/gm, '')
    .replace(/\[(?:\\.|[^\]\\|])*\|https:\/\/example\.com\/a\]/g, '')
    .replace(/\\[^\w\s]/g, '')
    .replace(/\{\{|\}\}/g, '');
  return [...(prose.match(/\{(?![*_-]\})[^}]*\}|!\S[^!\n]*!|\[[^\]\n]*\]|&(?!amp;|#\d+;)\w+;/g) ?? [])];
}
