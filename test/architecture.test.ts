import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Each layer may use its own files, the leaves, and every layer below; docs/architecture.md, "One direction". */
const LAYERS = [
  ['main.ts', 'commands', 'sandbox', 'client'],
  ['service.ts'],
  ['server.ts'],
  ['routes'],
  ['tools'],
  ['http'],
  ['pages'],
  ['operations'],
  ['connections'],
  ['access'],
  // Peers that do not know each other.
  ['atlassian', 'stores'],
];
/** The same within the sandbox, whose entries are the files that lie in it directly. */
const SANDBOX_WINGS = [
  ['the entries'],
  ['doors'],
  // Peers that do not know each other.
  ['login', 'jira', 'confluence'],
  ['query'],
  ['world'],
  ['http'],
];
/** May be imported by all. */
const LEAVES = [
  'access-settings.ts',
  'app-settings.ts',
  'call-context.ts',
  'config.ts',
  'database-url.ts',
  'dotenv.ts',
  'errors.ts',
  'guessable.ts',
  'json.ts',
  'maybe-promise.ts',
  'listening.ts',
  'log-output.ts',
  'logging.ts',
  'proxy-settings.ts',
  'secret-settings.ts',
  'secret-text.ts',
  'settings.ts',
  'shipped-files.ts',
  'signals.ts',
  'spelling.ts',
  'turn-queue.ts',
  'urls.ts',
];
const MAX_LINES = 350;
/** Nobody writes it, and it is read declaration by declaration: by its generator it is as long as the catalogue. */
const GENERATED = 'client/operations.ts';
const MAX_FILES = 25;

interface Source {
  /** Relative to `src/`, such as `routes/auth.ts`. */
  file: string;
  text: string;
}

const root = new URL('../src/', import.meta.url);
const SOURCES: Source[] = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'))
  .sort()
  .map((file) => ({ file, text: readFileSync(new URL(file, root), 'utf8') }));

/** What a file imports, type imports included: our own files as paths like `Source.file`, packages by name. */
function importsOf({ file, text }: Source): string[] {
  const specifiers = [
    ...text.matchAll(/^\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?\s*['"]([^'"]+)['"]/gm),
    ...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g),
  ].map(([, specifier = '']) => specifier);
  return specifiers.map((specifier) =>
    specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier,
  );
}

const ours = (imported: string): boolean => imported.endsWith('.ts');
const roomOf = (file: string): string => file.split('/')[0] ?? '';
const layerOf = (file: string): number => LAYERS.findIndex((rooms) => rooms.includes(roomOf(file)));
const wingOf = (file: string): string => (file.split('/').length > 2 ? (file.split('/')[1] ?? '') : 'the entries');
const wingLayerOf = (file: string): number => SANDBOX_WINGS.findIndex((wings) => wings.includes(wingOf(file)));

/** Every breach of the rules on imports, as sentences. */
function breaches(sources: Source[]): string[] {
  return sources.flatMap((source) => importsOf(source).flatMap((imported) => breachesOf(source.file, imported)));
}

