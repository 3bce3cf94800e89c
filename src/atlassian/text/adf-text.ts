import { JsonText } from '../wire/projection.ts';
import { type AdfRecord, attrsOf, dayOf, isRecord, textOf, typeOf } from './adf-nodes.ts';
import { snippet, snippetOf } from './plain-text.ts';
import { TextCollector } from './text-collector.ts';

/** No document has as many, and reading stops there: what is nested deeper, or comes later, is passed over. */
const MAX_DEPTH = 100;
const MAX_NODES = 20_000;

/** Nodes within a line, by what a reader sees of them; all others are blocks (`@atlaskit/adf-schema`, full.json). */
const INLINE: Readonly<Record<string, (attrs: AdfRecord) => unknown>> = {
  hardBreak: () => ' ',
  mention: ({ text }) => text,
  emoji: ({ text, shortName }) => textOf(text) ?? shortName,
  status: ({ text }) => text,
  date: ({ timestamp }) => dayOf(timestamp),
  inlineCard: cardText,
  inlineExtension: ({ text }) => text,
  mediaInline: ({ alt }) => alt,
  // Only who edits sees it.
  placeholder: () => null,
};

/** What blocks show besides their content, before it. */
const BLOCKS: Readonly<Record<string, (attrs: AdfRecord) => unknown>> = {
  expand: ({ title }) => title,
  nestedExpand: ({ title }) => title,
  blockCard: cardText,
  embedCard: cardText,
  extension: ({ text }) => text,
  bodiedExtension: ({ text }) => text,
  multiBodiedExtension: ({ text }) => text,
  media: ({ alt }) => alt,
};

/**
 * What a reader sees of an Atlassian Document Format document, or of any node of one: blocks are one blank apart, and
 * a line is as it is shown, whatever marks part it. Reads the beginning of a long document only; what is no node is no
 * text.
 */
export function adfText(node: unknown): string {
  const reader = new AdfReader();
  if (typeof node === 'string') reader.text.add(node);
  else reader.read(node, 0);
  return reader.text.toString();
}

/** So much of a document's JSON holds its snippet as a rule. */
const LIKELY_ENOUGH_CHARACTERS = 400;

/** The snippet of a document. @param document as it is, or as a `JsonText`, of which no more is read than it takes. */
export function adfSnippet(document: unknown): string | null {
  if (!(document instanceof JsonText)) return snippet(adfText(document));
  return snippetOf(beginningsOf(document)) ?? snippet(adfText(document.whole()));
}

function* beginningsOf(document: JsonText): Generator<string> {
  for (let characters = LIKELY_ENOUGH_CHARACTERS; ; characters *= 4) {
    const beginning = document.beginning(characters);
    // Of any other node, what comes behind its list may stand before that in the text.
    if (!isRecord(beginning) || typeOf(beginning) !== 'doc') return;
    yield adfText(beginning);
  }
}

class AdfReader {
  readonly text = new TextCollector();
  private nodes = 0;

  read(node: unknown, depth: number): void {
    this.nodes += 1;
    if (!isRecord(node) || this.nodes > MAX_NODES || depth > MAX_DEPTH || this.text.full) return;
    const type = typeOf(node);
    const attrs = attrsOf(node);
    if (type === 'text') this.show(node.text);
    else if (Object.hasOwn(INLINE, type)) this.show(INLINE[type]?.(attrs));
    else this.readBlock(type, attrs, node, depth);
  }

  private readBlock(type: string, attrs: AdfRecord, node: AdfRecord, depth: number): void {
    const content = Array.isArray(node.content) ? node.content : null;
    const own = Object.hasOwn(BLOCKS, type) ? BLOCKS[type]?.(attrs) : null;
    // A node that is too new for us, and has no content, may stand in a line.
    if (content === null && !Object.hasOwn(BLOCKS, type) && type !== 'rule') return;
    this.text.separate();
    this.show(own);
    this.text.separate();
    for (const child of content ?? []) {
      if (this.nodes > MAX_NODES || this.text.full) break;
      this.read(child, depth + 1);
    }
    this.text.separate();
  }

  private show(text: unknown): void {
    if (typeof text === 'string') this.text.add(text);
  }
}

/** A card shows its page's title, which only its address tells; `data` is JSON-LD (schema.org). */
function cardText({ url, data }: AdfRecord): unknown {
  const linked = isRecord(data) ? data : {};
  return textOf(url) ?? textOf(linked.url) ?? linked.name;
}
