import { describe, expect, it } from 'vitest';
import { adfText } from '../../../src/atlassian/text/adf-text.ts';
import { adfDefinitions, adfValidator, contentOf, merged, type Schema, type Slots } from '../../support/adf-schema.ts';

describe('adfText', () => {
  const text = (value: string, marks?: unknown) => ({ type: 'text', text: value, ...(marks ? { marks } : {}) });
  const node = (type: string, ...content: unknown[]) => ({ type, content });

  it.each<{ name: string; document: unknown; expected: string }>([
    { name: 'nothing', document: null, expected: '' },
    { name: 'undefined', document: undefined, expected: '' },
    { name: 'a number', document: 7, expected: '' },
    { name: 'a description that is plain text', document: 'plain', expected: 'plain' },
    { name: 'an empty document', document: { type: 'doc', version: 1, content: [] }, expected: '' },
    {
      name: 'inline nodes run together',
      document: node('paragraph', text('a'), text('b', [{ type: 'strong' }]), text(' c')),
      expected: 'ab c',
    },
    {
      name: 'blocks stand apart',
      document: node('doc', node('paragraph', text('a')), node('heading', text('b'))),
      expected: 'a b',
    },
    {
      name: 'a hard break is a space',
      document: node('paragraph', text('a'), { type: 'hardBreak' }, text('b')),
      expected: 'a b',
    },
    {
      name: 'list items stand apart',
      document: node(
        'bulletList',
        node('listItem', node('paragraph', text('a'))),
        node('listItem', node('paragraph', text('b'))),
      ),
      expected: 'a b',
    },
    { name: 'code keeps its lines', document: node('codeBlock', text('a\nb')), expected: 'a\nb' },
    {
      name: 'a mention is its name',
      document: node('paragraph', { type: 'mention', attrs: { id: '1', text: '@Anna' } }),
      expected: '@Anna',
    },
    {
      name: 'an emoji is its short name',
      document: node('paragraph', { type: 'emoji', attrs: { shortName: ':smile:' } }),
      expected: ':smile:',
    },
    {
      name: 'a status is its text',
      document: node('paragraph', { type: 'status', attrs: { text: 'DONE', color: 'green' } }),
      expected: 'DONE',
    },
    { name: 'a mention without attributes is nothing', document: node('paragraph', { type: 'mention' }), expected: '' },
    {
      name: 'what has no text is nothing',
      document: node('doc', { type: 'mediaSingle' }, { type: 'rule' }, { type: 'text' }),
      expected: '',
    },
    {
      name: 'a text that is no text is nothing',
      document: node(
        'paragraph',
        { type: 'text', text: { toString: 1 } },
        { type: 'mention', attrs: { text: {} } },
        { type: 'emoji', attrs: { text: 5, shortName: ':smile:' } },
      ),
      expected: ':smile:',
    },
    {
      name: 'an address of a card is shown',
      document: node('paragraph', text('see '), { type: 'inlineCard', attrs: { url: 'https://x/1' } }),
      expected: 'see https://x/1',
    },
    {
      name: 'a card with data shows its address, or else its name',
      document: node(
        'doc',
        { type: 'blockCard', attrs: { data: { url: 'https://x/2', name: 'Two' } } },
        { type: 'embedCard', attrs: { data: { name: 'Three' } } },
      ),
      expected: 'https://x/2 Three',
    },
    {
      name: 'a date is its day',
      document: node('paragraph', { type: 'date', attrs: { timestamp: '1767323045678' } }),
      expected: '2026-01-02',
    },
    {
      name: 'a date before 1970 is its day',
      document: node('paragraph', { type: 'date', attrs: { timestamp: '-1' } }),
      expected: '1969-12-31',
    },
    ...['', 'soon', '1e12', '99999999999999999999', '999999999999999', {}, { toString: 1 }, null].map((timestamp) => ({
      name: `a date that is none is nothing: ${JSON.stringify(timestamp)}`,
      document: node('paragraph', { type: 'date', attrs: { timestamp } }),
      expected: '',
    })),
    {
      name: 'a title stands before what it opens',
      document: node('doc', { ...node('expand', node('paragraph', text('inside'))), attrs: { title: 'Title' } }),
      expected: 'Title inside',
    },
    ...['taskItem', 'decisionItem', 'caption', 'paragraph', 'heading', 'codeBlock', 'aNewBlock'].map((type) => ({
      name: `pieces of one line run together in ${type}`,
      document: node('doc', node(type, text('Up', [{ type: 'strong' }]), text('grade node')), node(type, text('next'))),
      expected: 'Upgrade node next',
    })),
    {
      name: 'a node that is too new for us parts no word',
      document: node('paragraph', text('Up'), { type: 'aNewInline' }, text('grade')),
      expected: 'Upgrade',
    },
    {
      name: 'what is between blocks is one blank',
      document: node(
        'doc',
        node('paragraph', text('a ')),
        node('rule'),
        node('paragraph'),
        node('paragraph', text(' b')),
      ),
      expected: 'a  b',
    },
    { name: 'malformed content is nothing', document: { type: 'doc', content: 'text' }, expected: '' },
  ])('$name', ({ document, expected }) => {
    expect(adfText(document)).toBe(expected);
  });
});

