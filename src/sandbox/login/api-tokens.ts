import { createHash } from 'node:crypto';
import { findUser, SANDBOX_USERS, type SandboxUser } from '../world/accounts.ts';
import { SCOPES } from './scopes.ts';

const DEFAULT_SCOPES: readonly string[] = [
  'read:jira-work',
  'write:jira-work',
  'read:jira-user',
  'read:board-scope:jira-software',
  'read:board-scope.admin:jira-software',
  'read:sprint:jira-software',
  'read:project:jira',
  'read:issue-details:jira',
  'read:jql:jira',
  'read:space:confluence',
  'read:page:confluence',
  'read:folder:confluence',
  'read:hierarchical-content:confluence',
  'read:comment:confluence',
  'read:attachment:confluence',
  'readonly:content.attachment:confluence',
  'read:content.metadata:confluence',
  'read:content-details:confluence',
  'read:confluence-content.all',
  'write:page:confluence',
  'search:confluence',
  'read:user:confluence',
  'read:confluence-user',
];

export interface SandboxApiTokens {
  email: string;
  /** Works on a site's own URL, as its owner, without any check of scopes. */
  unscoped: string;
  /** Works on the gateway, within its scopes. */
  scoped: string;
}

/** Whose token it is, and what it may do: `null` is everything the user may. */
export interface TokenOwner {
  user: SandboxUser;
  scopes: readonly string[] | null;
}

/**
 * The sample API tokens of a user, as made in the account settings. They never change.
 *
 * @param userName a sample user's short name or account id
 * @throws Error for a user who is unknown or reaches no site
 */
export function sandboxApiTokens(userName: string): SandboxApiTokens {
  const user = findUser(userName);
  if (!user || Object.keys(user.reaches).length === 0) throw new Error(`'${userName}' has no API tokens`);
  return {
    email: user.emailAddress,
    unscoped: sampleToken(`${user.name} unscoped`),
    scoped: sampleToken(`${user.name} scoped`),
  };
}

/** The API tokens of all users, and what became of them. */
export class ApiTokens {
  readonly #owners = new Map<string, TokenOwner>();

  constructor() {
    for (const user of SANDBOX_USERS) {
      if (Object.keys(user.reaches).length === 0) continue;
      const { unscoped, scoped } = sandboxApiTokens(user.name);
      this.#owners.set(unscoped, { user, scopes: null });
      this.#owners.set(scoped, { user, scopes: DEFAULT_SCOPES });
    }
  }

  /**
   * @param authorization the header's value
   * @returns null unless it is Basic with a living token and its owner's email, in any case
   */
  owner(authorization: string | undefined): TokenOwner | null {
    const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization ?? '')?.[1];
    if (encoded === undefined) return null;
    const [, email = '', token = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
    const owner = this.#owners.get(token);
    return owner && owner.user.emailAddress.toLowerCase() === email.toLowerCase() ? owner : null;
  }

  /** The user revokes both tokens. */
  revoke(accountId: string): void {
    for (const [token, { user }] of this.#owners) if (user.accountId === accountId) this.#owners.delete(token);
  }

  /**
   * Gives the scoped token other scopes, as if it had been made with them.
   *
   * @throws Error for a scope that the sandbox does not know
   */
  setScopes(accountId: string, scopes: readonly string[]): void {
    const unknown = scopes.find((scope) => !SCOPES.has(scope));
    if (unknown !== undefined) throw new Error(`there is no scope '${unknown}'`);
    for (const [token, owner] of this.#owners) {
      if (owner.user.accountId === accountId && owner.scopes)
        this.#owners.set(token, { ...owner, scopes: [...scopes] });
    }
  }
}

/** 192 characters, as Atlassian's have, which storage and headers downstream must bear. */
function sampleToken(seed: string): string {
  const part = (index: number) => createHash('sha512').update(`sandbox ${seed} ${index}`).digest('base64url');
  return `ATATT3xSandbox${part(1)}${part(2)}${part(3)}`.slice(0, 192);
}
