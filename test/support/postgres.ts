import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject, onTestFinished } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** A server on which tests make databases of their own. */
    postgresUrl: string;
  }
}

/** The URL of a new, empty database, which is dropped at the end of the test. */
export async function freshDatabase(
  /** Takes what must run at the end. */
  atEnd: (cleanup: () => Promise<void>) => void = onTestFinished,
): Promise<string> {
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  atEnd(async () => void (await query(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)));
  // Nobody can be connected to template0, which would make this fail.
  await query(server, `CREATE DATABASE ${name} TEMPLATE template0`);
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
