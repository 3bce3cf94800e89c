import { createHash, timingSafeEqual } from 'node:crypto';
import { readJson } from '../http/body.ts';
import { type Call, type ErrorShape, gatewayShape, json, Refused, type Reply } from '../http/call.ts';
import { CONSENT_PATH, DECISION_PATH, type OriginUrls, SIGN_IN_PATH } from '../http/origins.ts';
import type { Route } from '../http/routes.ts';
import { findUser, type Product, type SandboxUser } from '../world/accounts.ts';
import type { World } from '../world/world.ts';
import { consentErrorPage, consentPage, readChoice } from './consent-page.ts';
import { coversSite, type Family, type Grants, type TokenPair } from './grants.ts';
import { SCOPES, scopesOf, splitScopes } from './scopes.ts';

export interface SandboxApp {
  clientId: string;
  clientSecret: string;
  redirectUri: string;
}

export interface OAuthDeps {
  app(clientId: string): SandboxApp | undefined;
  grants: Grants;
  world: World;
  siteUrl(siteName: string): string;
  /** Where each part of Atlassian is, or null where one origin serves all. */
  origins(): OriginUrls | null;
  /** Checks the bearer token of a call to the API host. */
  authenticate(call: Call): { grant: Family; user: SandboxUser };
}

const AUTHORIZE_PARAMETERS = [
  'audience',
  'client_id',
  'scope',
  'redirect_uri',
  'state',
  'response_type',
  'prompt',
  'code_challenge',
  'code_challenge_method',
];

const GRANT_KEYS: Readonly<Record<string, readonly string[]>> = {
  authorization_code: ['grant_type', 'client_id', 'client_secret', 'code', 'redirect_uri', 'code_verifier'],
  refresh_token: ['grant_type', 'client_id', 'client_secret', 'refresh_token'],
};

const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' };

/** The authorization server and the list of sites: paths of auth.atlassian.com and api.atlassian.com in one table. */
export function oauthRoutes(deps: OAuthDeps): Route<Call>[] {
  return [
    { method: 'GET', path: '/authorize', query: 'any', handle: (call) => authorize(deps, call.query) },
    { method: 'GET', path: SIGN_IN_PATH, query: 'any', handle: (call) => passSignIn(deps, call.query) },
    { method: 'GET', path: CONSENT_PATH, query: 'any', handle: (call) => showConsent(deps, call.query) },
    { method: 'POST', path: DECISION_PATH, handle: (call) => decide(deps, call) },
    { method: 'POST', path: '/oauth/token', handle: (call) => token(deps, call) },
    { method: 'GET', path: '/oauth/token/accessible-resources', handle: (call) => accessibleResources(deps, call) },
  ];
}

interface AuthorizeRequest {
  app: SandboxApp;
  scopes: string[];
  state: string;
  challenge: string | null;
}

function authorize(deps: OAuthDeps, query: URLSearchParams): Reply {
  const request = checkAuthorize(deps, query);
  if (typeof request === 'string') return consentErrorPage(request);
  const origins = deps.origins();
  if (origins === null) return showConsent(deps, query);
  const signIn = new URLSearchParams({ application: 'oauth', continue: `${origins.api}${CONSENT_PATH}?${query}` });
  return seeOther(`${origins.id}${SIGN_IN_PATH}?${signIn}`);
}

/** The sign-in of somebody who is signed in already: it only sends the browser on. */
function passSignIn(deps: OAuthDeps, query: URLSearchParams): Reply {
  const target = query.get('continue') ?? '';
  const origins = deps.origins();
  if (origins === null || !target.startsWith(`${origins.api}${CONSENT_PATH}?`)) {
    return consentErrorPage('sandbox: the sign-in leads to the consent page only');
  }
  return seeOther(target);
}

function seeOther(location: string): Reply {
  return { status: 302, headers: { location, ...NO_STORE } };
}

function showConsent(deps: OAuthDeps, query: URLSearchParams): Reply {
  const request = checkAuthorize(deps, query);
  if (typeof request === 'string') return consentErrorPage(request);
  return consentPage(deps.world, request.app.clientId, request.scopes, query);
}