function breachesOf(file: string, imported: string): string[] {
  const found: string[] = [];
  const breach = (rule: string) => found.push(`${file} imports ${imported}: ${rule}`);
  const room = roomOf(file);
  if (!ours(imported)) {
    const isFastify = /^@?fastify\b/.test(imported);
    if (isFastify && !['service.ts', 'server.ts', 'routes', 'http', 'sandbox'].includes(room))
      breach('no Fastify below http/');
    if (room === 'client') breach('the client stands alone');
    if (isFastify && room === 'sandbox') breach('the sandbox stands on node:http alone');
    return found;
  }
  if (LEAVES.includes(file)) {
    if (!LEAVES.includes(imported) || file === 'errors.ts') breach('a leaf imports leaves only, errors.ts none');
    return found;
  }
  if (room === 'client' || roomOf(imported) === 'client') {
    // Our own page in the browser is one of those whom the client is for.
    if (room !== roomOf(imported) && !file.startsWith('pages/browser/')) breach('the client stands alone');
    return found;
  }
  const inSandbox = roomOf(imported) === 'sandbox';
  if (room === 'sandbox') {
    if (!inSandbox && file !== 'sandbox/demo.ts') breach('the sandbox imports nothing of ours');
    if (inSandbox) {
      const [from, to] = [wingLayerOf(file), wingLayerOf(imported)];
      if (from === -1 || to === -1) breach('it belongs to no wing of the sandbox');
      else if (to < from) breach('an arrow points back');
      else if (to === from && wingOf(file) !== wingOf(imported)) breach('peers do not know each other');
    }
    return found;
  }
  if (inSandbox) {
    breach('only the sandbox imports the sandbox');
    return found;
  }
  if (/^stores\/(sql|postgres)/.test(imported) && room !== 'stores')
    breach('concrete stores are named in stores/ only');
  if (LEAVES.includes(imported)) {
    const above = ['main.ts', 'service.ts', 'server.ts', 'commands/integration-backend.ts'].includes(file);
    if (/^(logging|signals)\.ts$/.test(imported) && !above) breach('it is for the entries and what they build');
    return found;
  }
  const [from, to] = [layerOf(file), layerOf(imported)];
  if (from === -1 || to === -1) breach('it belongs to no layer');
  else if (to < from) breach('an arrow points back');
  else if (to === from && room !== roomOf(imported)) breach('peers do not know each other');
  return found;
}

