import { type ParseArgsConfig, parseArgs } from 'node:util';
import { ApiKeys, isKeyId, type KeyWish, looksLikeKey } from '../access/api-keys.ts';
import { Audit, COMMAND_CALLER } from '../access/audit.ts';
import { AuditIds } from '../access/audit-id.ts';
import { TENANT_ID } from '../access/caller.ts';
import { type Config, loadConfig, readEnvironment } from '../config.ts';
import { checkKeyFile } from '../connections/secrets.ts';
import { AppError } from '../errors.ts';
import { holdsSecret } from '../secret-text.ts';
import { ANY_TENANT, type ApiKey, ROLES } from '../stores/access-store.ts';
import { openStore } from '../stores/open.ts';
import type { Store } from '../stores/store.ts';
import { runCommand, say } from './command.ts';

const USAGE = `Usage: npm run keys -- create --tenant <tenant, or *> --role agent|app|admin [--name <name>] [--expires 90d|12h|2027-01-31]
       npm run keys -- list [--tenant <tenant, or *>]
       npm run keys -- revoke <key id>
A date given to --expires is the first day on which the key does not work, in UTC.`;

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
const NAME = /^[^\p{C}]{1,100}$/u;
/** What a key begins with, anywhere: in `--name=aik_…`, too. */
const KEYS = /aik_\S*/g;

const OPERATOR = { callerId: COMMAND_CALLER, requestId: null };

const now = (): number => Math.floor(Date.now() / 1_000);

/** Makes, lists and revokes API keys in the configured database, while the service runs or before. */
runCommand(async () => {
  const [action, ...args] = process.argv.slice(2);
  if (action === 'create') return create(args);
  if (action === 'list') return list(args);
  if (action === 'revoke') return revoke(args);
  throw wrong('Say what to do with the keys: create, list or revoke.');
});

async function create(args: string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const wish = readWish(parsed({ args, options: { tenant: text, role: text, name: text, expires: text } }).values);
  return withKeys({ migrate: true }, async ({ keys, audit }) => {
    const actor = { ...OPERATOR, tenantId: wish.tenantId };
    const made = await audit.recorded(
      actor,
      'key.create',
      null,
      () => keys.create(wish),
      ({ record }) => record.id,
    );
    const { key, record } = made;
    for (const [what, value] of Object.entries(factsOf(record))) say(`${`${what}:`.padEnd(9)}${value}`);
    say('The key follows, this once: it is not stored and cannot be shown again.');
    say(key);
    return 0;
  });
}

async function list(args: string[]): Promise<number> {
  const { tenant } = parsed({ args, options: { tenant: { type: 'string' } } }).values;
  const tenantId = tenant === undefined ? null : readTenant(tenant);
  return withKeys({ migrate: false }, async ({ keys }) => {
    const all = await keys.list(tenantId);
    for (const line of all.length === 0 ? ['There is no key.'] : tableOf(all)) say(line);
    return 0;
  });
}

async function revoke(args: string[]): Promise<number> {
  const [id, ...more] = parsed({ args, allowPositionals: true }).positionals;
  if (id === undefined || more.length > 0 || !isKeyId(id)) {
    throw wrong('revoke takes the id of one key: aik_ and 16 of 0-9 a-f, as list shows it.');
  }
  return withKeys({ migrate: false }, async ({ keys, audit, store }) => {
    const key = await store.access.readKey(id);
    const actor = { ...OPERATOR, tenantId: key?.tenantId ?? ANY_TENANT };
    await audit.recorded(actor, 'key.revoke', id, async () => {
      if (!(await keys.revoke(id))) throw new AppError('NOT_FOUND', `There is no key ${id}.`);
    });
    const earlier = key?.revokedAt ?? null;
    say(
      earlier === null
        ? `${id} is revoked: every instance refuses it within 5 seconds.`
        : `${id} was revoked at ${time(earlier)} already.`,
    );
    return 0;
  });
}

