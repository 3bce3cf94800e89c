import type { Product } from '../world/accounts.ts';

interface Scope {
  product: Product | null;
  /** What the consent page calls it. */
  words: string;
}

/** The scopes that the sandbox's application may ask for; any other is refused, as one not enabled in the console is. */
export const SCOPES: ReadonlyMap<string, Scope> = new Map<string, Scope>([
  ['read:jira-work', { product: 'jira', words: 'View Jira projects and issues' }],
  ['write:jira-work', { product: 'jira', words: 'Create and change Jira issues' }],
  ['read:jira-user', { product: 'jira', words: 'View Jira user profiles' }],
  ['read:board-scope:jira-software', { product: 'jira', words: 'View Jira boards' }],
  ['read:board-scope.admin:jira-software', { product: 'jira', words: 'View how Jira boards are set up' }],
  ['read:sprint:jira-software', { product: 'jira', words: 'View Jira sprints' }],
  ['read:project:jira', { product: 'jira', words: 'View Jira projects' }],
  ['read:issue-details:jira', { product: 'jira', words: 'View Jira issues in detail' }],
  ['read:jql:jira', { product: 'jira', words: 'View JQL' }],
  ['manage:jira-webhook', { product: 'jira', words: 'Manage Jira webhooks' }],
  ['read:space:confluence', { product: 'confluence', words: 'View Confluence spaces' }],
  ['read:page:confluence', { product: 'confluence', words: 'View Confluence pages' }],
  ['read:folder:confluence', { product: 'confluence', words: 'View Confluence folders' }],
  ['read:hierarchical-content:confluence', { product: 'confluence', words: 'View the tree of Confluence content' }],
  ['read:attachment:confluence', { product: 'confluence', words: 'View and download Confluence attachments' }],
  ['readonly:content.attachment:confluence', { product: 'confluence', words: 'Download Confluence attachments' }],
  ['read:content.metadata:confluence', { product: 'confluence', words: 'View metadata of Confluence content' }],
  ['read:confluence-content.all', { product: 'confluence', words: 'View Confluence content' }],
  ['write:page:confluence', { product: 'confluence', words: 'Create and change Confluence pages' }],
  ['delete:page:confluence', { product: 'confluence', words: 'Delete Confluence pages' }],
  ['read:comment:confluence', { product: 'confluence', words: 'View Confluence comments' }],
  ['write:comment:confluence', { product: 'confluence', words: 'Write Confluence comments' }],
  ['read:content-details:confluence', { product: 'confluence', words: 'View Confluence content in detail' }],
  ['search:confluence', { product: 'confluence', words: 'Search Confluence' }],
  ['read:user:confluence', { product: 'confluence', words: 'View people in Confluence' }],
  ['read:confluence-user', { product: 'confluence', words: 'View Confluence user profiles' }],
  ['offline_access', { product: null, words: 'Keep this access when you are not there' }],
]);

/** Splits a `scope` parameter, dropping repetitions. */
export function splitScopes(scope: string): string[] {
  return [...new Set(scope.split(' ').filter((part) => part !== ''))];
}

export function scopesOf(product: Product, scopes: readonly string[]): string[] {
  return scopes.filter((scope) => SCOPES.get(scope)?.product === product);
}
