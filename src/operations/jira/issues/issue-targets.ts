import { refusedBy } from '../../../access/policy.ts';
import type { JiraReader } from '../../../atlassian/jira/client.ts';
import { readPasted } from '../../../atlassian/query/read-typed.ts';
import { AppError } from '../../../errors.ts';
import { orNull } from '../../missing.ts';
import type { Target } from '../../operation.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';
import { isKeyOrId, projectsNamed } from '../projects/find-project.ts';

/** A body that refers to more issues than this is refused where references must be checked. */
const MAX_REFERENCES = 50;
// Data Center lets admins allow underscores in keys, and keys of one letter. Where numbers are read, the digits of any
// script may count.
const ISSUE_KEY = /^[A-Z][A-Z0-9_]*-\p{Nd}+$/u;
const ISSUE_ID = /^\d+$/;
/** No key and no id has one. */
const ADDRESS = /\//;
const ASCII = /^\p{ASCII}+$/u;
/** Members that hold an issue, by key or id. */
const ISSUE_MEMBERS = new Set(['parent', 'inwardIssue', 'outwardIssue']);
/** Members by which an issue is named, and those of `update` that hold a value to set. */
const NAMING_MEMBERS = new Set(['id', 'key', 'set', 'add', 'edit', 'copy', 'remove']);
/** Fields of plain text, where what looks like a key is only a word. */
const TEXT_FIELDS = new Set(['summary', 'description', 'environment', 'labels']);

interface Reference {
  parameter: string;
  /** Null where an issue is named in a way that is not understood here: it could be any. */
  keyOrId: string | null;
  /** Whether it is an issue for sure; else it only looks like a key, as an epic link and the word `UTF-8` both do. */
  certain: boolean;
}

/**
 * Everything that the body of `POST /issue` writes to: its project, its parent, and whatever issue it refers to, in
 * links and in custom fields such as the epic link, which nothing but the form of its value tells from others.
 * @throws AppError `FORBIDDEN` when it refers to too many to check.
 */
export async function issueTargets(jira: JiraReader, body: Record<string, unknown>): Promise<Target[]> {
  const { project, ...fields } = membersOf(body.fields);
  const update = membersOf(body.update);
  const references = referencesIn({ fields, update });
  const [projects, issues] = await Promise.all([
    projectTargets(jira, project, update.project),
    Promise.all(references.map((reference) => referenceTarget(jira, reference))),
  ]);
  return [...projects, ...issues.flatMap((target) => target ?? [])];
}

/** The project that the key of an issue names; an id names none, and whose issue an address leads to is told by its site. */
export function projectNamedBy(issue: string): string[] | null {
  const [project = '', number] = issue.split('-');
  return number === undefined || ADDRESS.test(issue) ? null : [project];
}

/**
 * The key or id that an issue was named by, be it in an address of the site.
 * @throws AppError `VALIDATION` for any other address.
 */
export function issueNamed(jira: JiraReader, issue: string, parameter = 'issue'): string {
  if (!ADDRESS.test(issue)) return issue;
  const led = readPasted('jira', issue, jira.siteUrl);
  const [key] = led?.kind === 'keys' ? led.keys : [];
  if (key !== undefined) return key;
  throw new AppError('VALIDATION', `${parameter}: is not the address of an issue of the connected site`, {
    details: { parameter },
  });
}

/**
 * The present key of the issue that a write is about. Its project is judged anew: it may have been moved since it was looked up.
 * @throws AppError `FORBIDDEN`, or Atlassian's 404.
 */
export async function presentKey(
  jira: JiraReader,
  allowed: AllowedContainers,
  issue: string,
  parameter = 'issue',
): Promise<string> {
  const { key, project } = await jira.issueContainer(issueNamed(jira, issue, parameter));
  if (!allowed.has(project)) throw allowed.refusal(parameter);
  return key;
}

/** An issue that an operation is about. What is not there is told only where its key names a project that is allowed. */
export async function issueTarget(jira: JiraReader, issue: string): Promise<Target> {
  const keyOrId = issueNamed(jira, issue);
  const found = await orNull(() => jira.issueContainer(keyOrId));
  return { parameter: 'issue', asked: null, container: found ? [found.project] : projectNamedBy(keyOrId) };
}

/**
 * Everything that the body of `PUT /issue/{issueIdOrKey}` writes to: the issue itself, a project where it names one, and
 * whatever issue it refers to.
 * @throws AppError `FORBIDDEN` when it refers to too many to check.
 */
