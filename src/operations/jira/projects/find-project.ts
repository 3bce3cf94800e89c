import type { JiraReader } from '../../../atlassian/jira/client.ts';
import type { Container, Slice } from '../../../atlassian/shapes.ts';
import { AppError } from '../../../errors.ts';
import { name } from '../../input-fields.ts';
import { orNull } from '../../missing.ts';
import { MAX_CANDIDATES } from '../../nearest.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';

export const projectName = name.meta({ description: 'Key, id or name.' });

/** Whether it may be a key, as it could be on a Data Center too, or an id; else it can be a name alone. */
export const isKeyOrId = (asked: string): boolean => /^[A-Za-z0-9_]+$/.test(asked);
const NAMED_AT_ONCE = 50;
/** Projects whose names have a word in them that is the name of another: so many pages are looked through. */
const MAX_PAGES = 10;

/**
 * The project that a person means: by its key in any case or its id, else by its whole name. Its place is judged before
 * anything is told of it.
 * @throws AppError `FORBIDDEN` outside of the policy, `NOT_FOUND` where there is none, `VALIDATION` with `candidates` where
 *   several have that name.
 */
export async function findProject(
  jira: JiraReader,
  allowed: AllowedContainers,
  asked: string,
): Promise<{ id: string; key: string }> {
  const keyed = isKeyOrId(asked) ? await orNull(() => jira.project(asked)) : null;
  if (keyed) {
    if (!allowed.has(keyed.key)) throw allowed.refusal('project');
    allowed.learn([keyed.key, asked]);
    return keyed;
  }
  const seen = (await projectsNamed(jira, asked)).filter(({ key }) => allowed.has(key));
  const [found, other] = seen;
  if (found && other) throw ambiguous(asked, seen);
  if (found) {
    // So that what it lacks is told by the name that was used.
    allowed.learn([found.key, asked]);
    return found;
  }
  // What is hidden by the policy reads as what is not there does.
  if (allowed.keys !== null && !allowed.has(asked)) throw allowed.refusal('project');
  throw new AppError(
    'NOT_FOUND',
    `There is no project ${JSON.stringify(asked)}, or the connected user cannot see it.`,
    { details: { parameter: 'project' } },
  );
}

/** The projects that have this whole name, in any case. */
export async function projectsNamed(jira: JiraReader, asked: string): Promise<Container[]> {
  const named: Container[] = [];
  let offset: number | null = 0;
  for (let page = 0; page < MAX_PAGES && offset !== null; page += 1) {
    const { items, next }: Slice<Container> = await jira.projects({ text: asked, limit: NAMED_AT_ONCE, offset });
    named.push(...items.filter(({ name }) => name.toLowerCase() === asked.toLowerCase()));
    offset = next === null ? null : Number(next);
  }
  return named;
}

function ambiguous(asked: string, projects: { key: string }[]): AppError {
  const keys = projects.map(({ key }) => key);
  return new AppError('VALIDATION', `project: ${JSON.stringify(asked)} is the name of ${keys.join(', ')}: send a key`, {
    details: { parameter: 'project', candidates: keys.slice(0, MAX_CANDIDATES) },
  });
}
