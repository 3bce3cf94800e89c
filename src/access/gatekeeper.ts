import { AppError } from '../errors.ts';
import { andThen, type MaybePromise } from '../maybe-promise.ts';
import { type ApiKeys, looksLikeKey } from './api-keys.ts';
import type { Identity } from './identity.ts';
import type { JwtVerifier } from './jwt.ts';

/** What a request carries to show who it comes from. */
export interface Credentials {
  /** The header `Authorization`. */
  authorization: string | undefined;
  /** The header `X-Api-Key`. */
  apiKey: string | undefined;
}

interface Log {
  info(facts: object, message: string): void;
}

export interface GatekeeperDeps {
  keys: ApiKeys;
  /** Null where no JWTs are taken. */
  jwt: JwtVerifier | null;
  /** Whether everybody may call whatever keys there are. */
  allowUnauthenticated: boolean;
}

/** Decides who is let in. */
export class Gatekeeper {
  private on = false;

  constructor(private readonly deps: GatekeeperDeps) {}

  /**
   * Whether callers must show who they are: from the first key ever made on, or with JWTs set up, unless that is
   * switched off.
   * @throws AppError `INTERNAL_ERROR` 503 while the store is away: then nobody is let in.
   */
  isOn(): MaybePromise<boolean> {
    const { keys, jwt, allowUnauthenticated } = this.deps;
    const made = allowUnauthenticated || jwt !== null ? !allowUnauthenticated : keys.everMade();
    return andThen(made, (isOn) => {
      this.on = isOn;
      return isOn;
    });
  }

  /** What `isOn` told last, for those who cannot wait. */
  get wasOn(): boolean {
    return this.on;
  }

  /**
   * Who a request comes from, where callers must show it.
   * @throws AppError `UNAUTHORIZED` without credentials, or with ones that are not valid; why they are not is told to the log
   *   alone, for JWTs.
   */
  identify(credentials: Credentials, log: Log): MaybePromise<Identity> {
    const presented = presentedBy(credentials);
    if (presented === null) {
      throw unauthorized('Credentials are missing: send Authorization: Bearer <API key or JWT>, or X-Api-Key.', {});
    }
    return andThen(this.bearerOf(presented, log), known);
  }

  private bearerOf({ text, isKey }: Presented, log: Log): MaybePromise<Identity | null> {
    const { keys, jwt } = this.deps;
    if (looksLikeKey(text)) return keys.verify(text);
    return isKey || jwt === null ? null : jwt.verify(text, log);
  }
}

function known(identity: Identity | null): Identity {
  if (identity) return identity;
  throw unauthorized('The credentials are invalid, expired or revoked.', {
    reason: 'invalid_token',
  });
}

interface Presented {
  text: string;
  /** Whether it came where only a key can be. */
  isKey: boolean;
}

/** The key or token, or null when there is none. */
function presentedBy({ authorization, apiKey }: Credentials): Presented | null {
  if (authorization === undefined) return apiKey === undefined ? null : { text: apiKey, isKey: true };
  const token = /^bearer +(\S+) *$/i.exec(authorization)?.[1];
  if (token === undefined) {
    throw unauthorized('Authorization must be: Bearer <API key or JWT>.', { reason: 'invalid_request' });
  }
  // Of two that differ, neither is believed rather than one.
  if (apiKey !== undefined && apiKey !== token) {
    throw unauthorized('Authorization and X-Api-Key differ: send one of them.', { reason: 'invalid_request' });
  }
  return { text: token, isKey: false };
}

function unauthorized(message: string, details: Record<string, unknown>): AppError {
  return new AppError('UNAUTHORIZED', message, { details: { source: 'caller', ...details } });
}
