import { attribute, type StorageTag, storageTokens } from './storage-tokens.ts';
import { TextCollector } from './text-collector.ts';

/** With more markup than this before the end of what a snippet needs, the rest is not read. */
const MAX_STORAGE_CHARACTERS = 200_000;

const BLOCKS = new Set(
  (
    'p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table tbody thead tr td th blockquote pre div br hr ac:task-list ac:task ' +
    'ac:task-body ac:adf-fallback ac:layout ac:layout-section ac:layout-cell ac:rich-text-body ac:plain-text-body ac:image ac:adf-content caption'
  ).split(' '),
);

/** What no reader sees, with all it holds. */
const HIDDEN = new Set(
  'ac:parameter ac:task-id ac:task-uuid ac:task-status ac:placeholder ac:adf-attribute'.split(' '),
);

/** What names a resource of Confluence's, by its element. */
const RESOURCES = {
  'ri:page': 'ri:content-title',
  'ri:blog-post': 'ri:content-title',
  'ri:attachment': 'ri:filename',
  'ri:space': 'ri:space-key',
  'ri:shortcut': 'ri:parameter',
} as const;

/**
 * What a reader sees of a page's body in Confluence's storage format ("Confluence Storage Format"): blocks one blank
 * apart, macros by their title and body, links without words by what they lead to. Reads the beginning of a long body
 * only; markup that is not well-formed is text.
 */
export function storageText(value: string): string {
  return new StorageReader(value.slice(0, MAX_STORAGE_CHARACTERS)).read();
}

class StorageReader {
  /** How many elements are open within a hidden one, itself included. */
  private hidden = 0;
  /** How many pieces were shown, white space aside. */
  private words = 0;
  /** The link that is open: where its words begin, and what it shows without any. */
  private link: { from: number; target: string; isNamed: boolean } | null = null;
  /** How many were shown before the node of the new editor that is open. */
  private beforeNode = 0;

  private readonly text = new TextCollector();

  constructor(private readonly value: string) {}

  read(): string {
    for (const token of storageTokens(this.value)) {
      if (token.kind === 'text') this.show(token.text);
      else this.enter(token);
      if (this.text.full) break;
    }
    return this.text.toString();
  }

  private enter(tag: StorageTag): void {
    const { name, kind } = tag;
    if (this.hidden > 0) {
      if (kind !== 'empty') this.hidden += kind === 'open' ? 1 : -1;
      return;
    }
    if (BLOCKS.has(name)) this.text.separate();
    if (kind === 'close') {
      if (name === 'ac:link') this.endLink();
      return;
    }
    if (this.isHidden(tag)) {
      if (kind === 'open') this.hidden = 1;
      return;
    }
    this.showElement(tag);
    if (name === 'ac:link' && kind === 'empty') this.endLink();
  }

  private isHidden(tag: StorageTag): boolean {
    // What says nothing itself is shown by its fallback.
    if (tag.name === 'ac:adf-fallback') return this.words > this.beforeNode;
    return HIDDEN.has(tag.name) && attribute(tag, 'ac:name') !== 'title';
  }

  private showElement(tag: StorageTag): void {
    const { name } = tag;
    switch (name) {
      case 'ac:link':
        this.link = { from: this.words, target: attribute(tag, 'ac:anchor'), isNamed: false };
        break;
      case 'ri:page':
      case 'ri:blog-post':
      case 'ri:attachment':
      case 'ri:space':
      case 'ri:shortcut': {
        const target = attribute(tag, RESOURCES[name]);
        // A file is named before the page that it is attached to.
        if (this.link && !this.link.isNamed && target !== '') this.link = { ...this.link, target, isNamed: true };
        break;
      }
      case 'ac:adf-extension':
        this.beforeNode = this.words;
        break;
      case 'ac:image':
        this.show(attribute(tag, 'ac:alt'));
        break;
      case 'ac:emoticon':
        this.show(attribute(tag, 'ac:emoji-fallback') || attribute(tag, 'ac:emoji-shortname'));
        break;
      case 'time':
        this.show(/^\d{4}-\d\d-\d\d/.exec(attribute(tag, 'datetime'))?.[0] ?? '');
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
