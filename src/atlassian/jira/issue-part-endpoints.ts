import { endpoint } from '../wire/endpoint.ts';
import { jira, READ } from './scopes.ts';

/** The calls that are about what belongs to an issue, beside its comments and watchers. */
export const ISSUE_PART_ENDPOINTS = {
  worklogs: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/issue/{issueIdOrKey}/worklog' },
    scope: READ,
    granular: jira('group issue-worklog issue-worklog.property project-role user avatar'),
    query: ['startAt', 'maxResults'],
  }),
  allWorklogs: endpoint({
    method: 'GET',
    path: { data_center: '/rest/api/2/issue/{issueIdOrKey}/worklog' },
    scope: READ,
  }),
  changelog: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/issue/{issueIdOrKey}/changelog' },
    scope: READ,
    granular: jira('issue-meta avatar issue.changelog'),
    query: ['startAt', 'maxResults'],
  }),
  remoteLinks: endpoint({
    method: 'GET',
    path: {
      cloud: '/rest/api/3/issue/{issueIdOrKey}/remotelink',
      data_center: '/rest/api/2/issue/{issueIdOrKey}/remotelink',
    },
    scope: READ,
    granular: jira('issue.remote-link status'),
  }),
  linkTypes: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/issueLinkType', data_center: '/rest/api/2/issueLinkType' },
    scope: READ,
    granular: jira('issue-link-type'),
  }),
  attachmentFile: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/attachment/content/{id}' },
    scope: READ,
    granular: jira('attachment'),
    query: ['redirect'],
    answer: 'bytes',
  }),
  /** No part of the REST API: every attachment names it as its `content`. */
  attachmentPage: endpoint({
    method: 'GET',
    path: { data_center: '/secure/attachment/{id}/{filename}' },
    scope: READ,
    answer: 'bytes',
  }),
} as const;
