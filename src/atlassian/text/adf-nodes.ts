/** What is read of a node that may be anything: odd members are none. */
export type AdfRecord = Readonly<Record<string, unknown>>;

/** No node has more; who sends them made them up. */
const MAX_MARKS = 20;

export function typeOf(node: AdfRecord): string {
  return typeof node.type === 'string' ? node.type : '';
}

export function attrsOf(node: AdfRecord): AdfRecord {
  return isRecord(node.attrs) ? node.attrs : {};
}

export function marksOf(node: AdfRecord): AdfRecord[] {
  const marks: unknown[] = Array.isArray(node.marks) ? node.marks.slice(0, MAX_MARKS) : [];
  return marks.filter(isRecord);
}

/** Milliseconds since 1970, as text, as a day of UTC: what the editor shows everywhere. */
export function dayOf(timestamp: unknown): string | null {
  if (typeof timestamp !== 'string' && typeof timestamp !== 'number') return null;
  if (!/^-?\d{1,15}$/.test(String(timestamp))) return null;
  const date = new Date(Number(timestamp));
  return Number.isNaN(date.getTime()) ? null : (/^\d{4}-\d\d-\d\d/.exec(date.toISOString())?.[0] ?? null);
}

/** The character, where the node says it or its identifier is one's number; `:name:` for Atlassian's own. */
export function emojiOf({ text, id, shortName }: AdfRecord): string {
  const shown = textOf(text);
  if (shown !== null && !shown.startsWith(':')) return shown;
  const points = /^[0-9a-f]{4,5}(?:-[0-9a-f]{4,5}){0,9}$/i.test(String(textOf(id)))
    ? String(id)
        .split('-')
        .map((point) => Number.parseInt(point, 16))
    : [];
  return points.length > 0 ? String.fromCodePoint(...points) : (textOf(shortName) ?? shown ?? '');
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) ? value : null;
}

export function isRecord(value: unknown): value is AdfRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is a whole document, and nothing else that has a type. */
export function isDocument(value: unknown): boolean {
  return isRecord(value) && value.type === 'doc' && Array.isArray(value.content);
}
