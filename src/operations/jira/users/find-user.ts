import type { JiraReader } from '../../../atlassian/jira/client.ts';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import type { Slice, User } from '../../../atlassian/shapes.ts';
import { AtlassianError } from '../../../atlassian/wire/atlassian-error.ts';
import { AppError } from '../../../errors.ts';
import { MAX_CANDIDATES } from '../../nearest.ts';
import type { Job } from '../../operation.ts';

/** What may be asked to find somebody by name; where the connection lacks the scope, names are left to Jira. */
export const USER_LOOKUPS = [
  JIRA_ENDPOINTS.myself,
  JIRA_ENDPOINTS.searchUsers,
  JIRA_ENDPOINTS.searchUsersByName,
] as const;

const ME = /^(?:me|currentuser\(\))$/i;
const ADDRESS = /^[^\s@]+@[^\s@]+$/;
const MOST_FOUND = 50;
/** Whoever may not run it is told of nobody else either. */
const TELLS_PEOPLE = { name: 'jira.users', kind: 'read' } as const;

/** Who is asked for, and by whom. */
export interface Wanted {
  job: Pick<Job<'jira'>, 'mayRun'>;
  asked: string;
  /** Where they were named. */
  parameter: string;
  /** Whether something is changed by it, for which a part of a name is too little. */
  isWrite?: boolean;
}

/**
 * The id of the person that a caller means: by their id, whole name or e-mail address, by `me`, or where nothing is changed by
 * a first name that nobody else has. An id costs no call, and neither does what may be a user name on Data Center; what nobody is found by is left to
 * Jira to judge.
 * @throws AppError `VALIDATION` where several are or may be meant, with `candidates` for whom people may be listed.
 */
export async function findUser(jira: JiraReader, { job, asked, parameter, isWrite = false }: Wanted): Promise<string> {
  const isMe = ME.test(asked);
  if (!isMe && jira.users.isId(asked)) return asked;
  try {
    if (isMe) return (await jira.myself()).id;
    const hits = await jira.users.search({ text: asked, limit: MOST_FOUND, offset: 0 });
    const found = meantBy(asked, hits, { byFirstName: !isWrite });
    if (found === null) return asked;
    if ('id' in found) return found.id;
    const isTaken = (name: string) => !ME.test(name) && !jira.users.isId(name);
    throw ambiguous({ asked, parameter }, job.mayRun(TELLS_PEOPLE) ? { ...found, isTaken } : null);
  } catch (error) {
    if (error instanceof AtlassianError && error.isScopeMismatch) return asked;
    throw error;
  }
}

/** The ids of several, each looked up at the same time. */
export function findUsers(
  jira: JiraReader,
  { asked, ...wanted }: Omit<Wanted, 'asked'> & { asked: string[] },
): Promise<string[]> {
  return Promise.all(asked.map((one) => findUser(jira, { ...wanted, asked: one })));
}

/** Those who may be meant, where that is not one for sure. */
interface Doubt {
  people: User[];
  isWhole: boolean;
}

/**
 * Who is meant, as far as what Jira found shows. It matches beginnings of whole names, of addresses and of user names ("Find
 * users"): of a last name those who have it need not be among what it found, so that it means nobody for sure.
 */
function meantBy(asked: string, { items, next }: Slice<User>, { byFirstName = true } = {}): User | Doubt | null {
  const exact = items.find(({ id }) => id === asked);
  if (exact) return exact;
  const people = items.filter(({ isPerson, isActive }) => isPerson && isActive !== false);
  const isWhole = next === null;
  const wanted = asked.toLowerCase();
  // Nobody shares an address.
  const [addressed, other] = people.filter(({ id, email }) => [id, email].some((own) => own?.toLowerCase() === wanted));
  const named = people.filter(({ name }) => name.toLowerCase() === wanted);
  if (addressed && !other && named.every((one) => one === addressed)) return addressed;
  const whole = people.filter((one) => one === addressed || one === other || named.includes(one));
  if (whole.length > 0) return onlyOne(whole, isWhole);
  if (ADDRESS.test(asked)) {
    const [only] = people;
    return only && isWhole && items.length === 1 && isHidden(only, wanted) ? only : null;
  }
  const byWord = people.filter(({ name }) => wordsOf(name).includes(wanted));
  const isFirst = byFirstName && byWord.every(({ name }) => wordsOf(name)[0] === wanted);
  return byWord.length === 0 ? null : onlyOne(byWord, isWhole, isFirst);
}

const wordsOf = (name: string): string[] => name.toLowerCase().split(' ');

function onlyOne(people: User[], isWhole: boolean, isSure = isWhole): User | Doubt {
  const [found] = people;
  return found && people.length === 1 && isWhole && isSure ? found : { people, isWhole };
}

/** Whether Jira can only have found somebody by an address that it does not show. */
function isHidden({ id, name, email }: User, wanted: string): boolean {
  return email === null && ![id, name].some((own) => own.toLowerCase().startsWith(wanted));
}

interface Told extends Doubt {
  /** Whether people are looked for by a name, which could be an id as well. */
  isTaken: (name: string) => boolean;
}

function ambiguous({ asked, parameter }: { asked: string; parameter: string }, doubt: Told | null): AppError {
  const quoted = JSON.stringify(asked);
  if (doubt === null) {
    const message = `${parameter}: ${quoted} may be several people: send an id, a whole name or an e-mail address`;
    return new AppError('VALIDATION', message, { details: { parameter } });
  }
  const { people, isWhole } = doubt;
  const told = people.map((one) => nameAmong(one, doubt)).slice(0, MAX_CANDIDATES);
  const isAll = isWhole && people.length > 1 && told.length === people.length;
  const others = isAll ? '' : ' or somebody else';
  return new AppError('VALIDATION', `${parameter}: ${quoted} may be ${told.join(', ')}${others}: send one of these`, {
    details: { parameter, candidates: told },
  });
}

/** What means somebody and nobody else: the name where it does, or else the address or the id. */
function nameAmong(user: User, { people, isWhole, isTaken }: Told): string {
  const { id, name, email } = user;
  if (!isWhole) return email ?? id;
  const meansThem = (asked: string) => isTaken(asked) && meantBy(asked, { items: people, next: null }) === user;
  return [name, email].find((own) => own !== null && meansThem(own)) ?? id;
}
