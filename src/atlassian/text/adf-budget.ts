import { isRecord, type AdfRecord as Node, textOf } from './adf-nodes.ts';
import { type Loss, oneLine } from './document/document.ts';

/** No document is nested as deep: two levels for each list. */
const MAX_DEPTH = 100;
/** More than the longest description or page of the new editor. */
const MAX_NODES = 50_000;
const MAX_CHARACTERS = 500_000;

/** How much is read of a document, attributes included; of a longer one, the rest is lost. */
export class AdfBudget {
  private nodes = 0;
  private characters = 0;

  constructor(private readonly loss: Loss) {}

  /** What of some content is a node, as long as the document is not too long; none of what is nested too deeply. */
  *nodesIn(content: unknown, depth: number): Generator<Node> {
    if (!Array.isArray(content) || content.length === 0) return;
    if (depth > MAX_DEPTH) {
      this.loss.add('depth');
      yield { type: 'text', text: '…' };
      return;
    }
    for (const node of content) {
      this.nodes += 1;
      if (this.nodes > MAX_NODES) {
        this.loss.add('truncated');
        return;
      }
      if (isRecord(node)) yield node;
    }
  }

  /** A text as it is. */
  text(value: unknown): string {
    const text = textOf(value) ?? '';
    const left = MAX_CHARACTERS - this.characters;
    if (text.length > left) this.loss.add('truncated');
    this.characters += Math.min(text.length, left);
    return text.slice(0, left);
  }

  /** A text in a line. The editor writes breaks as nodes, and so they count where a text has them. */
  lines(value: unknown): string {
    const lines = this.text(value).split(/\r\n?|\n/);
    const left = Math.max(MAX_NODES - this.nodes, 0);
    this.nodes += lines.length - 1;
    if (lines.length - 1 > left) this.loss.add('truncated');
    return lines.slice(0, left + 1).join('\n');
  }

  /** The text of an attribute, which is a name, a title or an address; null for none. */
  name(value: unknown): string | null {
    return oneLine(this.text(value)) || null;
  }
}
