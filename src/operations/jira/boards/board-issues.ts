import { z } from 'zod';
import type { IssuesQuery } from '../../../atlassian/jira/boards.ts';
import type { JiraReader } from '../../../atlassian/jira/client.ts';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { JqlWriter } from '../../../atlassian/query/jql.ts';
import { JQL } from '../../../atlassian/query/languages.ts';
import { splitQuery } from '../../../atlassian/query/query-language.ts';
import type { SearchItem as Hit, Slice } from '../../../atlassian/shapes.ts';
import { cursor, limit, name } from '../../input-fields.ts';
import { EMPTY, openList } from '../../lists.ts';
import { type Job, readRows } from '../../operation.ts';
import { hidingValues } from '../../run/hidden-values.ts';
import { type Page, pageOf, SearchItem } from '../../shapes.ts';
import { issueName } from '../issues/get.ts';
import { presentKey, projectNamedBy } from '../issues/issue-targets.ts';
import { visibleProjects } from '../projects/projects.ts';
import { checkBoard, checkSprint } from './board-places.ts';
import { findBoard, findSprint, findTitled, idOrName } from './find-board.ts';

const narrowing = {
  jql: z
    .string()
    .trim()
    .max(2_000, 'must be at most 2000 characters')
    .optional()
    .meta({ description: 'JQL that narrows them.' }),
  limit: limit(50, 25),
  cursor,
};

/** What these lists have in common: rows of `jira.search`, each judged by its own project. */
const ISSUES = {
  provider: 'jira',
  toolset: 'boards',
  output: pageOf(SearchItem),
  details: ['type', 'icon', 'snippet', 'metadata.project', 'metadata.issuetype'],
  within: ({ metadata }: Hit) => metadata.project ?? null,
  present: (row: Hit) => row,
} as const;

/** What a policy of projects may have to ask. */
const PROJECTS = [JIRA_ENDPOINTS.searchProjects, JIRA_ENDPOINTS.allProjects];

interface Listing {
  operation: string;
  /** What the list is of. */
  of: string;
  input: { jql?: string | undefined; limit: number; cursor?: string | undefined };
  /** Looks up what it is of, and throws where the policy hides that. @returns its name from then on. */
  check: (jira: JiraReader) => Promise<string>;
  /** Whether they are found by a search for what lies below it. */
  isBelow?: (jira: JiraReader) => boolean;
}

/** How a page is found: with conditions that narrow it, from where the last one ended. */
type Find = (asked: {
  jira: JiraReader;
  of: string;
  query: IssuesQuery;
  next: string | undefined;
}) => Promise<Slice<Hit>>;

/** One page of issues, narrowed to what the policy allows before it is asked for. */
async function pageOfIssues(
  job: Job<'jira'>,
  { operation, of, input, check, isBelow }: Listing,
  find: Find,
): Promise<Page<Hit>> {
  const { limit, cursor } = input;
  const asked = input.jql || undefined;
  const list = openList(job, { operation, query: [of, asked], cursor });
  // First, so that a query that cannot be read is refused before anything is asked.
  if (asked !== undefined) splitQuery(asked, JQL, 'jql');
  return job.onSite(async (jira, site) => {
    const present = await check(jira);
    const next = list.from(site);
    return job.allowed.narrowed(
      async (within) => {
        const parent = isBelow?.(jira) ? present : undefined;
        const writer = new JqlWriter({ within, parent }, list.now);
        const query = { limit, offset: Number(next ?? 0) };
        const ask = async (jql: string | undefined) =>
          list.page(site, await find({ jira, of: present, query: { ...query, jql }, next }));
        if (asked === undefined) return ask(parent === undefined ? writer.within(asked) : writer.latest());
        return hidingValues({ allowed: job.allowed, language: JQL, query: writer.query(asked, 'jql') }, ask, EMPTY);
      },
      (keys) => visibleProjects(jira, keys),
      EMPTY,
    );
  });
}

