import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { ERROR_STATUS } from '../../src/errors.ts';
import { type ErrorBody, temporaryFolder } from '../support/harness.ts';
import { type Block, blocksOf, DOCUMENTS, differences, valuesIn } from './blocks.ts';
import { adapted, CAN_RUN, connectedReader, follow, isInstalled, type Reader, ROOT, run } from './reader.ts';

/** Blocks that are not run here, by how they begin. */
const NOT_RUN = [
  { file: 'README.md', begins: 'npm ci && npm run demo', because: 'the demo runs until it is stopped' },
  { file: 'README.md', begins: 'cp .env.example .env', because: 'the service runs until it is stopped' },
  { file: 'README.md', begins: 'claude mcp add', because: 'it takes Claude Code' },
  { file: 'docs/agents.md', begins: 'claude mcp add', because: 'it takes Claude Code' },
  { file: 'docs/agents.md', begins: "// An agent's first visit", because: 'test/tools/first-visit.test.ts runs it' },
  { file: 'docs/connecting.md', begins: "const SERVICE = '", because: 'test/browser/connections-page.test.ts runs it' },
  {
    file: 'docs/from-a-browser.md',
    begins: "const SERVICE = '",
    because: 'test/browser/from-a-browser.test.ts runs it',
  },
  { file: 'docs/client.md', begins: 'npm run build && npm pack', because: 'test/client/package.test.ts does the same' },
  { file: 'docs/adding-an-operation.md', begins: 'npx vitest run test/tools', because: 'it runs tests' },
  { file: 'docs/adding-an-operation.md', begins: 'npx vitest run test/op', because: 'it runs tests' },
  { file: 'docs/testing.md', begins: 'npm run mutants', because: 'it takes minutes' },
  { file: 'docs/reliability.md', begins: 'npm run soak', because: 'it takes half an hour' },
  { file: 'docs/deployment.md', begins: 'docker run -d --name integration-db', because: 'it takes Docker' },
  { file: 'docs/deployment.md', begins: 'docker build', because: 'it takes Docker' },
  { file: 'docs/deployment.md', begins: 'upstream integration', because: 'it takes nginx' },
  { file: 'docs/deployment.md', begins: 'spec:', because: 'it takes Kubernetes' },
];
/** Parts of source files, which test/operations/adding.test.ts compares. */
const SHOWS_SOURCE = 'docs/adding-an-operation.md';
/** Examples that are compiled and not run. */
const TYPES_ONLY = [
  { file: 'docs/client.md', begins: 'import { typeahead }', because: 'it takes a page' },
  { file: 'docs/from-a-browser.md', begins: 'import { createClient }', because: 'it takes a login of the reader' },
];

type Listed = { file: string; begins: string };
const isListed = (list: Listed[], { file, text }: Block) =>
  list.some((entry) => entry.file === file && text.startsWith(entry.begins));

const ALL = DOCUMENTS.flatMap(blocksOf);
const toRun = ALL.filter((block) => !isListed(NOT_RUN, block) && block.file !== SHOWS_SOURCE);
const written = (...languages: string[]) => toRun.filter(({ language }) => languages.includes(language));
const titled = (blocks: Block[]) =>
  blocks.map((block) => ({ title: `${block.file}:${block.line} ${block.text.trim().split('\n')[0]}`, block }));

const needsKeys = ({ text }: Block) => /\$(?:OPERATOR_)?KEY|npm run keys|aik_/.test(text);
const showsFailure = (answer: string | null) => answer !== null && /"status": *"error"/.test(answer);

describe('the blocks of the documents', () => {
  it('are in languages that this file reads', () => {
    const known = ['sh', 'ts', 'json', 'jsonc', 'env', ''];
    expect(ALL.length).toBeGreaterThan(80);
    const others = ALL.filter((block) => !known.includes(block.language) && !isListed(NOT_RUN, block));
    expect(others).toEqual([]);
  });

  it.each([...NOT_RUN, ...TYPES_ONLY])('are left out for a reason: $file, $begins', ({ file, begins }) => {
    expect(blocksOf(file).filter(({ text }) => text.startsWith(begins))).toHaveLength(1);
  });
});

