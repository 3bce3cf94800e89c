/** What an OAuth scope lets the service do, in words that need no manual. */
type Deed = 'See' | 'Search' | 'Create and change' | 'Delete' | 'Manage';

/** The classic scopes, which name no single thing. Atlassian, "Jira scopes for OAuth 2.0 (3LO)" and Confluence's. */
const CLASSIC: Record<string, readonly [Deed, string]> = {
  'read:jira-work': ['See', 'projects and issues, with their comments and files'],
  'write:jira-work': ['Create and change', 'issues and comments'],
  'read:jira-user': ['See', 'the names of people in Jira'],
  'manage:jira-project': ['Manage', 'the settings of projects'],
  'manage:jira-configuration': ['Manage', 'the settings of Jira'],
  'manage:jira-webhook': ['Manage', 'webhooks'],
  'search:confluence': ['Search', 'Confluence'],
  'read:confluence-user': ['See', 'the names of people in Confluence'],
  'read:confluence-content.all': ['See', 'pages and blog posts, with their comments'],
  'read:confluence-content.summary': ['See', 'summaries of pages and blog posts'],
  'read:confluence-content.permission': ['See', 'who may see a page'],
  'read:confluence-space.summary': ['See', 'spaces'],
  'read:confluence-props': ['See', 'properties of pages'],
  'write:confluence-content': ['Create and change', 'pages and comments'],
  'write:confluence-space': ['Create and change', 'spaces'],
  'write:confluence-file': ['Create and change', 'files on pages'],
  'readonly:content.attachment:confluence': ['See', 'files on pages'],
  'manage:confluence-configuration': ['Manage', 'the settings of Confluence'],
  'read:me': ['See', 'your name, picture and e-mail address'],
  'read:account': ['See', 'your Atlassian account'],
};

/** What granular scopes are about (`read:page:confluence`), where their own word says too little or too much. */
const THINGS: Record<string, string> = {
  'content-details': 'details of pages',
  'content.metadata': 'labels and other facts about pages',
  'hierarchical-content': 'how pages are ordered',
  'issue-details': 'details of issues',
  jql: 'what can be searched for',
  'board-scope': 'boards',
  'board-scope.admin': 'the settings of boards',
  attachment: 'files',
  'comment.property': 'properties of comments',
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

/** What may be done, and to what: each once. */
export interface Right {
  deed: Deed;
  things: string[];
}

/**
 * What `scopes` allow, in words. A scope that is not known is told by its own name, and `offline_access`, which allows
 * nothing by itself, is not.
 */
export function rightsOf(scopes: readonly string[]): Right[] {
  const rights = scopes.flatMap((scope) => {
    const right = rightOf(scope);
    return right === null ? [] : [right];
  });
  return ORDER.flatMap((deed) => {
    const things = new Set(rights.filter((right) => right.deed === deed).map(({ thing }) => thing));
    return things.size === 0 ? [] : [{ deed, things: [...things] }];
  });
}

function rightOf(scope: string): { deed: Deed; thing: string } | null {
  if (scope === 'offline_access') return null;
  if (Object.hasOwn(CLASSIC, scope)) {
    const [deed, thing] = CLASSIC[scope] ?? ['See', scope];
    return { deed, thing };
  }
  const [verb = '', noun = ''] = scope.split(':');
  if (!Object.hasOwn(DEEDS, verb) || noun === '') return { deed: 'Manage', thing: scope };
  const thing = Object.hasOwn(THINGS, noun) ? THINGS[noun] : plural(noun.replace(/[-._]/g, ' '));
  return { deed: DEEDS[verb] ?? 'See', thing: thing ?? scope };
}

const plural = (noun: string): string =>
  /(?:s|content)$/.test(noun) ? noun : noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`;
