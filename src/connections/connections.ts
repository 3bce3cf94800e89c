import type { Audit } from '../access/audit.ts';
import type { Caller, Clock } from '../access/caller.ts';
import type { OAuthEndpoints } from '../atlassian/wire/oauth.ts';
import type { Log } from '../call-context.ts';
import { type Config, PROVIDERS, type Provider } from '../config.ts';
import type { ConnectionKey, Store } from '../stores/store.ts';
import type { Calls } from './calls.ts';
import { type Change, ConnectionChanges } from './connection-changes.ts';
import { type ConnectionStatus, statusOf } from './connection-status.ts';
import type { GrantKeeper } from './grants/grant-keeper.ts';
import type { Vault } from './grants/vault.ts';
import type { TokenLogins } from './login/token-logins.ts';
import { Readiness } from './readiness.ts';

/** `refused`: Atlassian refuses the app's id or secret, `since` this time (epoch seconds); no grant is touched by it. */
export interface AppStatus {
  status: 'ok' | 'refused' | 'not_configured';
  since: number | null;
}

export interface ConnectionDeps {
  config: Config;
  store: Store;
  grants: GrantKeeper;
  oauth: OAuthEndpoints;
  calls: Calls;
  tokenLogins: TokenLogins;
  vault: Vault;
  audit: Audit;
  clock: Clock;
  /** As `Readiness` takes it. */
  now?: () => number;
}

/** Who is connected to what: status, change and removal. */
export class Connections {
  private readonly changes: ConnectionChanges;
  private readonly readiness: Readiness;

  constructor(private readonly deps: ConnectionDeps) {
    this.readiness = new Readiness(deps);
    this.changes = new ConnectionChanges(deps);
  }

  /** The status of every provider for a tenant, connected or not. */
  async list(tenantId: string): Promise<{ provider: Provider; status: ConnectionStatus }[]> {
    const entries = await this.deps.store.listConnections(tenantId);
    return PROVIDERS.map((provider) => {
      const entry = entries.find(({ connection }) => connection.provider === provider);
      return { provider, status: statusOf(entry ?? null, this.deps.clock()) };
    });
  }

  async status(key: ConnectionKey): Promise<ConnectionStatus> {
    return statusOf(await this.deps.store.readConnection(key), this.deps.clock());
  }

  /** Changes a connection, as `ConnectionChanges` does. @throws AppError */
  change(caller: Caller, provider: Provider, change: Change): Promise<ConnectionStatus> {
    return this.changes.change(caller, provider, change);
  }

  /**
   * Resolves when the store can be read and written and every key that it needs is here: an instance that lacks the key
   * another one writes with can serve nobody.
   * @throws AppError `INTERNAL_ERROR` with status 503
   */
  ready(log: Log): Promise<void> {
    return this.readiness.check(log);
  }

  /** Whether Atlassian accepts each provider's OAuth app, as far as refreshes have shown. */
  apps(): Record<Provider, AppStatus> {
    const { config, grants } = this.deps;
    const statusOf = (provider: Provider): AppStatus => {
      const { app } = config.providers[provider];
      if (!app) return { status: 'not_configured', since: null };
      const since = grants.appRefusedSince(app.clientId);
      return { status: since === null ? 'ok' : 'refused', since };
    };
    return { jira: statusOf('jira'), confluence: statusOf('confluence') };
  }

  /** Disconnects; no error when there was nothing to disconnect. */
  remove(caller: Caller, provider: Provider): Promise<void> {
    const { audit, store } = this.deps;
    return audit.recorded(caller, 'connection.disconnect', provider, () =>
      store.deleteConnection({ tenantId: caller.tenantId, provider }),
    );
  }
}