/** @returns the request, or in words what is wrong with it */
function checkAuthorize(deps: OAuthDeps, query: URLSearchParams): AuthorizeRequest | string {
  for (const name of new Set(query.keys())) {
    if (!AUTHORIZE_PARAMETERS.includes(name)) return `sandbox: unknown query parameter '${name}'`;
    if (query.getAll(name).length > 1) return `sandbox: query parameter '${name}' is repeated`;
  }
  const app = deps.app(query.get('client_id') ?? '');
  if (!app) return 'invalid_request: client_id is missing or unknown';
  if (query.get('redirect_uri') !== app.redirectUri) {
    return 'unauthorized_client: Callback URL mismatch. redirect_uri is not the registered callback URL';
  }
  for (const [name, value] of [
    ['response_type', 'code'],
    ['audience', 'api.atlassian.com'],
    ['prompt', 'consent'],
  ] as const) {
    if (query.get(name) !== value) return `invalid_request: ${name} must be '${value}'`;
  }
  const state = query.get('state');
  if (!state) return 'invalid_request: state is missing';
  const scopes = splitScopes(query.get('scope') ?? '');
  const unknown = scopes.find((scope) => !SCOPES.has(scope));
  if (unknown !== undefined) return `invalid_scope: '${unknown}' is not enabled for this application`;
  if (!scopes.some((scope) => scope !== 'offline_access')) return 'invalid_scope: scope asks for nothing';
  const challenge = query.get('code_challenge');
  const method = query.get('code_challenge_method');
  if (challenge === null && method !== null) return 'invalid_request: code_challenge_method without code_challenge';
  if (challenge !== null) {
    if (method !== 'S256') return "invalid_request: code_challenge_method must be 'S256'";
    if (!/^[\w-]{43}$/.test(challenge)) return 'invalid_request: code_challenge is not a base64url SHA-256';
  }
  return { app, scopes, state, challenge };
}

function decide(deps: OAuthDeps, call: Call): Reply {
  const type = String(call.headers['content-type'] ?? '');
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    return consentErrorPage('sandbox: the decision must be a form');
  }
  const form = new URLSearchParams(call.body.toString('utf8'));
  const choices = form.getAll('choice');
  form.delete('choice');
  const request = checkAuthorize(deps, form);
  if (typeof request === 'string') return consentErrorPage(request);
  const choice = choices.length === 1 ? (choices[0] ?? '') : '';
  if (choice === 'deny') {
    return goBack(request, { error: 'access_denied', error_description: 'User did not authorize the request' });
  }
  const { userId, cloudId } = readChoice(choice);
  const user = findUser(userId);
  if (!user) return consentErrorPage(`sandbox: there is no user '${userId}' to accept as`);
  if (cloudId !== undefined && !deps.world.sitesOf(user).some((site) => site.cloudId === cloudId)) {
    return consentErrorPage(`sandbox: ${user.name} reaches no site '${cloudId}'`);
  }
  const code = deps.grants.issueCode({
    clientId: request.app.clientId,
    userId: user.accountId,
    scopes: request.scopes,
    ...(cloudId === undefined ? {} : { cloudId }),
    redirectUri: request.app.redirectUri,
    challenge: request.challenge,
  });
  return goBack(request, { code });
}

function goBack(request: AuthorizeRequest, answer: Record<string, string>): Reply {
  const target = new URL(request.app.redirectUri);
  for (const [name, value] of Object.entries({ ...answer, state: request.state })) target.searchParams.set(name, value);
  return seeOther(target.href);
}

/** The error body of the token endpoint, which is that of RFC 6749 with Atlassian's own statuses. */
function oauthError(error: string): ErrorShape {
  return (status, message) => json(status, { error, error_description: message }, NO_STORE);
}

export const oauthShape = oauthError('invalid_request');

