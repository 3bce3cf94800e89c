import type { JiraReader } from '../../../atlassian/jira/client.ts';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import type { User } from '../../../atlassian/shapes.ts';
import { AtlassianError } from '../../../atlassian/wire/atlassian-error.ts';
import { AppError } from '../../../errors.ts';
import { MAX_CANDIDATES } from '../../nearest.ts';

/** What may be asked to find somebody by name; where the connection lacks the scope, names are left to Jira. */
export const USER_LOOKUPS = [
  JIRA_ENDPOINTS.myself,
  JIRA_ENDPOINTS.searchUsers,
  JIRA_ENDPOINTS.searchUsersByName,
] as const;

const ME = /^(?:me|currentuser\(\))$/i;
const MOST_FOUND = 50;

/**
 * The id of the person that a caller means: by their id, whole name or e-mail address, by one name of theirs that nobody else
 * has, or by `me`. An id costs no call, and neither does what may be a user name on Data Center; what nobody is found by is left
 * to Jira to judge.
 * @param parameter where they were named.
 * @throws AppError `VALIDATION` with `candidates` where several are meant.
 */
export async function findUser(jira: JiraReader, asked: string, parameter: string): Promise<string> {
  const isMe = ME.test(asked);
  if (!isMe && jira.users.isId(asked)) return asked;
  try {
    if (isMe) return (await jira.myself()).id;
    const { items } = await jira.users.search({ text: asked, limit: MOST_FOUND, offset: 0 });
    return oneOf(items, asked, parameter);
  } catch (error) {
    if (error instanceof AtlassianError && error.isScopeMismatch) return asked;
    throw error;
  }
}

/** The ids of several, each looked up at the same time. */
export function findUsers(jira: JiraReader, asked: string[], parameter: string): Promise<string[]> {
  return Promise.all(asked.map((one) => findUser(jira, one, parameter)));
}

function oneOf(users: User[], asked: string, parameter: string): string {
  const wanted = asked.toLowerCase();
  const whole = users.filter(({ id, name, email }) => [id, name, email].some((own) => own?.toLowerCase() === wanted));
  const meant = whole.length > 0 ? whole : users.filter(({ name }) => name.toLowerCase().split(' ').includes(wanted));
  const [found, other] = meant;
  if (!found) return asked;
  if (!other) return found.id;
  const told = meant.map((user) => nameAmong(user, meant)).slice(0, MAX_CANDIDATES);
  throw new AppError(
    'VALIDATION',
    `${parameter}: ${JSON.stringify(asked)} may be ${told.join(', ')}: send one of these`,
    {
      details: { parameter, candidates: told },
    },
  );
}

/** What tells somebody from others: the name, unless another one has it too. */
export function nameAmong(user: User, others: User[]): string {
  return others.filter(({ name }) => name === user.name).length > 1 ? (user.email ?? user.id) : user.name;
}
