import type { Token } from 'markdown-it';
import { markdownParser } from '../../src/atlassian/text/markdown-parser.ts';

/** What a reader finds in a Markdown text. */
export interface MarkdownRead {
  /** All text, without its white space. */
  text: string;
  /** Where links and images lead. */
  addresses: Set<string>;
  /** The languages of code. */
  languages: Set<string>;
}

export function readMarkdown(markdown: string): MarkdownRead {
  const pieces: string[] = [];
  const addresses = new Set<string>();
  const languages = new Set<string>();
  const visit = (tokens: readonly Token[]): void => {
    for (const token of tokens) {
      if (token.type === 'fence') languages.add(token.info.trim());
      const address = token.attrGet('href') ?? token.attrGet('src');
      if (address !== null) addresses.add(String(address));
      if (token.children) visit(token.children);
      else pieces.push(token.content);
    }
  };
  visit(markdownParser().parse(markdown, {}));
  return { text: unspaced(pieces.join('')), addresses, languages };
}

export function unspaced(text: string): string {
  return text.replace(/\s/g, '');
}

/** What a document says, as far as it can be looked for in its Markdown. */
export interface Said {
  texts: string[];
  addresses: string[];
  languages: string[];
  /** What Markdown has no word for, by its kind. */
  lost: string[];
}

/** What of all that was said is neither in the Markdown nor told to be lost. */
export function missingOf(said: Said, { markdown, loss }: { markdown: string; loss: readonly string[] }): string[] {
  const read = readMarkdown(markdown);
  const inText = (text: string) => read.text.includes(unspaced(text));
  return [
    ...said.texts.filter((text) => !inText(text)),
    // What should not be followed is told as text.
    ...said.addresses.filter((address) => !read.addresses.has(address) && !inText(address)),
    ...said.languages.filter((language) => !read.languages.has(language) && !loss.includes('cell:code')),
    ...said.lost.filter((kind) => !loss.includes(kind)).map((kind) => `loss of ${kind}`),
  ];
}

/** Of what went wrong, what is told shortest: there is least in it that does not matter. */
export function shortest(failures: readonly string[]): string | null {
  return failures.reduce<string | null>(
    (least, one) => (least !== null && least.length <= one.length ? least : one),
    null,
  );
}
