import { describe, expect, it } from 'vitest';
import { wikiText } from '../../../src/atlassian/text/wiki-text.ts';

describe('wikiText', () => {
  it.each([
    ['h1. Title\n* one\n** two\n# three', 'Title one two three'],
    ['*bold* _it_ -gone- +in+ {{mono}}', 'bold it gone in mono'],
    ['un{*}bold{*}ed well-known snake_case', 'unbolded well-known snake_case'],
    ['{code:java}\nint a;\n{code} {color:red}red{color}', 'int a; red'],
    ['[text|https://example.com] [https://example.com] !image.png|thumbnail!', 'text https://example.com'],
    ['||a||b||\n|1|2|', 'a b 1 2'],
    ['\\*kept\\* \\{kept\\} C:&#92;dir', '*kept* {kept} C:\\dir'],
    ['----', ''],
  ])('reads %j as %j', (markup, expected) => {
    expect(wikiText(markup).replace(/\s+/g, ' ').trim()).toBe(expected);
  });

  it('reads the beginning of a long text only', () => {
    expect(wikiText('a'.repeat(100_000))).toHaveLength(4_000);
  });

  it.each([
    'Temperature is -5 degrees',
    'src/*/test/*.ts and /etc/_conf_/x',
    'x=-1; y=-2-',
    'from -5 to -3, a range of 2-4',
    'x[0] = y[i]',
    'if (a[b|c] > d[1]) e[f] = [];',
    'a_b_c and __init__.py',
    '2 * 3 * 4',
    'C++ and a - b',
    'cmd --flag -x | grep y || true',
    'tar -xzf a.tgz -C /tmp',
    'wow! that is great!',
    'Stop!go!now.png',
    'f(x) = {y} and $[z]',
    'a {quote} b',
    'a {color} b',
    'a {color:red} b',
    'use {-} alone',
    'an {unknown:macro} stays',
    'C:\\dir\\new',
    'AT&T &copy 2026 & more; &nosuch;',
    '#1 is *unclosed and ~/bin or _x',
    'why?? really?',
    'x^2 + y^2',
    '{{ unclosed',
    '[ ] todo [x] done [1] note',
  ])('leaves what is no markup alone: %j', (text) => {
    expect(wikiText(text)).toBe(text);
  });

  it.each([
    ['{noformat}kubectl -n x -o y- *z*{noformat}', 'kubectl -n x -o y- *z*'],
    ['{code:java}int[] a = {1}; // [b|c] !d.png! &amp;{code}', 'int[] a = {1}; // [b|c] !d.png! &amp;'],
    ['{CODE:title=Bar.java|borderStyle=solid}a{CODE}', 'Bar.java a'],
    ['{noformat}never ends *x*', 'never ends *x*'],
    ['{{a_b *c* -n x-}} *d*', 'a_b *c* -n x- d'],
    ['{{\\{\\{x\\}\\}}}', '{{x}}'],
  ])('touches nothing in code: %j is %j', (markup, expected) => {
    expect(wikiText(markup)).toBe(expected);
  });

  it.each([
    ['*bold*, _it_; (-gone-) "+in+" ^up^ ~down~ ??cite??', 'bold, it; (gone) "in" up down cite'],
    ['*a _b_ c* *_d_*', 'a b c d'],
    ['*a\nb*', '*a\nb*'],
    ['un{*}bold{*}ed x{^}2{^}', 'unbolded x2'],
    ['x{color:#f00}y{color}z', 'xyz'],
    ['{panel:title=T|bgColor=#fff}body{panel}', 'T body'],
    ['a{quote}b{quote}c', 'a b c'],
    ['{anchor:top}a', 'a'],
    ['[label|https://example.com|tip] [docs|#part] [^file.pdf]', 'label docs file.pdf'],
    ['[a *b* c|https://example.com]', 'a b c'],
    ['[~anna] cc[~bob] [mailto:c@example.com]', 'anna ccbob c@example.com'],
    ['[https://example.com/a_b_c]', 'https://example.com/a_b_c'],
    ['a !my shot.png|width=10! b !https://example.com/x!', 'a b'],
    ['a\\\\b', 'a\nb'],
    ['*a*\\\\b', 'a\nb'],
    ['\\*a\\* \\[b\\] \\{c\\} \\_d\\_ {{\\_e}}', '*a* [b] {c} _d_ _e'],
    ['&uuml; &#252; &#xfc; &amp;lt;', 'ü ü ü &lt;'],
    ['* a\n** b\n# c\n#* d\n- e', 'a\nb\nc\nd\ne'],
    ['h1. a\nbq. b\n----\nc', 'a\nb\n\nc'],
    ['||a||b||\n|1|2\n3|\nx || y', 'a b\n1 2\n3\nx || y'],
    ['a\r\nb\rc', 'a\nb\nc'],
  ])('shows what a reader sees: %j is %j', (markup, expected) => {
    expect(wikiText(markup).replace(/ +/g, ' ').trim()).toBe(expected);
  });
});
