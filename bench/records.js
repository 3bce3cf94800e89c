// What the benchmark fills a database with.
import { randomBytes } from 'node:crypto';
import { grantColumns } from '../dist/modules/stores/schema.js';

const DAY_SECONDS = 86_400;
const ROWS_PER_INSERT = 100;
const ROWS_PER_TRANSACTION = 2_000;
/** One grant in a hundred was not refreshed for 60 days; the others within that time. */
const IDLE_SHARE = 100;

export const tenantOf = (n) => `tenant-${String(n).padStart(6, '0')}`;
export const keyOf = (n) => ({ tenantId: tenantOf(n), provider: 'jira' });
export const grantIdOf = (n) => `grant-${String(n).padStart(6, '0')}`;

/** Stands for a sealed token: `bytes` that no database can compress, of the length that Atlassian's tokens have. */
const sealed = (bytes) => `v1.k1.${randomBytes(bytes).toString('base64url')}`;
export const newTokens = () => ({ accessToken: sealed(1_875), refreshToken: sealed(1_125) });

/** The login of tenant `n`, which has no other connection. */
export function loginOf(n, grantId = grantIdOf(n)) {
  const key = keyOf(n);
  const now = Math.floor(Date.now() / 1000);
  const idleDays = n % IDLE_SHARE === 0 ? 61 : (n * 7) % 59;
  const refreshedAt = now - idleDays * DAY_SECONDS;
  const site = { id: `cloud-${n}`, name: `Company ${n}`, url: `https://company-${n}.atlassian.net` };
  return {
    grant: {
      id: grantId,
      tenantId: key.tenantId,
      clientId: 'app-1',
      ...newTokens(),
      keyId: 'k1',
      scopes: ['read:jira-work', 'write:jira-work', 'read:jira-user', 'offline_access'],
      expiresAt: refreshedAt + 3_600,
      refreshedAt,
      deadReason: null,
      generation: 1,
    },
    connection: {
      ...key,
      auth: 'oauth',
      grantId,
      site,
      sites: [site],
      account: { id: `account-${n}`, name: `Person ${n}` },
      lastError: null,
      connectedAt: refreshedAt,
    },
    other: { key: { ...key, provider: 'confluence' }, ifNow: null, moveTo: null },
  };
}

/** Inserts the logins `from` to `to` (exclusive); many per transaction, since each is synced to disk. */
export async function fill(database, from, to, progress) {
  for (let start = from; start < to; start += ROWS_PER_TRANSACTION) {
    const end = Math.min(to, start + ROWS_PER_TRANSACTION);
    await database.transaction('bench', async (query) => {
      for (let n = start; n < end; n += ROWS_PER_INSERT) {
        const logins = Array.from({ length: Math.min(ROWS_PER_INSERT, end - n) }, (_, i) => loginOf(n + i));
        await insert(query, 'grants', logins.map(grantRow));
        await insert(query, 'connections', logins.map(connectionRow));
      }
    });
    await progress(end);
  }
}

/** Of a grant that was refreshed since its login: the sweep orders by the last send. */
function grantRow({ grant: { id, tenantId, clientId, ...rest } }) {
  const lastSentAt = rest.refreshedAt * 1000 - 300;
  return { id, tenant_id: tenantId, client_id: clientId, ...grantColumns(rest), last_sent_at: lastSentAt, version: 1 };
}

function connectionRow({ connection }) {
  return {
    tenant_id: connection.tenantId,
    provider: connection.provider,
    auth: connection.auth,
    grant_id: connection.grantId,
    site: JSON.stringify(connection.site),
    sites: JSON.stringify(connection.sites),
    account: JSON.stringify(connection.account),
    last_error: connection.lastError,
    connected_at: connection.connectedAt,
    version: 1,
  };
}

async function insert(query, table, rows) {
  const columns = Object.keys(rows[0]);
  const marks = `(${columns.map(() => '?').join(', ')})`;
  await query(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${rows.map(() => marks).join(', ')}`,
    ...rows.flatMap((row) => columns.map((name) => row[name])),
  );
}
