import type { ApiKey, AuditRecord, ConnectLink } from '../../src/stores/access-store.ts';
import { sealedOf } from '../../src/stores/sealed.ts';
import type {
  ConnectionKey,
  ConnectionMark,
  LoginWrite,
  NewConnection,
  NewGrant,
  Site,
} from '../../src/stores/store.ts';

export const SITE: Site = { id: 'cloud-1', name: 'Acme', url: 'https://acme.atlassian.net' };
export const SITE_2: Site = { id: 'cloud-2', name: 'Acme Labs', url: 'https://acme-labs.atlassian.net' };

export function grantOf(tenantId: string, id: string): NewGrant {
  return {
    id,
    tenantId,
    clientId: 'app-1',
    accessToken: sealedOf(`v1.k1.access of ${id}`),
    refreshToken: sealedOf(`v1.k1.refresh of ${id}`),
    keyId: 'k1',
    scopes: ['read:jira-work', 'offline_access'],
    expiresAt: 1_780_000_000,
    refreshedAt: 1_779_996_400,
    deadReason: null,
    generation: 1,
  };
}

export function connectionOf(key: ConnectionKey, grantId: string): NewConnection {
  return {
    ...key,
    auth: 'oauth',
    api: 'gateway',
    grantId,
    site: SITE,
    sites: [SITE, SITE_2],
    account: { id: 'anna-1', name: 'Anna Muster' },
    lastError: null,
    connectedAt: 1_779_996_400,
  };
}

/** A login of `key` on a new grant, by default while the tenant's other provider is not connected. */
export function loginOf(
  key: ConnectionKey,
  grantId: string,
  other: { ifNow?: ConnectionMark | null; moveTo?: LoginWrite['other']['moveTo'] } = {},
): LoginWrite {
  const provider = key.provider === 'jira' ? 'confluence' : 'jira';
  return {
    grant: grantOf(key.tenantId, grantId),
    connection: connectionOf(key, grantId),
    other: { key: { tenantId: key.tenantId, provider }, ifNow: other.ifNow ?? null, moveTo: other.moveTo ?? null },
  };
}

/** A connection as it was when it used `grantId` and was at `version`. */
export function mark(grantId: string, version: number): ConnectionMark {
  return { grantId, version };
}

/** A living key of `acme`, never used. */
export function apiKeyOf(id: string): ApiKey {
  return {
    id,
    hash: 'a5'.repeat(32),
    tenantId: 'acme',
    role: 'agent',
    name: null,
    createdAt: 1_780_000_000,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
  };
}

/** An unused link of `acme`. */
export function connectLinkOf(id: string): ConnectLink {
  return {
    id,
    tenantId: 'acme',
    provider: 'jira',
    returnUrl: 'https://app.example.com/done',
    caller: 'key-1',
    expiresAt: 1_780_000_600,
    used: false,
  };
}

/** A record of `acme` whose outcome is not known. */
export function auditOf(id: string): AuditRecord {
  return {
    id,
    at: 1_780_000_000,
    tenantId: 'acme',
    caller: null,
    operation: 'jira.create',
    target: null,
    outcome: null,
    requestId: null,
  };
}
