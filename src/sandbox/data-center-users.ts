import { findUser, type Product, SANDBOX_USERS, type SandboxUser } from './accounts.ts';

/** The personal access tokens of a sample user; null where the user has no account on that product. */
export interface SandboxPats {
  jira: string | null;
  confluence: string | null;
}

interface Identity {
  /** Jira's key of the user, which outlives a change of the user name. */
  jiraKey: string;
  /** The same of Confluence. */
  userKey: string;
  pats: SandboxPats;
}

/** By user name. A sample user who is missing here has no account on the Data Center. */
const IDENTITIES: Readonly<Record<string, Identity>> = {
  anna: {
    jiraKey: 'JIRAUSER10101',
    userKey: '8a7f808a7c1e4d02017c1e4f3a5b0001',
    pats: {
      jira: 'amlyYSBhbm5hIHNhbXBsZSBwZXJzb25hbCB0b2tlbi4u',
      confluence: 'Y29uZmx1ZW5jZSBhbm5hIHNhbXBsZSBwZXJzb25hbCB0',
    },
  },
  bob: {
    jiraKey: 'JIRAUSER10102',
    userKey: '8a7f808a7c1e4d02017c1e4f3a5b0002',
    pats: {
      jira: 'amlyYSBib2Igc2FtcGxlIHBlcnNvbmFsIHRva2VuLi4u',
      confluence: 'Y29uZmx1ZW5jZSBib2Igc2FtcGxlIHBlcnNvbmFsIHRv',
    },
  },
  carol: {
    jiraKey: 'JIRAUSER10103',
    userKey: '8a7f808a7c1e4d02017c1e4f3a5b0003',
    pats: { jira: 'amlyYSBjYXJvbCBzYW1wbGUgcGVyc29uYWwgdG9rZW4u', confluence: null },
  },
};

/** Who calls without credentials. */
export const ANONYMOUS: SandboxUser = {
  name: '',
  accountId: '',
  displayName: 'Anonymous',
  emailAddress: '',
  timeZone: 'UTC',
  about: '',
  reaches: {},
};

/**
 * @param user a sample user's short name or account id
 * @throws Error where there is no such sample user
 */
export function sandboxPats(user: string): SandboxPats {
  const found = findUser(user);
  if (!found) throw new Error(`there is no sample user '${user}'`);
  return { ...(identityOf(found)?.pats ?? { jira: null, confluence: null }) };
}

/** @returns undefined for a user without an account on the Data Center */
export function identityOf(user: SandboxUser): Identity | undefined {
  return Object.hasOwn(IDENTITIES, user.name) ? IDENTITIES[user.name] : undefined;
}

/** The personal access tokens that still work. */
export class Pats {
  readonly #revoked = new Set<string>();

  /** @returns undefined where the token is not one of this product, or is revoked */
  userOf(product: Product, token: string): SandboxUser | undefined {
    return SANDBOX_USERS.find((user) => !this.#revoked.has(user.name) && identityOf(user)?.pats[product] === token);
  }

  revoke(user: SandboxUser): void {
    this.#revoked.add(user.name);
  }
}
