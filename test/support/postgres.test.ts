import { expect, onTestFinished, test } from 'vitest';
import { freshDatabase, ownServer, query } from './postgres.ts';

test('a fresh database answers and is empty', async () => {
  const url = await freshDatabase();
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(await query(url, `SELECT * FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
});

test('two fresh databases are different', async () => {
  const [one, other] = [await freshDatabase(), await freshDatabase()];
  await query(one, 'CREATE TABLE marks (mark text)');
  await expect(query(other, 'SELECT * FROM marks')).rejects.toThrow('does not exist');
});

test('a server keeps its address and its data over a stop and a crash', async () => {
  const server = await ownServer();
  onTestFinished(() => server.remove());
  const url = server.url('postgres');
  await query(url, `CREATE TABLE marks AS SELECT 'before' AS mark`);

  await server.stop();
  await expect(query(url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  await server.startAgain();
  expect(await query(url, 'SELECT mark FROM marks')).toEqual([{ mark: 'before' }]);

  await server.kill();
  await server.startAgain();
  expect(await query(url, 'SELECT mark FROM marks')).toEqual([{ mark: 'before' }]);
});
