import { findUser, type Product, SANDBOX_USERS, type SandboxUser } from '../world/accounts.ts';

/** The personal access tokens of a sample user; null where the user has no account on that product. */
export interface SandboxPats {
  jira: string | null;
  confluence: string | null;
}

const NONE: SandboxPats = { jira: null, confluence: null };

/** By user name. */
const SAMPLES: Readonly<Record<string, SandboxPats>> = {
  anna: {
    jira: 'amlyYSBhbm5hIHNhbXBsZSBwZXJzb25hbCB0b2tlbi4u',
    confluence: 'Y29uZmx1ZW5jZSBhbm5hIHNhbXBsZSBwZXJzb25hbCB0',
  },
  bob: {
    jira: 'amlyYSBib2Igc2FtcGxlIHBlcnNvbmFsIHRva2VuLi4u',
    confluence: 'Y29uZmx1ZW5jZSBib2Igc2FtcGxlIHBlcnNvbmFsIHRv',
  },
  carol: { jira: 'amlyYSBjYXJvbCBzYW1wbGUgcGVyc29uYWwgdG9rZW4u', confluence: null },
};

/**
 * @param user a sample user's short name or account id
 * @throws Error where there is no such sample user
 */
export function sandboxPats(user: string): SandboxPats {
  const found = findUser(user);
  if (!found) throw new Error(`there is no sample user '${user}'`);
  return { ...samplesOf(found) };
}

/** The personal access tokens that still work. */
export class Pats {
  readonly #revoked = new Set<string>();

  /** @returns undefined where the token is not one of this product, or is revoked */
  userOf(product: Product, token: string): SandboxUser | undefined {
    return SANDBOX_USERS.find((user) => !this.#revoked.has(user.name) && samplesOf(user)[product] === token);
  }

  revoke(user: SandboxUser): void {
    this.#revoked.add(user.name);
  }
}

function samplesOf({ name }: SandboxUser): SandboxPats {
  return (Object.hasOwn(SAMPLES, name) ? SAMPLES[name] : undefined) ?? NONE;
}
