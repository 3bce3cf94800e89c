import type { JiraReader } from '../../../atlassian/jira/client.ts';
import { DETAIL_FIELDS } from '../../../atlassian/jira/issue-details.ts';
import type { Field } from '../../../atlassian/jira/metadata.ts';
import { isDocument } from '../../../atlassian/text/adf-nodes.ts';
import { AppError } from '../../../errors.ts';
import { orWithheld } from '../../missing.ts';
import { nearestNames } from '../../nearest.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';

/** Fields that every site has under these ids, and custom ones: nothing has to be looked up for them. */
const SYSTEM_FIELDS = new Set([
  ...DETAIL_FIELDS,
  ...['comment', 'components', 'creator', 'environment', 'fixVersions', 'lastViewed', 'progress', 'resolutiondate'],
  ...['security', 'statuscategorychangedate', 'timeestimate', 'timeoriginalestimate', 'timespent', 'timetracking'],
  ...['aggregateprogress', 'aggregatetimeestimate', 'aggregatetimeoriginalestimate', 'aggregatetimespent'],
  ...['thumbnail', 'versions', 'votes', 'watches', 'workratio', 'worklog'],
]);
const CUSTOM_FIELD = /^customfield_\d+$/;
/** What has the form of an id, for those who may not read what fields there are. */
const MAYBE_ID = /^[a-z][\w.-]*$/i;
/** Members of our answers by which a field may be meant, and what an issue tells in any case. */
const OUR_NAMES = new Map<string, string[]>([
  ...(['id', 'key', 'issue_id', 'issuekey', 'url'] as const).map((name): [string, string[]] => [name, []]),
  ...Object.entries({
    ...{ title: 'summary', type: 'issuetype', due: 'duedate', links: 'issuelinks', attachments: 'attachment' },
    comments: 'comment',
  }).map(([name, id]): [string, string[]] => [name, [id]]),
]);
/** Fields of different projects may share a name, and an issue has one of them. */
const MAX_NAMESAKES = 10;

/** The ids of a field that can be told without asking what fields there are; null where they cannot. */
function idsKnown(field: string): string[] | null {
  if (SYSTEM_FIELDS.has(field) || CUSTOM_FIELD.test(field)) return [field];
  return OUR_NAMES.get(field) ?? null;
}

interface Wanted {
  parameter: string;
  /** How many fields may be named. */
  most: number;
}

/** The fields that were sent. */
export interface FieldsMeant {
  /** Their ids, by what was sent. */
  ids: Map<string, string[]>;
  /** The fields of the site, where they were looked up and may be seen. */
  all: Field[] | null;
}

/**
 * The ids of the fields that were sent, by what was sent: ids or names, in any case, also with commas between them where no
 * field has that name. Nothing is looked up where every site has them.
 * @throws AppError `VALIDATION` with `candidates` for what is no field that the user can see.
 */
export async function fieldsMeant(
  jira: JiraReader,
  allowed: AllowedContainers,
  sent: readonly string[],
  { parameter, most }: Wanted,
): Promise<FieldsMeant> {
  const apart = (field: string) =>
    field
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  const isKnown = (field: string) => apart(field).every((part) => idsKnown(part) !== null);
  const isLookedUp = !sent.every(isKnown);
  const all = isLookedUp ? await orWithheld(() => jira.metadata.fields()) : [];
  // A field of one project may be that of a hidden one.
  const known = all?.filter(({ isOfOneProject }) => allowed.keys === null || !isOfOneProject) ?? [];
  const idsOf = (field: string): string[] => {
    const own = idsKnown(field);
    if (own !== null) return own;
    const wanted = field.toLowerCase();
    const ids = known
      .filter((one) => [one.id, one.name].some((name) => name.toLowerCase() === wanted))
      .map(({ id }) => id);
    return all === null && MAYBE_ID.test(field) ? [field] : ids.slice(0, MAX_NAMESAKES);
  };
  const isThere = (field: string) => idsOf(field).length > 0 || OUR_NAMES.has(field);
  const meant = new Map<string, string[]>();
  for (const field of sent.flatMap((one) => (isThere(one) ? [one] : apart(one)))) {
    if (!isThere(field)) {
      throw new AppError('VALIDATION', `${parameter}: there is no field ${JSON.stringify(field)}, by id or by name`, {
        details: { parameter, candidates: nearestNames(field, [...new Set(known.map((one) => one.name))]) },
      });
    }
    meant.set(field, idsOf(field));
  }
  if (meant.size > most)
    throw new AppError('VALIDATION', `${parameter}: must name at most ${most}`, { details: { parameter } });
  return { ids: meant, all: isLookedUp ? all : null };
}

/**
 * The ids of those fields whose texts are wiki markup: Data Center tells it of the field, not of the text, and the fields are
 * looked up where it matters. A document of Cloud's is told by itself.
 */
export async function markupAmong(
  jira: JiraReader,
  meant: FieldsMeant,
  found: readonly Record<string, unknown>[],
): Promise<ReadonlySet<string>> {
  if (jira.deployment === 'cloud') return new Set();
  const isText = ([id, value]: [string, unknown]) => CUSTOM_FIELD.test(id) && typeof value === 'string';
  const matters = found.some((fields) => Object.entries(fields).some(isText));
  const all = meant.all ?? (matters ? await orWithheld(() => jira.metadata.fields()) : null) ?? [];
  return new Set(['description', 'environment', ...all.filter(({ isRichText }) => isRichText).map(({ id }) => id)]);
}

/** A field as it is told: rich text as `write` has it, and everything else as Jira has it. */
export function fieldTold(
  [id, value]: readonly [string, unknown],
  markup: ReadonlySet<string>,
  write: (text: unknown) => string,
): unknown {
  return isDocument(value) || (typeof value === 'string' && markup.has(id)) ? write(value) : value;
}

/** Fields by what was sent for them. @param elsewhere ids of those that an issue has a member for. */
export function asSent(
  { ids: sentIds }: FieldsMeant,
  fields: Record<string, unknown>,
  elsewhere: readonly string[] = [],
): Record<string, unknown> {
  const told = [...sentIds].flatMap(([sent, ids]): [string, unknown][] => {
    const further = ids.filter((id) => !elsewhere.includes(id) && Object.hasOwn(fields, id));
    const values = further.map((id) => fields[id]);
    return further.length === 0 ? [] : [[sent, values.find((value) => value !== null) ?? null]];
  });
  return Object.fromEntries(told);
}
