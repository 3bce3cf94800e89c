import { AtlassianError } from '../atlassian/atlassian-error.ts';
import { ConfluenceClient } from '../atlassian/confluence-client.ts';
import { JiraClient } from '../atlassian/jira-client.ts';
import { TokenError } from '../atlassian/oauth.ts';
import type { AccountInfo } from '../atlassian/shapes.ts';
import { SiteApi } from '../atlassian/site-api.ts';
import type { Transport } from '../atlassian/transport.ts';
import { type Config, PROVIDERS, type Provider } from '../config.ts';
import { AppError } from '../errors.ts';
import type { Account, AuthKind, ConnectionChange, ConnectionKey, Entry, Grant, Site, Store } from '../stores/store.ts';
import { withoutTrailingSlashes } from '../urls.ts';
import type { Caller, Clock } from './caller.ts';
import type { GrantKeeper } from './grants.ts';
import { GrantGone } from './refresher.ts';
import type { Vault } from './vault.ts';

export const TITLES: Record<Provider, string> = { jira: 'Jira', confluence: 'Confluence' };

/** Atlassian ends a grant after 90 days without a refresh (its page "Refresh tokens"); each refresh begins them anew. */
const REFRESH_TOKEN_IDLE_SECONDS = 90 * 86_400;

/** The client class of each provider. */
export interface Clients {
  jira: JiraClient;
  confluence: ConfluenceClient;
}

/** What is to be done with a client for the tenant's site. */
type Run<P extends Provider, T> = (client: Clients[P], site: Site) => Promise<T>;

/** What a caller may know of a connection. Times are epoch seconds; never a secret. */
export interface ConnectionStatus {
  connected: boolean;
  scopes: string[] | null;
  expires_at: number | null;
  refreshed_at: number | null;
  /** When Atlassian ends the grant if nobody refreshes it before: an estimate, since it names no time. */
  refresh_token_expires_at: number | null;
  error: string | null;
  auth: AuthKind | null;
  base_url: string | null;
  sites: Site[];
  account: Account | null;
}

/** `refused`: Atlassian refuses the app's id or secret, `since` this time (epoch seconds); no grant is touched by it. */
export interface AppStatus {
  status: 'ok' | 'refused' | 'not_configured';
  since: number | null;
}

export interface ConnectionDeps {
  config: Config;
  store: Store;
  grants: GrantKeeper;
  vault: Vault;
  transport: Transport;
  clock: Clock;
}

/** Who is connected to what: status, change, removal, and `withClient`, the way of every call to Atlassian. */
export class Connections {
  constructor(private readonly deps: ConnectionDeps) {}

  /** The status of every provider for a tenant, connected or not. */
  async list(tenantId: string): Promise<{ provider: Provider; status: ConnectionStatus }[]> {
    const entries = await this.deps.store.listConnections(tenantId);
    return PROVIDERS.map((provider) => {
      const entry = entries.find(({ connection }) => connection.provider === provider);
      return { provider, status: this.toStatus(entry ?? null) };
    });
  }

  async status(key: ConnectionKey): Promise<ConnectionStatus> {
    return this.toStatus(await this.deps.store.readConnection(key));
  }

  /**
   * Chooses another of the grant's sites, renews the credentials, or both.
   * @throws AppError `NOT_CONNECTED`, `VALIDATION`, `TOKEN_EXPIRED`, or what kept the renewal from succeeding.
   */
  async change(
    caller: Caller,
    provider: Provider,
    change: { baseUrl?: string; rotate?: boolean },
  ): Promise<ConnectionStatus> {
    const key = { tenantId: caller.tenantId, provider };
    const entry = await this.entry(key);
    if (change.rotate && entry.grant.deadReason === null && entry.grant.refreshToken === null) {
      throw new AppError('VALIDATION', 'The connection has no refresh token, so it cannot be rotated.', {
        details: { parameter: 'rotate' },
      });
    }
    const { baseUrl } = change;
    if (baseUrl !== undefined) chooseSite(entry.connection.sites, baseUrl);
    if (change.rotate) await this.rotate(entry, caller);
    if (baseUrl !== undefined) {
      // Last, so that a rotation that fails has changed nothing; and judged anew, for somebody may have reconnected.
      const now = await this.entry(key);
      await this.updateConnection(now, { site: chooseSite(now.connection.sites, baseUrl) });
    }
    return this.status(key);
  }

