import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject, onTestFinished } from 'vitest';
import { type PostgresOptions, PostgresServer, type PostgresTemplate } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A server on which tests make databases of their own. */
    postgresUrl: string;
    /** What a server of a test's own begins with; null where the shared one is somebody else's. */
    postgresTemplate: PostgresTemplate | null;
  }
}

/** A server of a test's own, for what the shared one cannot be: stopped, or set differently. Whoever starts it removes it. */
export function ownServer(options: PostgresOptions = {}): Promise<PostgresServer> {
  return PostgresServer.start({ template: inject('postgresTemplate'), ...options });
}

/** A third of the time where nothing is synced; from version 15 on, which a server that was given may not have. */
const STRATEGY = process.env.TEST_DATABASE_URL ? '' : 'STRATEGY file_copy';

/** The URL of a new, empty database, which is dropped at the end of the test. */
export async function freshDatabase(
  /** Takes what must run at the end. */
  atEnd: (cleanup: () => Promise<void>) => void = onTestFinished,
): Promise<string> {
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  atEnd(async () => void (await query(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)));
  // Nobody can be connected to template0, which would make this fail.
  await query(server, `CREATE DATABASE ${name} TEMPLATE template0 ${STRATEGY}`);
  const url = new URL(server);
  url.pathname = name;
  return url.href;
}

/** Runs a statement on a connection of its own, as another program would. */
export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