export const jiraSprintIssues = readRows({
  ...ISSUES,
  name: 'jira.sprint_issues',
  title: 'List issues of a Jira sprint',
  description: 'Lists the issues of a sprint by rank.',
  calls: [
    JIRA_ENDPOINTS.sprintIssues,
    JIRA_ENDPOINTS.sprint,
    JIRA_ENDPOINTS.sprints,
    JIRA_ENDPOINTS.board,
    JIRA_ENDPOINTS.boards,
    ...PROJECTS,
  ],
  extras: [JIRA_ENDPOINTS.boardProjects],
  input: z.strictObject({ sprint: idOrName, ...narrowing }),
  subject: { parameter: 'sprint', container: () => null },
  run: (job, { sprint, ...input }) => {
    const check = async (jira: JiraReader) => {
      const id = await findSprint(jira, job.allowed, sprint);
      await checkSprint(jira, job.allowed, id);
      return id;
    };
    const listing = { operation: 'jira.sprint_issues', of: sprint, input, check };
    return pageOfIssues(job, listing, ({ jira, of, query }) => jira.boards.sprintIssues(of, query));
  },
});

export const jiraBoardIssues = readRows({
  ...ISSUES,
  name: 'jira.board_issues',
  title: 'List issues on a Jira board',
  description: 'Lists all issues on a board by rank.',
  calls: [JIRA_ENDPOINTS.boardIssues, JIRA_ENDPOINTS.board, JIRA_ENDPOINTS.boards, ...PROJECTS],
  extras: [JIRA_ENDPOINTS.boardProjects],
  input: z.strictObject({ board: idOrName, ...narrowing }),
  subject: { parameter: 'board', container: () => null },
  run: (job, { board, ...input }) => {
    const listing = { operation: 'jira.board_issues', of: board, input, check: ofBoard(job, board) };
    return pageOfIssues(job, listing, ({ jira, of, query }) => jira.boards.boardIssues(of, query));
  },
});

export const jiraBacklog = readRows({
  ...ISSUES,
  name: 'jira.backlog',
  title: 'List the backlog of a Jira board',
  description: 'Lists by rank what on a board is not done and in no active or future sprint.',
  calls: [JIRA_ENDPOINTS.backlog, JIRA_ENDPOINTS.board, JIRA_ENDPOINTS.boards, ...PROJECTS],
  extras: [JIRA_ENDPOINTS.boardProjects],
  input: z.strictObject({ board: idOrName, ...narrowing }),
  subject: { parameter: 'board', container: () => null },
  run: (job, { board, ...input }) => {
    const listing = { operation: 'jira.backlog', of: board, input, check: ofBoard(job, board) };
    return pageOfIssues(job, listing, ({ jira, of, query }) => jira.boards.backlog(of, query));
  },
});

const ofBoard =
  ({ allowed }: Job<'jira'>, board: string) =>
  async (jira: JiraReader) => {
    const id = await findBoard(jira, allowed, board);
    await checkBoard(jira, allowed, id);
    return id;
  };

const isIssueName = (epic: string): boolean => issueName.safeParse(epic).success;

export const jiraEpicIssues = readRows({
  ...ISSUES,
  name: 'jira.epic_issues',
  title: 'List issues of a Jira epic',
  description: 'Lists the issues that belong to an epic.',
  calls: [JIRA_ENDPOINTS.searchIssues, JIRA_ENDPOINTS.epicIssues, JIRA_ENDPOINTS.issue, ...PROJECTS],
  input: z.strictObject({
    epic: name.meta({ description: 'Its key, id or name.' }),
    ...narrowing,
  }),
  subject: { parameter: 'epic', container: ({ epic }) => (isIssueName(epic) ? projectNamedBy(epic) : null) },
  run: (job, { epic, ...input }) => {
    const check = async (jira: JiraReader) => {
      if (isIssueName(epic)) return presentKey(jira, job.allowed, epic, 'epic');
      return findTitled(jira, job.allowed, { asked: epic, parameter: 'epic' });
    };
    // Cloud's document says of the call for epics that it is not for team-managed projects, and to search by `parent`,
    // which needs no scope of Jira Software either. Data Center has no such projects, and knows an epic's issues by a
    // field that may have any name, so that no JQL is sure to find them there.
    const isBelow = ({ deployment }: JiraReader) => deployment === 'cloud';
    const listing = { operation: 'jira.epic_issues', of: epic, input, check, isBelow };
    return pageOfIssues(job, listing, ({ jira, of, query, next }) =>
      isBelow(jira)
        ? jira.search({ jql: query.jql ?? '', limit: input.limit, pageToken: next })
        : jira.boards.epicIssues(of, query),
    );
  },
});