describe.skipIf(!CAN_RUN)('the commands', () => {
  const byFile = DOCUMENTS.map((file) => ({ file, blocks: written('sh').filter((block) => block.file === file) }));
  describe.each(byFile.filter(({ blocks }) => blocks.length > 0))('of $file', ({ blocks }) => {
    const cleanups: (() => Promise<void>)[] = [];
    const readers = new Map<boolean, Promise<Reader>>();
    const readerFor = (block: Block): Promise<Reader> => {
      const guarded = needsKeys(block);
      const made = readers.get(guarded) ?? connectedReader(guarded, (cleanup) => cleanups.push(cleanup));
      readers.set(guarded, made);
      return made;
    };
    afterAll(async () => {
      for (const cleanup of cleanups.reverse()) await cleanup();
    });

    it.each(titled(blocks))('$title', async ({ block }) => {
      const lacking = ['sqlite3', 'openssl'].filter((name) => block.text.includes(`${name} `) && !isInstalled(name));
      if (lacking.length > 0) {
        process.stderr.write(`SKIPPED: ${block.file}:${block.line} (${lacking.join(' and ')} not installed)\n`);
        return;
      }
      const printed = await follow(block, await readerFor(block), { mayFail: showsFailure(block.answer) });
      if (block.answer === null) return;
      const [shown] = valuesIn(block.answer);
      expect(differences(shown, valuesIn(printed).at(-1))).toEqual([]);
    });
  });
});

describe('the examples in JSON', () => {
  it.each(titled(written('json', 'jsonc')))('can be read: $title', ({ block }) => {
    const values = valuesIn(block.text);
    expect(values.length).toBeGreaterThan(0);
    if (block.language === 'json') expect(block.text).not.toMatch(/^\s*\/\//m);
    for (const value of values) expect(wrongErrorIn(value)).toEqual([]);
  });
});

/** What is not as every error is. */
function wrongErrorIn(value: unknown): string[] {
  const error = value as Partial<ErrorBody>;
  if (error.status !== 'error') return [];
  const known = ['status', 'code', 'message', 'retry_after', 'details', 'request_id', '…'];
  const unknown = Object.keys(error).filter((name) => !known.includes(name));
  return Object.hasOwn(ERROR_STATUS, error.code ?? '') ? unknown : [...unknown, `code ${error.code}`];
}

describe('the settings', () => {
  it.each(titled(written('env')))('are taken: $title', ({ block }) => {
    const required = { ATLASSIAN_CLIENT_ID: 'id-of-the-app', ATLASSIAN_CLIENT_SECRET: 'secret-of-the-app' };
    expect(loadConfig({ ...required, ...parse(block.text) }).warnings).toEqual([]);
  });
});

describe('the programs in TypeScript', () => {
  const examples = DOCUMENTS.map((file) => ({
    file,
    name: file.replace(/^docs\//, '').replace(/\.md$/, ''),
    blocks: written('ts').filter((block) => block.file === file),
  })).filter(({ blocks }) => blocks.length > 0);
  const cleanups: (() => Promise<void>)[] = [];
  const built = { folder: '', output: '' };
  beforeAll(async () => {
    const atEnd = (cleanup: () => Promise<void>) => void cleanups.push(cleanup);
    built.folder = temporaryFolder(atEnd);
    mkdirSync(join(built.folder, 'node_modules'));
    symlinkSync(ROOT, join(built.folder, 'node_modules/atlassian-integration-service'));
    writeFileSync(join(built.folder, 'package.json'), '{ "type": "module" }');
    for (const { name, blocks } of examples) {
      const reader = await connectedReader(blocks.some(needsKeys), atEnd);
      const ran = blocks.filter((block) => !isListed(TYPES_ONLY, block));
      writeFileSync(join(built.folder, `${name}.ts`), programOf(blocks, reader));
      writeFileSync(join(built.folder, `${name}.run.ts`), programOf(ran, reader));
    }
    const compilerOptions = {
      ...{ target: 'es2022', module: 'nodenext', strict: true, noUncheckedIndexedAccess: true, types: [] },
      ...{ lib: ['ES2022', 'DOM', 'DOM.Iterable'], exactOptionalPropertyTypes: true, preserveSymlinks: true },
    };
    writeFileSync(join(built.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, '-p', built.folder]).catch((error) => error);
    built.output = stdout;
  });
  afterAll(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  /** One after the other; what a block imports or exports is there for those after it. */
  function programOf(blocks: Block[], reader: Reader): string {
    const scoped = (text: string) => (/^(?:import|export) /m.test(text) ? text : `{\n${text}}\n`);
    return blocks.map((block) => scoped(adapted(block, reader))).join('\n');
  }

  it('compile', () => {
    expect(built.output).toBe('');
  });

  it.each(examples)('of $file run', async ({ name }) => {
    const ran = await run(process.execPath, [join(built.folder, `${name}.run.js`)]).catch((error) => error);
    expect(ran.code === undefined ? 'ran' : ran.stderr).toBe('ran');
  });
});
