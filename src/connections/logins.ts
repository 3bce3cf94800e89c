import { randomBytes, randomUUID } from 'node:crypto';
import { AtlassianError } from '../atlassian/atlassian-error.ts';
import { type AccessibleResource, type OAuthEndpoints, TokenError, type TokenSet } from '../atlassian/oauth.ts';
import type { AccountInfo } from '../atlassian/shapes.ts';
import { type Config, isLoopback, type OAuthApp, PROVIDERS, type Provider } from '../config.ts';
import { AppError } from '../errors.ts';
import type { ConnectionKey, Entry, LoginWrite, NewGrant, Site, Store } from '../stores/store.ts';
import type { Caller, Clock } from './caller.ts';
import type { GrantKeeper } from './grants.ts';
import { type Login, type LoginStates, refused } from './login-state.ts';
import type { Vault } from './vault.ts';

/** How often a completed login is decided anew because the tenant's other connection changed under it. */
const SAVE_ATTEMPTS = 10;
const MAX_MESSAGE_CHARACTERS = 300;

export interface LoginDeps {
  config: Config;
  store: Store;
  vault: Vault;
  states: LoginStates;
  oauth: OAuthEndpoints;
  grants: GrantKeeper;
  /** Who an access token belongs to, as one product of one site knows it. */
  whoIs: (provider: Provider, site: Site, accessToken: string, caller: Caller) => Promise<AccountInfo>;
  clock: Clock;
}

export interface BeginInput {
  provider: Provider;
  tenantId: string;
  /** Replaces the provider's default scopes. */
  scopes: string[] | null;
  returnUrl: string | null;
  callerState: string | null;
}

export interface BegunLogin {
  /** Atlassian's consent page. */
  url: string;
  cookie: { name: string; value: string; secure: boolean };
}

export interface CompletedLogin {
  provider: Provider;
  /** Where the browser goes, with the outcome in its query. */
  location: string;
  /** The login's cookie, now useless. */
  cookieName: string;
  error: AppError | null;
}

/** What Atlassian sends the browser back with. */
export interface CallbackQuery {
  code?: string | undefined;
  state?: string | undefined;
  error?: string | undefined;
  error_description?: string | undefined;
}

/** The OAuth 2.0 (3LO) login: begun here, consented at Atlassian, completed here. */
export class Logins {
  constructor(private readonly deps: LoginDeps) {}

  /** @throws AppError `VALIDATION` when the provider is not configured or `returnUrl` leads elsewhere. */
  async begin(input: BeginInput): Promise<BegunLogin> {
    const { config, oauth, states, store, vault } = this.deps;
    const { provider, tenantId } = input;
    const app = this.app(provider);
    if (input.returnUrl !== null) this.checkReturnUrl(input.returnUrl);
    const { login, state, cookie } = states.issue({
      provider,
      tenantId,
      returnUrl: input.returnUrl,
      callerState: input.callerState,
    });
    let verifier: string | null = null;
    if (config.enablePkce) {
      verifier = randomBytes(48).toString('base64url');
      await store.putVerifier(login.id, vault.seal(verifier, `login:${login.id}`), login.expiresAt);
    }
    const scopes = await this.scopesToAsk(input, app);
    const url = oauth.authorizeUrl(app, { scopes, state, verifier });
    const callback = new URL(app.redirectUri);
    const secure = !(callback.protocol === 'http:' && isLoopback(callback.hostname));
    return { url, cookie: { ...cookie, secure } };
  }

  /**
   * Completes a login: a wrong state throws (422) and redirects nowhere; every later outcome is told to the browser.
   * @throws AppError `VALIDATION` for the state (422) or a missing code (400).
   */
  async complete(
    query: CallbackQuery,
    cookies: Record<string, string | undefined>,
    context: Caller['context'],
  ): Promise<CompletedLogin> {
    const { states, store, clock } = this.deps;
    const login = states.read(query.state, cookies);
    if (!query.error && !query.code) {
      throw new AppError('VALIDATION', 'The authorization code is missing.', { details: { parameter: 'code' } });
    }
    const used = await store.useState(login.id, login.expiresAt, clock());
    if (!used) throw refused('The OAuth state was used already: start the login again.');
    const outcome = { provider: login.provider, cookieName: login.cookieName };
    try {
      if (!query.code) throw denial(query);
      await this.connect(login, query.code, used.verifier, { tenantId: login.tenantId, context });
      context.log.info({ tenant: login.tenantId, provider: login.provider }, 'connected');
      return { ...outcome, location: this.location(login, null), error: null };
    } catch (raw) {
      const error = raw instanceof AtlassianError || raw instanceof TokenError ? raw.toAppError() : raw;
      if (!(error instanceof AppError)) throw error;
      context.log.warn({ tenant: login.tenantId, provider: login.provider, err: error }, 'login failed');
      return { ...outcome, location: this.location(login, error), error };
    }
  }

