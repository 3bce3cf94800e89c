import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../access/caller.ts';
import { PROVIDERS } from '../../config.ts';
import { AppError } from '../../errors.ts';
import { type Sealed, sealedText } from '../../stores/sealed.ts';
import { Signer, sameText } from '../signer.ts';
import { loginCookieName } from './login-cookie.ts';

export const STATE_LIFETIME_SECONDS = 600;

/** What a login remembers on its way through Atlassian. */
export interface Login {
  id: string;
  provider: (typeof PROVIDERS)[number];
  tenantId: string;
  returnUrl: string | null;
  /** The caller's own state, handed back as it came. */
  callerState: string | null;
  /** Who began it, sealed: the state passes through Atlassian and the browser. Null for nobody in particular. */
  caller: Sealed | null;
  /** The connect link that began it, if one did. */
  linkId: string | null;
  /** The token of that link, sealed, so that a login that fails can lead back to it. */
  linkToken?: Sealed | null | undefined;
  /** Whether it was begun while nobody had to show who they are. */
  unauthenticated?: boolean | undefined;
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
  caller: sealedText.nullable().default(null),
  linkId: z.string().nullable().default(null),
  linkToken: sealedText.nullable().optional(),
  unauthenticated: z.boolean().optional(),
  expiresAt: z.int(),
  /** Hash of the cookie's value: the state is worthless in another browser. */
  browser: z.string(),
});

/** Signs and reads the OAuth `state`. Needs no memory, so any instance reads what another signed. */
export class LoginStates {
  private readonly signer: Signer;

  constructor(
    key: Buffer,
    private readonly clock: Clock,
  ) {
    this.signer = new Signer(key);
  }

  /** The signed state and the cookie that binds it to the browser. */
  issue(login: Omit<Login, 'id' | 'expiresAt'>): {
    login: Login;
    state: string;
    cookie: { name: string; value: string };
  } {
    const value = randomBytes(24).toString('base64url');
    const id = randomBytes(12).toString('base64url');
    const issued = { ...login, id, expiresAt: this.clock() + STATE_LIFETIME_SECONDS };
    const state = this.signer.sign({ ...issued, browser: hash(value) });
    return { login: issued, state, cookie: { name: loginCookieName(id), value } };
  }

  /**
   * Reads a state that came back.
   * @throws AppError `VALIDATION` 422 when it is missing, forged, expired, or of another browser.
   */
  read(state: string | undefined, cookies: Record<string, string | undefined>): Login & { cookieName: string } {
    if (!state) throw refused('The OAuth state is missing.');
    const signed = this.signer.read(state);
    if (signed === null) throw refused('The OAuth state was not issued by this service.');
    const { browser, ...login } = Payload.parse(signed);
    if (login.expiresAt <= this.clock()) throw refused('The OAuth state has expired. Start the login again.');
    const cookieName = loginCookieName(login.id);
    const cookie = cookies[cookieName];
    if (cookie === undefined || !sameText(hash(cookie), browser)) {
      throw refused(
        "The login's cookie is missing or belongs to another browser. Start the login in this browser, on the host of the callback URL (localhost and 127.0.0.1 do not share cookies), by navigating to it or by fetching it with credentials:'include'.",
      );
    }
    return { ...login, cookieName };
  }
}

export function refused(message: string): AppError {
  return new AppError('VALIDATION', message, { status: 422, details: { parameter: 'state' } });
}

const hash = (value: string): string => createHash('sha256').update(value).digest('base64url');

/** What binds the sealed PKCE verifier to its login. */
export const verifierBinding = (stateId: string): string => `login:${stateId}`;

/** What binds the sealed caller of a login to it. */
export const callerBinding = (provider: string, tenantId: string): string => `login caller:${provider}:${tenantId}`;

/** What binds the sealed token of a connect link to the login that it began. */
export const linkBinding = (provider: string, tenantId: string): string => `login link:${provider}:${tenantId}`;
