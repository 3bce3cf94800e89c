import type { JiraReader } from '../../../atlassian/jira/client.ts';
import type { Board } from '../../../atlassian/jira/shapes.ts';
import { AtlassianError } from '../../../atlassian/wire/atlassian-error.ts';
import { orNull } from '../../missing.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';

/** So many boards are asked for their projects at the same time. */
const AT_ONCE = 8;

/** Where boards lie, in their order: see `placeOf`. */
export async function placesOf(
  jira: JiraReader,
  allowed: AllowedContainers,
  boards: Board[],
): Promise<{ board: Board; place: string[] | null }[]> {
  const found: { board: Board; place: string[] | null }[] = [];
  for (let at = 0; at < boards.length; at += AT_ONCE) {
    const some = boards.slice(at, at + AT_ONCE);
    found.push(
      ...(await Promise.all(some.map(async (board) => ({ board, place: await placeOf(jira, allowed, board) })))),
    );
  }
  return found;
}

/**
 * Where a board lies: in the project that Atlassian reports, or else in those that it shows issues of. Its name, its
 * sprints and their goals may tell of each of them, so that all must be allowed; null where one is not, and where that is
 * not known. Nothing is asked where everything is allowed.
 */
export async function placeOf(jira: JiraReader, allowed: AllowedContainers, board: Board): Promise<string[] | null> {
  if (board.projectKey !== null) return [board.projectKey];
  if (allowed.keys === null) return null;
  try {
    const projects = await orNull(() => jira.boards.projects(board.id));
    return projects?.every((key) => allowed.has(key)) ? projects : null;
  } catch (error) {
    // The scope for it is an administrator's, and few grants have it.
    if (error instanceof AtlassianError && error.isScopeMismatch) return null;
    throw error;
  }
}

/** Where the boards with these ids lie; one that cannot be seen lies nowhere. Nothing is asked where everything is allowed. */
export async function boardPlaces(
  jira: JiraReader,
  allowed: AllowedContainers,
  ids: string[],
): Promise<Map<string, string[] | null>> {
  const found = new Map<string, string[] | null>();
  if (allowed.keys === null) return found;
  for (const id of new Set(ids)) {
    const board = await orNull(() => jira.boards.board(id));
    found.set(id, board && (await placeOf(jira, allowed, board)));
  }
  return found;
}

/**
 * Checks a board against the policy, before anything of it is asked for.
 * @throws AppError `FORBIDDEN`, for what is not there as well.
 */
export async function checkBoard(
  jira: JiraReader,
  allowed: AllowedContainers,
  id: string | null,
  parameter = 'board',
): Promise<void> {
  if (allowed.keys === null) return;
  const places = await boardPlaces(jira, allowed, id === null ? [] : [id]);
  if (!allowed.has(places.get(id ?? '') ?? null)) throw allowed.refusal(parameter);
}

/** The same for a sprint, which lies where the board does that it was made on. */
export async function checkSprint(jira: JiraReader, allowed: AllowedContainers, id: string): Promise<void> {
  if (allowed.keys === null) return;
  const sprint = await orNull(() => jira.boards.sprint(id));
  await checkBoard(jira, allowed, sprint?.boardId ?? null, 'sprint');
}
