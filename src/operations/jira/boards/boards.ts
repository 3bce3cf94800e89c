import { z } from 'zod';
import type { JiraReader } from '../../../atlassian/jira/client.ts';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import type { Board as FoundBoard } from '../../../atlassian/jira/shapes.ts';
import { AtlassianError } from '../../../atlassian/wire/atlassian-error.ts';
import { AppError } from '../../../errors.ts';
import { cursor, limit, name, q } from '../../input-fields.ts';
import { EMPTY, openList } from '../../lists.ts';
import { read, readRows } from '../../operation.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';
import { pageOf, seconds } from '../../shapes.ts';
import { findProject, isKeyOrId } from '../projects/find-project.ts';
import { boardPlaces, checkBoard, placeOf, placesOf } from './board-places.ts';
import { findBoard, idOrName } from './find-board.ts';

const TYPES = ['scrum', 'kanban', 'simple'] as const;
const STATES = ['future', 'active', 'closed'] as const;

const Board = z.object({
  id: z.string(),
  title: z.string(),
  url: z.string().meta({ description: 'To open in a browser.' }),
  type: z.string().nullable(),
  project: z.string().nullable().meta({ description: 'Key of its project, where Jira names one.' }),
});

const presentBoard = ({
  board: { id, name, url, type, projectKey },
}: {
  board: FoundBoard;
}): z.output<typeof Board> => ({ id, title: name, url, type, project: projectKey });

export const jiraBoards = readRows({
  provider: 'jira',
  name: 'jira.boards',
  toolset: 'boards',
  title: 'List Jira boards',
  description: 'Lists boards, by whose ids sprints and backlogs are asked for.',
  calls: [JIRA_ENDPOINTS.boards, JIRA_ENDPOINTS.project, JIRA_ENDPOINTS.searchProjects, JIRA_ENDPOINTS.allProjects],
  extras: [JIRA_ENDPOINTS.boardProjects],
  input: z.strictObject({
    q: q.meta({ description: 'Part of a name.' }),
    project: name.optional().meta({ description: 'Key, id or name of a project that they show.' }),
    type: z
      .enum(TYPES, `must be ${TYPES.join(', ')}`)
      .optional()
      .meta({ description: '`simple` is that of a team-managed project.' }),
    limit: limit(50, 25),
    cursor,
  }),
  output: pageOf(Board),
  run: async (job, input) => {
    const text = input.q.trim();
    const query = [text, input.project, input.type];
    const list = openList(job, { operation: 'jira.boards', query, cursor: input.cursor });
    return job.onSite(async (jira, site) => {
      const listed = (project: string | undefined) =>
        jira.boards.list({
          ...{ limit: input.limit, offset: Number(list.from(site) ?? 0) },
          ...{ name: text || undefined, type: input.type, project },
        });
      const project = await askedProject(jira, job.allowed, input.project);
      if (project === null) return EMPTY;
      const { items, next } = await orOfNamed(jira, job.allowed, project, listed);
      return list.page(site, { items: await placesOf(jira, job.allowed, items), next });
    });
  },
  within: ({ place }) => place,
  present: presentBoard,
});

export const jiraBoardGet = read({
  provider: 'jira',
  name: 'jira.board_get',
  toolset: 'boards',
  title: 'Get a Jira board',
  description: 'Gives one board; `jira.board_issues` lists what is on it.',
  calls: [JIRA_ENDPOINTS.board, JIRA_ENDPOINTS.boards],
  extras: [JIRA_ENDPOINTS.boardProjects],
  input: z.strictObject({ board: idOrName }),
  output: Board,
  subject: { parameter: 'board', container: () => null },
  run: (job, { board: asked }) =>
    job.onSite(async (jira) => {
      const board = await jira.boards.board(await findBoard(jira, job.allowed, asked));
      return { board, place: await placeOf(jira, job.allowed, board) };
    }),
  within: ({ place }) => place,
  present: presentBoard,
});

/**
 * The project whose boards are asked for, as it was named where it may be a key; null where the policy lets none of them be
 * seen, which reads like a project that is not there.
 */
async function askedProject(
  jira: JiraReader,
  allowed: AllowedContainers,
  asked: string | undefined,
): Promise<string | null | undefined> {
  if (asked === undefined || (allowed.keys === null && isKeyOrId(asked))) return asked;
  try {
    return (await findProject(jira, allowed, asked)).key;
  } catch (error) {
    const isHidden = error instanceof AppError && ['FORBIDDEN', 'NOT_FOUND'].includes(error.code);
    if (isHidden && allowed.keys !== null) return null;
    throw error;
  }
}

/** What is listed of a project. Where Jira knows none by that key, it may be a name. @throws as `findProject` does. */
async function orOfNamed<T>(
  jira: JiraReader,
  allowed: AllowedContainers,
  project: string | undefined,
  listed: (project: string | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await listed(project);
  } catch (error) {
    if (project === undefined || !(error instanceof AtlassianError) || ![400, 404].includes(error.status ?? 0))
      throw error;
    const { key } = await findProject(jira, allowed, project);
    if (key === project) throw error;
    return listed(key);
  }
}

export const jiraSprints = readRows({
  provider: 'jira',
  name: 'jira.sprints',
  toolset: 'boards',
  title: 'List sprints of a Jira board',
  description: 'Lists the sprints of a Scrum board: closed, active, then future ones.',
  calls: [JIRA_ENDPOINTS.sprints, JIRA_ENDPOINTS.board, JIRA_ENDPOINTS.boards],
  extras: [JIRA_ENDPOINTS.boardProjects],
  input: z.strictObject({
    board: idOrName,
    state: z
      .array(z.enum(STATES, `must be ${STATES.join(', ')}`))
      .min(1, 'must name at least one')
      .max(STATES.length, `must name at most ${STATES.length}`)
      .optional()
      .meta({ description: 'The only states wanted.' }),
    limit: limit(50, 25),
    cursor,
  }),
  output: pageOf(
    z.object({
      id: z.string(),
      title: z.string(),
      state: z.string().nullable().meta({ description: '`future`, `active` or `closed`.' }),
      goal: z.string().nullable(),
      start: seconds,
      end: seconds,
      completed: seconds,
      board: z.string().nullable().meta({ description: 'Id of the board that it was made on.' }),
    }),
  ),
  details: ['board'],
  subject: { parameter: 'board', container: () => null },
  run: async (job, { board, state, limit, cursor }) => {
    const { allowed } = job;
    const list = openList(job, { operation: 'jira.sprints', query: [board, state], cursor });
    return job.onSite(async (jira, site) => {
      const id = await findBoard(jira, allowed, board);
      await checkBoard(jira, allowed, id);
      const query = { limit, offset: Number(list.from(site) ?? 0), states: state };
      const { items, next } = await jira.boards.sprints(id, query);
      // A board also shows the sprints of others that one of its issues is in.
      const boards = items.flatMap(({ boardId }) => boardId ?? []);
      const places = await boardPlaces(jira, allowed, boards);
      return list.page(site, {
        items: items.map((sprint) => ({ sprint, place: places.get(sprint.boardId ?? '') })),
        next,
      });
    });
  },
  within: ({ place }) => place ?? null,
  present: ({ sprint: { id, name, state, goal, start, end, completed, boardId } }) => ({
    ...{ id, title: name, state, goal, start, end, completed },
    board: boardId,
  }),
});
