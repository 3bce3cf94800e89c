import type { JiraReader } from '../../../atlassian/jira/client.ts';
import type { Field } from '../../../atlassian/jira/metadata.ts';
import { isDocument } from '../../../atlassian/text/adf-nodes.ts';
import { AppError } from '../../../errors.ts';
import { nearestNames } from '../../nearest.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';

/** Ids of fields begin with a small letter: what does not is a name. */
const FIELD_ID = /^[a-z][\w.]*$/;
const CUSTOM_ID = /^customfield_/;
/** Fields of different projects may share a name, and an issue has one of them. */
const MAX_NAMESAKES = 10;

/** The fields that were sent. */
export interface FieldsMeant {
  /** Their ids, by what was sent. */
  ids: Map<string, string[]>;
  /** The fields of the site, where they were looked up. */
  all: Field[] | null;
}

/**
 * Finds the fields that were sent. Nothing is looked up where all of them may be ids.
 * @throws AppError `VALIDATION` with `candidates` for what is no field that the user can see.
 */
export async function fieldsMeant(
  jira: JiraReader,
  allowed: AllowedContainers,
  sent: readonly string[],
  parameter = 'fields',
): Promise<FieldsMeant> {
  const all = sent.every((field) => FIELD_ID.test(field)) ? null : await jira.metadata.fields();
  // A field of one project may be that of a hidden one.
  const known = (all ?? []).filter(({ isOfOneProject }) => allowed.keys === null || !isOfOneProject);
  const idsOf = (field: string): string[] => {
    if (FIELD_ID.test(field)) return [field];
    const wanted = field.toLowerCase();
    const ids = known
      .filter((one) => [one.id, one.name].some((own) => own.toLowerCase() === wanted))
      .map(({ id }) => id);
    if (ids.length > 0) return ids.slice(0, MAX_NAMESAKES);
    throw new AppError('VALIDATION', `${parameter}: there is no field ${JSON.stringify(field)}, by id or by name`, {
      details: { parameter, candidates: nearestNames(field, [...new Set(known.map((one) => one.name))]) },
    });
  };
  return { ids: new Map(sent.map((field) => [field, idsOf(field)])), all };
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
  const isText = ([id, value]: [string, unknown]) => CUSTOM_ID.test(id) && typeof value === 'string';
  const matters = found.some((fields) => Object.entries(fields).some(isText));
  const all = meant.all ?? (matters ? await jira.metadata.fields() : []);
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