/** Attributes that a reader sees, by the type of their node. */
const SEEN: Readonly<Record<string, readonly string[]>> = {
  mention: ['text'],
  emoji: ['text'],
  status: ['text'],
  date: ['timestamp'],
  inlineCard: ['url', 'data'],
  blockCard: ['url', 'data'],
  embedCard: ['url'],
  expand: ['title'],
  nestedExpand: ['title'],
  media: ['alt'],
  mediaInline: ['alt'],
  extension: ['text'],
  bodiedExtension: ['text'],
  inlineExtension: ['text'],
};

/** Makes nodes as the schema defines them, all their attributes filled, and notes what a reader sees of them. */
class Sampler {
  readonly seen: string[] = [];
  private count = 0;

  /** @param choice which of several shapes of attributes is taken. */
  constructor(private readonly choice: number) {}

  /** A node of the first definition of `path` that holds one of each following. */
  node([name = '', ...inner]: readonly string[]): Record<string, unknown> {
    const schema = merged(name);
    const type = String(schema.properties?.type?.enum?.[0]);
    if (type === 'text') return { type, text: this.visible() };
    const node: Record<string, unknown> = { type };
    if (type === 'doc') node.version = 1;
    if (schema.properties?.attrs) node.attrs = this.attributes(type, schema.properties.attrs);
    const slots = contentOf(schema);
    if (slots) node.content = this.content(slots, inner);
    return node;
  }

  private content({ items, least, fixed }: Slots, inner: readonly string[]): unknown[] {
    const [next] = inner;
    const wanted = next === undefined ? [] : [inner];
    if (fixed) return fixed.map((options) => this.node(next && options.includes(next) ? inner : [options[0] ?? '']));
    // Two pieces of text, as if marked differently, are one word.
    if (items.includes('formatted_text_inline_node') && next === undefined) {
      const halves = [this.visible(), this.visible()];
      this.seen.splice(-2, 2, halves.join(''));
      return halves.map((text) => ({ type: 'text', text }));
    }
    const plain = items.find((item) => /^(text|paragraph)_with_no_marks|^formatted_text|_item_node$/i.test(item));
    while (wanted.length < Math.max(least, next === undefined ? 1 : 0)) wanted.push([plain ?? items[0] ?? '']);
    return wanted.map((path) => this.node(path));
  }

  private attributes(type: string, schema: Schema): Record<string, unknown> {
    const shapes = schema.anyOf ?? [schema];
    const { properties = {} } = shapes[Math.min(this.choice, shapes.length - 1)] ?? {};
    return Object.fromEntries(
      Object.entries(properties).flatMap(([name, value]): [string, unknown][] => {
        const seen = SEEN[type]?.includes(name) ?? false;
        if (value.enum) return [[name, value.enum[0]]];
        if (name === 'timestamp') return [[name, this.day()]];
        if (name === 'datasource') return [[name, { id: 'unseen', parameters: {}, views: [{ type: 'table' }] }]];
        if (name === 'data') return [[name, seen ? { url: this.visible() } : {}]];
        if (value.type === 'string')
          return [[name, value.pattern ? color(value.pattern) : seen ? this.visible() : 'unseen']];
        if (value.type === 'number') return [[name, value.minimum ?? 1]];
        return [];
      }),
    );
  }

