import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CASES } from '../operations/cases/all.ts';
import { start, temporaryFolder } from '../support/harness.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NAME = 'atlassian-integration-service';
const MAX_BYTES = 6 * 1_024;

/** What a strict consumer may expect of the types, and what the compiler keeps from it. */
const EXPECTATIONS = `
import {
  type Client, createClient, IntegrationError, type Issue, type JiraCreateArgs, type JiraSearchArgs, type JiraSearchFilters,
  type JiraSearchItem, type ListPage, typeahead,
} from '${NAME}/client';

const client: Client = createClient({ baseUrl: 'http://localhost:3001', tenant: 'acme', fetch: globalThis.fetch });
const filters: JiraSearchFilters = { project: 'DEMO', status: ['To Do'] as const, label: undefined };
const args: JiraSearchArgs = { q: 'login', filters };
const page: ListPage<JiraSearchItem> = await client.jira.search(args, { signal: AbortSignal.timeout(1_000) });
const status: string | null | undefined = page.items[0]?.metadata.status;
const issue: Issue = await client.jira.get({ issue: 'DEMO-1', format: 'markdown' });
const direction: 'inward' | 'outward' | undefined = issue.links?.[0]?.direction;
const assignee: { id: string; name: string } | null | undefined = issue.assignee;
for await (const item of client.jira.search.all({}, { max: 5 })) item.metadata.updated?.toFixed();
for await (const { items } of client.jira.boards.pages()) items[0]?.id.trim();
await client.jira.doctor();
const connection = await client.connections.change('jira', { base_url: 'https://acme.atlassian.net' });
const auth: 'oauth' | 'pat' | 'api_token' | null = connection.auth;
const login: string = client.connections.loginUrl('confluence', { state: 'x' });
const box = typeahead({
  search: (q, options) => client.confluence.search({ q }, options),
  onAnswer: ({ items }) => items.map(({ metadata }) => metadata.space?.trim()),
  onError: (error: unknown) => error,
});
box.type('x');
box.refresh();
const asJira: JiraCreateArgs = { fields: { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'x' }, update: {} };
await client.jira.create(asJira);
await client.confluence.create({ spaceId: '98304', title: 'x', body: { representation: 'storage', value: '' }, parentId: '1' });
const error = new IntegrationError('NOT_FOUND', 'x', { status: 404 });
const seconds: number | undefined = error.retryAfter;
export { assignee, auth, direction, login, seconds, status };

export async function refused(): Promise<void> {
  // @ts-expect-error: there is no such operation
  await client.jira.destroy({});
  // @ts-expect-error: there is no such argument
  await client.jira.search({ query: 'x' });
  // @ts-expect-error: an argument is missing
  await client.jira.get({});
  // @ts-expect-error: the arguments are missing
  await client.jira.comments();
  // @ts-expect-error: no such format
  await client.jira.get({ issue: 'DEMO-1', format: 'html' });
  // @ts-expect-error: of another type
  await client.jira.search({ limit: '5' });
  // @ts-expect-error: summary is missing
  const create: JiraCreateArgs = { project: 'DEMO' };
  // @ts-expect-error: nor is it Atlassian's own body without a body
  await client.confluence.create({ spaceId: '98304', title: 'x' });
  // @ts-expect-error: it takes none
  await client.jira.myself({ q: 'x' });
  // @ts-expect-error: what shortens an answer for an agent is not for programs
  await client.jira.search({ view: 'brief' });
  // @ts-expect-error: one thing is no list
  client.jira.get.all({ issue: 'DEMO-1' });
  // @ts-expect-error: a change is no list
  client.jira.create.pages(create);
  // @ts-expect-error: the bound of a list is called max
  client.jira.search.all({}, { limit: 5 });
  // @ts-expect-error: there is no such product
  await client.connections.get('trello');
  // @ts-expect-error: an error has no such code
  if (error.code === 'TEAPOT') return;
  // @ts-expect-error: an item has no such member
  page.items[0]?.key;
}
`;

/** Each operation with the arguments that the tests of every operation call it with. */
const calls = [...CASES].map(([tool, { good }]) => {
  const input = typeof good === 'function' ? good(1) : good;
  return `  await client.${tool}(${JSON.stringify(input)});`;
});
const EVERY_OPERATION = `
import { createClient } from '${NAME}/client';

export async function call(client: ReturnType<typeof createClient>): Promise<void> {
${calls.join('\n')}
}
`;

/** The examples of the document, one after the other as they stand there. */
const DOCUMENT = readFileSync(join(ROOT, 'docs/client.md'), 'utf8');
const examples = [...DOCUMENT.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);

const BUILT = readFileSync(join(ROOT, 'dist/client/index.js'), 'utf8');

describe('The client as it is built', () => {
  it('is one small file that imports nothing', () => {
    expect(gzipSync(BUILT).length).toBeLessThan(MAX_BYTES);
    expect(BUILT).not.toMatch(/\bimport\b|\brequire\(|\bprocess\b|\bBuffer\b/);
    expect(BUILT).not.toMatch(/[^\0-\x7f]/);
  });

  it('exports what its source does', async () => {
    const [built, source] = await Promise.all([
      import(join(ROOT, 'dist/client/index.js')),
      import('../../src/client/index.ts'),
    ]);
    expect(Object.keys(built)).toEqual(Object.keys(source).sort());
  });
});

interface Project {
  folder: string;
  /** Where in it the package lies. */
  installed: string;
}

/** A project beside which a package is installed as it is packed, without what it depends on. */
function projectWith(packed: string): Project {
  const project = { folder: '', installed: '' };
  const cleanups: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    project.folder = temporaryFolder((cleanup) => cleanups.push(cleanup));
    project.installed = join(project.folder, 'node_modules', NAME);
    mkdirSync(project.installed, { recursive: true });
    const options = ['--ignore-scripts', '--offline', '--json', '--pack-destination', project.folder];
    const { stdout } = await run('npm', ['pack', packed, ...options], { cwd: ROOT });
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    await run('tar', ['-xzf', join(project.folder, filename), '-C', project.installed, '--strip-components=1']);
    writeFileSync(join(project.folder, 'package.json'), '{ "type": "module" }');
  });
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
  });
  return project;
}