export async function editTargets(
  jira: JiraReader,
  keyOrId: string,
  { fields: { project, ...fields } = {}, update }: { fields?: Record<string, unknown>; update?: { labels: unknown } },
): Promise<Target[]> {
  const [issue, projects, references] = await Promise.all([
    issueTarget(jira, keyOrId),
    project === undefined ? [] : projectTargets(jira, project, undefined),
    Promise.all(referencesIn({ fields, update }).map((reference) => referenceTarget(jira, reference))),
  ]);
  return [issue, ...projects, ...references.flatMap((target) => target ?? [])];
}

/** The project is named by key or id; whoever names it by both must mean the same. */
async function projectTargets(jira: JiraReader, project: unknown, updated: unknown): Promise<Target[]> {
  const { key, id } = membersOf(project);
  const names = [key, id].filter((name) => name !== undefined && name !== null);
  const targets = await Promise.all(
    names.map(async (name): Promise<Target> => {
      const asked = String(name);
      const found = isKeyOrId(asked) ? await orNull(() => jira.project(asked)) : await theOneNamed(jira, asked);
      return { parameter: 'project', asked, container: found ? [found.key] : null };
    }),
  );
  // Named in a way that is not understood here, it could be any.
  const unknown = { parameter: 'project', asked: null, container: null };
  return targets.length === 0 || updated !== undefined ? [...targets, unknown] : targets;
}

/** Null where several have the name: which of them is meant nobody knows. */
async function theOneNamed(jira: JiraReader, asked: string): Promise<{ key: string } | null> {
  const [found, other] = await projectsNamed(jira, asked);
  return other === undefined ? (found ?? null) : null;
}

async function referenceTarget(jira: JiraReader, { parameter, keyOrId, certain }: Reference): Promise<Target | null> {
  const found = keyOrId === null ? null : await orNull(() => jira.issueContainer(keyOrId));
  // What is no issue refers to none, unless Jira would take it for one.
  if (!found && !certain && keyOrId !== null) return null;
  return { parameter, asked: null, container: found ? [found.project] : null };
}

interface Part {
  value: unknown;
  parameter: string;
  /** Whether it stands where Jira expects an issue. */
  certain: boolean;
}

/** Every reference once. */
function referencesIn(body: Record<string, unknown>): Reference[] {
  const found = new Map<string, Reference>();
  const parts = Object.entries(body).map(([parameter, value]): Part => ({ value, parameter, certain: false }));
  for (const part of parts) {
    const { parameter, certain } = part;
    const keyOrId = issueNameIn(part);
    if (keyOrId === undefined) {
      for (const inner of partsIn(part)) parts.push(inner);
      continue;
    }
    found.set(JSON.stringify([keyOrId, certain]), { parameter, keyOrId, certain });
    // At once: to go on would keep everybody else waiting for a body that is refused anyway.
    if (found.size > MAX_REFERENCES) throw tooMany();
  }
  return [...found.values()];
}

/** The issue that a part names itself, null where that is not understood; undefined where it names none. */
function issueNameIn({ value, certain }: Part): string | null | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'object') return certain && Object.keys(value).length === 0 ? null : undefined;
  const name = String(value).trim();
  // As Jira makes a key of it: a long s becomes an S there too.
  const key = name.normalize('NFKC').toUpperCase();
  if (ISSUE_KEY.test(key)) return ASCII.test(key) ? key : null;
  if (!certain) return undefined;
  return ISSUE_ID.test(name) ? name : null;
}

function partsIn({ value, parameter, certain }: Part): Part[] {
  if (Array.isArray(value)) return value.map((entry) => ({ value: entry, parameter, certain }));
  const members = membersOf(value);
  const isNamed = (members.id ?? members.key ?? null) !== null;
  return Object.entries(members)
    .filter(([name]) => certain || !TEXT_FIELDS.has(name))
    .map(([name, inner]) => ({
      value: inner,
      parameter: `${parameter}.${name}`,
      // Beside its id or key, what an issue carries along, such as its status, names none.
      certain: ISSUE_MEMBERS.has(name) || (certain && (!isNamed || NAMING_MEMBERS.has(name))),
    }));
}

function tooMany(): AppError {
  return refusedBy(
    'jira.projects',
    `The body refers to more than ${MAX_REFERENCES} issues, which is too many to check.`,
  );
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
