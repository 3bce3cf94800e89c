import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { CallContext } from '../../call-context.ts';
import type { OAuthApp, Provider } from '../../config.ts';
import { AppError, type AppErrorOptions } from '../../errors.ts';
import { withoutTrailingSlashes } from '../../urls.ts';
import { titleLine } from '../text/plain-text.ts';
import { AtlassianError } from './atlassian-error.ts';
import { record, reference, text, word } from './read.ts';
import type { Transport } from './transport.ts';

/** What the token endpoint hands out. */
export interface TokenSet {
  accessToken: string;
  /** Null when `offline_access` was not granted, or on a refresh that did not rotate. */
  refreshToken: string | null;
  /** Seconds the access token lives. */
  expiresIn: number;
  scopes: string[];
}

/** A site of the grant: cloudId, name, the URL a person opens, and the products its scopes stand for. */
export interface AccessibleResource {
  id: string;
  name: string;
  url: string;
  providers: Provider[];
}

/**
 * Why a token was not given.
 * - `refused`: this code or refresh token will never work. Documented as 403 `invalid_grant`; measured as 403
 *   `unauthorized_client` "refresh_token is invalid" (400 is taken for the same).
 * - `settings`: the app's id, secret or redirect URI is wrong (measured as 401 `access_denied`; RFC 6749, 5.2, has more
 *   words for it). Says nothing about the grant.
 * - `unavailable`: no usable answer; the grant may be fine.
 */
export type TokenFailure = 'refused' | 'settings' | 'unavailable';

export class TokenError extends Error {
  override readonly name = 'TokenError';
  constructor(
    readonly failure: TokenFailure,
    override readonly cause: AtlassianError,
    /** Whether somebody before Atlassian answered, such as a proxy with a page of its own: a repeat may get through. */
    readonly isForeign = false,
  ) {
    super(`the token endpoint failed: ${failure}`);
  }

  /** Whether the request may have been carried out all the same, so that what it changed is not known. */
  get ambiguous(): boolean {
    const { kind, status } = this.cause;
    // What a proxy refused has not left the network.
    if (kind === 'proxy') return false;
    return this.failure === 'unavailable' && (kind !== 'answer' || status === 408 || (status ?? 0) >= 500);
  }

  /** The public error, unless the caller of the endpoint knows a better one. Holds nothing of the endpoint's body. */
  toAppError(options: Pick<AppErrorOptions, 'retryAfter'> = {}): AppError {
    if (this.failure === 'settings') {
      return new AppError(
        'VENDOR_ERROR',
        "Atlassian rejects this service's OAuth app settings (client id, secret or callback URL). The operator must correct them.",
        { ...options, details: { source: 'atlassian' }, cause: this },
      );
    }
    const { code, message, status, retryAfter } = this.cause.toAppError();
    const known = code === 'RATE_LIMITED' || code === 'VENDOR_ERROR';
    return new AppError(known ? code : 'VENDOR_ERROR', `${known ? message : 'Atlassian gave no token.'}`, {
      ...(known ? { status } : {}),
      ...(retryAfter === undefined ? {} : { retryAfter }),
      details: { source: 'atlassian' },
      cause: this,
    });
  }
}

const SETTINGS_ERRORS = new Set(['access_denied', 'invalid_client', 'unauthorized_client']);

/** Lifetime assumed when Atlassian names none: its documented one. */
const DEFAULT_EXPIRES_IN_SECONDS = 3_600;
const MAX_EXPIRES_IN_SECONDS = 366 * 86_400;

const TokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullish(),
  expires_in: z.coerce.number().positive().max(MAX_EXPIRES_IN_SECONDS).catch(DEFAULT_EXPIRES_IN_SECONDS),
  scope: z.string().nullish(),
});

/** The OAuth 2.0 (3LO) endpoints, as in Atlassian's page "OAuth 2.0 (3LO) apps". */
export class OAuthEndpoints {
  constructor(
    private readonly transport: Transport,
    private readonly urls: { authBaseUrl: string; apiBaseUrl: string },
  ) {}

