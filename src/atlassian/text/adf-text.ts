import { CLOSE_LIST, CLOSE_OBJECT, OPEN_LIST, OPEN_OBJECT } from '../../json.ts';
import { JsonReader, NameTable } from '../wire/json-reader.ts';
import { JsonText } from '../wire/projection.ts';
import { type AdfRecord, attrsOf, dayOf, isRecord, textOf, typeOf } from './adf-nodes.ts';
import { MAX_READ_CHARACTERS, snippet, snippetOf } from './plain-text.ts';
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

/** So much of a document's text holds its snippet as a rule; white space may be most of it. */
const LIKELY_ENOUGH_CHARACTERS = 320;

/** The snippet of a document. @param document as it is, or as a `JsonText`, of which no more is read than it takes. */
export function adfSnippet(document: unknown): string | null {
  if (!(document instanceof JsonText)) return snippet(adfText(document));
  for (const characters of [LIKELY_ENOUGH_CHARACTERS, MAX_READ_CHARACTERS]) {
    const found = AdfJsonReader.beginningOf(document, characters);
    if (found === null) break;
    if (found.isWhole) return snippet(found.text);
    const told = snippetOf([found.text]);
    if (told !== null) return told;
  }
  return snippet(adfText(document.whole()));
}

/** Not to be read as it comes: what is shown first stands behind what is shown next. */
class OutOfOrder extends SyntaxError {}

const namesOf = (names: string[]): NameTable<string> => new NameTable(names.map((name) => [name, name]));
/** The members of a node that are looked at. */
const MEMBERS = namesOf(['type', 'text', 'attrs', 'content']);
const TYPES = namesOf(['doc', 'text', 'paragraph', 'heading', 'bulletList', 'orderedList', 'listItem']);

/** Reads a document from its JSON, and no further than it takes: to make nodes of all of it was 3 % of a search. */
class AdfJsonReader extends JsonReader {
  private readonly found = new TextCollector();
  private nodes = 0;

  private constructor(
    { bytes, from }: JsonText,
    private readonly characters: number,
  ) {
    super(bytes, from);
  }

  /** The text of a document, `characters` of it or a few more where it has so many; null where it cannot be read so. */
  static beginningOf(json: JsonText, characters: number): { text: string; isWhole: boolean } | null {
    const reader = new AdfJsonReader(json, characters);
    try {
      reader.node(0);
      return { text: reader.found.toString(), isWhole: !reader.isEnough };
    } catch (error) {
      if (error instanceof SyntaxError) return null;
      throw error;
    }
  }

  private get isEnough(): boolean {
    return this.found.length >= this.characters || this.nodes > MAX_NODES;
  }

  private node(depth: number): void {
    this.nodes += 1;
    if (this.bytes[this.at] !== OPEN_OBJECT || depth > MAX_DEPTH) return void this.skip();
    let [type, shown, isRead]: [string | null, string | null, boolean] = [null, null, false];
    let attrs: AdfRecord = {};
    for (let more = this.begins(CLOSE_OBJECT); more; more = this.goesOn(CLOSE_OBJECT)) {
      const from = this.at + 1;
      const name = MEMBERS.find(this.bytes, from, this.name());
      if (name === 'type') {
        // Named twice, or after what it tells about.
        if (type !== null || isRead) throw new OutOfOrder();
        type = this.string(TYPES) ?? '';
      } else if (name === 'text') shown = this.string();
      else if (name === 'attrs') {
        if (isRead) throw new OutOfOrder();
        const value: unknown = JSON.parse(this.bytes.toString('utf8', this.at, this.skip()));
        if (isRecord(value)) attrs = value;
      } else if (name === 'content' && !isRead && this.bytes[this.at] === OPEN_LIST) {
        if (type === null) throw new OutOfOrder();
        if (type === 'text' || Object.hasOwn(INLINE, type)) this.skip();
        else {
          isRead = true;
          this.block(type, attrs, depth);
          if (this.isEnough) return;
        }
      } else this.skip();
    }
    this.atEnd(depth, type, { attrs, shown, isRead });
  }

  private block(type: string, attrs: AdfRecord, depth: number): void {
    if (depth === 0 && type !== 'doc') throw new OutOfOrder();
    this.found.separate();
    this.show(ownText(type, attrs));
    this.found.separate();
    for (let more = this.begins(CLOSE_LIST); more && !this.isEnough; more = !this.isEnough && this.goesOn(CLOSE_LIST)) {
      this.node(depth + 1);
    }
    this.found.separate();
  }

  /** What a node shows that has no content. */
  private atEnd(
    depth: number,
    type: string | null,
    { attrs, shown, isRead }: { attrs: AdfRecord; shown: string | null; isRead: boolean },
  ): void {
    if (isRead) return;
    if (depth === 0) throw new OutOfOrder();
    if (type === 'text') this.show(shown);
    else if (type !== null && Object.hasOwn(INLINE, type)) this.show(INLINE[type]?.(attrs));
    else if (type === 'rule' || (type !== null && Object.hasOwn(BLOCKS, type))) {
      this.found.separate();
      this.show(ownText(type, attrs));
      this.found.separate();
    }
  }

  private show(text: unknown): void {
    if (typeof text === 'string') this.found.add(text);
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
    const own = ownText(type, attrs);
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

/** What a block shows besides its content. */
function ownText(type: string, attrs: AdfRecord): unknown {
  return Object.hasOwn(BLOCKS, type) ? BLOCKS[type]?.(attrs) : null;
}

/** A card shows its page's title, which only its address tells; `data` is JSON-LD (schema.org). */
function cardText({ url, data }: AdfRecord): unknown {
  const linked = isRecord(data) ? data : {};
  return textOf(url) ?? textOf(linked.url) ?? linked.name;
}
