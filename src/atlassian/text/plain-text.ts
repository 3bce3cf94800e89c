import { decodeHTMLStrict } from 'entities/decode';

const SNIPPET_CHARACTERS = 280;
/** No title, summary or name of Atlassian's has more than 255; some servers allow longer ones. */
const TITLE_CHARACTERS = 1_000;

/** More than a snippet needs, also of text with many blanks: no more is read of a text that has no limit of its own. */
export const MAX_READ_CHARACTERS = 4_000;

/** Collapses white space and shortens to a snippet, one line of plain text; null when nothing is left. */
export function snippet(text: string): string | null {
  return snippetOf(beginningsOf(text)) ?? shortened(collapsed(text));
}

/**
 * The snippet of a text of which more and more is given, as soon as what follows can change nothing of it; null where all of
 * them are too short to tell.
 */
export function snippetOf(beginnings: Iterable<string>): string | null {
  for (const beginning of beginnings) {
    const flat = collapsed(beginning);
    // The last character may be half of one, and one more tells that there are too many.
    if (endOf(SNIPPET_CHARACTERS + 1, flat) < flat.length) return shortened(flat);
  }
  return null;
}

/** Most texts are longer than their snippet, and the rest of them need not be looked at. */
function* beginningsOf(text: string): Generator<string> {
  for (const characters of [SNIPPET_CHARACTERS + 40, 3 * SNIPPET_CHARACTERS]) {
    if (text.length > characters) yield text.slice(0, characters);
  }
}

function shortened(flat: string): string | null {
  if (flat === '') return null;
  return endOf(SNIPPET_CHARACTERS, flat) >= flat.length
    ? flat
    : `${flat.slice(0, endOf(SNIPPET_CHARACTERS - 1, flat)).trimEnd()}…`;
}

/** One line, with one blank wherever there is white space. */
function collapsed(text: string): string {
  if (EVEN_ASCII.test(text)) return text.trimEnd();
  const line = plainLine(text);
  return UNEVEN_BLANKS.test(line) ? line.replace(/\s+/g, ' ') : line;
}

// Most texts are so, of which no more comes here than `MAX_READ_CHARACTERS`: looked at once, and not for what is printed, for
// blanks around it, and for two of them in a row.
const EVEN_ASCII = /^[!-~]+(?: [!-~]+)* ?$/;

const UNEVEN_BLANKS = /\s\s|[^\S ]/;

const HALVES = /[\ud800-\udfff]/;

/** The index behind the first `count` characters, of which some have two halves; the end where there are fewer. */
function endOf(count: number, text: string): number {
  if (text.length <= count) return text.length;
  if (!HALVES.test(text)) return count;
  let at = 0;
  for (let passed = 0; passed < count && at < text.length; passed++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return at;
}

// Most titles and names are nothing else, and every row of every list has some.
const PRINTABLE_ASCII = /^[ -~]*$/;

/** One line of plain text of a title, name or summary that Atlassian sends: line ends become blanks. */
export function plainLine(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text.trim();
  return withoutHidden(text.replace(/\r\n?|[\n\t\u0085\u2028\u2029]/g, ' ')).trim();
}

/** A title, summary or name as one line of plain text, cut where it is longer than any is; null when nothing is left. */
export function titleLine(text: string | null): string | null {
  const line = plainLine((text ?? '').slice(0, MAX_READ_CHARACTERS));
  return line.length <= TITLE_CHARACTERS ? line || null : `${line.slice(0, TITLE_CHARACTERS - 1)}…`;
}

// No XML document may hold these, and no reader sees them: control characters, halves of surrogate pairs, noncharacters.
const CONTROLS = /[^\P{Cc}\t\n\r]|\p{Cs}|[\uFFFE\uFFFF]/gu;

/** Text without the characters that XML 1.0 forbids or that are controls. */
export function withoutControls(text: string): string {
  return text.replace(CONTROLS, '');
}

// No reader sees these either, but a program does, and so does a model: words can be hidden in them, and other words be shown
// than there are. What turns the direction of text (Unicode Standard Annex 9); blanks without width, tags, and the selectors
// of variants that no font has. Joiners stay: emoji and several scripts need them.
const HIDDEN =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;

// Nothing in it is hidden, and the other expressions take many times as long to find that out.
const SEEN_ASCII = /^[\t\n\r -~]*$/;

/** Text as Atlassian sends it without what nobody sees: an answer says what a person would read there. */
export function withoutHidden(text: string): string {
  if (SEEN_ASCII.test(text)) return text;
  return withoutControls(text).replace(HIDDEN, '');
}

/** Text with its HTML entities resolved, names and numbers; unknown ones and those of controls stay as written. */
export function decodeEntities(text: string): string {
  // The longest name of HTML has 31 letters.
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|[a-z][a-z0-9]{1,31});/gi, (entity, decimal, hex) => {
    if (decimal === undefined && hex === undefined) return decodeHTMLStrict(entity).replace('\u00a0', ' ');
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point <= 0x10ffff ? withoutControls(String.fromCodePoint(point)) || entity : entity;
  });
}

/**
 * Plain text from the title or excerpt of a Confluence v1 search result: HTML-escaped once, hits marked with
 * `@@@hl@@@…@@@endhl@@@` (Confluence REST API v1, "Search content").
 */
export function highlightedText(text: string): string {
  return decodeEntities(withoutHighlights(text));
}

/** A title without the marks of hits, where it is not HTML: `content.title` of a Confluence v1 search result. */
export function withoutHighlights(text: string): string {
  return text.includes('@@@') ? text.replace(/@@@(?:end)?hl@@@/g, '') : text;
}

/** Epoch seconds of an Atlassian time stamp (`2026-01-02T03:04:05.000+0000` or ISO 8601); null when it is none. */
export function epochSeconds(timestamp: string | null | undefined): number | null {
  const text = timestamp ?? '';
  // Every row has one: an expression that looks for the zone takes three times as long.
  const zone = text.length - 5;
  const lacksColon = text[zone] === '+' || text[zone] === '-';
  const ms = Date.parse(lacksColon ? `${text.slice(0, zone + 3)}:${text.slice(zone + 3)}` : text);
  return Number.isNaN(ms) ? null : Math.floor(ms / 1_000);
}
