import { decodeEntities } from './plain-text.ts';
import { TextCollector } from './text-collector.ts';

/** With more markup than this before the end of what a snippet needs, the rest is not read. */
const MAX_STORAGE_CHARACTERS = 200_000;

const BLOCKS = new Set(
  (
    'p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table tbody thead tr td th blockquote pre div br hr ac:task-list ac:task ' +
    'ac:task-body ac:layout ac:layout-section ac:layout-cell ac:rich-text-body ac:plain-text-body ac:image ac:adf-content'
  ).split(' '),
);

/** What no reader sees, with all it holds. A node of the new editor comes twice: as itself and as what others show. */
const HIDDEN = new Set(
  'ac:parameter ac:task-id ac:task-uuid ac:task-status ac:placeholder ac:adf-attribute ac:adf-fallback'.split(' '),
);

/**
 * What a reader sees of a page's body in Confluence's storage format ("Confluence Storage Format"): blocks one blank
 * apart, macros by their title and body, links without words by what they lead to. Reads the beginning of a long body
 * only; markup that is not well-formed is text.
 */
export function storageText(value: string): string {
  return new StorageReader(value.slice(0, MAX_STORAGE_CHARACTERS)).read();
}

interface Tag {
  name: string;
  kind: 'open' | 'close' | 'empty';
  attributes: string;
  end: number;
}

class StorageReader {
  private readonly text = new TextCollector();
  /** How many elements are open within a hidden one, itself included. */
  private hidden = 0;
  /** How many pieces were shown, white space aside. */
  private words = 0;
  /** The link that is open: where its words begin, and what it shows without any. */
  private link: { from: number; target: string } | null = null;

  constructor(private readonly value: string) {}

  read(): string {
    let at = 0;
    while (at < this.value.length && !this.text.full) at = this.next(at);
    return this.text.toString();
  }

  /** Reads one piece, and says where the next begins. */
  private next(at: number): number {
    if (this.value[at] !== '<') {
      const end = orEnd(this.value.indexOf('<', at), this.value);
      this.show(decodeEntities(this.value.slice(at, end)));
      return end;
    }
    if (this.value.startsWith('<!--', at)) return orEnd(this.value.indexOf('-->', at + 4), this.value, 3);
    if (this.value.startsWith('<![CDATA[', at)) {
      const end = this.value.indexOf(']]>', at + 9);
      this.show(this.value.slice(at + 9, orEnd(end, this.value)));
      return orEnd(end, this.value, 3);
    }
    const tag = readTag(this.value, at);
    if (tag === null) {
      this.show('<');
      return at + 1;
    }
    this.enter(tag);
    return tag.end;
  }

  private enter({ name, kind, attributes }: Tag): void {
    if (this.hidden > 0) {
      if (kind !== 'empty') this.hidden += kind === 'open' ? 1 : -1;
      return;
    }
    if (BLOCKS.has(name)) this.text.separate();
    if (kind === 'close') {
      if (name === 'ac:link') this.endLink();
      return;
    }
    if (HIDDEN.has(name) && attribute(attributes, 'ac:name') !== 'title') {
      if (kind === 'open') this.hidden = 1;
      return;
    }
    this.showElement(name, attributes);
    if (name === 'ac:link' && kind === 'empty') this.endLink();
  }

  private showElement(name: string, attributes: string): void {
    switch (name) {
      case 'ac:link':
        this.link = { from: this.words, target: attribute(attributes, 'ac:anchor') };
        break;
      case 'ri:page':
      case 'ri:blog-post':
      case 'ri:attachment': {
        const target = attribute(attributes, name === 'ri:attachment' ? 'ri:filename' : 'ri:content-title');
        if (this.link && target !== '') this.link.target = target;
        break;
      }
      case 'ac:image':
        this.show(attribute(attributes, 'ac:alt'));
        break;
      case 'ac:emoticon':
        this.show(attribute(attributes, 'ac:emoji-fallback') || attribute(attributes, 'ac:emoji-shortname'));
        break;
      case 'time':
        this.show(/^\d{4}-\d\d-\d\d/.exec(attribute(attributes, 'datetime'))?.[0] ?? '');
        break;
    }
  }

  private endLink(): void {
    if (this.link && this.link.from === this.words) this.show(this.link.target);
    this.link = null;
  }

  private show(text: string): void {
    if (this.hidden > 0) return;
    if (text.trim() !== '') this.words += 1;
    this.text.add(text);
  }
}

const NAME = /[a-z_][\w.-]*(?::[a-z_][\w.-]*)?/iy;

/** The tag that begins at `at`; null where none does. In a tag there is no other `<`, so the search is short. */
function readTag(value: string, at: number): Tag | null {
  const closing = value[at + 1] === '/';
  NAME.lastIndex = at + (closing ? 2 : 1);
  const name = NAME.exec(value)?.[0];
  if (name === undefined) return null;
  const from = NAME.lastIndex;
  let quote = '';
  for (let end = from; end < value.length; end += 1) {
    const character = value[end] ?? '';
    if (character === '<') return null;
    if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (quote === '' && character === '>') {
      const empty = value[end - 1] === '/';
      const kind = closing ? 'close' : empty ? 'empty' : 'open';
      return { name: name.toLowerCase(), kind, attributes: value.slice(from, end), end: end + 1 };
    }
  }
  return null;
}

/** The value of an attribute, its entities resolved; empty where there is none. */
function attribute(attributes: string, name: string): string {
  for (const quote of ['"', "'"]) {
    const begin = ` ${name}=${quote}`;
    const at = attributes.replace(/\s/g, ' ').indexOf(begin);
    const end = at < 0 ? -1 : attributes.indexOf(quote, at + begin.length);
    if (end >= 0) return decodeEntities(attributes.slice(at + begin.length, end));
  }
  return '';
}

function orEnd(found: number, value: string, width = 0): number {
  return found < 0 ? value.length : found + width;
}
