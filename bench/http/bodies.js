// What Atlassian's Cloud answers, in the shape and about the length that it has.
const SITE = 'http://127.0.0.1:1/rest';
const avatars = (path) =>
  Object.fromEntries([48, 24, 16, 32].map((size) => [`${size}x${size}`, `${SITE}/${path}?size=${size}`]));
const person = (n) => ({
  self: `${SITE}/api/3/user?accountId=5b10ac8d82e05b22cc7d4e${n}`,
  accountId: `5b10ac8d82e05b22cc7d4e${n}`,
  emailAddress: `person${n}@example.com`,
  avatarUrls: avatars(`avatars/${n}`),
  displayName: `Person Number ${n}`,
  active: true,
  timeZone: 'Europe/Berlin',
  accountType: 'atlassian',
});
const project = (n) => ({
  expand: 'description,lead,issueTypes,url,projectKeys,permissions,insight',
  self: `${SITE}/api/3/project/${10_000 + n}`,
  id: String(10_000 + n),
  key: `PRJ${n}`,
  name: `Project number ${n}`,
  projectTypeKey: 'software',
  simplified: false,
  style: 'classic',
  isPrivate: false,
  avatarUrls: avatars(`avatars/project/${n}`),
});
const SENTENCE =
  'When a person enters the right password twice in a row, the second attempt fails with a message that says nothing about the reason, and only a new session helps. ';
const paragraph = (text) => ({ type: 'paragraph', content: [{ type: 'text', text }] });
const DESCRIPTION = {
  version: 1,
  type: 'doc',
  content: [
    paragraph(SENTENCE.repeat(2)),
    {
      type: 'bulletList',
      content: [1, 2, 3].map((n) => ({ type: 'listItem', content: [paragraph(`Step ${n}: ${SENTENCE}`)] })),
    },
    {
      type: 'paragraph',
      content: [
        { type: 'text', text: 'It began with ' },
        { type: 'text', text: 'version 2.4', marks: [{ type: 'strong' }] },
        { type: 'text', text: '.' },
      ],
    },
  ],
};
const issue = (n) => ({
  expand: 'operations,versionedRepresentations,editmeta,changelog,renderedFields',
  id: String(20_000 + n),
  self: `${SITE}/api/3/issue/${20_000 + n}`,
  key: `PRJ1-${n}`,
  fields: {
    summary: `Login fails after the second attempt (${n})`,
    description: DESCRIPTION,
    updated: '2026-03-01T10:15:30.123+0100',
    created: '2026-02-01T10:15:30.123+0100',
    project: project(1),
    issuetype: {
      self: `${SITE}/api/3/issuetype/10001`,
      id: '10001',
      description: 'A problem which impairs or prevents the functions of the product.',
      iconUrl: `${SITE}/avatar/10303`,
      name: 'Bug',
      subtask: false,
      avatarId: 10_303,
      hierarchyLevel: 0,
    },
    status: {
      self: `${SITE}/api/3/status/3`,
      description: 'This issue is being worked on.',
      iconUrl: `${SITE}/icons/inprogress.png`,
      name: 'In Progress',
      id: '3',
      statusCategory: {
        self: `${SITE}/statuscategory/4`,
        id: 4,
        key: 'indeterminate',
        colorName: 'yellow',
        name: 'In Progress',
      },
    },
    priority: { self: `${SITE}/api/3/priority/2`, iconUrl: `${SITE}/high.svg`, name: 'High', id: '2' },
    assignee: person(10 + (n % 80)),
    reporter: person(11 + (n % 80)),
    labels: ['login', 'customer'],
    comment: { comments: [], maxResults: 0, total: 0, startAt: 0 },
    issuelinks: [],
    attachment: [],
  },
});
const page = (n) => ({
  content: {
    id: String(60_000 + n),
    type: 'page',
    status: 'current',
    title: `How we handle logins, part ${n}`,
    space: { id: 98_304, key: 'ENG', name: 'Engineering', type: 'global', status: 'current', _expandable: {} },
    history: { lastUpdated: { when: '2026-03-01T10:15:30.123Z', by: person(12) } },
    version: { number: 7, when: '2026-03-01T10:15:30.123Z', by: person(12) },
    _links: {
      webui: `/spaces/ENG/pages/${60_000 + n}/How+we+handle+logins`,
      self: `${SITE}/content/${60_000 + n}`,
      tinyui: '/x/AbCd',
    },
    _expandable: { container: '/rest/api/space/ENG', metadata: '', children: `/rest/api/content/${60_000 + n}/child` },
  },
  title: `How we handle @@@hl@@@logins@@@endhl@@@, part ${n}`,
  excerpt: SENTENCE.repeat(2),
  url: `/spaces/ENG/pages/${60_000 + n}/How+we+handle+logins`,
  resultGlobalContainer: { title: 'Engineering', displayUrl: '/spaces/ENG' },
  breadcrumbs: [],
  entityType: 'content',
  iconCssClass: 'aui-icon content-type-page',
  lastModified: '2026-03-01T10:15:30.123Z',
  friendlyLastModified: 'Mar 01, 2026',
  score: 1.5,
});

