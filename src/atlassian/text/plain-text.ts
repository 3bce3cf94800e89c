const SNIPPET_CHARACTERS = 280;

/** Collapses white space and shortens to a snippet; null when nothing is left. */
export function snippet(text: string): string | null {
  const flat = text.replace(/\s+/g, ' ').trim();
  if (flat === '') return null;
  const characters = [...flat];
  return characters.length <= SNIPPET_CHARACTERS
    ? flat
    : `${characters
        .slice(0, SNIPPET_CHARACTERS - 1)
        .join('')
        .trimEnd()}…`;
}

/** The text of an Atlassian Document Format document (Jira v3 descriptions), blocks separated by spaces. */
export function adfText(node: unknown): string {
  if (typeof node === 'string') return node;
  if (typeof node !== 'object' || node === null) return '';
  const { type, text, attrs, content } = node as Record<string, unknown>;
  if (type === 'text') return typeof text === 'string' ? text : '';
  if (type === 'hardBreak') return ' ';
  if (type === 'mention' || type === 'emoji' || type === 'status') return attributeText(attrs);
  if (!Array.isArray(content)) return '';
  const inline = type === 'paragraph' || type === 'heading' || type === 'codeBlock';
  return content.map(adfText).join(inline ? '' : ' ');
}

/** A snippet needs no more of a text than this. */
const MAX_WIKI_CHARACTERS = 4_000;

/**
 * What a reader sees of Jira's wiki markup, roughly: enough for a snippet ("Text Formatting Notation Help" in every
 * Jira). Reads the beginning of a long text only.
 */
export function wikiText(markup: string): string {
  const text = markup
    .slice(0, MAX_WIKI_CHARACTERS)
    .replace(/\r\n?/g, '\n')
    // What is escaped stays out of sight until the markup is gone.
    .replace(/\\\\/g, '\n')
    .replace(/\\([^\w\s])/g, (_, character: string) => `\uE000${character.charCodeAt(0)}\uE001`)
    .replace(/^[ \t]*(?:h[1-6]|bq)\.[ \t]/gm, '')
    .replace(/^[ \t]*(?:[*#]{1,9}|-)[ \t]/gm, '')
    .replace(/^[ \t]*-{4,}[ \t]*$/gm, '')
    .replace(/(?<!\{)\{(?:code|noformat|quote|panel|color|anchor)(?::[^{}\n]*)?\}/g, ' ')
    .replace(/\{\{|\}\}/g, '')
    .replace(/!\S[^!\n]*!/g, ' ')
    .replace(/\[([^[\]|\n]*)(?:\|[^[\]\n]*)?\]/g, '$1')
    .replace(/\{([*_+^~-]|\?\?)\}/g, '')
    .replace(/\|+/g, ' ')
    .replace(/(?<![\p{L}\p{N}])[*_+-](?=\S)|(?<=\S)[*_+-](?![\p{L}\p{N}])/gu, '')
    .replace(/\uE000(\d+)\uE001/g, (_, code: string) => String.fromCharCode(Number(code)));
  return decodeEntities(text);
}

function attributeText(attrs: unknown): string {
  const { text, shortName } = (attrs ?? {}) as Record<string, unknown>;
  return [text, shortName].find((part) => typeof part === 'string') ?? '';
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", nbsp: ' ' };

// No XML document may hold these, and no reader sees them: control characters, halves of surrogate pairs, noncharacters.
const INVISIBLE = /[^\P{Cc}\t\n\r]|\p{Cs}|[\uFFFE\uFFFF]/gu;

/** Text without the characters that XML 1.0 forbids or that are controls. */
export function withoutControls(text: string): string {
  return text.replace(INVISIBLE, '');
}

/** Text with its HTML entities resolved: the XML ones, `&nbsp;` and numbers. Unknown ones stay as written. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,8}));/gi, (entity, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? entity;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point <= 0x10ffff ? withoutControls(String.fromCodePoint(point)) || entity : entity;
  });
}

/**
 * Plain text from the title or excerpt of a Confluence v1 search result: HTML-escaped once, hits marked with
 * `@@@hl@@@…@@@endhl@@@` (Confluence REST API v1, "Search content").
 */
export function highlightedText(text: string): string {
  return decodeEntities(text.replace(/@@@(?:end)?hl@@@/g, ''));
}

/** Epoch seconds of an Atlassian time stamp (`2026-01-02T03:04:05.000+0000` or ISO 8601); null when it is none. */
export function epochSeconds(timestamp: string | null | undefined): number | null {
  const ms = Date.parse((timestamp ?? '').replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(ms) ? null : Math.floor(ms / 1_000);
}
