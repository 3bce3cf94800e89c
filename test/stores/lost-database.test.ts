import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { makeKeyMaterial, readOrMakeKeyFile } from '../../src/stores/key-file.ts';
import { openStore } from '../../src/stores/open.ts';
import { run } from '../commands/run.ts';
import { type Stage, start, temporaryFolder } from '../support/harness.ts';
import { freshDatabase } from '../support/postgres.ts';
import { keyOf, STATE_SECRET } from '../support/secrets.ts';
import { apiKeyOf } from './records.ts';

const KEY = `k1:${keyOf(1)}`;
const CONFIGURED = { TOKEN_ENCRYPTION_KEYS: KEY, STATE_SIGNING_SECRET: STATE_SECRET };
const DB = 'integration.db';

const envOf = (folder: string, name = DB) => ({ DATABASE_URL: `file:${join(folder, name)}` });
const serve = (folder: string, name = DB): Promise<Stage> => start({ env: envOf(folder, name) });

/** A folder in which the service ran once, with or without something to lose. */
async function usedFolder({ name = DB, apiKey = true } = {}): Promise<string> {
  const folder = temporaryFolder();
  const stage = await serve(folder, name);
  await stage.stop();
  if (apiKey) {
    const store = await openStore({ kind: 'sqlite', path: join(folder, name) });
    await store.access.putKey(apiKeyOf('aik_0123456789abcdef'));
    await store.close();
  }
  return folder;
}

const remove = (folder: string, ...names: string[]) => {
  for (const name of names) rmSync(join(folder, name), { force: true });
};

function sql(folder: string, statements: string, name = DB): void {
  const database = new Database(join(folder, name));
  database.exec(statements);
  database.close();
}

/** What lies there, but for the shared memory of SQLite and its log, which may stay behind empty. */
const contentsOf = (folder: string) =>
  readdirSync(folder)
    .filter((name) => !/-shm$|-wal$/.test(name))
    .map((name) => [name, readFileSync(join(folder, name)).toString('base64')]);

async function refusalOf(folder: string, name = DB): Promise<string> {
  const error = await serve(folder, name).then(
    () => new Error('it started'),
    (thrown: unknown) => thrown,
  );
  return (error as Error).message;
}

const LOST = (folder: string, loss: string, name = DB) =>
  `${join(folder, name)} ${loss}, but ${join(folder, 'keys.json')}, the key file of a database, is there. Check DATABASE_URL and that the disk is mounted, or restore the database from a backup. To start over on purpose, move ${join(folder, 'keys.json')} away first. A second database needs a folder of its own. Nothing was changed.`;

