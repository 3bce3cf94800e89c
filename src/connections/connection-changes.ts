import type { Audit } from '../access/audit.ts';
import type { Caller, Clock } from '../access/caller.ts';
import { AtlassianError } from '../atlassian/wire/atlassian-error.ts';
import type { OAuthEndpoints } from '../atlassian/wire/oauth.ts';
import type { Provider } from '../config.ts';
import { AppError } from '../errors.ts';
import type { ConnectionChange, ConnectionKey, ConnectionWithGrant, Grant, Site, Store } from '../stores/store.ts';
import { withoutTrailingSlashes } from '../urls.ts';
import { type Calls, concernsConnection } from './calls.ts';
import { type ConnectionStatus, statusOf, toldHowToConnect } from './connection-status.ts';
import type { GrantKeeper } from './grants/grant-keeper.ts';
import { GrantGone } from './grants/refresher.ts';
import { sitesOf } from './login/consents.ts';
import type { TokenLogins } from './login/token-logins.ts';

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

export interface ChangeDeps {
  store: Store;
  grants: GrantKeeper;
  oauth: OAuthEndpoints;
  tokenLogins: TokenLogins;
  audit: Audit;
  clock: Clock;
  calls: Calls;
}

/** Changes connections: the site in use, the credentials, or all of one by a token. */
export class ConnectionChanges {
  constructor(private readonly deps: ChangeDeps) {}

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
    const entry = await this.deps.calls.entry(key);
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
      const now = await this.deps.calls.entry(key);
      await this.updateConnection(now, { site: chooseSite(now.connection.sites, baseUrl) });
    }
    return this.status(key);
  }

  /** @throws AppError `VALIDATION` unless `baseUrl` is a site that the grant reaches now. */
  private async checkSite(entry: ConnectionWithGrant, baseUrl: string, caller: Caller): Promise<void> {
    const { sites } = entry.connection;
    if (findSite(sites, baseUrl)) return;
    // A site that was added or renamed since the login is not in the stored list yet.
    chooseSite(/^https?:/i.test(baseUrl) ? await this.readSites(entry, caller) : sites, baseUrl);
  }

  /** Asks Atlassian which sites the grant reaches now, under their present names, and stores the answer. */
  private async readSites(entry: ConnectionWithGrant, caller: Caller): Promise<Site[]> {
    const { connection } = entry;
    if (connection.auth !== 'oauth') return connection.sites;
    const { grants, oauth } = this.deps;
    const { grant } = await grants.renewedIfDue(entry.grant, caller.context);
    const read = (now: Grant) => oauth.accessibleResources(grants.accessToken(now), caller.context);
    const resources = await this.deps.calls.twice(grant, caller, read).catch((error: unknown) => {
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
      await this.readSites(await this.deps.calls.entry(key), caller);
    } catch (error) {
      // The credentials are renewed all the same, which is what was asked for.
      caller.context.log.warn({ tenant: key.tenantId, provider: key.provider, err: error }, 'sites could not be read');
    }
  }

  private async rotate(entry: ConnectionWithGrant, caller: Caller): Promise<void> {
    const renew = ({ grant }: ConnectionWithGrant) => this.deps.grants.renewed(grant, caller.context);
    try {
      await renew(entry);
    } catch (error) {
      if (error instanceof AppError && concernsConnection(error)) await this.deps.calls.note(entry, error, caller);
      if (!(error instanceof GrantGone)) {
        const { grants } = this.deps;
        const { tenantId, provider } = entry.connection;
        throw toldHowToConnect(error, provider, () => grants.reconnectUrl(tenantId));
      }
      // The connection lives on another grant now, or is gone.
      await renew(await this.deps.calls.entry(entry.connection));
    }
    await this.deps.calls.note(entry, null, caller);
  }

  private async status(key: ConnectionKey): Promise<ConnectionStatus> {
    return statusOf(await this.deps.store.readConnection(key), this.deps.clock());
  }

  private async updateConnection(entry: ConnectionWithGrant, change: ConnectionChange): Promise<void> {
    if (await this.deps.store.updateConnection(entry.connection, entry.connection, change)) return;
    throw new AppError('CONFLICT', 'The connection was changed by someone else at the same time. Try again.');
  }
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
