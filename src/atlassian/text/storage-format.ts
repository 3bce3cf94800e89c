import type { Deployment } from '../wire/endpoint.ts';
import { confluenceLanguage } from './code-languages.ts';
import { plainInlines, readable, withAddress } from './link-targets.ts';
import type { Block, Inline, Item } from './rich-text.ts';
import { withBox } from './task-boxes.ts';

/**
 * Confluence storage format (well-formed XHTML with Confluence's macros; "Confluence Storage Format" in Atlassian's
 * documentation) for a text that was read by `parseMarkdown`.
 */
export function toStorage(blocks: Block[], deployment: Deployment): string {
  return new StorageWriter(blocks, deployment).write();
}

const MARKS = { strong: 'strong', em: 'em', strike: 'del' } as const;

class StorageWriter {
  /** The heading that each fragment leads to, of those that a link names. */
  private readonly anchors: ReadonlyMap<string, Block>;
  private readonly anchorOf: ReadonlyMap<Block, string>;
  private tasks = 0;

  constructor(
    private readonly blocks: Block[],
    private readonly deployment: Deployment,
  ) {
    this.anchors = anchorsIn(blocks);
    this.anchorOf = new Map([...this.anchors].map(([slug, heading]) => [heading, slug]));
  }

  write(): string {
    return this.xmlOf(this.blocks);
  }

  private xmlOf(blocks: Block[], inQuote = false): string {
    return blocks.map((block) => this.blockXml(block, inQuote)).join('');
  }

  private blockXml(block: Block, inQuote: boolean): string {
    switch (block.kind) {
      case 'paragraph':
        return element('p', this.inlineXml(block.content));
      case 'heading':
        return element(`h${block.level}`, this.anchorMacro(block) + this.inlineXml(block.content));
      case 'code':
        return codeMacro(block.text, this.languageOf(block.language));
      case 'quote':
        return element('blockquote', this.xmlOf(block.content, true));
      case 'list':
        return this.listXml(block, inQuote);
      case 'table': {
        const row = (name: string, cells: Inline[][]) =>
          element('tr', cells.map((cell) => element(name, this.inlineXml(cell))).join(''));
        const rows = [row('th', block.header), ...block.rows.map((cells) => row('td', cells))];
        return element('table', element('tbody', rows.join('')));
      }
      case 'rule':
        return '<hr />';
    }
  }

  /** Tasks have no numbers and stand in no quote; items without a box have no place among them. */
  private listXml({ ordered, start, items }: Extract<Block, { kind: 'list' }>, inQuote: boolean): string {
    const native = !ordered && !inQuote;
    const runs: Item[][] = [];
    for (const item of items) {
      const run = runs.at(-1);
      if (run && (!native || (run[0]?.done === null) === (item.done === null))) run.push(item);
      else runs.push([item]);
    }
    return runs
      .map((run) => {
        if (native && run[0]?.done !== null) return this.taskList(run);
        const xml = run.map((item) => element('li', this.itemXml(withBox(item), inQuote))).join('');
        if (!ordered) return element('ul', xml);
        return start === 1 ? element('ol', xml) : `<ol start="${start}">${xml}</ol>`;
      })
      .join('');
  }

  private taskList(items: Item[]): string {
    const tasks = items.map(({ done, content }) => {
      this.tasks += 1;
      const id = element('ac:task-id', String(this.tasks));
      const status = element('ac:task-status', done ? 'complete' : 'incomplete');
      return element('ac:task', id + status + element('ac:task-body', this.itemXml(content, false)));
    });
    return element('ac:task-list', tasks.join(''));
  }

  /** The text of a simple item stands in `li` itself, as Confluence's own editor writes it. */
  private itemXml(item: Block[], inQuote: boolean): string {
    const [first, ...rest] = item;
    const simple = first?.kind === 'paragraph' && rest.every((block) => block.kind === 'list');
    return simple ? this.inlineXml(first.content) + this.xmlOf(rest, inQuote) : this.xmlOf(item, inQuote);
  }

  private inlineXml(content: Inline[]): string {
    return content.map((inline) => this.inlineElement(inline)).join('');
  }

