import { expect } from 'vitest';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import type { CallOptions, ErrorBody, Stage } from './harness.ts';

export interface Operation {
  path: string;
  options: CallOptions;
  /** The upstream call that fails. */
  upstream: RegExp;
}

export const JIRA_SEARCH = { path: '/connectors/jira/search?q=login', options: {}, upstream: /search\/jql$/ };
export const READS: [string, Operation][] = [
  ['jira projects', { path: '/connectors/jira/projects', options: {}, upstream: /project\/search$/ }],
  ['jira search', JIRA_SEARCH],
  ['jira search by key', { path: '/connectors/jira/search?q=DEMO-', options: {}, upstream: /issue\/picker$/ }],
  ['confluence spaces', { path: '/connectors/confluence/spaces', options: {}, upstream: /v2\/spaces$/ }],
  ['confluence search', { path: '/connectors/confluence/search?q=login', options: {}, upstream: /api\/search$/ }],
];
const tool = (name: string, args: unknown, upstream: RegExp): Operation => ({
  path: '/connectors/tools/invoke',
  options: { body: { tool: name, args } },
  upstream,
});
/** The same reads by the other door. */
export const TOOL_READS: [string, Operation][] = [
  ['the tool jira.projects', tool('jira.projects', {}, /project\/search$/)],
  ['the tool jira.search', tool('jira.search', { q: 'login' }, /search\/jql$/)],
  ['the tool jira.search by key', tool('jira.search', { q: '#DEMO-1' }, /issue\/DEMO-1$/)],
  ['the tool confluence.spaces', tool('confluence.spaces', {}, /v2\/spaces$/)],
  ['the tool confluence.search', tool('confluence.search', { q: 'login' }, /api\/search$/)],
];
let titles = 0;
export const WRITES: [string, Operation][] = [
  [
    'jira create',
    {
      path: '/connectors/jira/create',
      options: { body: { project: 'DEMO', summary: 'Once only' } },
      upstream: /3\/issue$/,
    },
  ],
  [
    'confluence create',
    {
      path: '/connectors/confluence/create',
      // Titles are unique in a space.
      get options() {
        const body = { representation: 'storage', value: '' };
        return { body: { spaceId: '32769', title: `Once only ${++titles}`, body } };
      },
      upstream: /v2\/pages$/,
    },
  ],
];

export const json = (status: number, body: unknown, headers: Record<string, string> = {}): Fault => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** Runs an operation whose upstream call meets `fault`, and counts how often that call was made. */
export async function run(stage: Stage, operation: Operation, fault: Fault) {
  stage.sandbox.fault({ path: operation.upstream, ...fault });
  const answer = await stage.call<ErrorBody>(operation.path, operation.options);
  const calls = stage.sandbox.requests.filter(({ path }) => operation.upstream.test(path)).length;
  return { ...answer, calls };
}

export async function expectHealthy(stage: Stage, operation: Operation) {
  expect((await stage.call('/healthz')).body).toEqual({ status: 'ok' });
  expect((await stage.call(operation.path, operation.options)).status).toBe(200);
}
