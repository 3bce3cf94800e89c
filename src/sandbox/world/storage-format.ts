/** Names beyond XML's own five that Confluence's document type knows; enough of HTML's list for text people write. */
const ENTITIES: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" },
  ...{ nbsp: '\u00a0', mdash: '—', ndash: '–', hellip: '…', laquo: '«', raquo: '»', bull: '•', middot: '·' },
  ...{ lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”', copy: '©', reg: '®', trade: '™', euro: '€', times: '×' },
  ...{ rarr: '→', larr: '←', auml: 'ä', ouml: 'ö', uuml: 'ü', Auml: 'Ä', Ouml: 'Ö', Uuml: 'Ü', szlig: 'ß' },
  ...{ eacute: 'é', egrave: 'è', agrave: 'à', ccedil: 'ç', sect: '§', deg: '°', plusmn: '±', shy: '\u00ad' },
};

const PREFIXES = ['ac', 'ri', 'at'];
const BLOCK_TAGS = /^(p|h[1-6]|li|tr|td|th|blockquote|pre|div|br|hr|ac:task)$/;
/** Elements whose text no reader sees. */
const HIDDEN_TAGS = /^ac:(parameter|task-id|task-status)$/;
const NAME = '[A-Za-z_][\\w.-]*(?::[A-Za-z_][\\w.-]*)?';
const TAG = new RegExp(`^<(/?)(${NAME})((?:\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>$`);
const TOKEN = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>|[^<]+|</g;
// The characters that XML 1.0 leaves out, lone surrogates included.
const ILLEGAL = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

/**
 * Reads a page body in Confluence's storage format, which is XML without a root.
 *
 * @returns the text a reader sees, or the parser's complaint where the body is not well-formed
 */
export function readStorage(value: string): { text: string } | { complaint: string } {
  try {
    return { text: parse(value) };
  } catch (error) {
    if (error instanceof NotWellFormed) return { complaint: `Error parsing xhtml: ${error.message}` };
    throw error;
  }
}

class NotWellFormed extends Error {}

function parse(value: string): string {
  if (ILLEGAL.test(value)) throw new NotWellFormed('Illegal character (a control character or half a surrogate pair)');
  const open: string[] = [];
  let text = '';
  for (const [token] of value.matchAll(TOKEN)) {
    if (token.startsWith('<!--')) {
      if (token.slice(4, -3).includes('--')) throw new NotWellFormed("String '--' not allowed in comment");
    } else if (token.startsWith('<![CDATA[')) {
      text += shownIn(open, token.slice(9, -3));
    } else if (token.startsWith('<')) {
      text += readTag(token, open);
    } else {
      if (token.includes(']]>')) throw new NotWellFormed("String ']]>' not allowed in textual content");
      text += shownIn(open, decodeEntities(token));
    }
  }
  const unclosed = open.pop();
  if (unclosed !== undefined) throw new NotWellFormed(`Unexpected end of content; missing end tag for <${unclosed}>`);
  return text
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n[\s]*/g, '\n')
    .trim();
}

function shownIn(open: readonly string[], text: string): string {
  return HIDDEN_TAGS.test(open.at(-1) ?? '') ? '' : text;
}

/** Checks one tag against the ones that are open, and says what it adds to the text. */
function readTag(token: string, open: string[]): string {
  const [, closing, name, attributes = '', empty] = TAG.exec(token) ?? [];
  if (name === undefined) throw new NotWellFormed(`Unexpected character in markup: ${token.slice(0, 40)}`);
  const prefix = name.includes(':') ? name.split(':')[0] : undefined;
  if (prefix !== undefined && !PREFIXES.includes(prefix))
    throw new NotWellFormed(`Undeclared namespace prefix "${prefix}"`);
  if (closing) {
    if (attributes || empty) throw new NotWellFormed(`Unexpected character in close tag </${name}>`);
    const expected = open.pop();
    if (expected !== name) {
      throw new NotWellFormed(
        `Unexpected close tag </${name}>; expected ${expected ? `</${expected}>` : 'no close tag'}`,
      );
    }
  } else {
    checkAttributes(attributes, name);
    if (!empty) open.push(name);
  }
  return BLOCK_TAGS.test(name) ? '\n' : '';
}

function checkAttributes(attributes: string, name: string): void {
  const seen = new Set<string>();
  for (const [, attribute = '', value = ''] of attributes.matchAll(/([\w.:-]+)\s*=\s*("[^"]*"|'[^']*')/g)) {
    if (seen.has(attribute)) throw new NotWellFormed(`Duplicate attribute '${attribute}' in <${name}>`);
    seen.add(attribute);
    decodeEntities(value);
  }
}

function decodeEntities(text: string): string {
  return text.replace(/&([^;\s&<]*)(;?)/g, (_, name: string, end: string) => {
    if (end === '') throw new NotWellFormed(`Unexpected character after '&${name}' in entity reference`);
    const numeric = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name);
    if (numeric) {
      const point = numeric[1] === undefined ? Number(numeric[2]) : Number.parseInt(numeric[1], 16);
      const character = point <= 0x10ffff ? String.fromCodePoint(point) : '\u0000';
      if (ILLEGAL.test(character)) throw new NotWellFormed(`Illegal character reference &${name};`);
      return character;
    }
    const character = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
    if (character === undefined) throw new NotWellFormed(`Undeclared general entity "${name}"`);
    return character;
  });
}
