import type { JiraReader } from '../../../atlassian/jira/client.ts';
import { AppError } from '../../../errors.ts';
import { nearestNames } from '../../nearest.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';

/** Ids of fields begin with a small letter: what does not is a name. */
const FIELD_ID = /^[a-z][\w.]*$/;
/** Fields of different projects may share a name, and an issue has one of them. */
const MAX_NAMESAKES = 10;

/**
 * The ids of the fields that were sent, by what was sent. Nothing is looked up where all of them may be ids.
 * @throws AppError `VALIDATION` with `candidates` for what is no field that the user can see.
 */
export async function fieldsMeant(
  jira: JiraReader,
  allowed: AllowedContainers,
  sent: readonly string[],
  parameter = 'fields',
): Promise<Map<string, string[]>> {
  const all = sent.every((field) => FIELD_ID.test(field)) ? [] : await jira.metadata.fields();
  // A field of one project may be that of a hidden one.
  const known = all.filter(({ isOfOneProject }) => allowed.keys === null || !isOfOneProject);
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
  return new Map(sent.map((field) => [field, idsOf(field)]));
}

/** Fields by what was sent for them. @param elsewhere ids of those that an issue has a member for. */
export function asSent(
  meant: Map<string, string[]>,
  fields: Record<string, unknown>,
  elsewhere: readonly string[] = [],
): Record<string, unknown> {
  const told = [...meant].flatMap(([sent, ids]): [string, unknown][] => {
    const further = ids.filter((id) => !elsewhere.includes(id) && Object.hasOwn(fields, id));
    const values = further.map((id) => fields[id]);
    return further.length === 0 ? [] : [[sent, values.find((value) => value !== null) ?? null]];
  });
  return Object.fromEntries(told);
}