describe('a database that is gone while its key file is there', () => {
  const losses: { name: string; loss: string; lose: (folder: string) => void | Promise<void> }[] = [
    { name: 'deleted', loss: 'is missing', lose: (folder) => remove(folder, DB) },
    { name: 'renamed', loss: 'is missing', lose: (folder) => renameSync(join(folder, DB), join(folder, 'other.db')) },
    { name: 'an empty file', loss: 'is empty', lose: (folder) => writeFileSync(join(folder, DB), '') },
    {
      name: 'a file without tables',
      loss: 'is empty',
      lose: (folder) => {
        remove(folder, DB);
        sql(folder, 'PRAGMA journal_mode = WAL');
      },
    },
    {
      name: 'a file without records',
      loss: 'is empty',
      lose: async (folder) => {
        remove(folder, DB);
        const other = temporaryFolder();
        await (await openStore({ kind: 'sqlite', path: join(other, DB) })).close();
        cpSync(join(other, DB), join(folder, DB));
      },
    },
  ];

  it.each(losses)('$name: stops the start, says what to do, and changes nothing', async ({ loss, lose }) => {
    const folder = await usedFolder();
    await lose(folder);
    const before = contentsOf(folder);
    expect(await refusalOf(folder)).toBe(LOST(folder, loss));
    expect(contentsOf(folder)).toEqual(before);
  });

  it('stops every command that would open it, and they make nothing', async () => {
    const folder = await usedFolder();
    remove(folder, DB);
    const commands = [
      ['keys', 'create', '--tenant', 'acme', '--role', 'admin'],
      ['keys', 'list'],
      ['store-check'],
      ['keys-rotate'],
      ['store-copy', '--to', 'file:/dev/null/never.db'],
    ] as const;
    const outcomes = await Promise.all(
      commands.map(async ([command, ...args]) => {
        const { code, err } = await run(command, { ...envOf(folder), STATE_SIGNING_SECRET: '' }, ...args);
        return { command: [command, ...args].join(' '), code, err };
      }),
    );
    expect(outcomes).toEqual(
      commands.map((words) => ({ command: words.join(' '), code: 1, err: `${LOST(folder, 'is missing')}\n` })),
    );
    expect(contentsOf(folder).map(([name]) => name)).toEqual(['keys.json']);
  });

  it('stops the start with configured secrets too', async () => {
    const folder = await usedFolder();
    remove(folder, DB);
    await expect(start({ env: { ...envOf(folder), ...CONFIGURED } })).rejects.toThrow('is missing, but');
  });

  it('is begun anew once the key file was moved away', async () => {
    const folder = await usedFolder();
    remove(folder, DB);
    renameSync(join(folder, 'keys.json'), join(folder, 'keys.json.old'));
    expect((await (await serve(folder)).call('/readyz')).status).toBe(200);
  });

  it.each([
    ['missing', (folder: string) => remove(folder, DB)],
    ['empty', (folder: string) => writeFileSync(join(folder, DB), '')],
  ])('leaves its write-ahead log alone when it is %s, key file or not', async (loss, lose) => {
    const folder = await usedFolder();
    lose(folder);
    remove(folder, 'keys.json');
    writeFileSync(join(folder, `${DB}-wal`), 'the latest changes');
    expect(await refusalOf(folder)).toBe(
      `${join(folder, DB)} is ${loss}, but its write-ahead log, ${join(folder, `${DB}-wal`)}, is there and may hold the only copy of the latest changes. Restore the database from a backup, or, to start over on purpose, move ${join(folder, `${DB}-wal`)} away. Nothing was changed.`,
    );
    expect(readFileSync(join(folder, `${DB}-wal`), 'utf8')).toBe('the latest changes');
  });
});

describe('a key file of another database', () => {
  it('stops the start and every command that opens the database, and changes nothing', async () => {
    const [folder, other] = [await usedFolder(), await usedFolder()];
    cpSync(join(other, 'keys.json'), join(folder, 'keys.json'));
    const before = contentsOf(folder);
    const words = `${join(folder, 'keys.json')} is not the key file of ${join(folder, DB)}, which was written with key k`;
    expect(await refusalOf(folder)).toContain(words);
    for (const args of [['keys', 'list'], ['store-check'], ['keys-rotate']] as const) {
      const [command, ...rest] = args;
      const { code, err } = await run(command, { ...envOf(folder), STATE_SIGNING_SECRET: '' }, ...rest);
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(words) });
    }
    expect(contentsOf(folder)).toEqual(before);
  });

  it('with a key of the same name stops the start', async () => {
    const folder = await usedFolder();
    const file = join(folder, 'keys.json');
    const { encryption_keys: keys, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
    const swapped = [{ id: keys[0].id, key: keyOf(9) }];
    writeFileSync(file, JSON.stringify({ ...rest, encryption_keys: swapped }));
    expect(await refusalOf(folder)).toContain('is not the one this database was written with');
  });
});

