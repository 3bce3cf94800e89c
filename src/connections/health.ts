import type { Clock } from '../access/caller.ts';
import type { Deployment } from '../atlassian/wire/endpoint.ts';
import type { ConnectionKey, Site, Store } from '../stores/store.ts';
import type { Calls } from './calls.ts';
import type { ClientFactory, SiteSigns } from './clients.ts';
import { type ConnectionStatus, statusOf } from './connection-status.ts';
import type { GrantKeeper } from './grants/grant-keeper.ts';
import type { LastFailure } from './last-failures.ts';

/** What is known of a connection without asking Atlassian. */
export interface ConnectionHealth {
  status: ConnectionStatus;
  deployment: Deployment | null;
  site: Site | null;
  lastFailure: LastFailure | null;
  signs: SiteSigns;
  /** Where a person of the tenant reconnects. */
  reconnectUrl: string;
}

export interface HealthDeps {
  store: Store;
  calls: Calls;
  clients: ClientFactory;
  grants: GrantKeeper;
  clock: Clock;
}

const NO_SIGNS: SiteSigns = { aheadMs: null, quota: null, pause: null };

/** The state of a connection, or of none. */
export async function healthOf(deps: HealthDeps, key: ConnectionKey): Promise<ConnectionHealth> {
  const { store, calls, clients, grants, clock } = deps;
  const entry = await store.readConnection(key);
  const connection = entry?.connection ?? null;
  return {
    status: statusOf(entry, clock()),
    deployment: connection && (connection.api === 'data_center' ? 'data_center' : 'cloud'),
    site: connection?.site ?? null,
    lastFailure: calls.lastFailure(key),
    signs: entry ? clients.signsOf({ ...entry.connection, clientId: entry.grant.clientId }) : NO_SIGNS,
    reconnectUrl: grants.reconnectUrl(key.tenantId),
  };
}
