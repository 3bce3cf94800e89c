import { type AdfNode, adfText } from './adf.ts';
import type { Content, Issue, Project, Site, Space } from './records.ts';

const FIRST_LABEL_ID = 131_073;

/** A project by its key as it is written; a key it had before a renaming finds it too. */
export function projectByKey({ projects }: Site, key: unknown): Project | undefined {
  return (
    projects.find((project) => project.key === key) ??
    projects.find(({ formerKeys }) => formerKeys?.some((former) => former === key))
  );
}

/** An issue by its key as it is written; a key it had before it moved finds it too. */
export function issueByKey({ issues }: Site, key: unknown): Issue | undefined {
  return (
    issues.find((issue) => issue.key === key) ??
    issues.find(({ formerKeys }) => formerKeys?.some((former) => former === key))
  );
}

/** A space by its key or its alias, both as they are written. */
export function spaceByKey({ spaces }: Site, key: unknown): Space | undefined {
  return spaces.find((space) => space.key === key) ?? spaces.find(({ alias }) => alias !== undefined && alias === key);
}

/** An issue by its id, or by a key in any case. */
export function issueByIdOrKey(site: Site, idOrKey: string): Issue | undefined {
  return site.issues.find(({ id }) => String(id) === idOrKey) ?? issueByKey(site, idOrKey.toUpperCase());
}

/** The key of an issue, and those it had. */
export function keysOf({ key, formerKeys = [] }: Issue): string[] {
  return [key, ...formerKeys];
}

/** The space that a page or another thing lies in. */
export function spaceOf({ spaces }: Site, content: Content): Space {
  const space = spaces.find(({ key }) => key === content.space);
  if (!space) throw new Error(`content ${content.id} is in no space`);
  return space;
}

/** The number behind a project's last issue. One that moved away, or was deleted, leaves its number taken. */
export function lastNumber({ issues, removedIssues }: Site, projectKey: string): number {
  const numbers = [...issues.flatMap(keysOf), ...removedIssues.flatMap(({ keys }) => keys)]
    .map((key) => key.split('-'))
    .filter(([prefix]) => prefix === projectKey)
    .map(([, number]) => Number(number));
  return Math.max(0, ...numbers);
}

/** What a reader sees of an issue's description; empty where there is none. */
export function descriptionText({ description }: Issue): string {
  return richText(description);
}

/** What a reader sees of a text of either edition. */
export function richText(text: AdfNode | string | null): string {
  return typeof text === 'string' ? text : text === null ? '' : adfText(text);
}

/** The labels of a page or post by their names, each with the id that it has on the whole site. */
export function labelsOf({ contents }: Site, { labels }: Content): { id: string; name: string; prefix: string }[] {
  const known = [...new Set(contents.flatMap((content) => content.labels))].toSorted();
  return labels
    .toSorted()
    .map((name) => ({ id: String(FIRST_LABEL_ID + known.indexOf(name)), name, prefix: 'global' }));
}

export function nextIssueId({ issues, removedIssues }: Site): number {
  return Math.max(0, ...[...issues, ...removedIssues].map(({ id }) => id)) + 1;
}

export function nextContentId({ contents, removedContents }: Site): string {
  return String(Math.max(0, ...[...contents.map(({ id }) => id), ...removedContents].map(Number)) + 1);
}
