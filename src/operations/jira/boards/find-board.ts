import type { JiraReader } from '../../../atlassian/jira/client.ts';
import type { Board, Sprint } from '../../../atlassian/jira/shapes.ts';
import { JqlWriter } from '../../../atlassian/query/jql.ts';
import { searchWords } from '../../../atlassian/query/words.ts';
import type { SearchItem } from '../../../atlassian/shapes.ts';
import { AtlassianError } from '../../../atlassian/wire/atlassian-error.ts';
import { AppError } from '../../../errors.ts';
import { name } from '../../input-fields.ts';
import { MAX_CANDIDATES, nearestNames } from '../../nearest.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';
import { visibleProjects } from '../projects/projects.ts';
import { placesOf } from './board-places.ts';

// Boards, sprints and epics as people call them. What the policy hides reads as what is not there.

/** What names a board or a sprint. */
export const idOrName = name.meta({ description: 'Its id or name.' });

const ID = /^\d{1,19}$/;
const PAGE = 50;
/** Of boards whose names have what was asked for in them. */
const MAX_PAGES = 5;
/** No call finds a sprint by its name: the sprints of so many boards are looked through, two calls for each at most. */
const MAX_BOARDS = 10;
const MOST_ISSUES = 100;
/** No condition on a title has to do with when it is asked. */
const NO_TIME = 0;

interface Named {
  id: string;
  name: string;
}

/**
 * The id of the board that a person means, by its id or its whole name.
 * @throws AppError `FORBIDDEN` under a policy, `NOT_FOUND` where there is none, `VALIDATION` with `candidates` where several
 *   have that name.
 */
export async function findBoard(jira: JiraReader, allowed: AllowedContainers, asked: string): Promise<string> {
  if (ID.test(asked)) return asked;
  const named: Board[] = [];
  let offset: number | null = 0;
  for (let page = 0; page < MAX_PAGES && offset !== null; page += 1) {
    const { items, next } = await jira.boards.list({ name: asked, limit: PAGE, offset });
    named.push(...items.filter((board) => isCalled(board, asked)));
    offset = next === null ? null : Number(next);
  }
  const seen = await seenBoards(jira, allowed, named);
  const all =
    seen.length > 0 || allowed.keys !== null ? [] : (await jira.boards.list({ limit: PAGE, offset: 0 })).items;
  return theOne({ parameter: 'board', list: 'jira.boards', asked, allowed }, seen, all);
}

/** The same for a sprint, which is looked for on the first boards that the user can see, those under way first. */
export async function findSprint(jira: JiraReader, allowed: AllowedContainers, asked: string): Promise<string> {
  if (ID.test(asked)) return asked;
  const { items } = await jira.boards.list({ limit: PAGE, offset: 0 });
  const boards = await seenBoards(jira, allowed, items.filter(({ type }) => type !== 'kanban').slice(0, MAX_BOARDS));
  const known = new Map<string, Sprint>();
  for (const states of [['active', 'future'], ['closed']]) {
    const found = await Promise.all(boards.map(({ id }) => sprintsOf(jira, id, states)));
    // A board also shows the sprints of others that one of its issues is in.
    for (const sprint of found.flat()) known.set(sprint.id, sprint);
    if ([...known.values()].some((sprint) => isCalled(sprint, asked))) break;
  }
  const sprints = [...known.values()];
  const named = sprints.filter((sprint) => isCalled(sprint, asked));
  return theOne({ parameter: 'sprint', list: 'jira.sprints', asked, allowed }, named, sprints);
}

/** The key of the one issue with a whole title. @throws as `findBoard` does. */
export async function findTitled(
  jira: JiraReader,
  allowed: AllowedContainers,
  { asked, parameter }: { asked: string; parameter: string },
): Promise<string> {
  const words = searchWords(asked);
  const search = async (within: string[] | undefined): Promise<SearchItem[]> =>
    (await jira.search({ jql: new JqlWriter({ within }, NO_TIME).words(words), limit: MOST_ISSUES })).items;
  const items = words.length === 0 ? [] : await allowed.narrowed(search, (keys) => visibleProjects(jira, keys), []);
  const seen = items.filter(({ metadata }) => allowed.has(metadata.project ?? null));
  const rows = seen.map(({ id, title }) => ({ id, name: title }));
  const named = rows.filter((row) => isCalled(row, asked));
  return theOne({ parameter, list: 'jira.search', asked, allowed }, named, rows);
}

const isCalled = ({ name }: Named, asked: string): boolean => name.toLowerCase() === asked.toLowerCase();

async function seenBoards(jira: JiraReader, allowed: AllowedContainers, boards: Board[]): Promise<Board[]> {
  if (allowed.keys === null) return boards;
  const placed = await placesOf(jira, allowed, boards);
  return placed.filter(({ place }) => allowed.has(place)).map(({ board }) => board);
}

/** None of a board that has no sprints, or is gone meanwhile. */
async function sprintsOf(jira: JiraReader, boardId: string, states: string[]): Promise<Sprint[]> {
  try {
    return (await jira.boards.sprints(boardId, { states, limit: PAGE, offset: 0 })).items;
  } catch (error) {
    if (error instanceof AtlassianError && (error.status === 400 || error.isMissing)) return [];
    throw error;
  }
}

interface Asked {
  parameter: string;
  /** The tool that lists them. */
  list: string;
  asked: string;
  allowed: AllowedContainers;
}

/** @param all whose names are offered in the place of one that nothing has. */
function theOne({ parameter, list, asked, allowed }: Asked, named: Named[], all: Named[]): string {
  const [found, other] = named;
  const quoted = JSON.stringify(asked);
  if (found && other) {
    const ids = named.map(({ id }) => id).slice(0, MAX_CANDIDATES);
    throw new AppError('VALIDATION', `${parameter}: ${quoted} is the name of ${ids.join(', ')}: send one of these`, {
      details: { parameter, candidates: ids },
    });
  }
  if (found) return found.id;
  if (allowed.keys !== null) throw allowed.refusal(parameter);
  const candidates = nearestNames(
    asked,
    all.map(({ name }) => name),
  );
  throw new AppError('NOT_FOUND', `${parameter}: none is called ${quoted}, as far as the connected user can see.`, {
    details: { parameter, listed_by: list, ...(candidates.length === 0 ? {} : { candidates }) },
  });
}
