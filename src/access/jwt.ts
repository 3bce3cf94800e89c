import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  decodeProtectedHeader,
  errors,
  type FetchImplementation,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { type Dispatcher, fetch } from 'undici';
import type { JwtConfig } from '../access-settings.ts';
import { AppError } from '../errors.ts';
import { holdsKnownSecret } from '../secret-text.ts';
import { ROLES, type Role } from '../stores/access-store.ts';
import { isKeyId } from './api-keys.ts';
import { COMMAND_CALLER } from './audit.ts';
import { type Clock, TENANT_ID } from './caller.ts';
import type { Identity } from './identity.ts';
import { claimAt, shown, type TokenRefusal, tokenRefusalOf } from './token-refusal.ts';

/** Asymmetric ones only: with HMAC whoever knows the public key could sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** How far the clocks of issuer and service may differ. */
const TOLERANCE_SECONDS = 60;
/** How often a token with an unknown key id may make us ask for the keys again. */
const COOLDOWN_SECONDS = 60;
/** How many unknown key ids are remembered, and how much of each. */
const MAX_UNKNOWN_KEYS = 1_000;
const MAX_KEY_ID_CHARACTERS = 200;
const FETCH_MS = 5_000;
/** How long an endpoint that failed is left alone, so that no stream of made-up tokens becomes a stream of calls to it. */
const REST_SECONDS = 5;
/** How long known keys serve while the endpoint is away: an issuer that withdraws one is believed as soon as it answers. */
const KEPT_SECONDS = 86_400;
/** What the audit and the log can hold; OpenID Connect allows no more (Core 1.0, section 2). */
const SUBJECT = /^\P{Cc}{1,255}$/u;

/** The keys could not be fetched, which is no fault of the token. */
class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;

interface Log {
  info(facts: object, message: string): void;
}

/** Tells who a caller is by the JSON Web Token it sends. */
export class JwtVerifier {
  private readonly keys: KeyObject | RemoteKeys;
  private failedAt: number | null = null;
  /** The last set that was fetched, and when. */
  private kept: JSONWebKeySet | null = null;
  private keptAt = Number.NEGATIVE_INFINITY;
  private fetches = 0;
  /** Key ids that no set had, and how many sets had been fetched when each was first asked for. */
  private readonly unknownKeys = new Map<string | null, number>();

  /** @param proxyTo what the keys are fetched through. Default: nothing. */
  constructor(
    private readonly config: JwtConfig,
    private readonly clock: Clock,
    private readonly proxyTo?: (url: URL) => Dispatcher | null,
  ) {
    this.keys =
      config.publicKey === null ? this.remoteKeys(new URL(String(config.jwksUrl))) : createPublicKey(config.publicKey);
  }

  /**
   * Who `token` shows its sender to be; null when it is refused. Why it is goes to the log alone: told to a caller it
   * would help to guess.
   * @throws AppError `INTERNAL_ERROR` (503) when the keys cannot be fetched, or may have to be fetched anew.
   */
  async verify(token: string, log?: Log): Promise<Identity | null> {
    const read = await this.read(token);
    const found = 'payload' in read ? this.identify(read.payload) : read;
    if ('kind' in found) return found;
    log?.info(found, 'token refused');
    return null;
  }

  private identify(payload: JWTPayload): Identity | TokenRefusal {
    const { tenantClaim, roleClaim, roleRequired } = this.config;
    const tenant = claimAt(payload, tenantClaim);
    // Some issuers number their tenants.
    const tenantId = Number.isSafeInteger(tenant) && Number(tenant) >= 0 ? String(tenant) : tenant;
    if (typeof tenantId !== 'string' || !TENANT_ID.test(tenantId) || holdsKnownSecret(tenantId)) {
      return { claim: tenantClaim, problem: tenant === undefined ? 'missing' : 'no tenant id' };
    }
    const claim = claimAt(payload, roleClaim);
    if (claim === undefined && roleRequired) return { claim: roleClaim, problem: 'missing' };
    const role = roleOf(claim);
    if (role === null) {
      return { claim: roleClaim, problem: 'no known role', expected: ROLES.join(', '), found: shown(claim) };
    }
    if (payload.sub === COMMAND_CALLER || isKeyId(String(payload.sub))) return { claim: 'sub', problem: 'reserved' };
    const id =
      typeof payload.sub === 'string' && SUBJECT.test(payload.sub) && !holdsKnownSecret(payload.sub)
        ? payload.sub
        : null;
    return { kind: 'jwt', id, tenantId, role };
  }