function token(deps: OAuthDeps, call: Call): Reply {
  const body = readJson(call);
  const grantType = body.grant_type;
  const keys =
    typeof grantType === 'string' && Object.hasOwn(GRANT_KEYS, grantType) ? GRANT_KEYS[grantType] : undefined;
  if (!keys) throw new Refused(400, 'sandbox: grant_type is missing or unknown', oauthError('unsupported_grant_type'));
  for (const [key, value] of Object.entries(body)) {
    if (!keys.includes(key)) throw new Refused(400, `sandbox: unknown member '${key}' for ${String(grantType)}`);
    if (typeof value !== 'string' || value === '') throw new Refused(400, `sandbox: ${key} must be a non-empty string`);
  }
  const fields = body as Record<string, string>;
  const missing = keys.find((key) => key !== 'code_verifier' && fields[key] === undefined);
  if (missing !== undefined) throw new Refused(400, `sandbox: ${missing} is missing`);

  const app = deps.app(fields.client_id ?? '');
  if (!app || !sameText(fields.client_secret ?? '', app.clientSecret)) {
    throw new Refused(401, 'Unauthorized', oauthError('access_denied'));
  }
  return grantType === 'refresh_token' ? refresh(deps, app, fields) : exchange(deps, app, fields);
}

function exchange(deps: OAuthDeps, app: SandboxApp, fields: Record<string, string>): Reply {
  const refuse = (message: string) => new Refused(403, message, oauthError('invalid_grant'));
  const code = deps.grants.takeCode(fields.code ?? '');
  if (!code || code.clientId !== app.clientId) throw refuse('Invalid authorization code');
  if (fields.redirect_uri !== code.redirectUri) throw refuse('The redirect URI is wrong');
  const verifier = fields.code_verifier;
  if (code.challenge === null && verifier !== undefined) {
    throw new Refused(400, 'sandbox: code_verifier without a code_challenge');
  }
  if (code.challenge !== null && !provesChallenge(verifier, code.challenge)) {
    throw refuse('Failed to verify code verifier');
  }
  return tokenAnswer(deps.grants.open(code));
}

function refresh(deps: OAuthDeps, app: SandboxApp, fields: Record<string, string>): Reply {
  const pair = deps.grants.refresh(fields.refresh_token ?? '', app.clientId);
  if (pair === 'unknown') throw new Refused(403, 'refresh_token is invalid', oauthError('unauthorized_client'));
  if (pair === 'dead') throw new Refused(403, 'Unknown or invalid refresh token.', oauthError('invalid_grant'));
  return tokenAnswer(pair);
}

function tokenAnswer(pair: TokenPair): Reply {
  return json(
    200,
    {
      access_token: pair.accessToken,
      ...(pair.refreshToken === undefined ? {} : { refresh_token: pair.refreshToken }),
      expires_in: pair.expiresIn,
      scope: pair.scopes.join(' '),
      token_type: 'Bearer',
    },
    NO_STORE,
  );
}

/** One entry per product, as Atlassian lists a site once per product it was consented for. */
function accessibleResources(deps: OAuthDeps, call: Call): Reply {
  const { grant, user } = deps.authenticate(call);
  const entries = deps.world.sites.flatMap((site) =>
    (['jira', 'confluence'] as const satisfies Product[]).flatMap((product) => {
      const scopes = scopesOf(product, grant.scopes);
      if (scopes.length === 0 || !coversSite(grant, site.cloudId) || !deps.world.reaches(user, site, product))
        return [];
      const url = deps.siteUrl(site.name);
      return [{ id: site.cloudId, url, name: site.name, scopes, avatarUrl: `${url}/avatar/site/${product}` }];
    }),
  );
  return json(200, entries);
}

/** Checks the bearer token of a call to the API host against the grants. */
export function authenticator(grants: Grants, expiredStatus: () => 401 | 403 | 404): OAuthDeps['authenticate'] {
  return (call) => {
    const token = /^Bearer ([\x21-\x7e]+)$/i.exec(call.headers.authorization ?? '')?.[1];
    const grant = token === undefined ? 'unauthorized' : grants.authenticate(token);
    if (grant === 'unauthorized') throw new Refused(401, 'Unauthorized', gatewayShape);
    if (grant === 'expired') {
      const status = expiredStatus();
      const message = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found' }[status];
      throw new Refused(status, message, gatewayShape);
    }
    const user = findUser(grant.userId);
    if (!user) throw new Refused(401, 'Unauthorized', gatewayShape);
    return { grant, user };
  };
}

function provesChallenge(verifier: string | undefined, challenge: string): boolean {
  if (verifier === undefined || !/^[\w.~-]{43,128}$/.test(verifier)) return false;
  return sameText(createHash('sha256').update(verifier).digest('base64url'), challenge);
}

function sameText(given: string, expected: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}