/** Whether a strict compiler takes these files, or what it says. */
async function compiled(
  project: Project,
  name: string,
  sources: Record<string, string>,
  settings: object,
): Promise<string> {
  const folder = join(project.folder, name);
  mkdirSync(folder);
  for (const [file, text] of Object.entries(sources)) writeFileSync(join(folder, file), text);
  const compilerOptions = {
    ...{ target: 'es2022', strict: true, skipLibCheck: false, noEmit: true, noUncheckedIndexedAccess: true },
    ...{ exactOptionalPropertyTypes: true, typeRoots: [join(ROOT, 'node_modules/@types')], ...settings },
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*'] }));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  return run(process.execPath, [tsc, '-p', folder]).then(
    () => 'right',
    ({ stdout, stderr }: { stdout: string; stderr: string }) => `wrong: ${stdout}${stderr}`,
  );
}

describe.each([
  { what: 'the package', packed: '.' },
  { what: 'the client alone', packed: './dist/client' },
])('A project that has installed $what', ({ packed }) => {
  const project = projectWith(packed);

  it('compiles the examples of the document', async () => {
    expect(examples.length).toBeGreaterThan(6);
    const settings = { module: 'nodenext', lib: ['ES2022', 'DOM', 'DOM.Iterable'], types: [] };
    expect(await compiled(project, 'examples', { 'examples.ts': examples.join('\n') }, settings)).toBe('right');
  });

  it('calls the service', async () => {
    const stage = await start();
    await stage.connect('jira');
    const script = `
      import { createClient, IntegrationError } from '${NAME}/client';
      const client = createClient({ baseUrl: process.argv[2] });
      const { items } = await client.jira.search({ q: 'DEMO-12', limit: 1 });
      const error = await client.confluence.search().catch((error) => error);
      process.stdout.write([items[0].id, error instanceof IntegrationError, error.code].join(' '));
    `;
    writeFileSync(join(project.folder, 'calls.js'), script);
    const { stdout } = await run(process.execPath, [join(project.folder, 'calls.js'), stage.url]);
    expect(stdout).toBe('DEMO-12 true NOT_CONNECTED');
  });

  it('is used from CommonJS as the document says', async () => {
    const required = `
      import { createClient } from '${NAME}/client';
      export const client = createClient({ baseUrl: 'https://integration.example.com' });
    `;
    const settings = { module: 'nodenext', lib: ['ES2022', 'DOM', 'DOM.Iterable'], types: [] };
    const awaited = `
      import type { Client } from '${NAME}/client' with { 'resolution-mode': 'import' };
      export const client: Promise<Client> = import('${NAME}/client').then(({ createClient }) =>
        createClient({ baseUrl: 'https://integration.example.com' }),
      );
    `;
    expect(await compiled(project, 'required', { 'calls.cts': required }, settings)).toBe('right');
    const older = { ...settings, module: 'node16' };
    expect(await compiled(project, 'awaited', { 'calls.cts': awaited }, older)).toBe('right');
    const script = join(project.folder, 'calls.cjs');
    writeFileSync(script, `process.stdout.write(typeof require('${NAME}/client').createClient)`);
    expect((await run(process.execPath, [script])).stdout).toBe('function');
  });
});

describe('The package', () => {
  const project = projectWith('.');

  it.each([
    {
      where: 'a browser',
      module: 'esnext',
      moduleResolution: 'bundler',
      lib: ['ES2022', 'DOM', 'DOM.Iterable'],
      types: [],
    },
    { where: 'Node', module: 'nodenext', lib: ['ES2022'], types: ['node'] },
    { where: 'both', module: 'nodenext', lib: ['ES2022', 'DOM', 'DOM.Iterable'], types: ['node'] },
  ])('compiles for $where, and is kept from mistakes', async ({ where, ...settings }) => {
    const sources = { 'expectations.ts': EXPECTATIONS, 'every-operation.ts': EVERY_OPERATION };
    expect(await compiled(project, where.replace(' ', '-'), sources, settings)).toBe('right');
  });

  it('has what starts the service, and its command', async () => {
    const { folder, installed } = project;
    // What a package manager would install beside it.
    for (const name of ['libsql', '@libsql', '@fastify'])
      symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
    const { bin, scripts } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    const command = join(installed, bin['integration-backend']);
    const { stdout } = await run(process.execPath, [command, '--help'], { cwd: folder, env: {} });
    expect(stdout).toContain('mcp');
    for (const name of ['docs/api.md', 'browser/connect.js', 'browser/docs.js', 'browser/popup.js'])
      expect(existsSync(join(installed, 'dist', name)), name).toBe(true);
    for (const script of ['prestart', 'start']) {
      expect(existsSync(join(installed, scripts[script].replace(/^node /, ''))), script).toBe(true);
    }
  });
});
