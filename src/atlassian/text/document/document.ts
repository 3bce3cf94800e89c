import { addressOf } from '../link-targets.ts';
import { withoutHidden } from '../plain-text.ts';

/** A text of Atlassian's as Markdown. */
export interface RichText {
  markdown: string;
  /**
   * What Markdown has no word for, each kind once, such as `underline`, `macro:jira` or `node:extension`; `truncated`
   * and `depth` where the text is longer, or nested deeper, than is read.
   */
  loss: string[];
}

/** The same as plain text, which has no word for what is struck out either. */
export interface PlainText {
  text: string;
  loss: string[];
}

/** A text as it was read, before it is written as anything. */
export interface Reading {
  blocks: DocumentBlock[];
  /** What could not be read so far; the writer may add more. */
  loss: Loss;
}

/** Where a link leads. */
export interface Link {
  to: string;
  /** Whether the address is one of our own making, such as that of a mention; nobody can write a link that is one. */
  ours: boolean;
}

export type Mark = 'strong' | 'em' | 'strike' | Link;

/** A piece of a line with the marks upon it, outer ones first: each mark once, and one link at most. */
export type Run = { marks: readonly Mark[] } & (
  | { kind: 'text' | 'code'; text: string }
  /** What stands for something that has no form here, such as `macro: jira`; shown in brackets. */
  | { kind: 'label'; text: string }
  | { kind: 'image'; alt: string; link: Link }
  | { kind: 'break' }
);

export type Alert = 'NOTE' | 'TIP' | 'IMPORTANT' | 'WARNING' | 'CAUTION';

/** By the name that a kind of panel has in all of Atlassian's formats. */
export const ALERTS: Readonly<Record<string, Alert>> = {
  info: 'NOTE',
  note: 'IMPORTANT',
  tip: 'TIP',
  success: 'TIP',
  warning: 'WARNING',
  error: 'CAUTION',
};

/** A block of a document that was written elsewhere, in what is common to ADF, storage format and wiki markup. */
export type DocumentBlock =
  | { kind: 'paragraph'; content: Run[] }
  | { kind: 'heading'; level: number; content: Run[] }
  | { kind: 'code'; language: string | null; text: string }
  | { kind: 'quote'; alert: Alert | null; content: DocumentBlock[] }
  | DocumentList
  | DocumentTable
  | { kind: 'expand'; title: string; content: DocumentBlock[] }
  | { kind: 'rule' };

export interface DocumentList {
  kind: 'list';
  ordered: boolean;
  start: number;
  items: DocumentItem[];
}

export interface DocumentItem {
  /** What its box says; null for none. */
  done: boolean | null;
  content: DocumentBlock[];
}

export interface DocumentTable {
  kind: 'table';
  rows: DocumentCell[][];
}

export interface DocumentCell {
  header: boolean;
  /** How many columns and rows it takes. */
  columns: number;
  rows: number;
  content: DocumentBlock[];
}

/** More kinds than any format has; the rest of a list that is longer comes from somebody who made names up. */
const MAX_KINDS = 100;
const MAX_NAME_CHARACTERS = 100;

/** Notes what cannot be told. */
export class Loss {
  private readonly kinds = new Set<string>();

  add(kind: string): void {
    if (this.kinds.size < MAX_KINDS) this.kinds.add(nameOf(kind));
  }

  has(kind: string): boolean {
    return this.kinds.has(kind);
  }

  list(): string[] {
    return [...this.kinds];
  }
}

function nameOf(name: string): string {
  return oneLine(name.slice(0, MAX_NAME_CHARACTERS));
}

export function oneLine(text: string): string {
  return withoutHidden(text).replace(/\s+/g, ' ').trim();
}

/** GitHub's alert for a kind of panel; null for another kind. */
export function alertOf(panel: string): Alert | null {
  return Object.hasOwn(ALERTS, panel) ? (ALERTS[panel] ?? null) : null;
}

export function textRun(text: string, marks: readonly Mark[] = []): Run {
  return { kind: 'text', text, marks };
}

export function labelRun(text: string, marks: readonly Mark[] = []): Run {
  return { kind: 'label', text: oneLine(text), marks };
}

export function labelBlock(text: string): DocumentBlock {
  return { kind: 'paragraph', content: [labelRun(text)] };
}

/** A link of the document's own. */
export function linkTo(address: string): Link {
  return { to: addressOf(address).text, ours: false };
}

/** The marks with one more within them, unless it is there. */
export function withMark(marks: readonly Mark[], mark: Mark): readonly Mark[] {
  const known = typeof mark === 'object' ? marks.some((other) => typeof other === 'object') : marks.includes(mark);
  return known ? marks : [...marks, mark];
}

export function mention(
  name: string,
  kind: 'accountid' | 'userkey' | 'username',
  id: string,
  marks: readonly Mark[],
): Run {
  const label = name.trim() || id;
  return textRun(label.startsWith('@') ? label : `@${label}`, led(`${kind}:${id}`, marks));
}

export function status(text: string, color: string, marks: readonly Mark[]): Run {
  return textRun(text.trim() || 'status', led(`status:${color}`, marks));
}

/** @param day such as `2026-11-22`. */
export function date(day: string, marks: readonly Mark[]): Run {
  return textRun(day, led(`date:${day}`, marks));
}

/** What is attached to the issue or page, by its name. */
export function attachment(name: string): Link {
  return ownLink(`attachment:${name}`);
}

/** An image or a file, by the identifier that Atlassian's media service gave it. */
export function media(id: string): Link {
  return ownLink(`media:${id}`);
}

/** A link to what has no address of its own, such as `page:Title`. */
export function ownLink(to: string): Link {
  return { to: oneLine(to), ours: true };
}

function led(to: string, marks: readonly Mark[]): readonly Mark[] {
  return [ownLink(to), ...marks.filter((mark) => typeof mark === 'string')];
}
