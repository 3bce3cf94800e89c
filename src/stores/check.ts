import { z } from 'zod';
import { PROVIDERS } from '../config.ts';
import { ROLES } from './access-store.ts';
import { batches, countRows } from './copy.ts';
import { TABLES, type Table, text, toConnection, toGrant } from './schema.ts';
import { sealedOf, sealedText } from './sealed.ts';
import { toApiKey, toAuditRecord, toConnectLink } from './sql-access-store.ts';
import type { Row, SqlDatabase } from './sql-database.ts';
import type { Grant, SealedVerifier } from './store.ts';

/** Opens what is sealed in a record, and throws when it cannot. */
export interface SealCheck {
  grant(grant: Grant): void;
  verifier(verifier: SealedVerifier): void;
}

export interface CheckReport {
  /** How many records each table has. */
  counts: { table: string; rows: number }[];
  /** Grants that only reconnecting brings back. */
  deadGrants: number;
  /** One sentence for each record that is not as it should be; names records, never what they hold. */
  problems: string[];
}

const seconds = z.int().nonnegative();
const name = z.string().min(1);
const Site = z.object({ id: name, name: z.string(), url: z.url() });

const GrantShape = z.object({
  id: name,
  tenantId: name,
  clientId: name.nullable(),
  accessToken: sealedText,
  refreshToken: sealedText.nullable(),
  keyId: name,
  scopes: z.array(z.string()).nullable(),
  expiresAt: seconds.nullable(),
  refreshedAt: seconds,
  deadReason: z.string().nullable(),
  generation: z.int().positive(),
  version: z.int().positive(),
});

const ConnectionShape = z.object({
  tenantId: name,
  provider: z.enum(PROVIDERS),
  auth: z.enum(['oauth', 'pat', 'api_token']),
  api: z.enum(['gateway', 'site', 'data_center']),
  grantId: name,
  site: Site,
  sites: z.array(Site),
  account: z.object({ id: name, name: z.string() }).nullable(),
  lastError: z.string().nullable(),
  connectedAt: seconds,
  version: z.int().positive(),
});

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const ApiKeyShape = z.object({
  id: name,
  hash: sha256,
  tenantId: name,
  role: z.enum(ROLES),
  name: z.string().nullable(),
  createdAt: seconds,
  expiresAt: seconds.nullable(),
  revokedAt: seconds.nullable(),
  lastUsedAt: seconds.nullable(),
});

const PolicyShape = z.object({ policy: z.record(z.string(), z.unknown()) });

const ConnectLinkShape = z.object({
  id: sha256,
  tenantId: name,
  provider: z.enum(PROVIDERS),
  returnUrl: z.url().nullable(),
  caller: name.nullable(),
  expiresAt: seconds,
  used: z.literal([0, 1]),
});

const AuditShape = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  at: seconds,
  tenantId: name,
  caller: name.nullable(),
  operation: name,
  target: z.string().nullable(),
  outcome: name.nullable(),
  requestId: name.nullable(),
});

/** Reads, validates and decrypts every record; changes nothing. */
export async function checkDatabase(
  database: SqlDatabase,
  seals: SealCheck,
  onProgress: (table: string, done: number, total: number) => void,
): Promise<CheckReport> {
  const report: CheckReport = { counts: [], deadGrants: 0, problems: [] };

  const checks: Record<Table['name'], (row: Row) => void> = {
    grants: (row) => {
      const grant = GrantShape.parse(toGrant(row));
      seals.grant(grant);
      if (grant.deadReason !== null) report.deadGrants++;
    },
    connections: (row) => {
      ConnectionShape.parse(toConnection(row));
    },
    login_states: (row) => {
      if (row.verifier !== null) seals.verifier({ stateId: String(row.id), sealed: sealedOf(String(row.verifier)) });
    },
    meta: () => undefined,
    api_keys: (row) => {
      ApiKeyShape.parse(toApiKey(row));
    },
    policies: (row) => {
      PolicyShape.parse({ policy: JSON.parse(text(row.policy)) });
    },
    connect_links: (row) => {
      ConnectLinkShape.parse({ ...toConnectLink(row), used: row.used });
    },
    audit: (row) => {
      AuditShape.parse(toAuditRecord(row));
    },
  };

  for (const table of TABLES) {
    const { name, key } = table;
    const total = await countRows(database.query, table);
    let rows = 0;
    for await (const batch of batches(database.query, table)) {
      for (const row of batch) {
        const id = key.map((column) => row[column]).join('/');
        attempt(report, `${name} ${id}`, () => checks[name](row));
      }
      rows += batch.length;
      onProgress(name, rows, Math.max(rows, total));
    }
    report.counts.push({ table: name, rows });
  }
  // One statement each: the service may go on writing meanwhile.
  const unused = await database.query(
    'SELECT id FROM grants WHERE NOT EXISTS (SELECT 1 FROM connections WHERE grant_id = grants.id)',
  );
  for (const { id } of unused) report.problems.push(`grants ${id}: no connection uses it`);
  const lost = await database.query(
    `SELECT tenant_id, provider FROM connections WHERE NOT EXISTS
       (SELECT 1 FROM grants WHERE grants.id = grant_id AND grants.tenant_id = connections.tenant_id)`,
  );
  for (const row of lost)
    report.problems.push(`connections ${row.tenant_id}/${row.provider}: points to no grant of its tenant`);
  return report;
}

function attempt(report: CheckReport, record: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    report.problems.push(`${record}: ${problemOf(error)}`);
  }
}

/** What a parser or a validator says may repeat what it read. */
function problemOf(error: unknown): string {
  if (error instanceof z.ZodError) return `wrong ${error.issues.map(({ path }) => path.join('.')).join(', ')}`;
  return error instanceof SyntaxError ? 'cannot be read' : (error as Error).message;
}
