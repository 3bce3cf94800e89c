import { createHash } from 'node:crypto';
import { TABLES } from './schema.ts';
import type { Query, Row, SqlDatabase } from './sql-database.ts';

const BATCH = 200;
/** A step of the copy may take this long, in ms. */
const WAIT_MS = 600_000;

/** What a table holds: how many rows, and a checksum of them that does not depend on their order. */
export interface TableSum {
  table: string;
  rows: number;
  checksum: string;
}

/**
 * Copies every record of `from` into `to`, which must be empty, and reads both again to compare. All or nothing; nobody
 * writes to `from` meanwhile.
 * @returns what each table of both holds.
 * @throws when `to` holds anything, or when what was written differs.
 */
export async function copyDatabase(
  from: SqlDatabase,
  to: SqlDatabase,
  onProgress: (table: string, done: number, total: number) => void,
): Promise<TableSum[]> {
  const copyAll = async (read: Query, write: Query): Promise<TableSum[]> => {
    for (const { name } of TABLES) {
      if ((await countRows(write, name)) > 0) throw new Error(`the target holds ${name} already: it must be empty`);
    }
    const sums: TableSum[] = [];
    for (const { name } of TABLES) {
      const total = await countRows(read, name);
      let done = 0;
      for await (const rows of batches(read, name)) {
        await insertAll(write, name, rows);
        done += rows.length;
        onProgress(name, done, total);
      }
      const [source, target] = [await sumOf(read, name), await sumOf(write, name)];
      if (source.rows !== target.rows || source.checksum !== target.checksum) {
        throw new Error(`the copy of ${name} differs from its source: nothing was kept`);
      }
      sums.push(target);
    }
    return sums;
  };
  const options = { waitMs: WAIT_MS };
  return from.transaction('copy', (read) => to.transaction('copy', (write) => copyAll(read, write), options), options);
}

/** How many rows a table has. */
export async function countRows(query: Query, table: string): Promise<number> {
  return Number((await query(`SELECT COUNT(*) AS count FROM ${table}`))[0]?.count);
}

async function sumOf(query: Query, table: string): Promise<TableSum> {
  const sum = Buffer.alloc(32);
  let rows = 0;
  for await (const batch of batches(query, table)) {
    for (const row of batch) {
      // Engines give columns in different orders.
      const canonical = JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
      const digest = createHash('sha256').update(canonical).digest();
      for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] ?? 0) ^ (digest[index] ?? 0);
      rows++;
    }
  }
  return { table, rows, checksum: sum.toString('hex') };
}

/** Every row of a table, in the order of its primary key. */
export async function* batches(query: Query, table: string): AsyncGenerator<Row[]> {
  const key = TABLES.find(({ name }) => name === table)?.key ?? [];
  const columns = key.join(', ');
  let after: Row | undefined;
  for (;;) {
    const where = after ? `WHERE (${columns}) > (${key.map(() => '?').join(', ')}) ` : '';
    const values = key.map((name) => after?.[name] ?? null);
    const rows = await query(
      `SELECT * FROM ${table} ${where}ORDER BY ${columns} LIMIT ${BATCH}`,
      ...(after ? values : []),
    );
    if (rows.length > 0) yield rows;
    if (rows.length < BATCH) return;
    after = rows.at(-1);
  }
}

async function insertAll(query: Query, table: string, rows: Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  const marks = `(${columns.map(() => '?').join(', ')})`;
  await query(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${rows.map(() => marks).join(', ')}`,
    ...rows.flatMap((row) => columns.map((name) => row[name] ?? null)),
  );
}
