import { randomBytes } from 'node:crypto';
import { type ApiKeys, isKeyId } from '../../access/api-keys.ts';
import type { Audit } from '../../access/audit.ts';
import type { Actor, Clock } from '../../access/caller.ts';
import type { ConnectLinks } from '../../access/connect-links.ts';
import type { Gatekeeper } from '../../access/gatekeeper.ts';
import { AtlassianError } from '../../atlassian/wire/atlassian-error.ts';
import { type OAuthEndpoints, TokenError } from '../../atlassian/wire/oauth.ts';
import { type CallContext, type Log, withTimeout } from '../../call-context.ts';
import type { Config, OAuthApp, Provider } from '../../config.ts';
import { AppError } from '../../errors.ts';
import type { Sealed } from '../../stores/sealed.ts';
import type { ConnectionKey, Store } from '../../stores/store.ts';
import { isLoopback } from '../../urls.ts';
import type { Vault } from '../grants/vault.ts';
import { otherOf } from '../providers.ts';
import { type Connected, type Consents, scopesFor } from './consents.ts';
import { checkReturnUrl, destinationOf } from './destination.ts';
import { type EndedLogin, type LoginOutcomes, resultOf } from './login-outcome.ts';
import { callerBinding, type Login, type LoginStates, linkBinding, refused, verifierBinding } from './login-state.ts';

const MAX_MESSAGE_CHARACTERS = 300;
/** What follows the service's own path in a callback URL. */
const ANY_CALLBACK_PATH = /\/(?:api\/oauth\/atlassian|(?:api\/)?auth\/(?:jira|confluence))\/callback$/;

export interface LoginDeps {
  config: Config;
  store: Store;
  vault: Vault;
  states: LoginStates;
  oauth: OAuthEndpoints;
  consents: Consents;
  links: ConnectLinks;
  keys: ApiKeys;
  gatekeeper: Gatekeeper;
  outcomes: LoginOutcomes;
  audit: Audit;
  clock: Clock;
}

export interface BeginInput {
  provider: Provider;
  tenantId: string;
  /** Replaces the provider's default scopes. */
  scopes: string[] | null;
  returnUrl: string | null;
  callerState: string | null;
  /** Who begins it, as the audit names callers. */
  callerId: string | null;
  /** Whether nobody has to show who they are: then it ends as soon as somebody has to. */
  unauthenticated: boolean;
  /** The connect link that begins it, if one does. */
  link: { id: string; token: string } | null;
}

export interface BegunLogin {
  /** Atlassian's consent page. */
  url: string;
  cookie: { name: string; value: string; secure: boolean };
}

export interface CompletedLogin {
  provider: Provider;
  tenantId: string;
  /** Where the browser goes, with the outcome in its query. */
  location: string;
  /** The login's cookie, now useless. */
  cookieName: string;
  error: AppError | null;
  /** Where the browser goes to the page of the connections: what that page may tell, signed. */
  outcome: string | null;
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
  private readonly finishing = new Set<Promise<unknown>>();

  constructor(private readonly deps: LoginDeps) {}

  /** @throws AppError `VALIDATION` when the provider is not configured or `returnUrl` leads elsewhere. */
  async begin(input: BeginInput): Promise<BegunLogin> {
    const { config, oauth, states, store, vault, clock } = this.deps;
    const { provider, tenantId, callerId, link, unauthenticated } = input;
    const app = this.app(provider);
    checkReturnUrl(config, input.returnUrl);
    const { login, state, cookie } = states.issue({
      provider,
      tenantId,
      returnUrl: input.returnUrl,
      callerState: input.callerState,
      caller: callerId === null ? null : vault.seal(callerId, callerBinding(provider, tenantId)),
      linkId: link?.id ?? null,
      linkToken: link && vault.seal(link.token, linkBinding(provider, tenantId)),
      unauthenticated,
    });
    let verifier: string | null = null;
    if (config.enablePkce) {
      verifier = randomBytes(48).toString('base64url');
      await store.putVerifier(login.id, vault.seal(verifier, verifierBinding(login.id)), login.expiresAt, clock());
    }
    const { scopes } = await this.scopesToAsk(input);
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
    { context, requestId }: { context: CallContext; requestId: string },
  ): Promise<CompletedLogin> {
    const { states, store, clock } = this.deps;
    const login = states.read(query.state, cookies);
    if (!query.error && !query.code) {
      throw new AppError('VALIDATION', 'The authorization code is missing.', { details: { parameter: 'code' } });
    }
    const { provider, tenantId } = login;
    const caller = this.carried(login.caller, callerBinding(provider, tenantId));
    if (caller === undefined)
      throw refused('The encryption key of this login is no longer in use. Start the login again.');
    const used = await store.useState(login.id, login.expiresAt, clock());
    if (!used) throw refused('The OAuth state has already been used. Start the login again.');
    const completed = (error: AppError | null, connected: Connected | null): CompletedLogin => {
      return { provider, tenantId, cookieName: login.cookieName, error, ...this.destination(login, error, connected) };
    };
    try {
      const actor = { tenantId, callerId: caller, requestId };
      const connected = await this.finish(login, query, used.verifier, actor, context.log);
      context.log.info({ tenant: login.tenantId, provider: login.provider }, 'connected');
      return completed(null, connected);
    } catch (raw) {
      const error = raw instanceof AtlassianError || raw instanceof TokenError ? raw.toAppError() : raw;
      if (!(error instanceof AppError)) throw error;
      // The words of a denial came in the URL, where anything may stand: they go to the browser, not into the log.
      const cause = error.cause === undefined ? {} : { err: error };
      context.log.warn(
        { tenant: login.tenantId, provider: login.provider, problem: error.code, ...cause },
        'login failed',
      );
      return completed(error, null);
    }
  }

