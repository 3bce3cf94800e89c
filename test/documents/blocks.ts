import { readdirSync, readFileSync } from 'node:fs';

/** A fenced block of a document. */
export interface Block {
  /** Relative to the project, such as `docs/api.md`. */
  file: string;
  /** Where it begins, from 1 on. */
  line: number;
  /** What stands after the fence: `sh`, `json`, …; empty for drawings and transcripts. */
  language: string;
  text: string;
  /** The block of JSON that follows with nothing but blank lines between: the answer. */
  answer: string | null;
}

const root = new URL('../../', import.meta.url);
const FENCED = /^( *)```(\S*)\n([\s\S]*?)^\1```$/gm;

/** README.md and the guides. */
export const DOCUMENTS = [
  'README.md',
  ...readdirSync(new URL('docs/', root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The blocks of a document of the project, in its order. */
export function blocksOf(file: string): Block[] {
  return blocksIn(file, readFileSync(new URL(file, root), 'utf8'));
}

/** The blocks of a text, in its order. */
export function blocksIn(file: string, document: string): Block[] {
  const found = [...document.matchAll(FENCED)].map((match) => {
    const [whole, indent = '', language = '', text = ''] = match;
    const outdented = text
      .split('\n')
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
      .join('\n');
    return { from: match.index, to: match.index + whole.length, language, text: outdented };
  });
  return found.map(({ from, to, language, text }, index) => {
    const next = found[index + 1];
    const isAnswered = language === 'sh' && next?.language === 'json' && !document.slice(to, next.from).trim();
    const line = document.slice(0, from).split('\n').length;
    return { file, line, language, text, answer: isAnswered ? next.text : null };
  });
}

/** Values of JSON that stand one after the other, with comments between them. @throws SyntaxError */
export function valuesIn(text: string): unknown[] {
  const values: unknown[] = [];
  let part = '';
  for (const line of text.split('\n')) {
    if (/^\s*\/\//.test(line)) continue;
    part += `${line}\n`;
    try {
      values.push(JSON.parse(part));
      part = '';
    } catch {
      // It goes on in the next line.
    }
  }
  if (part.trim()) JSON.parse(part);
  return values;
}

/** Stands for whatever else there is. */
const ELLIPSIS = '…';

/**
 * Where an answer has not the shape that a document shows: a member that is missing, was not shown, or is of another type.
 * Null fits everything, a list is compared by its first entries, and a member `…` stands for others.
 */
export function differences(shown: unknown, given: unknown, at = 'the answer'): string[] {
  if (shown === null || given === null || shown === ELLIPSIS) return [];
  if (Array.isArray(shown) && Array.isArray(given)) {
    if (shown.length === 0 || given.length === 0) return [];
    return differences(shown[0], given[0], `${at}[0]`);
  }
  if (Array.isArray(shown) !== Array.isArray(given) || typeof shown !== typeof given) {
    return [`${at} is ${JSON.stringify(given)}, and shown as ${JSON.stringify(shown)}`];
  }
  if (typeof shown !== 'object' || typeof given !== 'object') return [];
  const names = Object.keys(shown).filter((name) => name !== ELLIPSIS);
  const others = ELLIPSIS in shown ? [] : Object.keys(given).filter((name) => !names.includes(name));
  const [told, had] = [shown, given] as Record<string, unknown>[];
  return [
    ...others.map((name) => `${at}.${name} is not shown`),
    ...names.flatMap((name) => {
      if (!Object.hasOwn(given, name)) return [`${at}.${name} is not there`];
      return differences(told?.[name], had?.[name], `${at}.${name}`);
    }),
  ];
}
