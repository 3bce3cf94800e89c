import { join } from 'node:path';
import Database from 'libsql';
import { expect, onTestFinished } from 'vitest';
import { openStore } from '../../src/stores/open.ts';
import type { Grant, Store } from '../../src/stores/store.ts';
import {
  type Answer,
  type ErrorBody,
  type Stage,
  type StartOptions,
  sharedStage,
  start,
  type TenantStage,
  temporaryFolder,
} from '../support/harness.ts';

/** How often one call sends a refresh token whose use has no known outcome. */
export const SENDS = 4;

/** What a lost answer is to the service: the refresh token was used, and nobody knows. */
export const LOST = { path: '/oauth/token', after: true, reset: true };

export interface ConnectionStatus {
  connected: boolean;
  error: string | null;
  expires_at: number;
  refreshed_at: number;
}

/** How often a refresh token was sent. */
export function exchanges(stage: Pick<Stage, 'sandbox'>): number {
  return stage.sandbox.requests.filter(({ path, body }) => {
    return path === '/oauth/token' && (body as { grant_type?: string }).grant_type === 'refresh_token';
  }).length;
}

/** A call that needs a valid access token. */
export function projects(stage: Stage, tenant?: string): Promise<Answer<ErrorBody>> {
  return stage.call('/connectors/jira/projects', { tenant });
}

export async function connection(stage: Stage, tenant?: string): Promise<ConnectionStatus> {
  return (await stage.call<ConnectionStatus>('/connectors/jira/connection', { tenant })).body;
}

export function rotate(stage: Stage, tenant?: string): Promise<Answer<ErrorBody>> {
  return stage.call('/connectors/jira/connection', { tenant, method: 'PATCH', body: { rotate: true } });
}

/** Repeats a refresh without much of a wait. */
const IMPATIENT = { repeatWaitMs: 5 };

/** A service with Jira connected, and no request recorded yet. */
export async function connectedStage(options: StartOptions = {}): Promise<Stage> {
  const stage = await start({ ...options, refreshTimings: { ...IMPATIENT, ...options.refreshTimings } });
  await stage.connect('jira');
  stage.sandbox.clearRequests();
  return stage;
}

/** For tests that leave nothing behind but their tenants: gives each a new one on a shared service, otherwise as above. */
export function sharedRefreshing(): () => Promise<TenantStage> {
  // The sweep would take up what earlier tests left.
  const shared = sharedStage({ refreshTimings: IMPATIENT, sweepEveryMs: 3_600_000 });
  return async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    stage.sandbox.clearRequests();
    return stage;
  };
}

/** Two services on one embedded database, as two processes would be, with Jira connected through the first. */
export async function connectedPair(options: StartOptions = {}): Promise<{ a: Stage; b: Stage; path: string }> {
  const path = join(temporaryFolder(), 'integration.db');
  const env = { DATABASE_URL: `file:${path}`, ...options.env };
  const a = await connectedStage({ ...options, env });
  const b = await start({ ...options, env, existing: a });
  return { a, b, path };
}

/** A handle beside the services, as another program would have it. */
export function openRaw(path: string): Database.Database {
  const database = new Database(path, { timeout: 5_000 });
  onTestFinished(() => {
    database.close();
  });
  return database;
}

/** Resolves when a refresh token was sent. */
export async function sending(stage: Stage, times = 1): Promise<void> {
  await expect.poll(() => exchanges(stage), { interval: 5 }).toBeGreaterThanOrEqual(times);
}

/** The facts of each log line with this message. */
export function logged(stage: Stage, msg: string): Record<string, unknown>[] {
  return stage.logLines.map((line) => JSON.parse(line)).filter((line) => line.msg === msg);
}

/** A lease that ends while the token endpoint is still busy. */
export const SLOW = { leaseMs: 100, tokenCallMs: 2_000, firstSendMs: 2_000 };

/** The store of the services on the database file, as another process would open it. */
export async function openBeside(path: string): Promise<Store> {
  const store = await openStore({ kind: 'sqlite', path });
  onTestFinished(() => store.close());
  return store;
}

/** The grant of the default tenant's Jira. */
export async function grantIn(store: Store): Promise<Grant> {
  const entry = await store.readConnection({ tenantId: 'default', provider: 'jira' });
  if (!entry) throw new Error('Jira is not connected');
  return entry.grant;
}
