import { contentOf, merged, resolve, type Schema } from './adf-schema.ts';
import type { Random } from './random.ts';

export interface MadeNode {
  type: string;
  attrs?: Record<string, unknown>;
  content?: MadeNode[];
  text?: string;
  marks?: { type: string; attrs?: Record<string, unknown> }[];
  version?: number;
}

/** Deeper, only what has little in it is taken. */
const MAX_DEPTH = 7;

const AROUND = [
  '',
  '',
  '',
  ' ',
  '*',
  '_',
  '~~',
  '`',
  '[',
  '](',
  ')',
  '<',
  '>',
  '&amp;',
  '|',
  '\\',
  '#',
  '!',
  '- ',
  '1. ',
  '字',
  '\u{1f600}',
  ':',
  '"',
];
const ADDRESS_ENDS = [
  '',
  '',
  '(1)',
  '?a=1&b=[2]',
  '#a_b_',
  '/*c*',
  '/a b',
  '/<d>',
  '|e',
  '\\f',
  '/ü',
  '&amp;',
  '"',
  "'",
];

/** Random documents as the schema of ADF defines them; whatever a reader sees in one has a number in it. */
export class AdfMaker {
  private count = 0;
  /** Of the node that is made. */
  private type = '';

  constructor(private readonly random: Random) {}

  document(): MadeNode {
    return this.node('doc_node', 0);
  }

  private node(name: string, depth: number): MadeNode {
    const schema = merged(name);
    const node: MadeNode = { type: String(schema.properties?.type?.enum?.[0]) };
    if (node.type === 'text') node.text = this.text();
    if (node.type === 'doc') node.version = 1;
    this.type = node.type;
    if (schema.properties?.attrs) node.attrs = this.attributes(schema.properties.attrs);
    const marks = this.marks(schema.properties?.marks);
    if (marks.length > 0) node.marks = marks;
    const slots = contentOf(schema);
    if (slots?.fixed) node.content = slots.fixed.map((options) => this.node(this.random.pick(options), depth + 1));
    else if (slots) {
      const wanted = Math.max(slots.least, this.random.below(depth > MAX_DEPTH ? 1 : depth === 0 ? 5 : 4));
      node.content = Array.from({ length: Math.min(wanted, slots.most) }, () =>
        this.node(this.choice(slots.items, depth), depth + 1),
      );
    }
    return node;
  }

  private choice(names: readonly string[], depth: number): string {
    if (depth <= MAX_DEPTH) return this.random.pick(names);
    const plain = names.filter(
      (name) => contentOf(merged(name)) === null || /^(?:paragraph|caption|codeBlock)/.test(name),
    );
    return this.random.pick(plain.length > 0 ? plain : names);
  }

  private marks(schema: Schema | undefined): NonNullable<MadeNode['marks']> {
    const items = schema?.items as Schema | undefined;
    return (items?.anyOf ?? (items ? [items] : []))
      .map(resolve)
      .filter(() => this.random.below(4) === 0)
      .map(({ properties = {} }) => ({
        type: String(properties.type?.enum?.[0]),
        ...(properties.attrs ? { attrs: this.attributes(properties.attrs) } : {}),
      }));
  }

  private attributes(schema: Schema): Record<string, unknown> {
    const { properties = {}, required = [] } = this.random.pick(schema.anyOf ?? [schema]);
    return Object.fromEntries(
      Object.entries(properties)
        .filter(([name]) => required.includes(name) || this.random.below(2) === 0)
        .map(([name, value]) => [name, this.value(name, value)]),
    );
  }

  private value(name: string, { type, enum: choices, pattern, minimum = 1 }: Schema): unknown {
    if (choices) return this.random.pick(choices);
    if (name === 'timestamp') return String(Date.UTC(2026, 0, this.random.below(3_000)));
    if (name === 'datasource') return { id: 'd', parameters: {}, views: [{ type: 'table' }] };
    if (name === 'data') return /Card$/.test(this.type) ? { url: this.address(), name: this.text() } : {};
    if (name === 'url' || name === 'href') return this.address();
    if (name === 'language') return this.random.pick(['js', 'c++', 'c#', 'objective-c']);
    if (pattern) return /neutral/.test(pattern) ? 'purple' : pattern.includes('{8}') ? '#11223344' : '#112233';
    if (type === 'string')
      return /^(?:text|alt|title|shortName)$/.test(name)
        ? this.text()
        : `${this.random.pick(['', 'a:', '(', 'é '])}${this.number()}`;
    if (type === 'number') return minimum + this.random.below(3);
    if (type === 'boolean') return this.random.below(2) === 0;
    if (type === 'array') return name === 'sources' ? ['s'] : [1];
    return {};
  }

  private text(): string {
    const around = () => this.random.text(AROUND, 2);
    return `${around()}${this.number()}${around()}`;
  }

  private address(): string {
    const begin = this.random.pick([
      'https://x.example/',
      'http://x.example/',
      'mailto:a@x.example?',
      '/',
      '#',
      'javascript:',
    ]);
    return `${begin}${this.number()}${this.random.pick(ADDRESS_ENDS)}`;
  }

  private number(): string {
    this.count += 1;
    return `w${this.count}w`;
  }
}