/** Each import cycle as `a -> b -> a`. */
function cycles(sources: Source[]): string[] {
  const files = new Set(sources.map(({ file }) => file));
  const graph = new Map(
    sources.map((source) => [source.file, importsOf(source).filter((imported) => files.has(imported))]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) found.push([...path.slice(start), file].join(' -> '));
    if (start >= 0 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

/** The files whose text, comments aside, matches. */
function filesWith(pattern: RegExp, sources: Source[]): string[] {
  return sources
    .filter(({ text }) => pattern.test(text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')))
    .map(({ file }) => file);
}

/** What a secret, or something computed from one, is called. */
const SECRET_NAME = /(?:hash|hmac|mac|digest|signature|secret|password|(?<!page)token|verifier|browser|presented)$/i;
/** Both sides are the caller's own, or both are stored. */
const HARMLESS = ['access/gatekeeper.ts: apiKey !== token'];
const OPERAND = String.raw`[\w$.?]+(?:\([^()]*\))?`;

/**
 * Every comparison of secrets that ends at the first difference, and so tells by its time how much of a guess is right.
 * That something is `null`, of a type or of a length may be asked of a secret too.
 */
function hastyComparisons(sources: Source[]): string[] {
  return sources.flatMap(({ file, text }) => {
    const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
    const named = [
      ...code.matchAll(new RegExp(`(?<![\\w$.?)])(${OPERAND}) [!=]==? (${OPERAND})(?![\\w$.])`, 'g')),
    ].filter(
      ([, left = '', right = '']) =>
        [left, right].some((operand) => SECRET_NAME.test(operand.replace(/\(.*$/, ''))) &&
        ![left, right].some((operand) => /^(?:null|undefined|true|false|\d+)$|\.length$/.test(operand)),
    );
    // Beside the comparison in constant time there is no other, but of lengths.
    const beside = [...code.matchAll(/^(?:export )?(?:async )?(?:function| {2}\w).*?\{\n[\s\S]*?^(?: {2})?\}/gm)]
      .filter(([body]) => body.includes('timingSafeEqual('))
      .flatMap(([body]) => body.match(/(?<![\w.])\w+ [!=]==? (?!undefined|null)\w+(?![\w.])/g) ?? []);
    const buffers = code.match(/\.equals\(|\bBuffer\.compare\(/g) ?? [];
    const found = new Set([...named.map(([whole]) => whole), ...beside, ...buffers]);
    return [...found].map((comparison) => `${file}: ${comparison}`);
  });
}

describe('the sources', () => {
  it('are all read, and every one belongs to a layer or is a leaf', () => {
    expect(SOURCES.length).toBeGreaterThan(40);
    expect(SOURCES.map(({ file }) => file).filter((file) => layerOf(file) === -1 && !LEAVES.includes(file))).toEqual(
      [],
    );
    expect(SOURCES.flatMap(importsOf)).toEqual(
      expect.arrayContaining([
        'service.ts',
        'stores/store.ts',
        'atlassian/wire/transport.ts',
        'fastify',
        'zod',
        'libsql',
      ]),
    );
  });

  it('import only what exists', () => {
    const files = new Set(SOURCES.map(({ file }) => file));
    expect(SOURCES.flatMap(importsOf).filter((imported) => ours(imported) && !files.has(imported))).toEqual([]);
  });

  it('point in one direction', () => {
    expect(breaches(SOURCES)).toEqual([]);
  });

  it('form no cycle, type imports included', () => {
    expect(cycles(SOURCES)).toEqual([]);
  });

  it('read the environment in config.ts only', () => {
    expect(filesWith(/process\.env\b|\benv\b[^;]*from 'node:process'/, SOURCES)).toEqual(['config.ts']);
  });

  it('get a client of a tenant where its policy holds only, and send what changes something there', () => {
    expect(filesWith(/\.withClient\(/, SOURCES)).toEqual([
      'operations/run/run-operation.ts',
      'operations/run/write.ts',
    ]);
    expect(filesWith(/\bclient\.send\(/, SOURCES)).toEqual(['operations/run/write.ts']);
  });

  it('compare secrets in constant time only', () => {
    const ours = SOURCES.filter(({ file }) => roomOf(file) !== 'sandbox');
    expect(hastyComparisons(ours)).toEqual(HARMLESS);
    // Of keys, of what passes through a browser, and of cursors.
    expect(filesWith(/timingSafeEqual\(/, ours)).toEqual([
      'access/api-keys.ts',
      'connections/signer.ts',
      'operations/cursors.ts',
    ]);
  });

  it(`have at most ${MAX_LINES} lines each`, () => {
    const written = SOURCES.filter(({ file }) => file !== GENERATED);
    expect(written).toHaveLength(SOURCES.length - 1);
    const long = written.map(({ file, text }) => ({ file, lines: text.split('\n').length - 1 }));
    expect(long.filter(({ lines }) => lines > MAX_LINES)).toEqual([]);
  });

  it(`lie at most ${MAX_FILES} to a folder`, () => {
    const folders = SOURCES.map(({ file }) => posix.dirname(file));
    const sizes = [...new Set(folders)].map((folder) => ({
      folder,
      files: folders.filter((other) => other === folder).length,
    }));
    expect(sizes.filter(({ files }) => files > MAX_FILES)).toEqual([]);
  });
});

describe('the rules', () => {
  it.each<{ file: string; text: string; rule: string }>([
    {
      file: 'atlassian/wire/oauth.ts',
      text: "import type { Store } from '../../stores/store.ts';",
      rule: 'peers do not know each other',
    },
    { file: 'stores/open.ts', text: "import { Vault } from '../connections/vault.ts';", rule: 'an arrow points back' },
    {
      file: 'operations/jira/search.ts',
      text: "import {\n  callOf,\n} from '../../http/call.ts';",
      rule: 'an arrow points back',
    },
    { file: 'routes/auth.ts', text: "export { buildServer } from '../server.ts';", rule: 'an arrow points back' },
    { file: 'server.ts', text: "import './main.ts';", rule: 'an arrow points back' },
    {
      file: 'config.ts',
      text: "import type { Store } from './stores/store.ts';",
      rule: 'a leaf imports leaves only, errors.ts none',
    },
    { file: 'errors.ts', text: "import './config.ts';", rule: 'a leaf imports leaves only, errors.ts none' },
    {
      file: 'routes/auth.ts',
      text: "import { createLogger } from '../logging.ts';",
      rule: 'it is for the entries and what they build',
    },
    {
      file: 'service.ts',
      text: "import { SqliteDatabase } from './stores/sqlite.ts';",
      rule: 'concrete stores are named in stores/ only',
    },
    {
      file: 'service.ts',
      text: "const x = await import('./stores/sqlite.ts');",
      rule: 'concrete stores are named in stores/ only',
    },
    {
      file: 'main.ts',
      text: "import { Sandbox } from './sandbox/sandbox.ts';",
      rule: 'only the sandbox imports the sandbox',
    },
    { file: 'client/send.ts', text: "import type { ErrorCode } from '../errors.ts';", rule: 'the client stands alone' },
    { file: 'client/send.ts', text: "import { z } from 'zod';", rule: 'the client stands alone' },
    { file: 'routes/connect.ts', text: "import '../client/index.ts';", rule: 'the client stands alone' },
    {
      file: 'sandbox/query/jql.ts',
      text: "import { all } from '../../atlassian/query/query-language.ts';",
      rule: 'the sandbox imports nothing of ours',
    },
    {
      file: 'sandbox/jira/search.ts',
      text: "import type { ProductDeps } from '../doors/gateway.ts';",
      rule: 'an arrow points back',
    },
    {
      file: 'sandbox/doors/gateway.ts',
      text: "import type { SandboxOptions } from '../options.ts';",
      rule: 'an arrow points back',
    },
    {
      file: 'sandbox/jira/search.ts',
      text: "import { spaceJson } from '../confluence/v2-json.ts';",
      rule: 'peers do not know each other',
    },
    {
      file: 'sandbox/sandbox.ts',
      text: "import { anything } from './attic/anything.ts';",
      rule: 'it belongs to no wing of the sandbox',
    },
    {
      file: 'operations/jira/issues/search.ts',
      text: "import type { FastifyRequest } from 'fastify';",
      rule: 'no Fastify below http/',
    },
    { file: 'connections/login/logins.ts', text: "import '@fastify/cookie';", rule: 'no Fastify below http/' },
    {
      file: 'atlassian/wire/oauth.ts',
      text: "import x from 'fastify-type-provider-zod';",
      rule: 'no Fastify below http/',
    },
    {
      file: 'helpers/x.ts',
      text: "import { AtlassianError } from '../atlassian/atlassian-error.ts';",
      rule: 'it belongs to no layer',
    },
  ])('see what is wrong in $file: $text', ({ file, text, rule }) => {
    const [imported = ''] = importsOf({ file, text });
    expect(breaches([{ file, text }])).toEqual([`${file} imports ${imported}: ${rule}`]);
  });

  it.each([
    { text: 'if (hash(cookie) !== browser) throw refused();', found: ['hash(cookie) !== browser'] },
    { text: 'return row.hash == hashOf(key);', found: ['row.hash == hashOf(key)'] },
    { text: 'const same = given === this.signature;', found: ['given === this.signature'] },
    { text: 'return left.equals(right);', found: ['.equals('] },
    {
      text: 'function same(a, b) {\n  return a === b || timingSafeEqual(left, right);\n}',
      found: ['a === b'],
    },
    {
      text: 'function same(a, b) {\n  return left.length === right.length && timingSafeEqual(left, right);\n}',
      found: [],
    },
    { text: "if (refreshToken === null || typeof token === 'string') return;", found: [] },
    { text: '// hash === browser', found: [] },
  ])('see how secrets are compared in $text', ({ text, found }) => {
    expect(hastyComparisons([{ file: 'x.ts', text }])).toEqual(found.map((comparison) => `x.ts: ${comparison}`));
  });

  it('see cycles', () => {
    const sources = [
      { file: 'routes/a.ts', text: "import './b.ts';" },
      { file: 'routes/b.ts', text: "import type { C } from './c.ts';" },
      { file: 'routes/c.ts', text: "import {\n  b,\n} from './b.ts';" },
    ];
    expect(cycles(sources)).toEqual(['routes/b.ts -> routes/c.ts -> routes/b.ts']);
  });

  it('see readers of the environment, and not what comments say', () => {
    const texts = ['x = process.env.X', "import { env } from 'node:process'", '// process.env', '/* process.env */'];
    expect(
      filesWith(
        /process\.env\b|\benv\b[^;]*from 'node:process'/,
        texts.map((text) => ({ file: text, text })),
      ),
    ).toEqual(texts.slice(0, 2));
  });
});
