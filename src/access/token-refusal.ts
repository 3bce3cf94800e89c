import { decodeProtectedHeader, errors, type JWTPayload } from 'jose';
import { withoutSecrets } from '../secret-text.ts';

/** Why a token is refused, for the log. Never holds the token. */
export interface TokenRefusal {
  problem: string;
  /** The claim it is about. */
  claim?: string;
  expected?: string;
  /** A piece of what was there instead: of a claim only where the issuer's signature is good. */
  found?: string;
  /** By how many seconds. */
  seconds?: number;
}

export interface RefusedToken {
  token: string;
  issuer: string;
  audience: string[];
  /** Epoch seconds. */
  now: number;
}

const MAX_SHOWN_CHARACTERS = 100;

/**
 * The claim of this name, or, where there is none and the name has dots, what they lead to: `realm_access.roles` is
 * `roles` in `realm_access`.
 */
export function claimAt(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  let value: unknown = payload;
  for (const member of name.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, member)) {
      return undefined;
    }
    value = (value as Record<string, unknown>)[member];
  }
  return value;
}

/** A short piece of what came from elsewhere, on one line, without what may be a secret. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value);
  const plain = withoutSecrets(text.slice(0, 2 * MAX_SHOWN_CHARACTERS)).replace(/\p{C}/gu, ' ');
  return plain.length <= MAX_SHOWN_CHARACTERS ? plain : `${plain.slice(0, MAX_SHOWN_CHARACTERS)}…`;
}

/** What an error of the check says of the token. Signatures are checked before claims. */
export function tokenRefusalOf(error: unknown, { token, issuer, audience, now }: RefusedToken): TokenRefusal {
  if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed) {
    const { claim, payload } = error;
    const value = payload[claim];
    if (value === undefined) return { claim, problem: 'missing' };
    if (claim === 'exp' && typeof value === 'number') return { claim, problem: 'expired', seconds: now - value };
    if (claim === 'nbf' && typeof value === 'number') return { claim, problem: 'not valid yet', seconds: value - now };
    const expected = { iss: issuer, aud: audience.join(', ') }[claim];
    return { claim, problem: 'wrong', ...(expected === undefined ? {} : { expected, found: shown(value) }) };
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return { problem: 'unknown key id', found: shown(decodeProtectedHeader(token).kid) };
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSMultipleMatchingKeys) {
    return { problem: 'bad signature' };
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) {
    return { problem: 'algorithm not allowed', found: shown(decodeProtectedHeader(token).alg) };
  }
  return { problem: 'not a JSON Web Token that can be checked' };
}
