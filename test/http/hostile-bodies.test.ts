import { expect, it } from 'vitest';
import { connectBoth } from '../support/accounts.ts';
import { leastCpuMsOf } from '../support/cpu.ts';
import { type ErrorBody, sharedStage } from '../support/harness.ts';

const SIZE = 500_000;
/** Milliseconds of processor for each 100,000 characters of a body, those of the test itself included. */
const MOST_MS = 50;
/** What any answer to nonsense may come to. */
const MOST_CHARACTERS = 20_000;

const repeated = (text: string): string => text.repeat(Math.ceil(SIZE / text.length));
const members = (count: number, nameOf: (index: number) => string, value: unknown = 1): Record<string, unknown> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [nameOf(index), value]));

/** Values that no text, list or object of ours is, each some hundred kilobytes. */
const VALUES: [string, unknown][] = [
  ['a long text', repeated('a')],
  ['a text of blanks with something behind them', `**a${repeated(' ')}b**`],
  ['a text of openings', repeated('![')],
  ['a text of emphasis', repeated('*a_b`~')],
  ['a text that looks like an address', `https://${repeated('a')} x`],
  ['the text of a deep list', repeated('[')],
  ['the text of many objects', `[${repeated('{"a":1},')}{}]`],
  ['a long list', Array(50_000).fill('A')],
  ['a long list of nothing', Array(50_000).fill(null)],
  ['a long list of lists', Array(50_000).fill([])],
  ['many members', members(40_000, (index) => `member_${index}`)],
  ['members of long names', members(90, (index) => repeated('p').slice(0, 10_000) + index)],
];

/** Members of every kind, and what has to stand beside each. What passes through to Atlassian costs the sandbox more than the service. */
const MEMBERS: { method: string; path: string; member: string; beside: Record<string, unknown> }[] = [
  { method: 'POST', path: '/connectors/jira/create', member: 'project', beside: { summary: 'Good' } },
  {
    method: 'POST',
    path: '/connectors/jira/create',
    member: 'description',
    beside: { project: 'DEMO', summary: 'Good' },
  },
  { method: 'POST', path: '/connectors/jira/create', member: 'labels', beside: { project: 'DEMO', summary: 'Good' } },
  { method: 'POST', path: '/connectors/confluence/create', member: 'space', beside: { title: 'Good' } },
  { method: 'POST', path: '/connectors/confluence/create', member: 'content', beside: { space: 'ENG', title: 'Good' } },
  { method: 'POST', path: '/connectors/confluence/create', member: 'body', beside: { spaceId: '1', title: 'Good' } },
  {
    method: 'POST',
    path: '/connectors/confluence/create',
    member: 'projects',
    beside: { space: 'ENG', title: 'Good' },
  },
  { method: 'POST', path: '/connectors/tools/invoke', member: 'tool', beside: { args: {} } },
  { method: 'POST', path: '/connectors/tools/invoke', member: 'args', beside: { tool: 'jira.search' } },
  { method: 'POST', path: '/connectors/tools/batch', member: 'calls', beside: {} },
  { method: 'PATCH', path: '/connectors/jira/connection', member: 'base_url', beside: { pat: 'token' } },
  {
    method: 'PATCH',
    path: '/connectors/jira/connection',
    member: 'pat',
    beside: { base_url: 'https://jira.example.com' },
  },
  { method: 'POST', path: '/connectors/jira/connect-link', member: 'return_url', beside: {} },
  { method: 'PUT', path: '/tenants/acme/policy', member: 'jira', beside: {} },
  { method: 'PUT', path: '/tenants/acme/policy', member: 'tools', beside: {} },
];
const ARGUMENTS: { tool: string; argument: string; beside: Record<string, unknown> }[] = [
  { tool: 'jira.search', argument: 'q', beside: {} },
  { tool: 'jira.search', argument: 'filters', beside: {} },
  { tool: 'confluence.search', argument: 'filters', beside: {} },
  { tool: 'jira.create', argument: 'description', beside: { project: 'DEMO', summary: 'Good' } },
  { tool: 'confluence.create', argument: 'content', beside: { space: 'ENG', title: 'Good' } },
];

const stage = sharedStage({}, (own) => connectBoth(own));

async function expectCheap(method: string, path: string, body: unknown): Promise<void> {
  const text = JSON.stringify(body);
  const most = MOST_MS * (text.length / 100_000);
  const spent = await leastCpuMsOf(most, async () => {
    const answer = await stage.call<ErrorBody>(path, { method, body: text });
    expect(JSON.stringify(answer.body).length).toBeLessThan(MOST_CHARACTERS);
    expect([200, 400, 404, 413]).toContain(answer.status);
  });
  expect(spent).toBeLessThan(most);
}

it.each(MEMBERS)(
  '$method $path costs little, whatever stands for $member',
  async ({ method, path, member, beside }) => {
    for (const [, value] of VALUES) await expectCheap(method, path, { ...beside, [member]: value });
  },
);

it.each(ARGUMENTS)('the tool $tool costs little, whatever stands for $argument', async ({ tool, argument, beside }) => {
  for (const [, value] of VALUES) {
    await expectCheap('POST', '/connectors/tools/invoke', { tool, args: { ...beside, [argument]: value } });
  }
});

it('no line of the log is long', () => {
  expect(Math.max(...stage.logLines.map((line) => line.length))).toBeLessThan(MOST_CHARACTERS);
});
