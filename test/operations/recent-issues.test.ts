import { describe, expect, it } from 'vitest';
import { RecentIssues } from '../../src/operations/jira/issues/recent-issues.ts';

const NOW = 1_800_000_000;
const issue = (id: number, at = NOW) => ({ id, key: `DEMO-${id}`, at });
const idsOf = (recent: RecentIssues, { tenant = 'acme', site = 'site-1', now = NOW } = {}) =>
  recent.list(tenant, site, now).map(({ id }) => id);

describe('the issues that were just created', () => {
  it('are told newest first, to their tenant and for their site only', () => {
    const recent = new RecentIssues();
    for (const id of [1, 2, 3]) recent.add('acme', 'site-1', issue(id));
    recent.add('acme', 'site-2', issue(4));
    recent.add('globex', 'site-1', issue(5));
    expect({
      own: idsOf(recent),
      otherSite: idsOf(recent, { site: 'site-2' }),
      otherTenant: idsOf(recent, { tenant: 'globex' }),
      nobody: idsOf(recent, { tenant: 'nobody' }),
    }).toEqual({ own: [3, 2, 1], otherSite: [4], otherTenant: [5], nobody: [] });
  });

  it('are forgotten after a minute', () => {
    const recent = new RecentIssues();
    recent.add('acme', 'site-1', issue(1));
    expect({ before: idsOf(recent, { now: NOW + 59 }), after: idsOf(recent, { now: NOW + 60 }) }).toEqual({
      before: [1],
      after: [],
    });
  });

  it('keep their place while one of them is of the last minute, and lose it with the last', () => {
    const recent = new RecentIssues();
    recent.add('acme', 'site-1', issue(1, NOW - 100));
    recent.add('acme', 'site-1', issue(2, NOW - 59));
    recent.add('acme', 'site-2', issue(3));
    expect(idsOf(recent)).toEqual([2]);
    recent.add('acme', 'site-2', issue(4, NOW + 1));
    // As far back as they are kept at all.
    expect({ gone: idsOf(recent, { now: 0 }), kept: idsOf(recent, { site: 'site-2', now: 0 }) }).toEqual({
      gone: [],
      kept: [4, 3],
    });
  });

  it('are the fifty newest, as many as Jira takes', () => {
    const recent = new RecentIssues();
    for (let id = 1; id <= 60; id++) recent.add('acme', 'site-1', issue(id));
    expect({ count: idsOf(recent).length, newest: idsOf(recent)[0], oldest: idsOf(recent).at(-1) }).toEqual({
      count: 50,
      newest: 60,
      oldest: 11,
    });
  });

  it.each([Number.NaN, 2 ** 53, 1.5])('are without %s, which is no id', (id) => {
    const recent = new RecentIssues();
    recent.add('acme', 'site-1', issue(id));
    expect(idsOf(recent)).toEqual([]);
  });
});
