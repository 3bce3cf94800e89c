export type Product = 'jira' | 'confluence';

export interface SandboxUser {
  /** Short name for tests and the demo. */
  name: string;
  accountId: string;
  displayName: string;
  emailAddress: string;
  timeZone: string;
  /** What the consent page says of this user. */
  about: string;
  /** Site name to the products reached there. */
  reaches: Readonly<Record<string, readonly Product[]>>;
}

export interface SandboxSite {
  name: string;
  cloudId: string;
}

export const SANDBOX_SITES = [
  { name: 'acme', cloudId: '7d3f5a52-1c0e-4b7a-9a56-2f6c1e0b8d41' },
  { name: 'globex', cloudId: 'c19e8b07-64d2-4f3b-8a0d-5be27f94a6c3' },
] as const satisfies readonly SandboxSite[];

const EVERYTHING: readonly Product[] = ['jira', 'confluence'];

export const SANDBOX_USERS: readonly SandboxUser[] = [
  {
    name: 'anna',
    accountId: '5f1a90c27d3be40068a1c2d1',
    displayName: 'Anna Muster',
    emailAddress: 'anna@example.com',
    timeZone: 'Europe/Zurich',
    about: 'Jira and Confluence on acme and globex',
    reaches: { acme: EVERYTHING, globex: EVERYTHING },
  },
  {
    name: 'bob',
    accountId: '5f1a90c27d3be40068a1c2d2',
    displayName: 'Bob Example',
    emailAddress: 'bob@example.com',
    timeZone: 'America/New_York',
    about: 'Jira and Confluence on acme and globex',
    reaches: { acme: EVERYTHING, globex: EVERYTHING },
  },
  {
    name: 'carol',
    accountId: '712020:3b8f6d1e-90a4-4c57-b2d3-6e1f0a9c8b75',
    displayName: 'Carol Núñez',
    emailAddress: 'carol@example.com',
    timeZone: 'Europe/Madrid',
    about: 'Jira on acme only, no Confluence',
    reaches: { acme: ['jira'] },
  },
  {
    name: 'dave',
    accountId: '712020:d41c7a90-5e2b-4f68-8c13-a7b9e05f6d24',
    displayName: 'Dave O’Site',
    emailAddress: 'dave@example.com',
    timeZone: 'Europe/London',
    about: 'no site at all',
    reaches: {},
  },
];

/** Finds a sample user by short name or account id. */
export function findUser(nameOrAccountId: string): SandboxUser | undefined {
  return SANDBOX_USERS.find((user) => user.name === nameOrAccountId || user.accountId === nameOrAccountId);
}

/** @throws Error where the sample data names somebody who is not among the sample users */
export function sampleAccountId(name: string): string {
  const user = findUser(name);
  if (!user) throw new Error(`the sample data names '${name}', who is not among the sample users`);
  return user.accountId;
}
