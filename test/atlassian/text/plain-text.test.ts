import { describe, expect, it } from 'vitest';
import {
  adfText,
  decodeEntities,
  epochSeconds,
  highlightedText,
  snippet,
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
  ])('case %#', (text, expected) => {
    expect(snippet(text)).toBe(expected);
  });
});

describe('adfText', () => {
  const text = (value: string, marks?: unknown) => ({ type: 'text', text: value, ...(marks ? { marks } : {}) });
  const node = (type: string, ...content: unknown[]) => ({ type, content });

  it.each<[string, unknown, string]>([
    ['nothing', null, ''],
    ['undefined', undefined, ''],
    ['a number', 7, ''],
    ['a description that is plain text', 'plain', 'plain'],
    ['an empty document', { type: 'doc', version: 1, content: [] }, ''],
    ['inline nodes run together', node('paragraph', text('a'), text('b', [{ type: 'strong' }]), text(' c')), 'ab c'],
    ['blocks stand apart', node('doc', node('paragraph', text('a')), node('heading', text('b'))), 'a b'],
    ['a hard break is a space', node('paragraph', text('a'), { type: 'hardBreak' }, text('b')), 'a b'],
    [
      'list items stand apart',
      node(
        'bulletList',
        node('listItem', node('paragraph', text('a'))),
        node('listItem', node('paragraph', text('b'))),
      ),
      'a b',
    ],
    ['code keeps its lines', node('codeBlock', text('a\nb')), 'a\nb'],
    ['a mention is its name', node('paragraph', { type: 'mention', attrs: { id: '1', text: '@Anna' } }), '@Anna'],
    ['an emoji is its short name', node('paragraph', { type: 'emoji', attrs: { shortName: ':smile:' } }), ':smile:'],
    ['a status is its text', node('paragraph', { type: 'status', attrs: { text: 'DONE', color: 'green' } }), 'DONE'],
    ['a mention without attributes is nothing', node('paragraph', { type: 'mention' }), ''],
    ['what has no text is nothing', node('doc', { type: 'mediaSingle' }, { type: 'rule' }, { type: 'text' }), '  '],
    [
      'a text that is no text is nothing',
      node(
        'paragraph',
        { type: 'text', text: { toString: 1 } },
        { type: 'mention', attrs: { text: {} } },
        { type: 'emoji', attrs: { text: 5, shortName: ':smile:' } },
      ),
      ':smile:',
    ],
    ['malformed content is nothing', { type: 'doc', content: 'text' }, ''],
  ])('%s', (_name, document, expected) => {
    expect(adfText(document)).toBe(expected);
  });
});

describe('highlightedText', () => {
  it.each([
    ['@@@hl@@@Log@@@endhl@@@in &amp; out', 'Login & out'],
    ['a &lt;b&gt; &quot;c&quot; &#39;d&#39; &apos;e&apos;', `a <b> "c" 'd' 'e'`],
    ['escaped once only: &amp;lt;', 'escaped once only: &lt;'],
    ['@@@endhl@@@@@@hl@@@', ''],
    ['@@hl@@ is no mark', '@@hl@@ is no mark'],
    ['', ''],
  ])('%j', (text, expected) => {
    expect(highlightedText(text)).toBe(expected);
  });
});

describe('decodeEntities', () => {
  it.each([
    ['&#8217;&#x2019;&#X2019;', '’’’'],
    ['&#128512;&#x1F600;', '\u{1f600}\u{1f600}'],
    ['a&nbsp;b', 'a b'],
    ['&#9;&#10;&#13;', '\t\n\r'],
    ['&AMP; &Lt;', '& <'],
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