  /** The host that a login's cookie must be set on to come back, or null when logins are not configured. */
  callbackOrigin(provider: Provider): URL | null {
    const app = this.deps.config.providers[provider].app;
    return app && new URL(new URL(app.redirectUri).origin);
  }

  private async connect(login: Login, code: string, sealedVerifier: string | null, caller: Caller): Promise<void> {
    const { oauth, vault, grants } = this.deps;
    const app = this.app(login.provider);
    const verifier = sealedVerifier === null ? null : vault.open(sealedVerifier, `login:${login.id}`);
    const tokens = await this.exchange(app, code, verifier, caller);
    const resources = await oauth.accessibleResources(tokens.accessToken, caller.context);
    const sites = { jira: sitesOf(resources, 'jira'), confluence: sitesOf(resources, 'confluence') };
    const account = await this.account(login.provider, sites, tokens, caller);
    const grant = grants.newGrant(login.tenantId, randomUUID(), app.clientId, tokens);
    for (let attempt = 1; attempt <= SAVE_ATTEMPTS; attempt++) {
      const write = await this.decide(login, grant, sites, account);
      const useless = write.connection === null && write.other.moveTo === null;
      if (useless || (await this.deps.store.saveLogin(write))) {
        if (write.other.moveTo)
          caller.context.log.info(
            { tenant: login.tenantId, provider: write.other.key.provider },
            'moved to the new grant',
          );
        if (write.connection === null) throw noSite(login.provider);
        return;
      }
    }
    throw new AppError('INTERNAL_ERROR', 'The connection kept changing while it was stored: connect again.');
  }

  /** What to store, judged by what is stored at this moment. */
  private async decide(
    login: Login,
    grant: NewGrant,
    sites: Record<Provider, Site[]>,
    account: AccountInfo | null,
  ): Promise<LoginWrite> {
    const { store, clock } = this.deps;
    const { tenantId, provider } = login;
    const otherKey: ConnectionKey = { tenantId, provider: otherOf(provider) };
    const [own, other] = await Promise.all([
      store.readConnection({ tenantId, provider }),
      store.readConnection(otherKey),
    ]);
    const site = this.chooseSite(sites[provider], own);
    const otherSite = sites[otherKey.provider].find(({ id }) => id === other?.connection.site.id);
    const moves = other !== null && otherSite !== undefined && covers(grant, account, other);
    return {
      grant,
      connection: site && {
        tenantId,
        provider,
        auth: 'oauth',
        grantId: grant.id,
        site,
        sites: sites[provider],
        account,
        lastError: null,
        connectedAt: clock(),
      },
      other: {
        key: otherKey,
        ifNow: other && { grantId: other.connection.grantId, version: other.connection.version },
        moveTo: moves ? { site: otherSite, sites: sites[otherKey.provider] } : null,
      },
    };
  }

  /** The site in use before, if the new grant reaches it; else the configured one; else the first. */
  private chooseSite(sites: Site[], own: Entry | null): Site | null {
    const { cloudBaseUrl } = this.deps.config;
    const before = sites.find(({ id }) => id === own?.connection.site.id);
    return before ?? sites.find(({ url }) => url === cloudBaseUrl) ?? sites[0] ?? null;
  }

  private async exchange(app: OAuthApp, code: string, verifier: string | null, caller: Caller): Promise<TokenSet> {
    try {
      return await this.deps.oauth.exchange(app, code, verifier, caller.context);
    } catch (error) {
      if (!(error instanceof TokenError) || error.failure !== 'refused') throw error;
      throw new AppError('VALIDATION', 'Atlassian refused the authorization code: start the login again.', {
        details: { parameter: 'code' },
        cause: error,
      });
    }
  }

