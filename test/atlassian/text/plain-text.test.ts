import { describe, expect, it } from 'vitest';
import {
  decodeEntities,
  epochSeconds,
  highlightedText,
  plainLine,
  snippet,
  withoutHighlights,
} from '../../../src/atlassian/text/plain-text.ts';

describe('snippet', () => {
  it.each<[string, string | null]>([
    ['', null],
    [' \n\t\u00a0 ', null],
    ['  one\n\n two\tthree ', 'one two three'],
    ['x'.repeat(280), 'x'.repeat(280)],
    ['x'.repeat(281), `${'x'.repeat(279)}…`],
    ['\u{1f600}'.repeat(280), '\u{1f600}'.repeat(280)],
    ['\u{1f600}'.repeat(281), `${'\u{1f600}'.repeat(279)}…`],
    [`${'x'.repeat(278)} and more`, `${'x'.repeat(278)}…`],
    [`${' '.repeat(10_000)}late`, 'late'],
    ['a  '.repeat(1_000), `${'a '.repeat(139)}a…`],
    [`${'a'.repeat(839)}\u{1f600}${'b'.repeat(900)}`, `${'a'.repeat(279)}…`],
    [`${'\u{1f600} '.repeat(300)}x`, `${'\u{1f600} '.repeat(139)}\u{1f600}…`],
    ['a\u0000b \u202ec\u202c\u0007', 'ab c'],
    ['\u200e\u2066', null],
  ])('case %#', (text, expected) => {
    expect(snippet(text)).toBe(expected);
  });
});

describe('plainLine', () => {
  it.each([
    ['Plain title', 'Plain title'],
    ['  a \n', 'a'],
    ['a\nb\r\nc\rd\u2028e\u2029f\u0085g\th', 'a b c d e f g h'],
    ['A\u0000B\u001b[31m\u007f', 'AB[31m'],
    ['invoice\u202egnp.exe\u202c', 'invoicegnp.exe'],
    ['\u202a\u202b\u202d\u2066\u2067\u2068\u2069\u200e\u200f\u061cx', 'x'],
    ['half \ud800 a \udc00 character\ufffe', 'half  a  character'],
    ['\u{1f468}\u200d\u{1f469} שלום <b>&amp;</b>', '\u{1f468}\u200d\u{1f469} שלום <b>&amp;</b>'],
    ['', ''],
  ])('of %j is %j', (text, expected) => {
    expect(plainLine(text)).toBe(expected);
  });
});

describe('highlightedText', () => {
  it.each([
    ['@@@hl@@@Log@@@endhl@@@in &amp; out', 'Login & out'],
    ['a &lt;b&gt; &quot;c&quot; &#39;d&#39; &apos;e&apos;', `a <b> "c" 'd' 'e'`],
    ['escaped once only: &amp;lt;', 'escaped once only: &lt;'],
    ['@@@endhl@@@@@@hl@@@', ''],
    ['@@hl@@ is no mark', '@@hl@@ is no mark'],
    ['M&uuml;ller &ndash; done&hellip;', 'Müller – done…'],
    ['&eacute;&ccedil;&Auml;&alpha;&rarr;&euro;&CounterClockwiseContourIntegral;', 'éçÄα→€∳'],
    ['@@@hl@@@M&uuml;@@@endhl@@@ller &amp;uuml;', 'Müller &uuml;'],
    ['AT&T &copy 2026 &uuml', 'AT&T &copy 2026 &uuml'],
    ['&lt;b&gt;not a mark&lt;/b&gt;', '<b>not a mark</b>'],
    ['', ''],
  ])('%j', (text, expected) => {
    expect(highlightedText(text)).toBe(expected);
  });
});

describe('withoutHighlights', () => {
  it.each([
    ['@@@hl@@@Log@@@endhl@@@ in &amp; out', 'Log in &amp; out'],
    ['<b>bold</b> @@hl@@', '<b>bold</b> @@hl@@'],
    ['', ''],
  ])('of %j is %j', (text, expected) => {
    expect(withoutHighlights(text)).toBe(expected);
  });
});

describe('decodeEntities', () => {
  it.each([
    ['&#8217;&#x2019;&#X2019;', '’’’'],
    ['&#128512;&#x1F600;', '\u{1f600}\u{1f600}'],
    ['a&nbsp;b', 'a b'],
    ['&#9;&#10;&#13;', '\t\n\r'],
    ['&AMP; &lt; &Lt; &LT;', '& < ≪ <'],
    ['&unknown; &constructor; &toString; & &; &amp', '&unknown; &constructor; &toString; & &; &amp'],
    ['&#0; &#8; &#x1b; &#127; &#x9f;', '&#0; &#8; &#x1b; &#127; &#x9f;'],
    ['&#xD800; &#xDFFF; &#xFFFE; &#xFFFF;', '&#xD800; &#xDFFF; &#xFFFE; &#xFFFF;'],
    ['&#1114111; &#1114112; &#9999999; &#xFFFFFF;', '\u{10ffff} &#1114112; &#9999999; &#xFFFFFF;'],
  ])('%j', (text, expected) => {
    expect(decodeEntities(text)).toBe(expected);
  });
});

describe('epochSeconds', () => {
  it.each<[string | null | undefined, number | null]>([
    ['2026-01-02T03:04:05.678+0000', 1_767_323_045],
    ['2026-01-02T03:04:05.678Z', 1_767_323_045],
    ['2026-01-02T05:04:05.000+0200', 1_767_323_045],
    ['2026-01-02T05:04:05.000+02:00', 1_767_323_045],
    ['2026-01-01T21:34:05-0530', 1_767_323_045],
    ['1969-12-31T23:59:59.500Z', -1],
    ['', null],
    [null, null],
    [undefined, null],
    ['yesterday', null],
    ['2026-13-40T00:00:00Z', null],
  ])('%j is %j', (timestamp, expected) => {
    expect(epochSeconds(timestamp)).toBe(expected);
  });
});
