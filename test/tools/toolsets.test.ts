import { expect, it } from 'vitest';
import { PolicyInput } from '../../src/access/policy.ts';
import { DEFAULT_TOOLS, TOOLS } from '../../src/operations/catalogue.ts';
import type { Narrowing } from '../../src/operations/operation.ts';
import type { Viewer } from '../../src/tools/descriptor.ts';
import { type AskedToolsets, offeredTools } from '../../src/tools/toolsets.ts';

type Status = ReturnType<Viewer['statusOf']>;

/** A catalogue of which most is outside the default toolset, as that of a hundred tools is. */
const CHOICE = { tools: [...TOOLS.values()], defaults: new Set(['jira.get', 'confluence.get']) };
const CONNECTED = {
  connected: true,
  auth: 'pat',
  scopes: null,
  error: null,
} as Partial<Status> as Status;

function offered(asked: AskedToolsets, narrowing: Partial<Narrowing> = {}): string[] {
  const whole = { readOnly: false, tools: null, ...narrowing };
  const viewer: Viewer = { policy: PolicyInput.parse({}), narrowing: whole, statusOf: () => CONNECTED };
  return offeredTools(asked, viewer, CHOICE).map(({ name }) => name);
}

it.each<{ what: string; asked: AskedToolsets; tools?: string[]; offers: string[] }>([
  { what: 'the default toolset where nothing is asked for', asked: {}, offers: ['jira.get', 'confluence.get'] },
  { what: 'the default toolset by its name', asked: { toolset: 'default' }, offers: ['jira.get', 'confluence.get'] },
  { what: 'everything', asked: { toolset: 'all' }, offers: [...TOOLS.keys()] },
  {
    what: 'the default toolset and another',
    asked: { toolsets: 'default,projects' },
    offers: [...TOOLS.values()]
      .filter(({ name, toolset }) => CHOICE.defaults.has(name) || toolset === 'projects')
      .map(({ name }) => name),
  },
  {
    what: 'tools that the request names, wherever they are',
    asked: {},
    tools: ['jira_projects', 'jira.get'],
    offers: ['jira.get', 'jira.projects'],
  },
  {
    what: 'tools that the request names, in the toolset that it asks for alone',
    asked: { toolset: 'default' },
    tools: ['jira_projects', 'jira.get'],
    offers: ['jira.get'],
  },
])('a client is offered $what', ({ asked, tools = null, offers }) => {
  expect(offered(asked, { tools })).toEqual(offers);
});

it('the toolsets of the catalogue itself are those that are offered', () => {
  const viewer: Viewer = {
    policy: PolicyInput.parse({}),
    narrowing: { readOnly: false, tools: null },
    statusOf: () => CONNECTED,
  };
  expect(offeredTools({}, viewer).map(({ name }) => name)).toEqual(
    [...TOOLS.keys()].filter((name) => DEFAULT_TOOLS.has(name)),
  );
});
