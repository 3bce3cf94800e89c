import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestProject } from 'vitest/node';
import { PostgresServer } from './postgres-server.ts';

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

/** As `npm run build` does, and an entry of the tests' own beside those that are shipped. */
async function build(): Promise<void> {
  // Types are checked by a command of its own.
  await run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck');
  await run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.client.json', '--noCheck');
  await run('scripts/bundle.js', 'test/instance=test/support/instance.js');
}

async function run(...args: string[]): Promise<void> {
  const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
  if (code !== 0) throw new Error(`the service cannot be built: ${args[0]}`);
}