  authorizeUrl(app: OAuthApp, login: { scopes: string[]; state: string; verifier: string | null }): string {
    const url = new URL(`${this.urls.authBaseUrl}/authorize`);
    const parameters = {
      audience: 'api.atlassian.com',
      client_id: app.clientId,
      scope: login.scopes.join(' '),
      redirect_uri: app.redirectUri,
      state: login.state,
      response_type: 'code',
      prompt: 'consent',
      ...(login.verifier === null
        ? {}
        : {
            code_challenge: createHash('sha256').update(login.verifier).digest('base64url'),
            code_challenge_method: 'S256',
          }),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  }

  /**
   * Exchanges an authorization code.
   * @throws TokenError
   */
  exchange(app: OAuthApp, code: string, verifier: string | null, context: CallContext): Promise<TokenSet> {
    const body = {
      grant_type: 'authorization_code',
      client_id: app.clientId,
      client_secret: app.clientSecret,
      code,
      redirect_uri: app.redirectUri,
      ...(verifier === null ? {} : { code_verifier: verifier }),
    };
    return this.token(body, context);
  }

  /**
   * Trades a refresh token for a new pair; the one sent is disabled by it, save for a leeway of 10 minutes.
   * @throws TokenError
   */
  refresh(app: OAuthApp, refreshToken: string, context: CallContext): Promise<TokenSet> {
    const { clientId: client_id, clientSecret: client_secret } = app;
    return this.token({ grant_type: 'refresh_token', client_id, client_secret, refresh_token: refreshToken }, context);
  }

  /**
   * The sites a token reaches, each once. The same site may be listed once per product, so a site's products are those
   * its scopes name; whether the list shows the token's or the app's scopes is not documented, so an entry without any
   * counts for both products.
   */
  async accessibleResources(accessToken: string, context: CallContext): Promise<AccessibleResource[]> {
    const url = new URL(`${this.urls.apiBaseUrl}/oauth/token/accessible-resources`);
    const headers = { authorization: `Bearer ${accessToken}` };
    const body = await this.transport.json({ method: 'GET', url, headers, safe: true }, context);
    if (!Array.isArray(body)) throw new AtlassianError(`GET ${url.pathname}`, { kind: 'unreadable', status: 200 });
    const sites = new Map<string, AccessibleResource>();
    let leftOut = 0;
    for (const row of body) {
      const resource = readResource(row);
      if (resource === null) {
        leftOut += 1;
        continue;
      }
      const { id, name, url, providers } = resource;
      const earlier = sites.get(id)?.providers ?? [];
      sites.set(id, { id, name, url, providers: [...new Set([...earlier, ...providers])] });
    }
    if (leftOut > 0) {
      context.log.warn({ left_out: leftOut, call: `GET ${url.pathname}` }, 'rows that could not be read were left out');
    }
    return [...sites.values()];
  }

  private async token(body: Record<string, string>, context: CallContext): Promise<TokenSet> {
    const url = new URL(`${this.urls.authBaseUrl}/oauth/token`);
    let answer: unknown;
    try {
      answer = await this.transport.json({ method: 'POST', url, body, safe: false }, context);
    } catch (error) {
      if (error instanceof AtlassianError)
        throw new TokenError(tokenFailure(error), withoutBody(error), isForeign(error));
      throw error;
    }
    const parsed = TokenAnswer.safeParse(answer);
    if (!parsed.success) {
      throw new TokenError('unavailable', new AtlassianError('POST /oauth/token', { kind: 'unreadable', status: 200 }));
    }
    const { access_token, refresh_token, expires_in, scope } = parsed.data;
    return {
      accessToken: access_token,
      refreshToken: refresh_token ?? null,
      expiresIn: Math.floor(expires_in),
      scopes: (scope ?? '').split(/\s+/).filter(Boolean),
    };
  }
}

/** Null for what has no id, or no address that a person could open. */
function readResource(row: unknown): AccessibleResource | null {
  const { id, name, url, scopes } = record(row);
  const [siteId, siteUrl] = [word(id), reference(url)];
  if (siteId === null || siteUrl === null || !/^https?:/i.test(siteUrl) || !URL.canParse(siteUrl)) return null;
  const known = Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : [];
  const named = (['jira', 'confluence'] as const).filter((provider) => known.some((scope) => scope.includes(provider)));
  const providers: Provider[] = known.length === 0 ? ['jira', 'confluence'] : named;
  return { id: siteId, name: titleLine(text(name)) ?? '', url: withoutTrailingSlashes(siteUrl), providers };
}

/** The statuses of RFC 6749, 5.2, and Atlassian's own; any other is of what stands before the endpoint. */
const REFUSALS = new Set([400, 401, 403]);

/** What the endpoint itself says in its JSON; null for a page, and for JSON of somebody else. */
function wordOf({ kind, status, upstream }: AtlassianError): string | null {
  return kind === 'answer' && REFUSALS.has(status ?? 0) ? text(record(upstream).error) : null;
}

function tokenFailure(error: AtlassianError): TokenFailure {
  const word = wordOf(error);
  if (word === null) return 'unavailable';
  if (word === 'invalid_grant') return 'refused';
  const description = text(record(error.upstream).error_description) ?? '';
  if (word === 'unauthorized_client' && /refresh.?token/i.test(description)) return 'refused';
  // Atlassian says this with 401 (measured), and proxies that filter say it with 403.
  const isOfProxy = word === 'access_denied' && error.status !== 401;
  return SETTINGS_ERRORS.has(word) && !isOfProxy ? 'settings' : 'unavailable';
}

function isForeign(error: AtlassianError): boolean {
  const { kind, status = 0 } = error;
  if (kind === 'proxy') return true;
  return kind === 'answer' && status >= 300 && status < 500 && status !== 429 && wordOf(error) === null;
}

/** The same failure without what the token endpoint said: a broken answer there may hold a token. */
function withoutBody({ call, kind, status, retryAfter, reason, cause }: AtlassianError): AtlassianError {
  return new AtlassianError(call, {
    kind,
    // Why no answer came, which holds nothing of one.
    ...(kind === 'answer' ? {} : { cause }),
    ...(status === undefined ? {} : { status }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(reason === undefined ? {} : { reason }),
  });
}
