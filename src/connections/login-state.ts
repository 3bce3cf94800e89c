import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../access/caller.ts';
import { PROVIDERS } from '../config.ts';
import { AppError } from '../errors.ts';

export const STATE_LIFETIME_SECONDS = 600;
const COOKIE_PREFIX = 'atlassian_login_';

/** What a login remembers on its way through Atlassian. */
export interface Login {
  id: string;
  provider: (typeof PROVIDERS)[number];
  tenantId: string;
  returnUrl: string | null;
  /** The caller's own state, handed back as it came. */
  callerState: string | null;
  /** Who began it, sealed: the state passes through Atlassian and the browser. Null for nobody in particular. */
  caller: string | null;
  /** The connect link that began it, if one did. */
  linkId: string | null;
  /** Epoch seconds. */
  expiresAt: number;
}

const Payload = z.object({
  id: z.string(),
  provider: z.enum(PROVIDERS),
  tenantId: z.string(),
  returnUrl: z.string().nullable(),
  callerState: z.string().nullable(),
  // An instance of an earlier version may have begun it.
  caller: z.string().nullable().default(null),
  linkId: z.string().nullable().default(null),
  expiresAt: z.int(),
  /** Hash of the cookie's value: the state is worthless in another browser. */
  browser: z.string(),
});

/** Signs and reads the OAuth `state`. Needs no memory, so any instance reads what another signed. */
export class LoginStates {
  constructor(
    private readonly key: Buffer,
    private readonly clock: Clock,
  ) {}

  /** The signed state and the cookie that binds it to the browser. */
  issue(login: Omit<Login, 'id' | 'expiresAt'>): {
    login: Login;
    state: string;
    cookie: { name: string; value: string };
  } {
    const value = randomBytes(24).toString('base64url');
    const id = randomBytes(12).toString('base64url');
    const issued = { ...login, id, expiresAt: this.clock() + STATE_LIFETIME_SECONDS };
    const payload = Buffer.from(JSON.stringify({ ...issued, browser: hash(value) })).toString('base64url');
    return { login: issued, state: `${payload}.${this.sign(payload)}`, cookie: { name: COOKIE_PREFIX + id, value } };
  }

  /**
   * Reads a state that came back.
   * @throws AppError `VALIDATION` 422 when it is missing, forged, expired, or of another browser.
   */
  read(state: string | undefined, cookies: Record<string, string | undefined>): Login & { cookieName: string } {
    if (!state) throw refused('The OAuth state is missing.');
    const [payload = '', signature = ''] = state.split('.');
    if (state.split('.').length !== 2 || !same(signature, this.sign(payload))) {
      throw refused('The OAuth state was not issued by this service.');
    }
    const { browser, ...login } = Payload.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
    if (login.expiresAt <= this.clock()) throw refused('The OAuth state has expired: start the login again.');
    const cookieName = COOKIE_PREFIX + login.id;
    const cookie = cookies[cookieName];
    if (cookie === undefined || !same(hash(cookie), browser)) {
      throw refused(
        "The login's cookie is missing or of another browser: start the login in this browser, on the host of the callback URL (localhost and 127.0.0.1 do not share cookies), by navigating to it or with credentials:'include'.",
      );
    }
    return { ...login, cookieName };
  }

  private sign(payload: string): string {
    return createHmac('sha256', this.key).update(payload).digest('base64url');
  }
}

export function refused(message: string): AppError {
  return new AppError('VALIDATION', message, { status: 422, details: { parameter: 'state' } });
}

const hash = (value: string): string => createHash('sha256').update(value).digest('base64url');

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The place that the PKCE verifier of a login is sealed for. */
export const verifierPlace = (stateId: string): string => `login:${stateId}`;

/** The place that the caller of a login is sealed for. */
export const callerPlace = (provider: string, tenantId: string): string => `login caller:${provider}:${tenantId}`;