/** Opens the configured database for `work`. */
async function withKeys(
  options: { migrate: boolean },
  work: (at: { keys: ApiKeys; audit: Audit; store: Store }) => Promise<number>,
): Promise<number> {
  const config: Config = loadConfig(readEnvironment({ dotenv: true }));
  const { database } = config;
  if (database.kind === 'memory') throw new Error('DATABASE_URL is memory: its keys would end with this command');
  const store = await openStore(database, options);
  try {
    await checkKeyFile(config, store);
    const log = { warn: (_facts: object, message: string) => void process.stderr.write(`${message}\n`) };
    const { access } = store;
    const keys = new ApiKeys({ store: access, clock: now, log });
    const audit = new Audit({ store: access, clock: now, ids: new AuditIds(Date.now), log });
    return await work({ keys, audit, store });
  } finally {
    await store.close();
  }
}

/** The arguments of one action. What is not understood is never repeated: a key may be among it. */
function parsed<T extends ParseArgsConfig & { args: string[] }>(config: T) {
  const inKeys = config.args.flatMap((arg) => arg.match(KEYS) ?? []);
  if (!inKeys.every(isKeyId)) {
    throw wrong('A whole key, or a part of one, is among the arguments: name a key by its id only, as list shows it.');
  }
  try {
    return parseArgs(config);
  } catch {
    throw wrong('The arguments are not understood.');
  }
}

function readWish(values: Partial<Record<'tenant' | 'role' | 'name' | 'expires', string | undefined>>): KeyWish {
  const role = ROLES.find((known) => known === values.role);
  if (values.tenant === undefined) throw wrong("--tenant is missing: a tenant's id, or '*' for all tenants.");
  const tenantId = readTenant(values.tenant);
  if (!role) throw wrong(`--role must be ${ROLES.slice(0, -1).join(', ')} or ${ROLES.at(-1)}.`);
  const { name = null, expires } = values;
  if (name !== null && !NAME.test(name)) throw wrong('--name must be 1 to 100 characters that can be seen.');
  if (name !== null && holdsSecret(name)) throw wrong('--name looks like a key or token: a name is stored and shown.');
  return { tenantId, role, name, expiresAt: expires === undefined ? null : readExpiry(expires) };
}

function readTenant(tenant: string): string {
  if (tenant !== ANY_TENANT && (!TENANT_ID.test(tenant) || looksLikeKey(tenant))) {
    throw wrong("--tenant must be 1 to 128 of A-Z a-z 0-9 . _ : @ -, or '*' for all tenants.");
  }
  return tenant;
}

/** Epoch seconds: so many days or hours from now, or the beginning of a day, UTC. */
function readExpiry(expires: string): number {
  const [, count, unit] = /^(\d{1,5})([dh])$/.exec(expires) ?? [];
  const day = /^\d{4}-\d{2}-\d{2}$/.test(expires) ? Date.parse(`${expires}T00:00:00Z`) : Number.NaN;
  // A day that no month has would be read as one of the next month.
  const isDay = !Number.isNaN(day) && new Date(day).toISOString().startsWith(expires);
  if (count === undefined && !isDay) {
    throw wrong('--expires must be a number of days (90d) or hours (12h), or a date (2027-01-31).');
  }
  const at = isDay ? day / 1_000 : now() + Number(count) * (unit === 'd' ? DAY_SECONDS : HOUR_SECONDS);
  if (at <= now()) throw wrong('--expires must be in the future.');
  return at;
}

function factsOf({ id, tenantId, role, name, expiresAt }: ApiKey): Record<string, string> {
  return {
    'Key id': id,
    Tenant: tenantId === ANY_TENANT ? '* (all tenants)' : tenantId,
    Role: role,
    Name: name ?? '-',
    Expires: expiresAt === null ? 'never' : time(expiresAt),
  };
}

function tableOf(keys: ApiKey[]): string[] {
  const rows = [
    ['ID', 'TENANT', 'ROLE', 'NAME', 'CREATED', 'EXPIRES', 'LAST USED', 'STATE'],
    ...keys.map((key) => [
      key.id,
      key.tenantId,
      key.role,
      // A name may have been given elsewhere, and a terminal obeys what it cannot show.
      (key.name ?? '-').replace(/\p{C}/gu, '?'),
      time(key.createdAt),
      key.expiresAt === null ? 'never' : time(key.expiresAt),
      key.lastUsedAt === null ? 'never' : time(key.lastUsedAt),
      stateOf(key),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function stateOf({ revokedAt, expiresAt }: ApiKey): string {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now() ? 'expired' : 'active';
}

function time(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');
}

function wrong(sentence: string): Error {
  return new Error(`${sentence}\n${USAGE}`);
}
