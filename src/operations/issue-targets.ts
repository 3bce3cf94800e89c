import type { JiraClient } from '../atlassian/jira-client.ts';
import { AppError } from '../errors.ts';
import type { Target } from './operation.ts';
import { orNull } from './reach.ts';

/** A body that refers to more issues than this is refused where references must be checked. */
const MAX_REFERENCES = 50;
// Data Center lets admins allow underscores in keys.
const ISSUE_KEY = /^[A-Za-z][A-Za-z0-9_]+-\d+$/;
/** Members that hold an issue, by key or id. */
const ISSUE_MEMBERS = new Set(['parent', 'inwardIssue', 'outwardIssue']);
/** Fields of plain text, where what looks like a key is only a word. */
const TEXT_FIELDS = new Set(['summary', 'description', 'environment', 'labels']);

interface Reference {
  parameter: string;
  keyOrId: string;
  /** Whether it is an issue for sure; else it only looks like a key, as an epic link and the word `UTF-8` both do. */
  certain: boolean;
}

/**
 * Everything that the body of `POST /issue` writes to: its project, its parent, and whatever issue it refers to, in
 * links and in custom fields such as the epic link, which nothing but the form of its value tells from others.
 * @throws AppError `FORBIDDEN` when it refers to too many to check.
 */
export async function issueTargets(jira: JiraClient, body: Record<string, unknown>): Promise<Target[]> {
  const fields = membersOf(body.fields);
  const { project, ...others } = fields;
  const references = [
    ...referencesIn(others, 'fields', false),
    ...referencesIn(membersOf(body.update), 'update', false),
  ].filter(
    ({ keyOrId, certain }, index, all) =>
      all.findIndex((other) => other.keyOrId === keyOrId && other.certain === certain) === index,
  );
  if (references.length > MAX_REFERENCES) {
    throw new AppError('FORBIDDEN', `The body refers to more than ${MAX_REFERENCES} issues, too many to check.`, {
      details: { source: 'caller', rule: 'jira.projects' },
    });
  }
  const [projects, issues] = await Promise.all([
    projectTargets(jira, project, membersOf(body.update).project),
    Promise.all(references.map((reference) => issueTarget(jira, reference))),
  ]);
  return [...projects, ...issues.flatMap((target) => target ?? [])];
}

/** The project is named by key or id; whoever names it by both must mean the same. */
async function projectTargets(jira: JiraClient, project: unknown, updated: unknown): Promise<Target[]> {
  const { key, id } = membersOf(project);
  const names = [key, id].filter((name) => name !== undefined && name !== null);
  const targets = await Promise.all(
    names.map(async (name): Promise<Target> => {
      const asked = String(name);
      const found = await orNull(() => jira.project(asked));
      return { parameter: 'project', asked, container: found?.key ?? null };
    }),
  );
  // Named in a way that is not understood here, it could be any.
  const unknown = { parameter: 'project', asked: null, container: null };
  return targets.length === 0 || updated !== undefined ? [...targets, unknown] : targets;
}

async function issueTarget(jira: JiraClient, { parameter, keyOrId, certain }: Reference): Promise<Target | null> {
  const place = await orNull(() => jira.issuePlace(keyOrId));
  // What is no issue refers to none, unless Jira would take it for one.
  if (!place && !certain) return null;
  return { parameter, asked: null, container: place?.project ?? null };
}

function referencesIn(value: unknown, parameter: string, certain: boolean): Reference[] {
  if (typeof value === 'string') {
    return ISSUE_KEY.test(value.trim()) ? [{ parameter, keyOrId: value.trim(), certain }] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((entry) => referencesIn(entry, parameter, certain));
  return Object.entries(value).flatMap(([name, member]) => {
    const inside = `${parameter}.${name}`;
    if (certain && (name === 'id' || name === 'key') && (typeof member === 'string' || typeof member === 'number')) {
      return [{ parameter: inside, keyOrId: String(member).trim(), certain }];
    }
    if (TEXT_FIELDS.has(name)) return [];
    return referencesIn(member, inside, certain || ISSUE_MEMBERS.has(name));
  });
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
