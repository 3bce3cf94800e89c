import type { Audit } from '../access/audit.ts';
import type { Caller, Clock } from '../access/caller.ts';
import { AtlassianError } from '../atlassian/wire/atlassian-error.ts';
import { type OAuthEndpoints, TokenError } from '../atlassian/wire/oauth.ts';
import type { Attempt } from '../atlassian/wire/site-api.ts';
import type { Log } from '../call-context.ts';
import { type Config, PROVIDERS, type Provider } from '../config.ts';
import { AppError } from '../errors.ts';
import type { ConnectionChange, ConnectionKey, Entry, Grant, Site, Store } from '../stores/store.ts';
import { withoutTrailingSlashes } from '../urls.ts';
import type { ClientFactory, Clients } from './clients.ts';
import {
  type ConnectionStatus,
  notConnected,
  siteNotGranted,
  statusOf,
  toldHowToConnect,
} from './connection-status.ts';
import { type GrantKeeper, hasExpired } from './grants/grant-keeper.ts';
import { GrantGone } from './grants/refresher.ts';
import { Refusals } from './grants/refusals.ts';
import type { Vault } from './grants/vault.ts';
import { sitesOf } from './login/consents.ts';
import type { TokenLogins } from './login/token-logins.ts';
import { Readiness } from './readiness.ts';

/** What is to be done with a client for the tenant's site. */
type Run<P extends Provider, T> = (client: Clients[P], site: Site) => Promise<T>;

/** What can be changed of a connection; with `pat` it is made anew. */
export interface Change {
  /** The URL of one of the grant's sites, or with `pat` of where the token belongs. */
  baseUrl?: string | undefined;
  /** Whether to renew the credentials now. */
  rotate?: boolean | undefined;
  /** A Personal Access Token, or with `email` an API token. */
  pat?: string | undefined;
  email?: string | undefined;
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
  oauth: OAuthEndpoints;
  clients: ClientFactory;
  tokenLogins: TokenLogins;
  vault: Vault;
  audit: Audit;
  clock: Clock;
  /** As `Readiness` takes it. */
  now?: () => number;
}

/** Who is connected to what: status, change, removal, and `withClient`, the way of every call to Atlassian. */
export class Connections {
  private readonly refusals: Refusals;
  private readonly readiness: Readiness;

