import { randomUUID } from 'node:crypto';
import type { Caller, Clock } from '../../access/caller.ts';
import type { AccountInfo } from '../../atlassian/shapes.ts';
import { AtlassianError } from '../../atlassian/wire/atlassian-error.ts';
import { type AccessibleResource, type OAuthEndpoints, TokenError, type TokenSet } from '../../atlassian/wire/oauth.ts';
import { type CallContext, pause, shorterOf, withTimeout } from '../../call-context.ts';
import type { OAuthApp, Provider } from '../../config.ts';
import { AppError, isUnavailable } from '../../errors.ts';
import type {
  ConnectionKey,
  ConnectionWithGrant,
  Grant,
  LoginWrite,
  NewGrant,
  Site,
  Store,
} from '../../stores/store.ts';
import type { ClientFactory } from '../clients.ts';
import { siteNotGranted } from '../connection-status.ts';
import type { GrantKeeper } from '../grants/grant-keeper.ts';
import { REFRESH_TIMINGS } from '../grants/refresh-timing.ts';
import { otherOf, TITLES } from '../providers.ts';
import type { Login } from './login-state.ts';

/** How often a completed login is decided anew because the tenant's other connection changed under it. */
const SAVE_ATTEMPTS = 10;
/** How often a new grant is asked about itself, and the first wait in between, which doubles. */
const ASK = { sitesAttempts: 5, accountAttempts: 3, waitMs: 250 };

/** The first wait, in ms, for a store that is away, which doubles, and the longest. */
const STORE_WAIT_MS = 200;
const MAX_STORE_WAIT_MS = 1_000;

export interface ConsentDeps {
  store: Store;
  oauth: OAuthEndpoints;
  grants: GrantKeeper;
  clients: ClientFactory;
  /** The site to prefer when a grant reaches several. */
  cloudBaseUrl: string | null;
  clock: Clock;
}

/** What a login has connected. */
export interface Connected {
  grantId: string;
  /** Whether the grant reaches several sites, of which nobody has chosen one yet. */
  siteIsOpen: boolean;
}

/** What a user has consented to: from the authorization code to the stored connection. */
export class Consents {
  constructor(private readonly deps: ConsentDeps) {}

  /**
   * Exchanges the code, learns the sites and who consented, and stores the connection. The tenant's other connection
   * moves to the new grant when it loses nothing by it.
   * @throws AppError `FORBIDDEN` when the grant reaches no site of the product, `NOT_CONNECTED` when it does not cover
   *   the site in use, which is stored nevertheless, `VALIDATION` for a refused code; AtlassianError or TokenError when
   *   Atlassian fails.
   */
  async connect(
    login: Login,
    app: OAuthApp,
    code: string,
    verifier: string | null,
    caller: Caller,
  ): Promise<Connected> {
    const tokens = await this.exchange(app, code, verifier, caller.context);
    this.deps.grants.appAccepted(app.clientId, caller.context.log);
    const resources = await persistently(ASK.sitesAttempts, caller.context, () =>
      this.deps.oauth.accessibleResources(tokens.accessToken, caller.context),
    );
    const sites = { jira: sitesOf(resources, 'jira'), confluence: sitesOf(resources, 'confluence') };
    const account = await this.account(login.provider, sites, app, tokens, caller);
    const grant = this.deps.grants.newGrant(login.tenantId, randomUUID(), app.clientId, tokens);
    for (let attempt = 1; attempt <= SAVE_ATTEMPTS; attempt++) {
      const { write, siteIsOpen } = await patiently(login.tenantId, caller.context, () =>
        this.decide(login, grant, sites, account),
      );
      const useless = write.connection === null && write.other.moveTo === null;
      if (useless || (await this.save(write, caller.context))) {
        if (write.other.moveTo) {
          const moved = { tenant: login.tenantId, provider: write.other.key.provider };
          caller.context.log.info(moved, 'moved to the new grant');
        }
        const problem = write.connection === null ? noSite(login.provider) : siteNotGranted(write.connection);
        if (problem) throw problem;
        return { grantId: grant.id, siteIsOpen };
      }
    }
    throw new AppError('INTERNAL_ERROR', 'The connection kept changing while it was being saved. Connect again.');
  }

  /** Stores the login. A try whose answer was lost may have stored it. */
  private save(write: LoginWrite, context: CallContext): Promise<boolean> {
    const { store } = this.deps;
    const { tenantId, id } = write.grant;
    return patiently(tenantId, context, async (again) => {
      return (again && (await store.readGrant(tenantId, id)) !== null) || store.saveLogin(write);
    });
  }

  private async exchange(
    app: OAuthApp,
    code: string,
    verifier: string | null,
    context: CallContext,
  ): Promise<TokenSet> {
    try {
      return await withTimeout(REFRESH_TIMINGS.tokenCallMs, context.log, (own) =>
        this.deps.oauth.exchange(app, code, verifier, shorterOf(own, context)),
      );
    } catch (error) {
      if (!(error instanceof TokenError) || error.failure !== 'refused') throw error;
      throw new AppError('VALIDATION', 'Atlassian rejected the authorization code. Start the login again.', {
        details: { parameter: 'code' },
        cause: error,
      });
    }
  }

