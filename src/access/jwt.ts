import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import type { JwtConfig } from '../access-settings.ts';
import { AppError } from '../errors.ts';
import { ROLES, type Role } from '../stores/access-store.ts';
import { isKeyId } from './api-keys.ts';
import { COMMAND_CALLER } from './audit.ts';
import { type Clock, TENANT_ID } from './caller.ts';
import type { Identity } from './identity.ts';

/** Asymmetric ones only: with HMAC whoever knows the public key could sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** How far the clocks of issuer and service may differ. */
const TOLERANCE_SECONDS = 60;
/** How often a token with an unknown key id may make us ask for the keys again. */
const COOLDOWN_MS = 60_000;
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

/** Tells who a caller is by the JSON Web Token it sends. */
export class JwtVerifier {
  private readonly keys: KeyObject | RemoteKeys;
  private failedAt: number | null = null;
  /** The last set that was fetched, and when. */
  private kept: { keys: JSONWebKeySet; at: number } | null = null;

  constructor(
    private readonly config: JwtConfig,
    private readonly clock: Clock,
  ) {
    this.keys =
      config.publicKey === null ? this.remoteKeys(new URL(config.jwksUrl ?? '')) : createPublicKey(config.publicKey);
  }

  /**
   * Who `token` shows its sender to be; null when it is refused, whatever the reason.
   * @throws AppError `INTERNAL_ERROR` (503) when the keys cannot be fetched.
   */
  async verify(token: string): Promise<Identity | null> {
    const payload = await this.read(token);
    if (payload === null) return null;
    const tenantId = payload[this.config.tenantClaim];
    const role = roleOf(payload[this.config.roleClaim]);
    if (typeof tenantId !== 'string' || !TENANT_ID.test(tenantId) || role === null) return null;
    if (payload.sub === COMMAND_CALLER || isKeyId(String(payload.sub))) return null;
    const id = typeof payload.sub === 'string' && SUBJECT.test(payload.sub) ? payload.sub : null;
    return { kind: 'jwt', id, tenantId, role };
  }

  private async read(token: string): Promise<JWTPayload | null> {
    const options = {
      algorithms: ALGORITHMS,
      issuer: this.config.issuer,
      audience: this.config.audience,
      requiredClaims: ['exp'],
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: new Date(this.clock() * 1_000),
    };
    try {
      return await this.check(token, options);
    } catch (error) {
      // A key that is not among the known ones may be a new one.
      const unknown = error instanceof errors.JWKSNoMatchingKey && this.failedAt !== null;
      if (error instanceof KeysUnavailable || unknown) {
        throw new AppError('INTERNAL_ERROR', 'Tokens cannot be checked at the moment. Try again shortly.', {
          status: 503,
          retryAfter: REST_SECONDS,
          cause: error,
        });
      }
      // The reason is the issuer's business: told to a caller it would help to guess, and its words hold claims.
      return null;
    }
  }

  private async check(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    if (typeof this.keys !== 'function') return (await jwtVerify(token, this.keys, options)).payload;
    try {
      return (await jwtVerify(token, this.keys, options)).payload;
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

  private remoteKeys(url: URL): RemoteKeys {
    const fetchKeys: FetchImplementation = async (address, init) => {
      const now = this.clock();
      // What was signed with a key that is known can be checked without the endpoint.
      const kept = this.kept && now < this.kept.at + KEPT_SECONDS ? this.kept.keys : null;
      // A clock that was put back ends the rest too.
      const resting = this.failedAt !== null && now >= this.failedAt && now < this.failedAt + REST_SECONDS;
      if (resting) {
        if (kept) return Response.json(kept);
        throw new KeysUnavailable('AUTH_JWKS_URL failed a moment ago');
      }
      try {
        const response = await fetch(address, init);
        if (response.status !== 200) throw new Error(`status ${response.status}`);
        const keys = (await response.json()) as JSONWebKeySet;
        // Throws for what is no such set, which a later step would take for the token's fault.
        createLocalJWKSet(keys);
        this.failedAt = null;
        this.kept = { keys, at: now };
        return Response.json(keys);
      } catch (cause) {
        this.failedAt = now;
        if (kept) return Response.json(kept);
        throw new KeysUnavailable('AUTH_JWKS_URL does not answer with a JSON Web Key Set', { cause });
      }
    };
    return createRemoteJWKSet(url, {
      cooldownDuration: COOLDOWN_MS,
      timeoutDuration: FETCH_MS,
      [customFetch]: fetchKeys,
    });
  }
}

/** The highest role that a claim names, `agent` without the claim; null when it names none we know. */
function roleOf(claim: unknown): Role | null {
  if (claim === undefined) return 'agent';
  const names: unknown[] = Array.isArray(claim) ? claim : [claim];
  if (!names.every((name) => typeof name === 'string')) return null;
  return ROLES.findLast((role) => names.includes(role)) ?? null;
}