describe('a database that belongs to its key file', () => {
  it('starts again, and with a second key added to the file', async () => {
    const folder = await usedFolder();
    const file = join(folder, 'keys.json');
    const content = JSON.parse(readFileSync(file, 'utf8'));
    const added = { id: 'added', key: keyOf(9) };
    writeFileSync(file, JSON.stringify({ ...content, encryption_keys: [added, ...content.encryption_keys] }));
    await (await serve(folder)).stop();
    writeFileSync(file, JSON.stringify({ ...content, encryption_keys: [added] }));
    await (await serve(folder)).stop();
  });

  it('starts with configured keys, of which the key file holds none', async () => {
    const folder = temporaryFolder();
    const env = { ...envOf(folder), TOKEN_ENCRYPTION_KEYS: KEY };
    await (await start({ env })).stop();
    // As an earlier version left it: only the keys in use had marks.
    sql(folder, "DELETE FROM meta WHERE name <> 'key_check:k1'");
    await (await start({ env })).stop();
  });

  it('starts beside another that shares its folder and key file', async () => {
    const folder = await usedFolder({ name: 'one.db' });
    cpSync(join(folder, 'one.db'), join(folder, 'two.db'));
    await (await serve(folder, 'one.db')).stop();
    await (await serve(folder, 'two.db')).stop();
  });

  it('starts when it is restored from before keys left their marks in it', async () => {
    const folder = await usedFolder();
    sql(folder, 'DELETE FROM meta');
    await (await serve(folder)).stop();
    const store = await openStore({ kind: 'sqlite', path: join(folder, DB) });
    expect((await store.listMeta()).filter((name) => name.startsWith('key_check:'))).toHaveLength(1);
    await store.close();
  });

  it('may be copied to a new file in the same folder, which then starts', async () => {
    const folder = await usedFolder();
    const to = `file:${join(folder, 'copy.db')}`;
    const { code, err } = await run('store-copy', { ...envOf(folder), STATE_SIGNING_SECRET: '' }, '--to', to);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    await (await serve(folder, 'copy.db')).stop();
  });
});

describe('a first start that dies', () => {
  /** What each step leaves on disk, in their order. */
  const steps: [string, (folder: string) => void | Promise<void>][] = [
    ['when the file was made', (folder) => writeFileSync(join(folder, DB), '')],
    ['when the file was set up', (folder) => sql(folder, 'PRAGMA journal_mode = WAL')],
    [
      'when the tables were made',
      async (folder) => (await openStore({ kind: 'sqlite', path: join(folder, DB) })).close(),
    ],
    [
      'when the keys were marked',
      async (folder) => {
        const store = await openStore({ kind: 'sqlite', path: join(folder, DB) });
        await store.putMetaOnce('key_check:kdeadbeef', 'v1.kdeadbeef.AAAA');
        await store.close();
      },
    ],
    [
      'when the key file was written under another name',
      (folder) => {
        readOrMakeKeyFile(join(folder, 'keys.json'), makeKeyMaterial());
        renameSync(join(folder, 'keys.json'), join(folder, 'keys.json.0123456789ab'));
      },
    ],
  ];

  it.each(steps)('%s: is completed by the next', async (_name, leave) => {
    const folder = temporaryFolder();
    await leave(folder);
    const stage = await serve(folder);
    expect((await stage.call('/readyz')).status).toBe(200);
    expect(existsSync(join(folder, 'keys.json'))).toBe(true);
    await stage.stop();
    await (await serve(folder)).stop();
  });
});

describe('a new database', () => {
  const told = (stage: Stage) =>
    stage.logLines
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => msg.startsWith('created a new database'))
      .map(({ level, database }) => ({ level, database }));

  it('is told of once, as a warning where no key file would tell that one was lost', async () => {
    const [kept, configured] = [temporaryFolder(), temporaryFolder()];
    const first = await serve(kept);
    expect(told(first)).toEqual([{ level: 'info', database: join(kept, DB) }]);
    await first.stop();
    expect(told(await serve(kept))).toEqual([]);
    const env = { ...envOf(configured), ...CONFIGURED };
    expect(told(await start({ env }))).toEqual([{ level: 'warn', database: join(configured, DB) }]);
    const url = await freshDatabase();
    const stage = await start({ env: { DATABASE_URL: url, ...CONFIGURED } });
    const { host, pathname } = new URL(url);
    expect(told(stage)).toEqual([{ level: 'warn', database: `postgres://${host}${pathname}` }]);
  });
});
