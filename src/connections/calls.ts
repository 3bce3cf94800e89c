import type { Caller, Clock } from '../access/caller.ts';
import { AtlassianError } from '../atlassian/wire/atlassian-error.ts';
import type { Endpoint } from '../atlassian/wire/endpoint.ts';
import { TokenError } from '../atlassian/wire/oauth.ts';
import type { Attempt } from '../atlassian/wire/site-api.ts';
import type { Provider } from '../config.ts';
import { AppError } from '../errors.ts';
import { andThen, type MaybePromise } from '../maybe-promise.ts';
import type { ConnectionKey, ConnectionWithGrant, Grant, Site, Store } from '../stores/store.ts';
import type { ClientFactory, Clients } from './clients.ts';
import { hasEnded, notConnected, scopesNotGranted, siteNotGranted, toldHowToConnect } from './connection-status.ts';
import { type GrantKeeper, hasExpired } from './grants/grant-keeper.ts';
import { GrantGone } from './grants/refresher.ts';
import { RefusedCredentials } from './grants/refused-credentials.ts';
import { type LastFailure, LastFailures } from './last-failures.ts';

/** What is to be done with a client for the tenant's site. */
export type Run<P extends Provider, T> = (client: Clients[P], site: Site) => Promise<T>;

export interface CallDeps {
  store: Store;
  grants: GrantKeeper;
  clients: ClientFactory;
  clock: Clock;
}

/** The way of every call to Atlassian on behalf of a tenant. */
export class Calls {
  private readonly refusals: RefusedCredentials;
  private readonly failures: LastFailures;

  constructor(private readonly deps: CallDeps) {
    this.refusals = new RefusedCredentials(deps.clock);
    this.failures = new LastFailures(deps.clock);
  }

  /** How calls on the connection last failed at Atlassian, as far as this process knows. */
  lastFailure(key: ConnectionKey): LastFailure | null {
    return this.failures.of(key);
  }

  /**
   * Runs `run` with a client for the tenant's site: renews the credentials before they expire, and once more when
   * Atlassian refuses them, then runs it a second time, unless it has written something by then: what was refused was
   * not done, but what came before it would be done twice.
   * @param needed what `run` may call: where the grant lacks their scopes, nothing is sent.
   * @throws AppError
   */
  async withClient<P extends Provider, T>(
    caller: Caller,
    provider: P,
    run: Run<P, T>,
    needed: readonly Endpoint[] = [],
  ): Promise<T> {
    const key = { tenantId: caller.tenantId, provider };
    try {
      const found = this.entry(key);
      const entry = found instanceof Promise ? await found : found;
      return await this.runOn(entry, caller, provider, run, needed);
    } catch (error) {
      // Nothing was written yet: the connection lives on another grant now, or is gone.
      if (error instanceof GrantGone) return this.runOn(await this.entry(key), caller, provider, run, needed);
      throw error;
    }
  }

  private async runOn<P extends Provider, T>(
    entry: ConnectionWithGrant,
    caller: Caller,
    provider: P,
    run: Run<P, T>,
    needed: readonly Endpoint[],
  ): Promise<T> {
    const { connection } = entry;
    const { clients, grants, clock } = this.deps;
    const lost = siteNotGranted(connection);
    if (lost) throw lost;
    this.refusals.check(entry.grant);
    // Of a grant that has ended, that is what is told.
    if (!hasEnded(entry.grant, clock())) {
      const lacking = scopesNotGranted(provider, needed, entry.grant.scopes, () =>
        grants.reconnectUrl(caller.tenantId),
      );
      if (lacking) throw lacking;
    }
    const attempt: Attempt = { writes: 0 };
    const secretOf = (grant: Grant) => grants.accessToken(grant);
    const runWith = (grant: Grant) =>
      run(clients.openStored({ connection, provider, grant }, secretOf, caller.context, attempt), connection.site);
    try {
      const due = grants.renewedIfDue(entry.grant, caller.context);
      const { grant, problem } = due instanceof Promise ? await due : due;
      const result = await this.twice(grant, caller, runWith, attempt);
      if (problem === null || (problem && concernsConnection(problem))) await this.note(entry, problem, caller);
      return result;
    } catch (raw) {
      const error = raw instanceof AtlassianError ? raw.toAppError(entry.grant.scopes) : raw;
      if (error instanceof AppError && error.code === 'UNAUTHORIZED') this.refusals.note(entry.grant, error);
      if (error instanceof AppError) this.failures.note(connection, error);
      if (error instanceof AppError && concernsConnection(error)) await this.note(entry, error, caller);
      const told = toldHowToConnect(error, provider, () => grants.reconnectUrl(caller.tenantId));
      const isOfWrite = raw instanceof AtlassianError && raw.mayHaveChanged;
      throw attempt.writes > 0 && !isOfWrite ? toldOfChange(told) : told;
    }
  }

  /** Does `work` with a grant, and once more with a renewed one where Atlassian refuses it. */
  async twice<T>(
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

  /** @throws AppError `NOT_CONNECTED` */
  entry(key: ConnectionKey): MaybePromise<ConnectionWithGrant> {
    return andThen(this.deps.store.readConnection(key), (entry) => {
      if (entry) return entry;
      throw notConnected(key.provider);
    });
  }

  /** The site in use, as the store has it; null without a connection. Atlassian is asked nothing. */
  async siteOf(key: ConnectionKey): Promise<{ url: string; isCloud: boolean } | null> {
    const entry = await this.deps.store.readConnection(key);
    return entry && { url: entry.connection.site.url, isCloud: entry.connection.api !== 'data_center' };
  }

  /** Keeps the connection's `last_error` true; nothing to write while it stays the same. */
  async note({ connection }: ConnectionWithGrant, problem: AppError | null, caller: Caller): Promise<void> {
    const lastError = problem?.message ?? null;
    if (connection.lastError === lastError) return;
    try {
      await this.deps.store.updateConnection(connection, connection, { lastError });
    } catch (error) {
      // The caller's own result matters more than the record of it.
      caller.context.log.warn({ err: error, provider: connection.provider }, 'last_error could not be stored');
    }
  }
}

/** A failure that came after a change, as who would try again must hear of it. */
function toldOfChange(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  const { code, message, status, details, cause } = error;
  const words = `${message} The change was made before that: check before you try again.`;
  return new AppError(code, words, { status, details: { ...details, change_made: true }, cause });
}

/** Whether a failure says something about the connection itself, rather than about one call. */
export function concernsConnection({ code, details, cause }: AppError): boolean {
  const refused = code === 'UNAUTHORIZED';
  const forbidden = details?.reason === 'host_not_allowed' || details?.reason === 'address_not_allowed';
  // Wrong settings of the OAuth app are no connection's fault: /readyz and the log tell of them.
  return refused || forbidden || (cause instanceof TokenError && cause.failure !== 'settings');
}
