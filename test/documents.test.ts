import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Document {
  /** Relative to the project, such as `docs/access.md`. */
  file: string;
  text: string;
}

const root = new URL('../', import.meta.url);
const isThere = (path: string): boolean => existsSync(new URL(path, root));
const filesIn = (folder: string): string[] =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).map(
    (path) => `${folder}/${path.replaceAll('\\', '/')}`,
  );

const DOCUMENTS: Document[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...filesIn('docs').filter((file) => file.endsWith('.md')),
].map((file) => ({ file, text: readFileSync(new URL(file, root), 'utf8') }));

const FOLDERS = ['src', 'test', 'docs', 'scripts', 'bench'];
/** The rooms of the service, by which documents also name what is in them: `http/guard.ts`. */
const ROOMS = readdirSync(new URL('src/', root), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
/** Every file and folder, each name between slashes: a table about one folder leaves the folder out. */
const NAMED = FOLDERS.flatMap(filesIn).map((path) => `/${path}/`);

/** A document without its blocks of code, which hold commands, diagrams and other people's files. */
const prose = (text: string): string => text.replace(/^( *)```[\s\S]*?^\1```$/gm, '');

const codeIn = (text: string): string[] => [...prose(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);

const ofProject = ([first = '', ...rest]: string[]): boolean =>
  rest.length > 0 && (FOLDERS.includes(first) || ROOMS.includes(first));

/** The files and folders of the project that a document names in backticks, also within a command. */
function pathsIn(text: string): string[] {
  const words = codeIn(text).flatMap((code) => code.split(/\s+/));
  return words.filter(
    (word) =>
      /^[\w.-]+(?:\/[\w.-]+)*\/?$/.test(word) &&
      (ofProject(word.split('/')) || /^[\w.-]+\/$|\.ts$|^[A-Z]+\.md$/.test(word)),
  );
}

/** @param beside a path that the same line names before it: a bare name stands for one in its folder. */
function leadsSomewhere(path: string, beside: string | undefined): boolean {
  const isBare = !/\/./.test(path);
  if (isThere(path) || isThere(`src/${path}`)) return true;
  if (isBare && beside !== undefined && path.endsWith('.ts')) {
    const neighbour = posix.join(posix.dirname(beside), path);
    return isThere(neighbour) || isThere(`src/${neighbour}`);
  }
  return isBare && NAMED.some((named) => named.endsWith(`/${path.replace(/\/$/, '')}/`));
}

function lostPaths(documents: Document[]): string[] {
  return documents.flatMap(({ file, text }) =>
    text.split('\n').flatMap((line) => {
      const paths = pathsIn(line);
      const lost = paths.filter((path, index) => {
        const beside = paths.slice(0, index).findLast((before) => /\/.*\.ts$/.test(before));
        return !leadsSomewhere(path, beside);
      });
      return lost.map((path) => `${file}: ${path}`);
    }),
  );
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsIn(text: string): string[] {
  const seen = new Map<string, number>();
  return [...prose(text).matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, heading = '']) => {
    const anchor = heading
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

const linksIn = (text: string): string[] =>
  [
    ...prose(text)
      .replace(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));

function lostLinks(documents: Document[]): string[] {
  return documents.flatMap(({ file, text }) =>
    linksIn(text)
      .filter((link) => {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? file : posix.join(posix.dirname(file), path);
        if (path !== '' && !isThere(target)) return true;
        const there = path === '' ? text : readFileSync(new URL(target, root), 'utf8');
        return anchor !== undefined && !anchorsIn(there).includes(anchor);
      })
      .map((link) => `${file}: ${link}`),
  );
}

const numbersIn = (text: string): number[] => [...text.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number));

interface Answer {
  question: string;
  /** The file, and each name that is to be found in it. */
  found: { file: string; names: string[] }[];
}

/** The rows of the index of `docs/architecture.md`. */
function answersIn(text: string): Answer[] {
  const [, index = ''] = text.split(/^## Where is .*$/m);
  const rows = [...index.matchAll(/^\| (?!where is)([^|]+) \| ([^|]+) \|$/gm)];
  return rows.map(([, question = '', answer = '']) => {
    const found: Answer['found'] = [];
    for (const code of codeIn(answer)) {
      if (pathsIn(`\`${code}\``).length > 0) found.push({ file: code, names: [] });
      else found.at(-1)?.names.push(code);
    }
    return { question, found };
  });
}

const sourceOf = (path: string): string =>
  path.endsWith('/') ? '' : readFileSync(new URL(isThere(path) ? path : `src/${path}`, root), 'utf8');

const wrongAnswers = (answers: Answer[]): string[] =>
  answers.flatMap(({ question, found }) =>
    found.flatMap(({ file, names }) =>
      names.filter((name) => !sourceOf(file).includes(name)).map((name) => `${question}: no ${name} in ${file}`),
    ),
  );

describe('the documents', () => {
  it('are all read', () => {
    expect(DOCUMENTS.length).toBeGreaterThan(10);
    expect(DOCUMENTS.flatMap(({ text }) => pathsIn(text)).length).toBeGreaterThan(150);
    expect(DOCUMENTS.flatMap(({ text }) => linksIn(text)).length).toBeGreaterThan(40);
  });

  it('name files and folders that are there', () => {
    expect(lostPaths(DOCUMENTS)).toEqual([]);
  });

  it('link to files and headings that are there', () => {
    expect(lostLinks(DOCUMENTS)).toEqual([]);
  });

  it('number the decisions from 1 on, without a gap', () => {
    const numbers = DOCUMENTS.filter(({ file }) => file === 'docs/decisions.md').flatMap(({ text }) => numbersIn(text));
    expect(numbers.length).toBeGreaterThan(50);
    expect(numbers).toEqual(numbers.map((_number, index) => index + 1));
  });

  it('say truly where something is', () => {
    const answers = DOCUMENTS.filter(({ file }) => file === 'docs/architecture.md').flatMap(({ text }) =>
      answersIn(text),
    );
    expect(answers.length).toBeGreaterThan(25);
    expect(answers.filter(({ found }) => found.length === 0).map(({ question }) => question)).toEqual([]);
    expect(wrongAnswers(answers)).toEqual([]);
  });
});

describe('the README', () => {
  const text = DOCUMENTS.find(({ file }) => file === 'README.md')?.text ?? '';

  it('is read in ten minutes', () => {
    expect(text.split('\n').length).toBeLessThanOrEqual(150);
  });

  it('leads to every guide', () => {
    const guides = DOCUMENTS.map(({ file }) => file).filter((file) => file.startsWith('docs/'));
    const linked = linksIn(text).map((link) => link.split('#')[0]);
    expect(guides.filter((guide) => !linked.includes(guide))).toEqual([]);
  });
});

describe('the guides', () => {
  it('link to each other by name alone, so that they can be served below any path', () => {
    const guides = DOCUMENTS.filter(({ file }) => file.startsWith('docs/'));
    const elsewhere = guides.flatMap(({ file, text }) =>
      linksIn(text)
        .filter((link) => !/^(?:[\w-]+\.md)?(?:#[\w-]+)?$|^images\/[\w-]+\.png$|^[\w-]+\.svg$/.test(link))
        .map((link) => `${file}: ${link}`),
    );
    expect(elsewhere).toEqual([]);
  });
});

describe('the rules', () => {
  it.each([
    { text: 'See `src/http/nowhere.ts`.', lost: ['src/http/nowhere.ts'] },
    {
      text: 'See `http/nowhere.ts`, `nowhere.ts` and `nowhere/`.',
      lost: ['http/nowhere.ts', 'nowhere.ts', 'nowhere/'],
    },
    { text: 'Run `npx vitest run test/nowhere`.', lost: ['test/nowhere'] },
    { text: '`NOWHERE.md`', lost: ['NOWHERE.md'] },
    { text: '`src/http/guard.ts` `http/guard.ts` `guard.ts` `http/` `wire/` `README.md`', lost: [] },
    { text: '`GET /connectors/tools` `application/json` `data/keys.json` `config.access`', lost: [] },
    { text: '```sh\ncat src/nowhere.ts\n```', lost: [] },
  ])('see which files are not there in $text', ({ text, lost }) => {
    expect(lostPaths([{ file: 'x.md', text }])).toEqual(lost.map((path) => `x.md: ${path}`));
  });

  it.each([
    { text: '[a](nowhere.md)', lost: ['nowhere.md'] },
    { text: '[a](../nowhere.md#b)', lost: ['../nowhere.md#b'] },
    { text: '[a](access.md#nowhere)', lost: ['access.md#nowhere'] },
    { text: '# Here\n[a](#nowhere)', lost: ['#nowhere'] },
    {
      text: '# Where is `it`, then?\n# Here\n# Here\n[a](#where-is-it-then) [b](#here-1) [c](access.md#roles)',
      lost: [],
    },
    { text: '[a](https://example.com/nowhere.md) `[a](nowhere.md)`', lost: [] },
  ])('see which links lead nowhere in $text', ({ text, lost }) => {
    expect(lostLinks([{ file: 'docs/x.md', text }])).toEqual(lost.map((link) => `docs/x.md: ${link}`));
  });

  it('see an answer that is not true', () => {
    const text =
      '## Where is …?\n\n| where is | file |\n|---|---|\n| the guard | `http/guard.ts`: `guardRoutes`, `noSuchName` |\n';
    expect(wrongAnswers(answersIn(text))).toEqual(['the guard: no noSuchName in http/guard.ts']);
  });
});
