import { createHash } from 'node:crypto';
import { TABLES, type Table } from './schema.ts';
import type { Query, Row, SqlDatabase, Value } from './sql-database.ts';

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
    for (const table of TABLES) {
      if ((await countRows(write, table)) > 0)
        throw new Error(`the target holds ${table.name} already: it must be empty`);
    }
    const sums: TableSum[] = [];
    for (const table of TABLES) {
      const total = await countRows(read, table);
      let done = 0;
      for await (const rows of batches(read, table)) {
        await insertAll(write, table, rows);
        done += rows.length;
        onProgress(table.name, done, total);
      }
      const [source, target] = [await sumOf(read, table), await sumOf(write, table)];
      if (source.checksum !== target.checksum) {
        throw new Error(`the copy of ${table.name} differs from its source: nothing was kept`);
      }
      sums.push(target);
    }
    return sums;
  };
  const options = { waitMs: WAIT_MS };
  return from.transaction('copy', (read) => to.transaction('copy', (write) => copyAll(read, write), options), options);
}

/** How many rows a table has. */
export async function countRows(query: Query, { name }: Table): Promise<number> {
  const [row] = (await query(`SELECT COUNT(*) AS count FROM ${name}`)) as [Row];
  return Number(row.count);
}

async function sumOf(query: Query, table: Table): Promise<TableSum> {
  const sum = Buffer.alloc(32);
  let rows = 0;
  for await (const batch of batches(query, table)) {
    for (const row of batch) {
      // Engines give columns in different orders.
      const canonical = JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
      for (const [index, byte] of createHash('sha256').update(canonical).digest().entries()) {
        sum[index] = (sum[index] ?? 0) ^ byte;
      }
      rows++;
    }
  }
  return { table: table.name, rows, checksum: sum.toString('hex') };
}

/** Every row of a table, in the order of its primary key. */
export async function* batches(query: Query, { name, key }: Table): AsyncGenerator<Row[]> {
  const columns = key.join(', ');
  let where = '';
  let values: Value[] = [];
  for (;;) {
    const rows = await query(`SELECT * FROM ${name} ${where} ORDER BY ${columns} LIMIT ${BATCH}`, ...values);
    if (rows.length > 0) yield rows;
    if (rows.length < BATCH) return;
    where = `WHERE (${columns}) > (${key.map(() => '?').join(', ')})`;
    const last = rows.at(-1) as Row;
    values = key.map((column) => last[column] ?? null);
  }
}

async function insertAll(query: Query, { name }: Table, rows: Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  const marks = `(${columns.map(() => '?').join(', ')})`;
  await query(
    `INSERT INTO ${name} (${columns.join(', ')}) VALUES ${rows.map(() => marks).join(', ')}`,
    ...rows.flatMap((row) => Object.values(row)),
  );
}
