import { expect, it } from 'vitest';
import { siteAddress } from '../../src/pages/browser/site-address.ts';

it.each([
  ['https://acme.atlassian.net/browse/DEMO-1', 'https://acme.atlassian.net'],
  [
    'https://acme.atlassian.net/jira/software/projects/DEMO/boards/1?selectedIssue=DEMO-1',
    'https://acme.atlassian.net',
  ],
  ['https://acme.atlassian.net/wiki/spaces/ENG/pages/65816/Title#here', 'https://acme.atlassian.net'],
  ['https://Acme.jira.com?x=1', 'https://Acme.jira.com'],
  ['https://jira.example.com/browse/DEMO-1?focusedId=7', 'https://jira.example.com'],
  ['https://example.com/jira/browse/DEMO-1', 'https://example.com/jira'],
  ['https://example.com/jira/projects/DEMO/issues', 'https://example.com/jira'],
  ['https://example.com/jira/secure/Dashboard.jspa', 'https://example.com/jira'],
  ['https://example.com/wiki/display/ENG/Start', 'https://example.com/wiki'],
  ['https://example.com/confluence/spaces/ENG/pages/7/Title', 'https://example.com/confluence'],
  ['https://example.com/confluence/pages/viewpage.action?pageId=7', 'https://example.com/confluence'],
])('of %s, the site is %s', (typed, site) => {
  expect(siteAddress(typed)).toBe(site);
});

it.each([
  'https://jira.example.com',
  'https://example.com/jira/',
  'https://example.com/projects/jira',
  'https://example.com/spaces/confluence/',
  'https://example.com/issues/?jql=x',
  'https://me@acme.atlassian.net/browse/DEMO-1',
  'https://acme.atlassian.net\\browse',
  'https://acme.atlassian.net@evil.example/browse/DEMO-1',
  'ftp://acme.atlassian.net/browse/DEMO-1',
  'acme',
  '',
])('%s stays as it was typed, since it may be meant so or is for the service to refuse', (typed) => {
  expect(siteAddress(typed)).toBe(typed);
});

it.each(['https://evil.example/.atlassian.net/browse/X-1', 'https://acme.atlassian.net.evil.example/browse/X-1'])(
  'never makes another host of that of %s',
  (typed) => {
    expect(new URL(siteAddress(typed)).host).toBe(new URL(typed).host);
  },
);
