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
const MEMBERS: [string, string, string, Record<string, unknown>][] = [
  ['POST', '/connectors/jira/create', 'project', { summary: 'Good' }],
  ['POST', '/connectors/jira/create', 'description', { project: 'DEMO', summary: 'Good' }],
  ['POST', '/connectors/jira/create', 'labels', { project: 'DEMO', summary: 'Good' }],
  ['POST', '/connectors/confluence/create', 'space', { title: 'Good' }],
  ['POST', '/connectors/confluence/create', 'content', { space: 'ENG', title: 'Good' }],
  ['POST', '/connectors/confluence/create', 'body', { spaceId: '1', title: 'Good' }],
  ['POST', '/connectors/confluence/create', 'projects', { space: 'ENG', title: 'Good' }],
  ['POST', '/connectors/tools/invoke', 'tool', { args: {} }],
  ['POST', '/connectors/tools/invoke', 'args', { tool: 'jira.search' }],
  ['PATCH', '/connectors/jira/connection', 'base_url', { pat: 'token' }],
  ['PATCH', '/connectors/jira/connection', 'pat', { base_url: 'https://jira.example.com' }],
  ['POST', '/connectors/jira/connect-link', 'return_url', {}],
  ['PUT', '/tenants/acme/policy', 'jira', {}],
  ['PUT', '/tenants/acme/policy', 'tools', {}],
];
const ARGUMENTS: [string, string, Record<string, unknown>][] = [
  ['jira.search', 'q', {}],
  ['jira.search', 'filters', {}],
  ['confluence.search', 'filters', {}],
  ['jira.create', 'description', { project: 'DEMO', summary: 'Good' }],
  ['confluence.create', 'content', { space: 'ENG', title: 'Good' }],
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

it.each(MEMBERS)('%s %s costs little, whatever stands for %s', async (method, path, member, beside) => {
  for (const [, value] of VALUES) await expectCheap(method, path, { ...beside, [member]: value });
});

it.each(ARGUMENTS)('the tool %s costs little, whatever stands for %s', async (tool, argument, beside) => {
  for (const [, value] of VALUES) {
    await expectCheap('POST', '/connectors/tools/invoke', { tool, args: { ...beside, [argument]: value } });
  }
});

it('no line of the log is long', () => {
  expect(Math.max(...stage.logLines.map((line) => line.length))).toBeLessThan(MOST_CHARACTERS);
});
