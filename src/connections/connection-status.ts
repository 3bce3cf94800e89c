import { type Endpoint, surelyMissingScopes } from '../atlassian/wire/endpoint.ts';
import type { Provider } from '../config.ts';
import { AppError } from '../errors.ts';
import type { Account, AuthKind, Connection, ConnectionWithGrant, Grant, Site } from '../stores/store.ts';
import { hasExpired } from './grants/grant-keeper.ts';
import { TITLES } from './providers.ts';

/** Atlassian ends a grant after 90 days without a refresh (its page "Refresh tokens"); each refresh begins them anew. */
const REFRESH_TOKEN_IDLE_SECONDS = 90 * 86_400;

/** What a caller may know of a connection. Times are epoch seconds; never a secret. */
export interface ConnectionStatus {
  connected: boolean;
  scopes: string[] | null;
  expires_at: number | null;
  refreshed_at: number | null;
  /** When somebody last consented, or gave a token. */
  connected_at: number | null;
  /** When Atlassian ends the grant if nobody refreshes it before: an estimate, since it names no time. */
  refresh_token_expires_at: number | null;
  error: string | null;
  auth: AuthKind | null;
  base_url: string | null;
  sites: Site[];
  account: Account | null;
}

/** The state of a connection at `now` (epoch seconds), or of none. */
export function statusOf(entry: ConnectionWithGrant | null, now: number): ConnectionStatus {
  if (!entry) {
    const times = { expires_at: null, refreshed_at: null, connected_at: null, refresh_token_expires_at: null };
    return {
      connected: false,
      scopes: null,
      ...times,
      error: null,
      auth: null,
      base_url: null,
      sites: [],
      account: null,
    };
  }
  const { connection, grant } = entry;
  const dead = hasEnded(grant, now)
    ? (grant.deadReason ?? 'The access token has expired and there is no refresh token.')
    : null;
  const hindrance = dead ?? siteNotGranted(connection)?.message ?? null;
  return {
    connected: hindrance === null,
    scopes: grant.scopes,
    expires_at: grant.expiresAt,
    refreshed_at: grant.refreshedAt,
    connected_at: connection.connectedAt,
    refresh_token_expires_at:
      grant.refreshToken === null || dead !== null ? null : grant.refreshedAt + REFRESH_TOKEN_IDLE_SECONDS,
    error: hindrance ?? connection.lastError,
    auth: connection.auth,
    base_url: connection.site.url,
    sites: connection.sites,
    account: connection.account,
  };
}

/** Whether no call can be made with a grant any more, at `now` (epoch seconds). */
export function hasEnded(grant: Grant, now: number): boolean {
  return grant.deadReason !== null || (grant.refreshToken === null && hasExpired(grant, now));
}

/**
 * Why calls on a connection cannot go to its site: the consent does not cover it any more. Null while it does. The site
 * stays chosen, for nobody may find their issues on another one unasked.
 */
export function siteNotGranted({ provider, site, sites }: Pick<Connection, 'provider' | 'site' | 'sites'>) {
  if (sites.some(({ id }) => id === site.id)) return null;
  const others = sites.map(({ url }) => url).join(', ');
  return new AppError(
    'NOT_CONNECTED',
    `The consent for ${TITLES[provider]} no longer covers ${site.url}: reconnect with access to it, or choose another site with base_url${others === '' ? '' : ` (${others})`}.`,
    { details: { provider, reason: 'site_not_granted', site, sites, connect: wayToConnect(provider) } },
  );
}

export function notConnected(provider: Provider): AppError {
  return new AppError('NOT_CONNECTED', `${TITLES[provider]} is not connected for this tenant.`, {
    details: { provider, connect: wayToConnect(provider) },
  });
}

/**
 * Why calls of `endpoints` cannot be made within `granted`; null where they can, or where it is not known: only an OAuth
 * grant tells what it covers. Atlassian would answer 401 without naming the scope, after the calls that came before.
 */
export function scopesNotGranted(
  provider: Provider,
  endpoints: readonly Endpoint[],
  granted: readonly string[] | null,
  reconnectUrl?: () => string,
): AppError | null {
  const missing = granted === null ? [] : surelyMissingScopes(endpoints, granted);
  if (missing.length === 0) return null;
  const [words, setting] = [missing.join(', '), `${provider.toUpperCase()}_SCOPES`];
  return new AppError(
    'FORBIDDEN',
    `The connection lacks OAuth scopes that this call needs: ${words}. Reconnect to grant them; where ${setting} is set, it must name them.`,
    {
      details: {
        source: 'atlassian',
        provider,
        missing_scope: missing[0],
        missing_scopes: missing,
        connect: wayToConnect(provider),
        ...(reconnectUrl === undefined ? {} : { reconnect_url: reconnectUrl() }),
      },
    },
  );
}

/** The call that begins a connection, and the role it takes: it answers a link that a person opens. */
function wayToConnect(provider: Provider) {
  return { method: 'POST', path: `/connectors/${provider}/connect-link`, role: 'app' };
}

/**
 * An ended grant is that of several connections, and one that lacks a scope has to be made anew: this says how to make the one
 * that was asked for.
 */
export function toldHowToConnect(error: unknown, provider: Provider, reconnectUrl: () => string): unknown {
  if (!(error instanceof AppError)) return error;
  const { missing_scope: missing, connect } = error.details ?? {};
  const lacksScope = missing !== undefined && connect === undefined;
  if (error.code !== 'TOKEN_EXPIRED' && !lacksScope) return error;
  const details = {
    ...error.details,
    ...(lacksScope ? { missing_scopes: [missing], reconnect_url: reconnectUrl() } : {}),
    connect: wayToConnect(provider),
  };
  return new AppError(error.code, error.message, { status: error.status, details, cause: error.cause });
}
