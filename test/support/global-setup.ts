import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build as bundle } from 'vite';
import type { TestProject } from 'vitest/node';
import { PostgresServer } from './postgres-server.ts';
import { BUNDLES, CODE_CACHE, ServiceProcess } from './process.ts';

/** What all tests share: the compiled service, which some run as processes of their own, and a PostgreSQL server. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { TEST_DATABASE_URL: given, TEST_POSTGRES_TEMPLATE: template, TEST_WITHOUT_BUILD: isBuilt } = process.env;
  const [built, started] = await Promise.allSettled([isBuilt ? null : build(), given ? null : PostgresServer.start()]);
  const server = started.status === 'fulfilled' ? started.value : null;
  const failed = [built, started].find((result) => result.status === 'rejected');
  if (failed) {
    await server?.remove();
    throw failed.reason;
  }
  project.provide('postgresUrl', given || (server?.url() ?? ''));
  project.provide('postgresTemplate', server?.template ?? (template ? JSON.parse(template) : null));
  return async () => server?.remove();
}

async function build(): Promise<void> {
  // Types are checked by a command of its own.
  const compiler = spawn(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck'],
    { stdio: 'inherit' },
  );
  const [code] = await once(compiler, 'exit');
  if (code !== 0) throw new Error('the service does not compile');
  await bundleEntries();
  await makeCodeCache();
}

/** Starts and stops the service once, so that what V8 has compiled of it by then is there for all that follow. */
async function makeCodeCache(): Promise<void> {
  await copyFile(`test/support/${CODE_CACHE}`, `${BUNDLES}/${CODE_CACHE}`);
  const env = { PORT: '0', DATABASE_URL: 'memory:', MAKE_CODE_CACHE: 'true' };
  // Where no `.env` of a developer's is read.
  const folder = await mkdtemp(join(tmpdir(), 'test-start-'));
  const service = new ServiceProcess('main.js', env, folder, () => undefined);
  try {
    await service.address();
  } finally {
    await service.kill('SIGTERM');
    await rm(folder, { recursive: true });
  }
}

/**
 * The entries as a few files in place of 900, and as CommonJS, of which V8's compiled code can be kept: a process of them
 * starts in a quarter of the time, and the tests start two hundred. Those that are shipped are in `dist` itself.
 */
async function bundleEntries(): Promise<void> {
  const commands = readdirSync('dist/commands').filter((name) => name.endsWith('.js') && name !== 'command.js');
  const entries = ['main.js', 'sandbox/demo.js', ...commands.map((name) => `commands/${name}`)];
  const input = Object.fromEntries(entries.map((entry) => [entry.replace('.js', ''), `dist/${entry}`]));
  await bundle({
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: true,
      outDir: BUNDLES,
      target: 'node20',
      rolldownOptions: {
        input: { ...input, instance: 'test/support/instance.js' },
        // Compiling them is a good part of a start.
        output: {
          format: 'cjs',
          entryFileNames: '[name].cjs',
          chunkFileNames: 'assets/[name].cjs',
          minify: { compress: true, mangle: { keepNames: true } },
        },
      },
    },
    plugins: [{ name: 'files-beside-a-module', transform: namingItsFolder }],
    // What loads a library of the machine from beside its own files.
    ssr: { noExternal: true, external: ['libsql', 'pg-native'] },
  });
}

/** Lets the page of the documentation find its files, though its code is moved away from them. */
function namingItsFolder(code: string, path: string): string | null {
  const readsFiles = path.includes('/@fastify/swagger-ui/') && code.includes('__dirname');
  return readsFiles ? code.replaceAll('__dirname', JSON.stringify(dirname(path))) : null;
}
