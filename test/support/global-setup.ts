import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { build as bundle } from 'vite';
import type { TestProject } from 'vitest/node';
import { PostgresServer } from './postgres-server.ts';

/** What all tests share: the compiled service, which some run as processes of their own, and a PostgreSQL server. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL;
  const [built, started] = await Promise.allSettled([build(), given ? null : PostgresServer.start()]);
  const server = started.status === 'fulfilled' ? started.value : null;
  const failed = [built, started].find((result) => result.status === 'rejected');
  if (failed) {
    await server?.remove();
    throw failed.reason;
  }
  project.provide('postgresUrl', given || (server?.url() ?? ''));
  return async () => server?.remove();
}

async function build(): Promise<void> {
  const compiler = spawn(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    stdio: 'inherit',
  });
  const [code] = await once(compiler, 'exit');
  if (code !== 0) throw new Error('the service does not compile');
  await bundleInstance();
}

/** One file in place of 900: a process of it starts in half the time, and the tests start more than a hundred. */
async function bundleInstance(): Promise<void> {
  await bundle({
    configFile: false,
    logLevel: 'warn',
    build: { ssr: 'test/support/instance.js', outDir: 'dist/test', target: 'node20', minify: false },
    // What loads further files from beside its own.
    ssr: { noExternal: true, external: ['libsql', '@fastify/swagger-ui', 'pg-native'] },
  });
}