  constructor(private readonly deps: ConnectionDeps) {
    this.readiness = new Readiness(deps);
    this.refusals = new Refusals(deps.clock);
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

  /**
   * Chooses another of the grant's sites, renews the credentials and reads anew what they reach, or both; or connects by
   * a token.
   * @throws AppError `NOT_CONNECTED`, `VALIDATION`, `TOKEN_EXPIRED`, what kept the renewal from succeeding, or what
   *   `TokenLogins.connect` throws.
   */
  change(caller: Caller, provider: Provider, change: Change): Promise<ConnectionStatus> {
    const operation =
      change.pat !== undefined ? 'connection.connect' : change.rotate ? 'connection.rotate' : 'connection.change';
    return this.deps.audit.recorded(caller, operation, provider, () => this.changed(caller, provider, change));
  }

  private async changed(caller: Caller, provider: Provider, change: Change): Promise<ConnectionStatus> {
    const key = { tenantId: caller.tenantId, provider };
    if (change.pat !== undefined) {
      const { pat, email = null, baseUrl = null } = change;
      await this.deps.tokenLogins.connect(caller, provider, { pat, email, baseUrl });
      return this.status(key);
    }
    const entry = await this.entry(key);
    if (change.rotate && entry.grant.refreshToken === null) {
      throw new AppError('VALIDATION', 'The connection has no refresh token, so it cannot be rotated.', {
        details: { parameter: 'rotate' },
      });
    }
    const { baseUrl } = change;
    if (baseUrl !== undefined) await this.checkSite(entry, baseUrl, caller);
    if (change.rotate) {
      await this.rotate(entry, caller);
      await this.readSitesIfPossible(key, caller);
    }
    if (baseUrl !== undefined) {
      // Last, so that a rotation that fails has changed nothing; and judged anew, for somebody may have reconnected.
      const now = await this.entry(key);
      await this.updateConnection(now, { site: chooseSite(now.connection.sites, baseUrl) });
    }
    return this.status(key);
  }

  /** @throws AppError `VALIDATION` unless `baseUrl` is a site that the grant reaches now. */
  private async checkSite(entry: Entry, baseUrl: string, caller: Caller): Promise<void> {
    const { sites } = entry.connection;
    if (findSite(sites, baseUrl)) return;
    // A site that was added or renamed since the login is not in the stored list yet.
    chooseSite(/^https?:/i.test(baseUrl) ? await this.readSites(entry, caller) : sites, baseUrl);
  }

  /** Asks Atlassian which sites the grant reaches now, under their present names, and stores the answer. */
  private async readSites(entry: Entry, caller: Caller): Promise<Site[]> {
    const { connection } = entry;
    if (connection.auth !== 'oauth') return connection.sites;
    const { grants, oauth } = this.deps;
    const { grant } = await grants.usable(entry.grant, caller.context);
    const read = (now: Grant) => oauth.accessibleResources(grants.accessToken(now), caller.context);
    const resources = await this.twice(grant, caller, read).catch((error: unknown) => {
      throw error instanceof AtlassianError ? error.toAppError(grant.scopes) : error;
    });
    const sites = sitesOf(resources, connection.provider);
    // An empty list is no reason to forget the sites: a login with it would not have been stored.
    if (sites.length === 0) return connection.sites;
    // A renamed site has the same id; one that is not covered stays chosen.
    const site = sites.find(({ id }) => id === connection.site.id) ?? connection.site;
    await this.updateConnection(entry, { site, sites });
    return sites;
  }

  private async readSitesIfPossible(key: ConnectionKey, caller: Caller): Promise<void> {
    try {
      await this.readSites(await this.entry(key), caller);
    } catch (error) {
      // The credentials are renewed all the same, which is what was asked for.
      caller.context.log.warn({ tenant: key.tenantId, provider: key.provider, err: error }, 'sites could not be read');
    }
  }

  private async rotate(entry: Entry, caller: Caller): Promise<void> {
    const renew = ({ grant }: Entry) => this.deps.grants.renewed(grant, caller.context);
    try {
      await renew(entry);
    } catch (error) {
      if (error instanceof AppError && concernsConnection(error)) await this.note(entry, error, caller);
      if (!(error instanceof GrantGone)) throw toldHowToConnect(error, entry.connection.provider);
      // The connection lives on another grant now, or is gone.
      await renew(await this.entry(entry.connection));
    }
    await this.note(entry, null, caller);
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

  /**
   * Runs `run` with a client for the tenant's site: renews the credentials before they expire, and once more when
   * Atlassian refuses them, then runs it a second time, unless it has written something by then: what was refused was
   * not done, but what came before it would be done twice.
   * @throws AppError
   */
  async withClient<P extends Provider, T>(caller: Caller, provider: P, run: Run<P, T>): Promise<T> {
    const key = { tenantId: caller.tenantId, provider };
    try {
      return await this.runOn(await this.entry(key), caller, provider, run);
    } catch (error) {
      // Nothing was written yet: the connection lives on another grant now, or is gone.
      if (error instanceof GrantGone) return this.runOn(await this.entry(key), caller, provider, run);
      throw error;
    }
  }

  private async runOn<P extends Provider, T>(entry: Entry, caller: Caller, provider: P, run: Run<P, T>): Promise<T> {
    const { connection } = entry;
    const lost = siteNotGranted(connection);
    if (lost) throw lost;
    this.refusals.check(entry.grant);
    const { clients, grants } = this.deps;
    const attempt: Attempt = { writes: 0 };
    const runWith = (grant: Grant) => {
      const target = { ...connection, provider, clientId: grant.clientId };
      return run(clients.open(target, grants.accessToken(grant), caller.context, attempt), connection.site);
    };
    try {
      const { grant, problem } = await grants.usable(entry.grant, caller.context);
      const result = await this.twice(grant, caller, runWith, attempt);
      if (problem === null || (problem && concernsConnection(problem))) await this.note(entry, problem, caller);
      return result;
    } catch (raw) {
      const error = raw instanceof AtlassianError ? raw.toAppError(entry.grant.scopes) : raw;
      if (error instanceof AppError && error.code === 'UNAUTHORIZED') this.refusals.note(entry.grant, error);
      if (error instanceof AppError && concernsConnection(error)) await this.note(entry, error, caller);
      const told = toldHowToConnect(error, provider);
      const isOfWrite = raw instanceof AtlassianError && raw.mayHaveChanged;
      throw attempt.writes > 0 && !isOfWrite ? toldOfChange(told) : told;
    }
  }

  private async twice<T>(
    grant: Grant,
    caller: Caller,
    work: (grant: Grant) => Promise<T>,
    attempt: Attempt = { writes: 0 },
  ): Promise<T> {
    try {
      return await work(grant);
    } catch (error) {
      if (!(error instanceof AtlassianError) || attempt.writes > 0) throw error;
      const renewed = await this.renewedFor(error, grant, caller);
      if (!renewed) throw error;
      return work(renewed);
    }
  }

  /** A renewed grant when `error` may come from an expired access token, else null. */
  private async renewedFor(error: AtlassianError, grant: Grant, caller: Caller): Promise<Grant | null> {
    const { grants, clock } = this.deps;
    if (error.isScopeMismatch || error.isCaptcha) return null;
    if (error.status === 401) {
      if (grant.refreshToken !== null) return grants.renewed(grant, caller.context);
      if (hasExpired(grant, clock())) throw grants.expired(grant);
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

  private async entry(key: ConnectionKey): Promise<Entry> {
    const entry = await this.deps.store.readConnection(key);
    if (entry) return entry;
    throw notConnected(key.provider);
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
    throw new AppError('CONFLICT', 'The connection was changed by someone else at the same time. Try again.');
  }
}

/** A failure that came after a change, as who would try again must hear of it. */
function toldOfChange(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  const { code, message, status, details, cause } = error;
  const words = `${message} The change was made before that: check before you try again.`;
  return new AppError(code, words, { status, ...(details ? { details } : {}), cause });
}

/** Whether a failure says something about the connection itself, rather than about one call. */
function concernsConnection({ code, details, cause }: AppError): boolean {
  const refused = code === 'UNAUTHORIZED';
  const forbidden = details?.reason === 'host_not_allowed' || details?.reason === 'address_not_allowed';
  // Wrong settings of the OAuth app are no connection's fault: /readyz and the log tell of them.
  return refused || forbidden || (cause instanceof TokenError && cause.failure !== 'settings');
}

function findSite(sites: Site[], baseUrl: string): Site | null {
  const wanted = URL.canParse(baseUrl) ? withoutTrailingSlashes(new URL(baseUrl).href) : null;
  return sites.find(({ url }) => withoutTrailingSlashes(new URL(url).href) === wanted) ?? null;
}

function chooseSite(sites: Site[], baseUrl: string): Site {
  const site = findSite(sites, baseUrl);
  if (site) return site;
  throw new AppError(
    'VALIDATION',
    `base_url must be one of the connection's sites: ${sites.map(({ url }) => url).join(', ')}.`,
    {
      details: { parameter: 'base_url', sites },
    },
  );
}
