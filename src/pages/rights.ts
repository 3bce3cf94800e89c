/** What an OAuth scope lets the service do, in words that need no manual. */
type Deed = 'See' | 'Search' | 'Create and change' | 'Delete' | 'Manage';

/** The classic scopes, which name no single thing. Atlassian, "Jira scopes for OAuth 2.0 (3LO)" and Confluence's. */
const CLASSIC: Record<string, readonly [Deed, ...string[]]> = {
  'read:jira-work': ['See', 'projects', 'issues', 'comments', 'files'],
  'write:jira-work': ['Create and change', 'issues', 'comments'],
  'read:jira-user': ['See', 'the names of people'],
  'manage:jira-project': ['Manage', 'the settings of projects'],
  'manage:jira-configuration': ['Manage', 'the settings of Jira'],
  'manage:jira-webhook': ['Manage', 'webhooks'],
  'search:confluence': ['Search', 'Confluence'],
  'read:confluence-user': ['See', 'the names of people'],
  'read:confluence-content.all': ['See', 'pages', 'blog posts', 'comments'],
  'read:confluence-content.summary': ['See', 'summaries of pages and blog posts'],
  'read:confluence-content.permission': ['See', 'who may see a page'],
  'read:confluence-space.summary': ['See', 'spaces'],
  'read:confluence-props': ['See', 'properties of pages'],
  'write:confluence-content': ['Create and change', 'pages', 'comments'],
  'write:confluence-space': ['Create and change', 'spaces'],
  'write:confluence-file': ['Create and change', 'files'],
  'readonly:content.attachment:confluence': ['See', 'files'],
  'manage:confluence-configuration': ['Manage', 'the settings of Confluence'],
  'read:me': ['See', 'your name, picture and e-mail address'],
  'read:account': ['See', 'your Atlassian account'],
};

/** What granular scopes are about (`read:page:confluence`), where their own word says too little or too much. */
const THINGS: Record<string, readonly string[]> = {
  'content-details': ['pages', 'blog posts'],
  'content.metadata': ['labels', 'properties of pages'],
  'content.property': ['properties of pages'],
  'hierarchical-content': ['the order of pages'],
  'issue-details': ['issues'],
  jql: ['the fields to search by'],
  'board-scope': ['boards'],
  'board-scope.admin': ['the settings of boards'],
  attachment: ['files'],
  'comment.property': ['properties of comments'],
  user: ['the names of people'],
};

const DEEDS: Record<string, Deed> = {
  read: 'See',
  readonly: 'See',
  search: 'Search',
  write: 'Create and change',
  delete: 'Delete',
  manage: 'Manage',
};
const ORDER: readonly Deed[] = ['See', 'Search', 'Create and change', 'Delete', 'Manage'];
/** What people look for first: what holds others, then what they work on. All else comes after it, by the alphabet. */
const FIRST = [
  ...['projects', 'boards', 'sprints', 'issues'],
  ...['spaces', 'folders', 'pages', 'blog posts'],
  ...['comments', 'files', 'labels'],
];

/** What may be done, and to what: each once. */
export interface Right {
  deed: Deed;
  things: string[];
}

export interface ScopesOfApi {
  /** Null for what belongs to neither product. */
  product: 'Jira' | 'Confluence' | null;
  scopes: string[];
}

/** The scopes of each product that has some, then those of neither; without `offline_access`, which no console lists. */
export function byProduct(scopes: readonly string[]): ScopesOfApi[] {
  return (['Jira', 'Confluence', null] as const).flatMap((product) => {
    const own = scopes.filter((scope) => productOf(scope) === product && scope !== 'offline_access');
    return own.length === 0 ? [] : [{ product, scopes: own }];
  });
}

function productOf(scope: string): ScopesOfApi['product'] {
  if (scope.includes('confluence')) return 'Confluence';
  return scope.includes('jira') ? 'Jira' : null;
}

/** Whether Atlassian's console lists a scope among the granular ones, which have a tab of their own. */
export function isGranular(scope: string): boolean {
  return scope.split(':').length > 2 && !Object.hasOwn(CLASSIC, scope);
}

/**
 * What `scopes` allow, in words. A scope that is not known is told by its own name, and `offline_access`, which allows
 * nothing by itself, is not.
 */
export function rightsOf(scopes: readonly string[]): Right[] {
  const rights = scopes.filter((scope) => scope !== 'offline_access').map(rightOf);
  return ORDER.flatMap((deed) => {
    const things = new Set(rights.filter((right) => right.deed === deed).flatMap((right) => right.things));
    return things.size === 0 ? [] : [{ deed, things: [...things].sort(byImportance) }];
  });
}

function byImportance(one: string, other: string): number {
  const [rank, otherRank] = [one, other].map((thing) => FIRST.indexOf(thing) + 1 || FIRST.length + 1) as [
    number,
    number,
  ];
  return rank - otherRank || (one < other ? -1 : 1);
}

function rightOf(scope: string): { deed: Deed; things: readonly string[] } {
  const [deed, ...things] = (Object.hasOwn(CLASSIC, scope) && CLASSIC[scope]) || [];
  if (deed !== undefined) return { deed, things };
  const [verb = '', noun = ''] = scope.split(':');
  if (!Object.hasOwn(DEEDS, verb) || noun === '') return { deed: 'Manage', things: [scope] };
  const named = Object.hasOwn(THINGS, noun) ? THINGS[noun] : undefined;
  return { deed: DEEDS[verb] ?? 'See', things: named ?? [plural(noun.replace(/[-._]/g, ' '))] };
}

const plural = (noun: string): string =>
  /(?:s|content)$/.test(noun) ? noun : noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`;
