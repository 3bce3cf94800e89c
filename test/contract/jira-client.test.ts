import { JiraClient } from '../../src/atlassian/jira-client.ts';
import { describeContract } from './client-contract.ts';

const ANNA = '5f1a90c27d3be40068a1c2d1';
const BOB = '5f1a90c27d3be40068a1c2d2';

const FILTERS = [
  { project: 'DEMO' },
  { status: ['To Do', 'In Progress'] },
  { type: 'Bug' },
  { assignee: [ANNA, BOB] },
  { reporter: ANNA },
  { label: 'search' },
  { updated_since: '2026-01-31' },
  { updated_since: 1_767_225_600 },
];

describeContract({
  provider: 'jira',
  client: JiraClient,
  methods: {
    myself: { operation: 'GET /rest/api/3/myself' },
    projects: { operation: 'GET /rest/api/3/project/search', query: ['startAt', 'maxResults', 'query'] },
    search: {
      operation: 'POST /rest/api/3/search/jql',
      body: ['jql', 'maxResults', 'fields', 'nextPageToken', 'reconcileIssues'],
    },
    pickKeys: { operation: 'GET /rest/api/3/issue/picker', query: ['query', 'currentJQL', 'showSubTasks'] },
    createIssue: {
      operation: 'POST /rest/api/3/issue',
      body: [
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
      ],
    },
    browseUrl: null,
  },
  drive: async (service) => {
    await service.list('/connectors/jira/projects');
    await service.list('/connectors/jira/projects', { limit: '50', q: 'demo' });
    await service.twoPages('/connectors/jira/projects');
    await service.twoPages('/connectors/jira/projects', { q: 'o' });
    await service.tool('jira.projects', { q: 'ops', limit: 5 });

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
      await service.list(search, { q, limit: '25', filters: JSON.stringify(Object.assign({}, ...FILTERS)) });
    }
    for (const filters of FILTERS) await service.list(search, { filters: JSON.stringify(filters) });
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
      assignee: BOB,
      priority: 'High',
      parent: epic,
      fields: { reporter: { accountId: ANNA } },
    });
    const paragraph = { type: 'paragraph', content: [{ type: 'text', text: 'In the document format.' }] };
    await service.create('/connectors/jira/create', {
      fields: {
        project: { key: 'DEMO' },
        issuetype: { id: '10102' },
        summary: "Atlassian's own body",
        description: { type: 'doc', version: 1, content: [paragraph] },
      },
      update: { labels: [{ add: 'contract' }] },
      properties: [{ key: 'origin', value: { system: 'contract test' } }],
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
  },
});
