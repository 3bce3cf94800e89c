import type { JiraClient } from '../../src/atlassian/jira/client.ts';
import { JIRA_ENDPOINTS } from '../../src/atlassian/jira/endpoints.ts';
import { type Driver, describeContract } from './client-contract.ts';

/** How people are named: by account id, or by user name on Data Center. */
interface People {
  anna: string;
  bob: string;
  /** A reference to a person in a field. */
  field: (id: string) => Record<string, string>;
  /** Rich text in Atlassian's own body. */
  text: unknown;
  /** The value of an entity property: any JSON, but text by the document of Data Center. */
  property: unknown;
}

const filtersOf = ({ anna, bob }: People) => [
  { project: 'DEMO' },
  { status: ['To Do', 'In Progress'] },
  { type: 'Bug' },
  { assignee: [anna, bob] },
  { reporter: anna },
  { label: 'search' },
  { updated_since: '2026-01-31' },
  { updated_since: 1_767_225_600 },
];

/** Makes the service use every method and option. */
const drive =
  (people: People) =>
  async (service: Driver, client: JiraClient): Promise<void> => {
    const filters = filtersOf(people);
    await service.list('/connectors/jira/projects');
    await service.list('/connectors/jira/projects', { limit: '50', q: 'demo' });
    await service.twoPages('/connectors/jira/projects');
    await service.twoPages('/connectors/jira/projects', { q: 'o' });
    await service.tool('jira.projects', { q: 'ops', limit: 5 });
    await service.tool('jira.users', { q: people.anna });

    const search = '/connectors/jira/search';
    const queries = {
      nothing: '',
      'free text': 'login "bug" OR 1=1; drop \\',
      'a key': 'DEMO-12',
      'the beginning of a key': 'demo-',
      'no key': 'utf-8',
      JQL: 'project = DEMO AND status != Done ORDER BY created DESC',
      'an order': 'order by priority',
    };
    for (const q of Object.values(queries)) {
      await service.list(search, { q });
      await service.list(search, { q, limit: '25', filters: JSON.stringify(Object.assign({}, ...filters)) });
    }
    for (const filter of filters) await service.list(search, { filters: JSON.stringify(filter) });
    await service.twoPages(search);
    await service.twoPages(search, { q: 'project = DEMO' });
    await service.tool('jira.search', { q: 'login', limit: 3, filters: { project: ['DEMO', 'OPS'] } });

    const epic = await service.create('/connectors/jira/create', {
      project: 'DEMO',
      summary: 'An epic',
      type: 'epic',
    });
    await service.create('/connectors/jira/create', {
      project: '10000',
      summary: 'Every field of the plain form',
      type: 'Story',
      description: '# Steps\n\n1. **Open** `it`\n2. [Look](https://example.com)',
      labels: ['contract', 'test'],
      assignee: people.bob,
      priority: 'High',
      parent: epic,
      fields: { reporter: people.field(people.anna) },
    });
    await service.create('/connectors/jira/create', {
      fields: {
        project: { key: 'DEMO' },
        issuetype: { id: '10102' },
        summary: "Atlassian's own body",
        description: people.text,
      },
      update: { labels: [{ add: 'contract' }] },
      properties: [{ key: 'origin', value: people.property }],
      historyMetadata: { type: 'contract:test' },
      transition: { id: '11' },
    });
    await service.create('/connectors/jira/create', {
      project: 'WEB',
      summary: 'A table',
      description: '| a | b |\n|---|---|\n| 1 | 2 |',
    });
    await service.tool('jira.create', { project: 'OPS', summary: 'By a tool' });

    await service.list(search);
    await service.list(search, { q: epic });

    await client.projects({ limit: 50, offset: 0, keys: ['demo', 'OPS'] });
    for (const project of ['10000', 'WEB']) await client.project(project);
    for (const issue of ['10101', 'DEMO-2']) await client.issueContainer(issue);
    for (const issue of ['10101', 'demo-2']) await client.issue(issue);
    await client.issueDetails('demo-4', { comments: 2, transitions: true });
    await client.send(client.addComment('DEMO-4', people.text));
    await client.send(
      client.updateIssue('demo-4', {
        fields: { priority: { name: 'Low' } },
        update: { labels: [{ add: 'contract' }] },
      }),
    );
    await client.projectKeysBeginning('de');
    await service.tool('jira.assignable_users', { issue: 'DEMO-4', q: 'a' });
    await client.activity.comments('DEMO-4', { limit: 1, offset: 1 });

    const page = { limit: 2, offset: 0 };
    await client.boards.list({ ...page, name: 'shop', type: 'scrum', project: 'DEMO' });
    await client.boards.board('3');
    await client.boards.projects('3');
    await client.boards.sprints('1', { ...page, states: ['active', 'future'] });
    await client.boards.sprint('2');
    const narrowed = { ...page, jql: 'labels = login' };
    await client.boards.sprintIssues('2', narrowed);
    await client.boards.boardIssues('1', narrowed);
    await client.boards.backlog('1', narrowed);
    if (client.deployment === 'data_center') await client.boards.epicIssues('DEMO-1', narrowed);
    else await client.savedFilters.search({ ...page, name: 'log' });
    await client.savedFilters.favourites(page);
  };

const CREATED = [
  'fields.project',
  'fields.issuetype',
  'fields.summary',
  'fields.description',
  'fields.labels',
  'fields.assignee',
  'fields.reporter',
  'fields.priority',
  'fields.parent',
  'update.labels',
  'properties',
  'historyMetadata.type',
  'transition.id',
];

const BODIES = {
  searchIssues: ['jql', 'maxResults', 'fields', 'nextPageToken', 'reconcileIssues'],
  countIssues: ['jql'],
  searchIssuesByOffset: ['jql', 'maxResults', 'fields', 'startAt'],
  createIssue: CREATED,
  editIssue: ['fields.priority', 'fields.summary', 'update.labels'],
};

describeContract({
  provider: 'jira',
  endpoints: JIRA_ENDPOINTS,
  bodies: { ...BODIES, addComment: ['body.type', 'body.version', 'body.content'] },
  drive: drive({
    anna: '5f1a90c27d3be40068a1c2d1',
    bob: '5f1a90c27d3be40068a1c2d2',
    field: (accountId) => ({ accountId }),
    property: { system: 'contract test' },
    text: {
      type: 'doc',
      version: 1,
      content: [{ type: 'paragraph', content: [{ type: 'text', text: 'In the document format.' }] }],
    },
  }),
});

describeContract({
  provider: 'jira',
  dataCenter: true,
  endpoints: JIRA_ENDPOINTS,
  bodies: { ...BODIES, addComment: ['body'] },
  drive: drive({
    anna: 'anna',
    bob: 'bob',
    field: (name) => ({ name }),
    text: 'In *wiki* markup.',
    property: 'contract test',
  }),
});