  /** Who consented. Unknown when it cannot be read: the connection works without, it only shares no grant then. */
  private async account(
    provider: Provider,
    sites: Record<Provider, Site[]>,
    tokens: TokenSet,
    caller: Caller,
  ): Promise<AccountInfo | null> {
    const via = sites[provider].length > 0 ? provider : otherOf(provider);
    const site = sites[via][0];
    if (!site) return null;
    try {
      return await this.deps.whoIs(via, site, tokens.accessToken, caller);
    } catch (error) {
      if (!(error instanceof AtlassianError)) throw error;
      caller.context.log.warn({ tenant: caller.tenantId, provider, err: error }, 'who consented could not be read');
      return null;
    }
  }

  /**
   * The scopes to ask for. Whether a second consent of a user to the same app ends the earlier grant is reported both
   * ways, so a login asks for what the tenant's other connection has as well: then that one can move along.
   */
  private async scopesToAsk({ provider, tenantId, scopes }: BeginInput, app: OAuthApp): Promise<string[]> {
    const { config, store } = this.deps;
    const other = await store.readConnection({ tenantId, provider: otherOf(provider) });
    const shared = other?.connection.auth === 'oauth' && other.grant.clientId === app.clientId;
    const own = scopes ?? config.providers[provider].scopes;
    return [...new Set([...own, ...(shared ? other.grant.scopes : []), 'offline_access'])];
  }

  private app(provider: Provider): OAuthApp {
    const { app, missing } = this.deps.config.providers[provider];
    if (app) return app;
    throw new AppError('VALIDATION', `OAuth is not configured for ${provider}: set ${missing.join(' and ')}.`, {
      details: { missing },
    });
  }

  private checkReturnUrl(returnUrl: string): void {
    const { frontendUrl, publicBaseUrl, corsOrigins } = this.deps.config;
    const listed = corsOrigins === '*' ? [] : corsOrigins;
    const allowed = [frontendUrl, publicBaseUrl, ...listed].flatMap((url) =>
      url === null ? [] : [new URL(url).origin],
    );
    const url = URL.canParse(returnUrl) ? new URL(returnUrl) : null;
    if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || !allowed.includes(url.origin)) {
      throw new AppError(
        'VALIDATION',
        `return_url must be an absolute URL on one of: ${[...new Set(allowed)].join(', ')}.`,
        {
          details: { parameter: 'return_url' },
        },
      );
    }
  }

  /** Where the browser goes after a login, the outcome added to its query. */
  private location({ provider, tenantId, returnUrl, callerState }: Login, error: AppError | null): string {
    const { frontendUrl, publicBaseUrl } = this.deps.config;
    const url = new URL(
      returnUrl ?? (frontendUrl === null ? `${publicBaseUrl}/connect` : `${frontendUrl}/oauth/${provider}`),
    );
    const outcome = error ? { status: 'error', error: error.code, message: error.message } : { status: 'success' };
    const facts = {
      ...outcome,
      provider,
      tenant_id: tenantId,
      ...(callerState === null ? {} : { state: callerState }),
    };
    for (const [name, value] of Object.entries(facts)) url.searchParams.set(name, value);
    return url.href;
  }
}

/** Whether the other connection can live on the new grant: same person, nothing lost. An's Jira never becomes Bob's. */
function covers(grant: NewGrant, account: AccountInfo | null, other: Entry): boolean {
  const { connection, grant: old } = other;
  const kept = old.scopes.filter((scope) => scope !== 'offline_access').every((scope) => grant.scopes.includes(scope));
  const renewable = grant.refreshToken !== null || old.refreshToken === null;
  const samePerson = account !== null && connection.account?.id === account.id;
  return connection.auth === 'oauth' && old.clientId === grant.clientId && samePerson && kept && renewable;
}

function otherOf(provider: Provider): Provider {
  return PROVIDERS.find((candidate) => candidate !== provider) ?? provider;
}

function sitesOf(resources: AccessibleResource[], provider: Provider): Site[] {
  return resources
    .filter(({ providers }) => providers.includes(provider))
    .map(({ id, name, url }) => ({ id, name, url }));
}

function denial({ error, error_description: description }: CallbackQuery): AppError {
  const words = (description ?? error ?? '').slice(0, MAX_MESSAGE_CHARACTERS);
  const message = `Atlassian did not grant access: ${words}`;
  return error === 'access_denied' ? new AppError('FORBIDDEN', message) : new AppError('VENDOR_ERROR', message);
}

function noSite(provider: Provider): AppError {
  return new AppError('FORBIDDEN', `The Atlassian account reaches no site with ${provider}, so nothing was connected.`);
}