  private visible(): string {
    this.count += 1;
    const text = `w${this.count}w`;
    this.seen.push(text);
    return text;
  }

  private day(): string {
    this.count += 1;
    this.seen.push(`2026-01-${String(this.count).padStart(2, '0')}`);
    return String(Date.UTC(2026, 0, this.count));
  }
}

const color = (pattern: string): string => (pattern.includes('{8}') ? '#11223344' : '#112233');

/** Definitions from the document to each that can stand in one. */
function paths(): Map<string, string[]> {
  const found = new Map([['doc_node', ['doc_node']]]);
  for (const [name, path] of found) {
    for (const child of contentOf(merged(name))?.items ?? []) {
      if (!found.has(child)) found.set(child, [...path, child]);
    }
  }
  return found;
}

describe('of every node that the ADF schema has, adfText', () => {
  const reachable = paths();
  // Definitions that others build upon, and which stand in no document themselves.
  const bases = Object.keys(adfDefinitions).filter((name) => name.endsWith('_node') && !reachable.has(name));

  it('is asked', () => {
    expect(reachable.size).toBeGreaterThan(45);
    expect(
      bases.filter((name) => !/^(inline|text|paragraph|heading|media|table|layout|nested|extension|bodied)/.test(name)),
    ).toEqual([]);
  });

  it.each([...reachable].flatMap(([name, path]) => [0, 1, 2].map((choice) => ({ name, path, choice }))))(
    'shows what a reader sees of $name ($choice)',
    ({ path, choice }) => {
      const sampler = new Sampler(choice);
      const document = sampler.node(path);
      const isValid = adfValidator();
      expect(isValid(document) || isValid.errors, JSON.stringify(document)).toBe(true);
      expect(adfText(document).trim()).toBe(sampler.seen.join(' '));
    },
  );
});

describe('adfText of what is no document', () => {
  const node = { type: 'paragraph', content: [{ type: 'text', text: 'kept' }] };

  it.each<{ name: string; document: unknown; expected: string }>([
    { name: 'a list', document: [node], expected: '' },
    { name: 'a node in a wrong place', document: { type: 'text', text: node }, expected: '' },
    {
      name: 'content of all kinds',
      document: { type: 'doc', content: [null, 1, 'a', true, [], [node], {}, node] },
      expected: 'kept',
    },
    { name: 'no type', document: { content: [node] }, expected: 'kept' },
    { name: 'a type that is no text', document: { type: 7, content: [node] }, expected: 'kept' },
    { name: 'a type that objects have', document: { type: 'constructor', attrs: { text: 'x' } }, expected: '' },
    {
      name: 'attributes that are none',
      document: { type: 'doc', content: [{ type: 'inlineCard', attrs: [] }, { type: 'status', attrs: 'x' }, node] },
      expected: 'kept',
    },
    {
      name: 'data that is none',
      document: { type: 'doc', content: [{ type: 'inlineCard', attrs: { url: 1, data: 'x' } }, node] },
      expected: 'kept',
    },
  ])('is what can be read: $name', ({ document, expected }) => {
    expect(adfText(document)).toBe(expected);
  });

  it('reads the beginning of a long document only', () => {
    const long = { type: 'doc', content: Array.from({ length: 100_000 }, () => node) };
    expect(adfText(long)).toHaveLength(4_000);
    expect(adfText({ type: 'text', text: '\u{1f600}'.repeat(100_000) })).toHaveLength(4_000);
    expect(adfText({ type: 'text', text: `x${'\u{1f600}'.repeat(100_000)}` })).toHaveLength(3_999);
    expect(adfText('a'.repeat(100_000))).toHaveLength(4_000);
  });

  it('does not go deeper than any document', () => {
    let deep: unknown = node;
    for (let depth = 0; depth < 50_000; depth += 1) deep = { type: 'panel', content: [deep] };
    expect(adfText({ type: 'doc', content: [deep, node] })).toBe('kept');
  });

  it('gives up where nothing has text', () => {
    const empty = Array.from({ length: 1_000 }, () => ({
      type: 'paragraph',
      content: Array.from({ length: 100 }, () => ({})),
    }));
    expect(adfText({ type: 'doc', content: [...empty, node] })).toBe('');
  });
});
