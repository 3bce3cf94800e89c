import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { freshDatabase } from './postgres.ts';
import { PostgresServer } from './postgres-server.ts';

async function rows(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('a fresh database answers and is empty', async () => {
  const url = await freshDatabase();
  expect(await rows(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(await rows(url, `SELECT * FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
});

test('two fresh databases are different', async () => {
  const [one, other] = [await freshDatabase(), await freshDatabase()];
  await rows(one, 'CREATE TABLE marks (mark text)');
  await expect(rows(other, 'SELECT * FROM marks')).rejects.toThrow('does not exist');
});

test('a server keeps its address and its data over a stop and a crash', async () => {
  const server = await PostgresServer.start();
  onTestFinished(() => server.remove());
  const url = server.url('postgres');
  await rows(url, `CREATE TABLE marks AS SELECT 'before' AS mark`);

  await server.stop();
  await expect(rows(url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  await server.startAgain();
  expect(await rows(url, 'SELECT mark FROM marks')).toEqual([{ mark: 'before' }]);

  await server.kill();
  await server.startAgain();
  expect(await rows(url, 'SELECT mark FROM marks')).toEqual([{ mark: 'before' }]);
});