  private async read(token: string): Promise<{ payload: JWTPayload } | TokenRefusal> {
    const options = {
      algorithms: ALGORITHMS,
      issuer: this.config.issuer,
      audience: this.config.audience,
      requiredClaims: ['exp'],
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: new Date(this.clock() * 1_000),
    };
    const { fetches } = this;
    try {
      return { payload: await this.check(token, options) };
    } catch (error) {
      if (error instanceof KeysUnavailable) throw unavailable(REST_SECONDS, error);
      if (error instanceof errors.JWKSNoMatchingKey) this.checkUnknownKey(keyIdOf(token), fetches, error);
      return tokenRefusalOf(error, { token, ...this.config, now: this.clock() });
    }
  }

  /**
   * A key that is not among the known ones may be a new one: the token is refused when the keys were fetched again since
   * it was first asked for.
   * @throws AppError while they were not.
   */
  private checkUnknownKey(keyId: string | null, fetchesBefore: number, cause: Error): void {
    const askedAt = this.unknownKeys.get(keyId) ?? fetchesBefore;
    this.unknownKeys.set(keyId, askedAt);
    const [oldest = keyId] = this.unknownKeys.keys();
    if (this.unknownKeys.size > MAX_UNKNOWN_KEYS) this.unknownKeys.delete(oldest);
    if (this.failedAt !== null) throw unavailable(REST_SECONDS, cause);
    if (this.fetches > askedAt) return;
    const leftSeconds = this.keptAt + COOLDOWN_SECONDS - this.clock();
    throw unavailable(Math.min(Math.max(leftSeconds, 1), COOLDOWN_SECONDS), cause);
  }

  private async check(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    const { keys } = this;
    if (typeof keys !== 'function') return (await jwtVerify(token, keys, options)).payload;
    try {
      return await this.checkRemotely(token, keys, options);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !this.mayAskAgain()) throw error;
      await keys.reload();
      return this.checkRemotely(token, keys, options);
    }
  }

  private async checkRemotely(token: string, keys: RemoteKeys, options: JWTVerifyOptions): Promise<JWTPayload> {
    try {
      return (await jwtVerify(token, keys, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      // The token names no key, so that several may be meant.
      for await (const key of error) {
        try {
          return (await jwtVerify(token, key, options)).payload;
        } catch (mismatch) {
          if (!(mismatch instanceof errors.JWSSignatureVerificationFailed)) throw mismatch;
        }
      }
      throw error;
    }
  }

  /** Soon after a failure, once in a while after a success; a clock that was put back ends the wait too. */
  private mayAskAgain(): boolean {
    const now = this.clock();
    const [at, rest] = this.failedAt === null ? [this.keptAt, COOLDOWN_SECONDS] : [this.failedAt, REST_SECONDS];
    return now < at || now >= at + rest;
  }

  private remoteKeys(url: URL): RemoteKeys {
    const fetchKeys: FetchImplementation = async (address, { method, headers, redirect, signal }) => {
      const now = this.clock();
      if (!this.mayAskAgain()) throw new KeysUnavailable('AUTH_JWKS_URL failed a moment ago');
      try {
        const dispatcher = this.proxyTo?.(url);
        const init = { method, headers: [...headers], redirect, signal, ...(dispatcher ? { dispatcher } : {}) };
        const response = await fetch(address, init);
        if (response.status !== 200) throw new Error(`status ${response.status}`);
        const keys = (await response.json()) as JSONWebKeySet;
        // Throws for what is no such set, which a later step would take for the token's fault.
        createLocalJWKSet(keys);
        this.failedAt = null;
        this.kept = keys;
        this.keptAt = now;
        this.fetches++;
        return Response.json(keys);
      } catch (cause) {
        this.failedAt = now;
        // What was signed with a key that is known can be checked without the endpoint.
        if (this.kept && now < this.keptAt + KEPT_SECONDS) return Response.json(this.kept);
        throw new KeysUnavailable('AUTH_JWKS_URL does not answer with a JSON Web Key Set', { cause });
      }
    };
    return createRemoteJWKSet(url, {
      // When keys are asked for again is decided here.
      cooldownDuration: Number.POSITIVE_INFINITY,
      timeoutDuration: FETCH_MS,
      [customFetch]: fetchKeys,
    });
  }
}

function unavailable(retryAfter: number, cause: Error): AppError {
  return new AppError('INTERNAL_ERROR', 'Tokens cannot be checked right now. Try again shortly.', {
    status: 503,
    retryAfter,
    cause,
  });
}

/** The id of the key that a token names; null without one. */
function keyIdOf(token: string): string | null {
  const { kid } = decodeProtectedHeader(token);
  return typeof kid === 'string' ? kid.slice(0, MAX_KEY_ID_CHARACTERS) : null;
}

/** The highest role that a claim names, `agent` without the claim; null when it names none we know. */
function roleOf(claim: unknown): Role | null {
  if (claim === undefined) return 'agent';
  const names: unknown[] = Array.isArray(claim) ? claim : [claim];
  if (!names.every((name) => typeof name === 'string')) return null;
  return ROLES.findLast((role) => names.includes(role)) ?? null;
}
