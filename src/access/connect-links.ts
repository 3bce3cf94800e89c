import { createHash, randomBytes } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { AccessStore, ConnectLink } from '../stores/access-store.ts';
import { type ApiKeys, isKeyId } from './api-keys.ts';
import type { Clock } from './caller.ts';
import type { Gatekeeper } from './gatekeeper.ts';

/** How long a link may begin logins, in seconds. */
const LINK_LIFETIME_SECONDS = 600;
/** A login that was begun in the link's last second may take as long as logins may; its mark must outlive it. */
const KEPT_SECONDS = 3_600;
/** 256 bits, which nobody guesses: a fast hash of it is enough to keep. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Stands for a caller who showed who they are, but has no name: a JWT without a subject. No caller is called so. */
const UNNAMED = '';

export interface ConnectLinksDeps {
  store: AccessStore;
  keys: ApiKeys;
  gatekeeper: Gatekeeper;
  clock: Clock;
}

/** What a link is to lead to. */
export interface LinkWish extends Pick<ConnectLink, 'tenantId' | 'provider' | 'returnUrl' | 'caller'> {
  /** Whether it is made while nobody has to show who they are. */
  unauthenticated: boolean;
}

/** A link that may begin a login. */
export interface OpenLink extends ConnectLink {
  /** Whether it was made while nobody had to show who they are. */
  unauthenticated: boolean;
}

/**
 * One-time permissions to connect one product of one tenant, for a person who has no credentials here. A link is used up
 * when a login completes, and not when it is opened: mail and chat programs open links to look at them.
 */
export class ConnectLinks {
  constructor(private readonly deps: ConnectLinksDeps) {}

  /** A new link's token; it is kept nowhere. `expiresAt` is epoch seconds. */
  async issue({ unauthenticated, ...link }: LinkWish): Promise<{ token: string; expiresAt: number }> {
    const token = randomBytes(32).toString('base64url');
    const now = this.deps.clock();
    const expiresAt = now + LINK_LIFETIME_SECONDS;
    const caller = unauthenticated ? null : (link.caller ?? UNNAMED);
    await this.deps.store.putLink({ ...link, caller, id: idOf(token), expiresAt, used: false }, now - KEPT_SECONDS);
    return { token, expiresAt };
  }

  /**
   * The link of a token, which may begin a login.
   * @throws AppError `NOT_FOUND` when it is unknown, expired or used up, its maker's key has ended, or nobody had to show
   *   who they are when it was made and now everybody has to.
   */
  async open(token: string): Promise<OpenLink> {
    const { store, keys, gatekeeper, clock } = this.deps;
    const link = TOKEN.test(token) ? await store.readLink(idOf(token)) : null;
    if (!link || link.used || link.expiresAt <= clock()) throw goneLink();
    const { caller } = link;
    const makerIsGone = caller === null ? await gatekeeper.isOn() : isKeyId(caller) && (await keys.hasEnded(caller));
    if (makerIsGone) throw goneLink();
    return { ...link, caller: caller === UNNAMED ? null : caller, unauthenticated: caller === null };
  }

  /**
   * Completes a login that a link began: the link is used up by the first that succeeds.
   * @throws AppError `NOT_FOUND` when another login was faster, or what `login` throws.
   */
  async using<T>(id: string, login: () => Promise<T>): Promise<T> {
    const { store } = this.deps;
    if (!(await store.useLink(id))) throw goneLink();
    try {
      return await login();
    } catch (error) {
      // What the login failed for matters more than that the link, in the worst case, stays used up.
      await store.freeLink(id).catch(() => undefined);
      throw error;
    }
  }
}

const idOf = (token: string): string => createHash('sha256').update(token).digest('hex');

function goneLink(): AppError {
  return new AppError('NOT_FOUND', 'This link has expired or has already been used. Ask for a new one.');
}
