import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestProject } from 'vitest/node';
import { PostgresServer } from './postgres-server.ts';

/** What all tests share: the compiled service, which some run as a process of its own, and a PostgreSQL server. */
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
}
