import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { wikiToMarkdown } from '../../../src/atlassian/text/wiki-markdown.ts';
import { missingOf, type Said, shortest } from '../../support/markdown-read.ts';
import { Random } from '../../support/random.ts';

/** `SEED=7 npx vitest run wiki-documents` tries others. */
const SEED = 22;
const DOCUMENTS = 400;

const WORDS = [
  '',
  '',
  '',
  '.',
  ' b',
  ' 1. c',
  ' #',
  ' <d>',
  ' & e',
  '字',
  '\u{1f600}',
  ' `f`',
  ' &amp;lt;',
  ' \\* ',
  ' \\{',
  ' \\[',
];
const ADDRESS_ENDS = ['', '?a=1&b=2', '#a_b_', '/(c)', '/d*e*', '/%20f', '/ü'];

/** Random texts of what the help of Jira's wiki markup lists, with what they say. */
class WikiMaker {
  readonly said: Said = { texts: [], addresses: [], languages: [], lost: [] };
  private count = 0;

  constructor(private readonly random: Random) {}

  text(depth = 0): string {
    return this.several(4 - depth, () => this.block(depth)).join('\n\n');
  }

  private block(depth: number): string {
    const blocks = [
      () => this.several(3, () => this.line()).join(this.random.pick(['\n', '\\\\'])),
      () => `h${1 + this.random.below(6)}. ${this.line()}`,
      () => `bq. ${this.line()}`,
      () => '----',
      () => this.list(),
      () => this.table(),
      () => this.code('code'),
      () => this.code('noformat'),
    ];
    const holders = [
      () => `{quote}\n${this.text(depth + 1)}\n{quote}`,
      () => {
        this.said.lost.push('panel:custom');
        return `{panel:title=${this.word()}|bgColor=#fff}\n${this.text(depth + 1)}\n{panel}`;
      },
      () => {
        this.said.lost.push('color');
        return `{color:red}${this.line()}{color}`;
      },
    ];
    return this.random.pick(depth < 2 ? [...blocks, ...holders] : blocks)();
  }

  private list(): string {
    const marks = [this.random.pick(['*', '#', '-'])];
    return this.several(5, () => {
      const last = marks.at(-1) ?? '*';
      const next = this.random.pick([
        last,
        last,
        last === '-' ? last : last + this.random.pick(['*', '#']),
        marks[0] ?? '*',
      ]);
      marks.push(next);
      return `${next} ${this.line()}`;
    }).join('\n');
  }

  private table(): string {
    const cells = (bar: string, width: number) =>
      `${bar}${Array.from({ length: width }, () => this.line()).join(bar)}${bar}`;
    const width = 1 + this.random.below(3);
    return [
      ...(this.random.below(2) === 0 ? [cells('||', width)] : []),
      ...this.several(3, () => cells('|', width)),
    ].join('\n');
  }

  private code(name: string): string {
    const language = this.random.pick(['java', 'xml', 'none']);
    if (name === 'code' && language !== 'none') this.said.languages.push(language);
    const parameters = name === 'code' ? `:title=${this.word()}|${language}` : '';
    const text = this.random.pick([' *b* [c|d]', ' ```', ' {quote}', ' &amp; \\\\', ' | !e.png!']);
    const word = this.number();
    this.said.texts.push(`${word}${text}`);
    return `{${name}${parameters}}\n${word}${text}\n{${name}}`;
  }

  private line(): string {
    return this.several(4, () => this.piece()).join(' ');
  }

  private piece(): string {
    const { random } = this;
    const address = `https://x.example/${this.number()}${random.pick(ADDRESS_ENDS)}`;
    const marked = (begin: string, end = begin) =>
      `${begin}${this.word()}${random.below(3) === 0 ? ` ${this.piece()}` : ''}${end}`;
    const led = (to: string, says: string) => {
      this.said.addresses.push(says);
      return random.below(2) === 0 ? `[${to}]` : `[${this.word()}|${to}]`;
    };
    return random.pick([
      () => this.shown(),
      () => this.shown(),
      () => marked('*'),
      () => marked('_'),
      () => marked('??'),
      () => marked('-'),
      () => this.lost('underline', `+${this.word()}+`),
      () => this.lost('superscript', `^${this.word()}^`),
      () => this.lost('subscript', `~${this.word()}~`),
      () => this.lost('color', `{color:#f00}${this.word()}{color}`),
      () => this.lost('macro:anchor', `{anchor:${this.number()}}`),
      () => `{*}${this.word()}{*}`,
      () => `{{${this.word()}}}`,
      () => led(address, address),
      () => led(`mailto:${this.number()}@x.example`, `mailto:w${this.count}w@x.example`),
      () => led(`#${this.number()}`, `#w${this.count}w`),
      () => led(`^${this.number()} (1).pdf`, `attachment:w${this.count}w (1).pdf`),
      () => led(`~${this.number()}`, `username:w${this.count}w`),
      () => led(`~accountid:5b:${this.number()}`, `accountid:5b:w${this.count}w`),
      () => led(`file:///c:/${this.number()}`, `file:///c:/w${this.count}w`),
      () => {
        this.said.addresses.push(`attachment:${this.number()}.png`);
        const file = `w${this.count}w.png`;
        return `!${file}${random.pick([() => '', () => '|thumbnail', () => `|width=3,alt="${this.word()}"`])()}!`;
      },
      () => {
        this.said.addresses.push(`https://x.example/${this.number()}.gif`);
        return `!https://x.example/w${this.count}w.gif!`;
      },
    ])();
  }

  private lost(kind: string, wiki: string): string {
    this.said.lost.push(kind);
    return wiki;
  }

  /** Text with what is Markdown, not markup; with its escapes, as it is shown. */
  private shown(): string {
    const written = `${this.number()}${this.random.pick(WORDS)}`;
    this.said.texts.push(written.replace(/\\(.)/g, '$1').replace('&amp;', '&'));
    return written;
  }

  private word(): string {
    const word = this.number();
    this.said.texts.push(word);
    return word;
  }

  private number(): string {
    this.count += 1;
    return `w${this.count}w`;
  }

  private several<T>(most: number, make: () => T): T[] {
    return Array.from({ length: 1 + this.random.below(most) }, make);
  }
}

describe('of a text in what the help of wiki markup lists, wikiToMarkdown', () => {
  it('loses no text, address or name without saying so', () => {
    const random = new Random(Number(process.env.SEED ?? SEED));
    const failures: string[] = [];
    for (let round = 0; round < DOCUMENTS; round += 1) {
      const maker = new WikiMaker(random);
      const wiki = maker.text();
      const { markdown, loss } = wikiToMarkdown(wiki);
      const missing = missingOf(maker.said, { markdown, loss });
      if (missing.length > 0) failures.push(JSON.stringify({ missing, wiki, markdown, loss }));
    }
    expect(shortest(failures)).toBeNull();
  });
});