  private async rotate(entry: Entry, caller: Caller): Promise<void> {
    const renew = ({ grant }: Entry) => {
      if (grant.deadReason !== null) throw this.deps.grants.expired(grant);
      return this.deps.grants.renewed(grant, caller.context);
    };
    try {
      await renew(entry);
    } catch (error) {
      if (error instanceof AppError && concernsConnection(error)) await this.note(entry, error, caller);
      if (!(error instanceof GrantGone)) throw error;
      // The connection lives on another grant now, or is gone.
      await renew(await this.entry(entry.connection));
    }
    await this.note(entry, null, caller);
  }

  /**
   * Resolves when the store answers and every key that it needs is here: an instance that lacks the key another one
   * writes with can serve nobody.
   * @throws AppError `INTERNAL_ERROR` with status 503
   */
  async ready(): Promise<void> {
    await this.deps.store.ping();
    try {
      await this.deps.vault.check(this.deps.store);
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      throw new AppError('INTERNAL_ERROR', 'An encryption key is missing here.', { status: 503, retryAfter: 5, cause });
    }
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

  async remove(key: ConnectionKey): Promise<void> {
    await this.deps.store.deleteConnection(key);
  }

  /**
   * Runs `run` with a client for the tenant's site: renews the credentials before they expire, and once more when
   * Atlassian refuses them, then runs it a second time. A 401 was not executed, so that is safe for writes, provided
   * a write is the last call that `run` makes.
   * @throws AppError
   */
  async withClient<P extends Provider, T>(caller: Caller, provider: P, run: Run<P, T>): Promise<T> {
    const key = { tenantId: caller.tenantId, provider };
    try {
      return await this.runOn(await this.entry(key), caller, provider, run);
    } catch (error) {
      // Nothing was executed yet: the connection lives on another grant now, or is gone.
      if (error instanceof GrantGone) return this.runOn(await this.entry(key), caller, provider, run);
      throw error;
    }
  }

  private async runOn<P extends Provider, T>(entry: Entry, caller: Caller, provider: P, run: Run<P, T>): Promise<T> {
    const { site } = entry.connection;
    const attempt = (grant: Grant) =>
      run(this.client(provider, site, this.deps.grants.accessToken(grant), grant.clientId, caller), site);
    try {
      const { grant, problem } = await this.deps.grants.usable(entry.grant, caller.context);
      const result = await this.twice(grant, caller, attempt);
      if (problem === null || (problem && concernsConnection(problem))) await this.note(entry, problem, caller);
      return result;
    } catch (raw) {
      const error = raw instanceof AtlassianError ? raw.toAppError(entry.grant.scopes) : raw;
      if (error instanceof AppError && concernsConnection(error)) await this.note(entry, error, caller);
      throw error;
    }
  }

  /** Who an access token belongs to, as one product of one site knows it. */
  whoIs(provider: Provider, site: Site, accessToken: string, caller: Caller): Promise<AccountInfo> {
    const clientId = this.deps.config.providers[provider].app?.clientId ?? null;
    return this.client(provider, site, accessToken, clientId, caller).myself();
  }

  private async twice<T>(grant: Grant, caller: Caller, attempt: (grant: Grant) => Promise<T>): Promise<T> {
    try {
      return await attempt(grant);
    } catch (error) {
      if (!(error instanceof AtlassianError)) throw error;
      const renewed = await this.renewedFor(error, grant, caller);
      if (!renewed) throw error;
      return attempt(renewed);
    }
  }

  /** A renewed grant when `error` may come from an expired access token, else null. */
  private async renewedFor(error: AtlassianError, grant: Grant, caller: Caller): Promise<Grant | null> {
    const { grants, clock } = this.deps;
    if (error.isScopeMismatch) return null;
    if (error.status === 401) {
      if (grant.refreshToken !== null) return grants.renewed(grant, caller.context);
      if (clock() >= grant.expiresAt) throw grants.expired(grant);
      return null;
    }
    if (error.status !== 403 && error.status !== 404) return null;
    try {
      return await grants.renewedOnSuspicion(grant, caller.context);
    } catch (failure) {
      // A renewal that failed for other reasons leaves the answer as it was: it may be the plain truth.
      const told = failure instanceof GrantGone || (failure instanceof AppError && failure.code === 'TOKEN_EXPIRED');
      if (failure instanceof AppError && !told) return null;
      throw failure;
    }
  }

  private client<P extends Provider>(
    provider: P,
    site: Site,
    accessToken: string,
    clientId: string | null,
    caller: Caller,
  ): Clients[P] {
    const access = {
      baseUrl: `${this.deps.config.apiBaseUrl}/ex/${provider}/${encodeURIComponent(site.id)}`,
      siteUrl: site.url,
      authorization: `Bearer ${accessToken}`,
      pools: {
        own: `${caller.tenantId}/${provider}/${site.id}`,
        shared: clientId === null ? null : `${provider}/${clientId}`,
        unnamed: 'endpoint' as const,
      },
    };
    return new CLIENTS[provider](new SiteApi(this.deps.transport, access, caller.context));
  }

  private async entry(key: ConnectionKey): Promise<Entry> {
    const entry = await this.deps.store.readConnection(key);
    if (entry) return entry;
    throw new AppError('NOT_CONNECTED', `${TITLES[key.provider]} is not connected for this tenant.`, {
      details: { provider: key.provider },
    });
  }

  private toStatus(entry: Entry | null): ConnectionStatus {
    if (!entry) {
      const unknown = { scopes: null, expires_at: null, refreshed_at: null, refresh_token_expires_at: null };
      return { connected: false, ...unknown, error: null, auth: null, base_url: null, sites: [], account: null };
    }
    const { connection, grant } = entry;
    const ended = grant.refreshToken === null && this.deps.clock() >= grant.expiresAt;
    const dead = grant.deadReason ?? (ended ? 'The access token has expired and there is no refresh token.' : null);
    return {
      connected: dead === null,
      scopes: grant.scopes,
      expires_at: grant.expiresAt,
      refreshed_at: grant.refreshedAt,
      refresh_token_expires_at:
        grant.refreshToken === null || dead !== null ? null : grant.refreshedAt + REFRESH_TOKEN_IDLE_SECONDS,
      error: dead ?? connection.lastError,
      auth: connection.auth,
      base_url: connection.site.url,
      sites: connection.sites,
      account: connection.account,
    };
  }

  /** Keeps the connection's `last_error` true; nothing to write while it stays the same. */
  private async note({ connection }: Entry, problem: AppError | null, caller: Caller): Promise<void> {
    const lastError = problem?.message ?? null;
    if (connection.lastError === lastError) return;
    try {
      await this.deps.store.updateConnection(connection, connection, { lastError });
    } catch (error) {
      // The caller's own result matters more than the record of it.
      caller.context.log.warn({ err: error, provider: connection.provider }, 'last_error could not be stored');
    }
  }

  private async updateConnection(entry: Entry, change: ConnectionChange): Promise<void> {
    if (await this.deps.store.updateConnection(entry.connection, entry.connection, change)) return;
    throw new AppError('CONFLICT', 'The connection was changed by somebody else at the same time: try again.');
  }
}

const CLIENTS: { [P in Provider]: new (api: SiteApi) => Clients[P] } = {
  jira: JiraClient,
  confluence: ConfluenceClient,
};

/** Whether a failure says something about the connection itself, rather than about one call. */
function concernsConnection({ code, details, cause }: AppError): boolean {
  const refused = code === 'UNAUTHORIZED' && details?.source === 'atlassian';
  // Wrong settings of the OAuth app are no connection's fault: /readyz and the log tell of them.
  return refused || (cause instanceof TokenError && cause.failure !== 'settings');
}

function chooseSite(sites: Site[], baseUrl: string): Site {
  const wanted = URL.canParse(baseUrl) ? withoutTrailingSlashes(new URL(baseUrl).href) : null;
  const site = sites.find(({ url }) => withoutTrailingSlashes(new URL(url).href) === wanted);
  if (site) return site;
  throw new AppError(
    'VALIDATION',
    `base_url must be one of the connection's sites: ${sites.map(({ url }) => url).join(', ')}.`,
    {
      details: { parameter: 'base_url', sites },
    },
  );
}
