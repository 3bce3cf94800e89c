/** What stands around a piece of text: marks are told by what is beside them. */
export interface TextContext {
  /** Whether what follows begins with a bracket. */
  beforeBracket: boolean;
  /** Whether what follows goes on without a blank. */
  glued: boolean;
  inLink: boolean;
}

const SPECIAL = /[\\`[\]*_~<&!]|\/\/|mailto:/i;

/** Text with a backslash before what would be Markdown. */
export function escapeText(text: string, context: TextContext): string {
  if (!SPECIAL.test(text)) return text;
  const words = text.split(/(\s+)/);
  return words
    .map((word, index) =>
      SPECIAL.test(word) ? escapeWord(word, index === 0, index === words.length - 1, context) : word,
    )
    .join('');
}

/** @param first and last: whether the word begins or ends the piece of text, so that something else may be beside it. */
function escapeWord(word: string, first: boolean, last: boolean, context: TextContext): string {
  const escaped = word.replace(/[\\`[\]*]|_+|~+|[<&!]/g, (found, at: number) => {
    const after = word[at + found.length] ?? '';
    const begins = first && at === 0;
    const ends = last && after === '';
    switch (found[0]) {
      case '*':
        return word === '*' && !begins && !ends ? found : '\\*';
      case '_':
        return isWord(word[at - 1]) && isWord(after) ? found : backslashes(found);
      case '~':
        return found.length > 1 || begins || ends ? backslashes(found) : found;
      case '<':
        return ends || /[a-z/!?]/i.test(after) ? '\\<' : found;
      case '&':
        return /^&(?:#\w{1,8}|\w{2,32});/.test(word.slice(at, at + 40)) ? '\\&' : found;
      case '!':
        return ends && context.beforeBracket ? '\\!' : found;
      default:
        return `\\${found}`;
    }
  });
  const address = !context.inLink && /\/\/|mailto:/i.test(word);
  // A bare address becomes a link, as it would anywhere; but the link would take in escapes and what is beside it.
  if (!address || (escaped === word && !(last && context.glued))) return escaped;
  if (isPlainAddress(word) && /[\w/]$/.test(word)) return `<${word}>`;
  return escaped.replace(/\/\//g, '/\\/').replace(/(mailto):/gi, '$1\\:');
}

/** A line of a paragraph: at its beginning more is Markdown, such as headings, lists, quotes and underlines. */
export function escapeLineBegin(line: string): string {
  if (!/^[#>+=:|\d-]/.test(line)) return line;
  if (line.startsWith('>')) return `\\${line}`;
  return line
    .replace(/^(?:#{1,6}|[-+])(?=\s|$)/, '\\$&')
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
    .replace(/^[-=:|](?=[-=:|\s]*$)/, '\\$&');
}

/** Text within an HTML element, where other readers take no backslash for an escape. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>\\`*_[\]~!:]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Where a link leads, as it stands in parentheses. */
export function destination(address: string): string {
  const escaped = address.replace(/[\\<>]|&(?=#?\w{1,32};)/g, '\\$&');
  return address === '' || /\s/.test(address) ? `<${escaped}>` : escaped.replace(/[()]/g, '\\$&');
}

/** An address that can stand as it is in `<…>`, and is shown as it is. */
export function isPlainAddress(address: string): boolean {
  return (
    /^(?:https?:\/\/[a-z0-9]|mailto:)[!#$&-;=?-[\]^_a-z{|}~]*$/i.test(address) && !/xn--|^[^:]*[A-Z]/.test(address)
  );
}

/** Code in backticks, on one line. */
export function codeSpan(text: string): string {
  const line = text.replace(/\n/g, ' ');
  const fence = '`'.repeat(longestRun(line) + 1);
  const padded = /^`|`$|^ .* $/.test(line) && line.trim() !== '' ? ` ${line} ` : line;
  return fence + padded + fence;
}

/** A line of backticks that no line of the text can close. */
export function fenceFor(text: string): string {
  return '`'.repeat(Math.max(3, longestRun(text) + 1));
}

function longestRun(text: string): number {
  let longest = 0;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return longest;
}

function backslashes(marks: string): string {
  return marks.replace(/./g, '\\$&');
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}
