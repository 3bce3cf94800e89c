import type { SandboxUser } from './accounts.ts';

interface Identity {
  /** Jira's key of the user, which outlives a change of the user name. */
  jiraKey: string;
  /** The same of Confluence. */
  userKey: string;
}

/** By user name. A sample user who is missing here has no account on the Data Center. */
const IDENTITIES: Readonly<Record<string, Identity>> = {
  anna: { jiraKey: 'JIRAUSER10101', userKey: '8a7f808a7c1e4d02017c1e4f3a5b0001' },
  bob: { jiraKey: 'JIRAUSER10102', userKey: '8a7f808a7c1e4d02017c1e4f3a5b0002' },
  carol: { jiraKey: 'JIRAUSER10103', userKey: '8a7f808a7c1e4d02017c1e4f3a5b0003' },
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

/** @returns undefined for a user without an account on the Data Center */
export function identityOf(user: SandboxUser): Identity | undefined {
  return Object.hasOwn(IDENTITIES, user.name) ? IDENTITIES[user.name] : undefined;
}