  /** Resolves when no login is being completed any more. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.finishing);
  }

  /**
   * Where this service is for browsers on the host of the callback, path included and without a trailing slash: on that
   * host a login's cookie must be set to come back. Null when logins are not configured.
   */
  callbackBase(provider: Provider): URL | null {
    const { providers, publicBaseUrl } = this.deps.config;
    const app = providers[provider].app;
    if (app === null) return null;
    const callback = new URL(app.redirectUri);
    if (callback.origin === new URL(publicBaseUrl).origin) return new URL(publicBaseUrl);
    return new URL(callback.origin + callback.pathname.replace(ANY_CALLBACK_PATH, ''));
  }

  /** How a login ended that led to the page of the connections, with the token of its connect link. */
  readOutcome(signed: string | undefined): EndedLogin | null {
    const outcome = this.deps.outcomes.read(signed);
    if (outcome === null) return null;
    const { linkToken, caller, ...rest } = outcome;
    const { provider, tenantId } = rest;
    const callerId = this.carried(caller, callerBinding(provider, tenantId));
    if (callerId === undefined) return null;
    return { ...rest, callerId, linkToken: this.carried(linkToken, linkBinding(provider, tenantId)) ?? null };
  }

  /**
   * Who may choose `baseUrl` as the site of a login of `key` that this browser has completed: whoever began it, while they may
   * still call.
   * @throws AppError `FORBIDDEN` where the login left nothing to choose, or not that site, or its permission has ended
   */
  async whoChooses(key: ConnectionKey, signed: string | undefined, baseUrl: string): Promise<EndedLogin> {
    const { keys, gatekeeper, store } = this.deps;
    const ended = this.readOutcome(signed);
    if (ended === null || ended.openGrantId === null) throw nothingToChoose();
    if (ended.tenantId !== key.tenantId || ended.provider !== key.provider) throw nothingToChoose();
    const { callerId, unauthenticated, openGrantId } = ended;
    if (callerId !== null && isKeyId(callerId) && (await keys.hasEnded(callerId))) throw keyEnded();
    if (unauthenticated && (await gatekeeper.isOn())) throw openModeEnded();
    // Somebody may have connected anew since, whose sites are not this browser's to choose from.
    const connection = (await store.readConnection(ended))?.connection;
    if (connection?.grantId !== openGrantId) throw nothingToChoose();
    if (!connection.sites.some(({ url }) => url === baseUrl)) throw nothingToChoose();
    return ended;
  }

  /** The same outcome, of which nothing is left to choose. */
  siteChosen(signed: string | undefined): string | null {
    const outcome = this.deps.outcomes.read(signed);
    return outcome && this.deps.outcomes.issue({ ...outcome, openGrantId: null });
  }

  /** What a browser carries along sealed; undefined where the key is gone, which is kept only while something stored needs it. */
  private carried(sealed: Sealed | null, binding: string): string | null | undefined {
    if (sealed === null) return null;
    try {
      return this.deps.vault.open(sealed, binding);
    } catch {
      return undefined;
    }
  }