  /**
   * Who consented, as either product tells. Unknown when neither does: the connection works without, but the tenant's
   * other connection cannot move to its grant.
   */
  private async account(
    provider: Provider,
    sites: Record<Provider, Site[]>,
    { clientId }: OAuthApp,
    tokens: TokenSet,
    caller: Caller,
  ): Promise<AccountInfo | null> {
    for (const via of [provider, otherOf(provider)]) {
      const site = sites[via][0];
      if (!site) continue;
      try {
        return await persistently(ASK.accountAttempts, caller.context, () =>
          this.deps.clients
            .open(
              { tenantId: caller.tenantId, provider: via, auth: 'oauth', api: 'gateway', site, clientId },
              tokens.accessToken,
              caller.context,
            )
            .myself(),
        );
      } catch (error) {
        // The code is spent: whatever failed, the connection is worth more than whose it is.
        caller.context.log.warn({ tenant: caller.tenantId, via, err: error }, 'who consented could not be read');
      }
    }
    return null;
  }

  /** What to store, judged by what is stored at this moment. */
  private async decide(
    login: Login,
    grant: NewGrant,
    sites: Record<Provider, Site[]>,
    account: AccountInfo | null,
  ): Promise<{ write: LoginWrite; siteIsOpen: boolean }> {
    const { store, clock } = this.deps;
    const { tenantId, provider } = login;
    const otherKey: ConnectionKey = { tenantId, provider: otherOf(provider) };
    const [own, other] = await Promise.all([
      store.readConnection({ tenantId, provider }),
      store.readConnection(otherKey),
    ]);
    const { site, isOpen: siteIsOpen } = this.chooseSite(sites[provider], own);
    const otherSite = sites[otherKey.provider].find(({ id }) => id === other?.connection.site.id);
    const moves = other !== null && otherSite !== undefined && covers(grant, account, other);
    const write: LoginWrite = {
      grant,
      connection: site && {
        tenantId,
        provider,
        auth: 'oauth',
        api: 'gateway',
        grantId: grant.id,
        site,
        sites: sites[provider],
        account,
        lastError: null,
        connectedAt: clock(),
      },
      // The site in use was read from it, and may have been chosen anew since.
      replaces: own?.connection ?? null,
      other: {
        key: otherKey,
        ifNow: other && { grantId: other.connection.grantId, version: other.connection.version },
        moveTo: moves ? { site: otherSite, sites: sites[otherKey.provider] } : null,
      },
    };
    return { write, siteIsOpen };
  }

  /**
   * The site in use stays, whoever connects again, also when the new grant does not cover it. Before there is one it is
   * the configured one, else the first, which is open to be chosen. Null when the grant reaches none.
   */
  private chooseSite(sites: Site[], own: ConnectionWithGrant | null): { site: Site | null; isOpen: boolean } {
    if (sites.length === 0) return { site: null, isOpen: false };
    const chosen = own !== null && own.connection.api !== 'data_center' ? own.connection.site : null;
    if (chosen) {
      return { site: sites.find(({ id, url }) => id === chosen.id || url === chosen.id) ?? chosen, isOpen: false };
    }
    const configured = sites.find(({ url }) => url === this.deps.cloudBaseUrl);
    return { site: configured ?? sites[0] ?? null, isOpen: configured === undefined && sites.length > 1 };
  }
}

/** The scopes of a grant that a product's connection needs: all but those that name the other product. */
export function scopesFor(provider: Provider, grant: Pick<Grant, 'scopes'>): string[] {
  return (grant.scopes ?? []).filter((scope) => !scope.includes(otherOf(provider)) && scope !== 'offline_access');
}

/** Whether the other connection can live on the new grant: same person, nothing lost. Ann's Jira never becomes Bob's. */
function covers(grant: NewGrant, account: AccountInfo | null, other: ConnectionWithGrant): boolean {
  const { connection, grant: old } = other;
  const kept = scopesFor(connection.provider, old).every((scope) => grant.scopes?.includes(scope));
  const renewable = grant.refreshToken !== null || old.refreshToken === null;
  const samePerson = account !== null && connection.account?.id === account.id;
  return old.clientId === grant.clientId && samePerson && kept && renewable;
}

/** The sites of a grant that have the provider's product. */
export function sitesOf(resources: AccessibleResource[], provider: Provider): Site[] {
  return resources
    .filter(({ providers }) => providers.includes(provider))
    .map(({ id, name, url }) => ({ id, name, url }));
}

function noSite(provider: Provider): AppError {
  return new AppError(
    'FORBIDDEN',
    `This Atlassian account has access to no site with ${TITLES[provider]}, so nothing was connected.`,
    { details: { source: 'atlassian', reason: 'no_site' } },
  );
}

/**
 * Asks the store as often as it takes within the login's time while it is away: the code is spent. `again` says that an
 * earlier try may have been carried out.
 */
async function patiently<T>(tenant: string, context: CallContext, ask: (again: boolean) => Promise<T>): Promise<T> {
  let again = false;
  for (let waitMs = STORE_WAIT_MS; ; waitMs = Math.min(waitMs * 2, MAX_STORE_WAIT_MS)) {
    try {
      return await ask(again);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      again = true;
      context.log.warn({ tenant, err: error }, 'a login could not be stored yet and is being kept');
      await pause(waitMs, context.signal, () => error);
    }
  }
}

/**
 * Repeats a read beyond what the transport does: the code is spent, and the earlier grant may have ended with the
 * consent, so giving up here can cost the tenant its connections.
 */
async function persistently<T>(attempts: number, context: CallContext, read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      const transient = error instanceof AtlassianError && (error.kind !== 'answer' || (error.status ?? 0) >= 429);
      if (!transient || attempt >= attempts) throw error;
      const waitMs = Math.max((error.retryAfter ?? 0) * 1_000, ASK.waitMs * 2 ** (attempt - 1));
      await pause(waitMs, context.signal, () => error);
    }
  }
}