  private inlineElement(inline: Inline): string {
    switch (inline.kind) {
      case 'text':
        return escapeXml(inline.text);
      case 'break':
        return '<br />';
      case 'softbreak':
        return ' ';
      case 'code':
        return element('code', escapeXml(inline.text));
      case 'marked':
        return element(MARKS[inline.mark], this.inlineXml(inline.content));
      case 'link':
        return this.linkXml(inline);
      case 'image': {
        const { address, alt } = inline;
        // What is shown on the page is loaded by the reader's browser.
        if (address.href === null || !/^https?:/.test(address.href)) {
          return this.inlineXml(withAddress(alt === '' ? [] : [{ kind: 'text', text: alt }], address));
        }
        const words = alt === '' ? '' : ` ac:alt="${escapeXml(alt)}"`;
        return `<ac:image${words}><ri:url ri:value="${escapeXml(address.href)}" /></ac:image>`;
      }
    }
  }

  private linkXml({ address, content }: Extract<Inline, { kind: 'link' }>): string {
    if (address.href !== null) return `<a href="${escapeXml(address.href)}">${this.inlineXml(content)}</a>`;
    const slug = slugIn(address.text);
    if (slug === null || !this.anchors.has(slug)) return this.inlineXml(withAddress(content, address));
    return `<ac:link ac:anchor="${escapeXml(slug)}">${element('ac:link-body', this.inlineXml(content))}</ac:link>`;
  }

  /** An anchor of our own: the one Confluence makes differs between its editors, and has the page's title before it. */
  private anchorMacro(heading: Block): string {
    const slug = this.anchorOf.get(heading);
    if (slug === undefined) return '';
    return `<ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">${escapeXml(slug)}</ac:parameter></ac:structured-macro>`;
  }

  /** Cloud shows code in a language it does not know as plain code; Data Center refuses to show it. */
  private languageOf(language: string | null): string | null {
    return language === null || this.deployment === 'cloud' ? language : confluenceLanguage(language);
  }
}

/** The headings that links of the text lead to, by the fragment that GitHub gives them. */
function anchorsIn(blocks: Block[]): Map<string, Block> {
  const wanted = new Set<string>();
  const headings = new Map<string, Block>();
  const times = new Map<string, number>();
  const look = (content: Inline[]): void => {
    for (const inline of content) {
      if (inline.kind === 'marked') look(inline.content);
      if (inline.kind !== 'link') continue;
      const slug = slugIn(inline.address.text);
      if (slug !== null) wanted.add(slug);
    }
  };
  const walk = (block: Block): void => {
    if (block.kind === 'paragraph' || block.kind === 'heading') look(block.content);
    if (block.kind === 'table') for (const cell of [block.header, ...block.rows].flat()) look(cell);
    if (block.kind === 'quote') block.content.forEach(walk);
    if (block.kind === 'list') for (const { content } of block.items) content.forEach(walk);
    if (block.kind !== 'heading') return;
    const slug = slugOf(plainInlines(block.content));
    const seen = times.get(slug) ?? 0;
    times.set(slug, seen + 1);
    headings.set(seen === 0 ? slug : `${slug}-${seen}`, block);
  };
  blocks.forEach(walk);
  return new Map([...headings].filter(([slug]) => slug !== '' && wanted.has(slug)));
}

/** The heading that an address names, such as `second-part` in `#second-part`; null for any other address. */
function slugIn(address: string): string | null {
  return address.startsWith('#') ? readable(address.slice(1)).toLowerCase() : null;
}

/** As GitHub makes it: lower case, no punctuation, hyphens for blanks. */
export function slugOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\s-]/gu, '')
    .replace(/\s/g, '-');
}

function codeMacro(text: string, language: string | null): string {
  const parameter = language === null ? '' : `<ac:parameter ac:name="language">${escapeXml(language)}</ac:parameter>`;
  // The end of a CDATA section cannot be escaped, only split over two.
  const body = text.replaceAll(']]>', ']]]]><![CDATA[>');
  return `<ac:structured-macro ac:name="code">${parameter}<ac:plain-text-body><![CDATA[${body}]]></ac:plain-text-body></ac:structured-macro>`;
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
