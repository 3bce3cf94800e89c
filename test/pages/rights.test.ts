import { describe, expect, it } from 'vitest';
import { byProduct, rightsOf } from '../../src/pages/rights.ts';
import { ALL_SCOPES } from '../support/scopes.ts';

/** What a list of rights says, a line each. */
const lines = (scopes: string) =>
  rightsOf(scopes.split(' ')).map(({ deed, things }) => [deed, things.join(', ')].join(' '));

describe('what a consent allows', () => {
  it.each([
    {
      of: 'Jira’s default scopes',
      scopes: 'read:jira-work write:jira-work read:jira-user offline_access',
      says: ['See projects, issues, comments, files, the names of people', 'Create and change issues, comments'],
    },
    {
      of: 'Confluence’s default scopes',
      scopes:
        'read:space:confluence read:page:confluence write:page:confluence search:confluence read:confluence-user offline_access',
      says: ['See spaces, pages, the names of people', 'Search Confluence', 'Create and change pages'],
    },
    {
      of: 'all scopes of Jira',
      scopes: ALL_SCOPES.JIRA_SCOPES,
      says: [
        'See projects, boards, sprints, issues, comments, files, the fields to search by, the names of people, the settings of boards',
        'Create and change issues, comments',
      ],
    },
    {
      of: 'all scopes of Confluence',
      scopes: ALL_SCOPES.CONFLUENCE_SCOPES,
      says: [
        'See spaces, folders, pages, blog posts, comments, files, labels, properties of pages, the names of people, the order of pages',
        'Search Confluence',
        'Create and change pages',
      ],
    },
    {
      of: 'scopes that are not known',
      scopes: 'read:custom-emoji:confluence delete:category:confluence fly:kite constructor',
      says: ['See custom emojis', 'Delete categories', 'Manage constructor, fly:kite'],
    },
  ])('is told once each, in words of every day: $of', ({ scopes, says }) => {
    expect(lines(scopes)).toEqual(says);
  });

  it('is told by product', () => {
    const scopes = ['read:me', 'search:confluence', 'read:jira-work', 'offline_access', 'read:sprint:jira-software'];
    expect(byProduct(scopes)).toEqual([
      { product: 'Jira', scopes: ['read:jira-work', 'read:sprint:jira-software'] },
      { product: 'Confluence', scopes: ['search:confluence'] },
      { product: null, scopes: ['read:me'] },
    ]);
  });
});