  /** Connects in a time of its own: when the browser leaves midway, the code is spent and its tokens must be kept. */
  private async finish(
    login: Login,
    query: CallbackQuery,
    sealedVerifier: Sealed | null,
    actor: Actor,
    log: Log,
  ): Promise<Connected> {
    const { config, consents, vault, links, keys, gatekeeper, audit } = this.deps;
    const { provider, linkId } = login;
    const { callerId } = actor;
    const verifier = sealedVerifier === null ? null : vault.open(sealedVerifier, verifierBinding(login.id));
    const work = withTimeout(config.requestTimeoutMs, log, (context) =>
      audit.recorded(actor, 'connection.connect', provider, async () => {
        const { code } = query;
        if (query.error || !code) throw denial(query);
        // What a key began ends with it, also where the consent comes later.
        if (callerId !== null && isKeyId(callerId) && (await keys.hasEnded(callerId))) throw keyEnded();
        // An earlier version did not say; it named no caller either where nobody had to show who they are.
        const unauthenticated = login.unauthenticated ?? login.caller === null;
        if (unauthenticated && (await gatekeeper.isOn())) throw openModeEnded();
        const app = this.app(provider);
        const connect = () => consents.connect(login, app, code, verifier, { ...actor, context });
        return linkId === null ? connect() : links.using(linkId, connect);
      }),
    );
    this.finishing.add(work);
    try {
      return await work;
    } finally {
      this.finishing.delete(work);
    }
  }

  /**
   * The scopes to ask for. Whether a second consent of a user to the same app ends the earlier grant is reported both
   * ways, so a login asks for what the tenant's other connection has as well (`forBoth`): then that one can move along.
   * @throws AppError `VALIDATION` when logins are not configured for the provider
   */
  async scopesToAsk({
    provider,
    tenantId,
    scopes,
  }: Pick<BeginInput, 'provider' | 'tenantId' | 'scopes'>): Promise<{ scopes: string[]; forBoth: boolean }> {
    const { config, store } = this.deps;
    const app = this.app(provider);
    const other = await store.readConnection({ tenantId, provider: otherOf(provider) });
    const shared = other?.connection.auth === 'oauth' && other.grant.clientId === app.clientId;
    const own = scopes ?? config.providers[provider].scopes;
    const others = shared ? scopesFor(otherOf(provider), other.grant) : [];
    return { scopes: [...new Set([...own, ...others, 'offline_access'])], forBoth: others.length > 0 };
  }

  private app(provider: Provider): OAuthApp {
    const { app, missing } = this.deps.config.providers[provider];
    if (app) return app;
    throw new AppError('VALIDATION', `OAuth is not configured for ${provider}: set ${missing.join(' and ')}.`, {
      details: { missing },
    });
  }

  /** @throws AppError `VALIDATION` when logins are not configured for the provider, or `returnUrl` leads elsewhere. */
  check(provider: Provider, returnUrl: string | null): void {
    this.app(provider);
    checkReturnUrl(this.deps.config, returnUrl);
  }

  /** Where the browser goes after a login, and what the page there may tell of it, where that is one of ours. */
  private destination(login: Login, error: AppError | null, connected: Connected | null) {
    const { provider, tenantId, linkToken, caller, unauthenticated } = login;
    const { location, isOwnPage } = destinationOf(this.deps.config, login, error, this.callbackBase(provider));
    const told = {
      provider,
      tenantId,
      result: resultOf(error),
      linkToken: linkToken ?? null,
      openGrantId: connected?.siteIsOpen ? connected.grantId : null,
      caller,
      unauthenticated: unauthenticated ?? caller === null,
    };
    return { location, outcome: isOwnPage ? this.deps.outcomes.issue(told) : null };
  }
}

function nothingToChoose(): AppError {
  return new AppError('FORBIDDEN', 'There is no site to choose any more. Open the page of the connections again.', {
    details: { source: 'caller', reason: 'nothing_to_choose' },
  });
}

function keyEnded(): AppError {
  return new AppError('FORBIDDEN', 'The API key that started this login has since been revoked or has expired.', {
    details: { source: 'caller', reason: 'key_ended' },
  });
}

function openModeEnded(): AppError {
  const message = 'This login was begun before callers had to show who they are. Begin it again.';
  return new AppError('FORBIDDEN', message, { details: { source: 'caller', reason: 'open_mode_ended' } });
}

function denial({ error, error_description: description }: CallbackQuery): AppError {
  const words = String(description ?? error).slice(0, MAX_MESSAGE_CHARACTERS);
  const message = `Atlassian did not grant access: ${words}`;
  const details = { source: 'atlassian', reason: 'access_denied' };
  return error === 'access_denied'
    ? new AppError('FORBIDDEN', message, { details })
    : new AppError('VENDOR_ERROR', message);
}