/** A page as it is read whole, and the space that it names. */
const WHOLE_PAGE = JSON.stringify({
  ...{ id: '60001', type: 'page', status: 'current', title: 'How we handle logins', spaceId: '98304' },
  ...{ parentId: '60000', parentType: 'page', position: 12, subtype: null, lastOwnerId: null },
  ...{ authorId: person(12).accountId, ownerId: person(12).accountId, createdAt: '2025-11-01T08:00:00.123Z' },
  version: {
    ...{ number: 7, message: '', minorEdit: false, authorId: person(12).accountId },
    createdAt: '2026-03-01T10:15:30.123Z',
  },
  body: {
    storage: {
      representation: 'storage',
      value: `<h1>Logins</h1><p>${SENTENCE.repeat(2)}</p><ul>${`<li><p>${SENTENCE}</p></li>`.repeat(6)}</ul><p>It began with <strong>version 2.4</strong>.</p>`,
    },
  },
  labels: { results: [{ id: '1', name: 'login', prefix: 'global' }], meta: { hasMore: false }, _links: {} },
  _links: {
    ...{ webui: '/spaces/ENG/pages/60001/How+we+handle+logins', editui: '/pages/resumedraft.action?draftId=60001' },
    ...{ tinyui: '/x/YeoB', base: 'https://bench.atlassian.net/wiki' },
  },
});
const SPACES = JSON.stringify({
  results: [
    {
      ...{ id: '98304', key: 'ENG', name: 'Engineering', type: 'global', status: 'current', homepageId: '60000' },
      ...{ authorId: person(12).accountId, createdAt: '2025-01-01T08:00:00.123Z', currentActiveAlias: 'ENG' },
      ...{ description: null, icon: null, _links: { webui: '/spaces/ENG' } },
    },
  ],
  _links: { base: 'https://bench.atlassian.net/wiki' },
});

/** The issue with the fields that were asked for alone, as Atlassian sends it. */
const withFields = ({ fields, ...issue }, names) => {
  const kept = names.filter((name) => name in fields).map((name) => [name, fields[name]]);
  return { ...issue, fields: Object.fromEntries(kept) };
};
const ten = (make) => Array.from({ length: 10 }, (_unused, n) => make(n + 1));

const ISSUE = JSON.stringify(issue(1));
const PROJECTS = JSON.stringify({
  ...{ self: `${SITE}/api/3/project/search`, maxResults: 50, startAt: 0, total: 50, isLast: true },
  values: Array.from({ length: 50 }, (_unused, n) => project(n + 1)),
});
const PAGES = JSON.stringify({
  ...{ results: ten(page), start: 0, limit: 10, size: 10, totalSize: 10, cqlQuery: 'type = page', searchDuration: 12 },
  _links: { base: 'https://bench.atlassian.net/wiki', context: '/wiki' },
});

const answers = new Map();

/** The answer to a search for these fields: made once, since what it costs is not what is measured. */
function issuesWith(fields) {
  const known = answers.get(fields);
  if (known) return known;
  const issues = ten(issue).map((one) => withFields(one, fields.split(',')));
  const answer = JSON.stringify({ issues, isLast: true });
  answers.set(fields, answer);
  return answer;
}

/**
 * What is answered to a request, or null.
 * @param body what was sent with it, or empty
 */
export function bodyOf(url, body) {
  if (url.includes('/rest/api/3/search/jql')) return issuesWith(JSON.parse(body).fields.join());
  if (url.includes('/rest/api/3/issue/')) return ISSUE;
  if (url.includes('/rest/api/3/project/search')) return PROJECTS;
  if (url.includes('/wiki/rest/api/search')) return PAGES;
  if (url.includes('/wiki/api/v2/pages/')) return WHOLE_PAGE;
  if (url.includes('/wiki/api/v2/spaces')) return SPACES;
  return null;
}
