import { describe, expect, it } from 'vitest';
import { HIT_PROJECTION, readHit } from '../../src/atlassian/confluence/rows.ts';
import { ISSUE_PROJECTION, PROJECT_PROJECTION, readIssue, readProject } from '../../src/atlassian/jira/rows.ts';
import type { Projection } from '../../src/atlassian/wire/projection.ts';
import type { SiteApi } from '../../src/atlassian/wire/site-api.ts';

const api = { siteUrl: 'https://acme.atlassian.net', publicLink: (link: string) => link } as unknown as SiteApi;
const root = { url: `${api.siteUrl}/wiki`, context: '/wiki' };

/** Says what is looked at: every member is an object of its own, or what `values` has for its path. */
function watched(values: Record<string, unknown>, seen: Set<string>, path = ''): unknown {
  return new Proxy(
    {},
    {
      get: (_target, name) => {
        const member = path === '' ? String(name) : `${path}.${String(name)}`;
        seen.add(member);
        return member in values ? values[member] : watched(values, seen, member);
      },
    },
  );
}

/** Whether a projection gives the member that a path leads to. */
function gives(projection: Projection | undefined, path: string[]): boolean {
  if (projection === undefined) return false;
  if (projection.kind !== 'members' || path.length === 0) return true;
  const [first, ...rest] = path;
  const member = projection.members.find(({ name }) => name === first);
  return gives(member?.of, rest);
}

describe('Everything that is looked at is asked of the answer:', () => {
  it.each([
    {
      name: 'an issue',
      projection: ISSUE_PROJECTION,
      values: { key: 'DEMO-1' },
      read: (row: unknown) => readIssue(row, api, () => null),
    },
    {
      name: 'a project',
      projection: PROJECT_PROJECTION,
      values: { id: '1', key: 'DEMO' },
      read: (row: unknown) => readProject(row, api),
    },
    {
      name: 'a page that was found',
      projection: HIT_PROJECTION,
      values: { 'content.id': '1' },
      read: (row: unknown) => readHit(row, api, root),
    },
    {
      name: 'a space that was found',
      projection: HIT_PROJECTION,
      values: { content: undefined, 'space.key': 'ENG' },
      read: (row: unknown) => readHit(row, api, root),
    },
  ])('$name', ({ projection, values, read }) => {
    const seen = new Set<string>();
    expect(read(watched(values, seen))).not.toBeNull();
    expect(seen.size).toBeGreaterThan(3);
    expect([...seen].filter((path) => !gives(projection, path.split('.')))).toEqual([]);
  });
});
