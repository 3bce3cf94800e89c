import { describe, expect, it } from 'vitest';
import { type Client, createClient } from '../../src/client/index.ts';
import { TOOLS } from '../../src/operations/catalogue.ts';
import { CASES } from '../operations/cases/all.ts';
import { sharedStage } from '../support/harness.ts';
import { ALL_SCOPES } from '../support/scopes.ts';

type Method = ((args: object) => Promise<object>) & { all?: unknown; pages?: unknown };

const methodOf = (client: Client, tool: string): Method => {
  const [product = '', name = ''] = tool.split('.');
  return (client as unknown as Record<string, Record<string, Method>>)[product]?.[name] as Method;
};

const OPERATIONS = [...TOOLS.values()].map((tool) => ({ tool, good: CASES.get(tool.name)?.good ?? {} }));

describe('The client', () => {
  const stage = sharedStage({ env: ALL_SCOPES }, async (own) => {
    own.sandbox.setSecondConsent('keeps');
    await own.connect('jira');
    await own.connect('confluence');
  });
  let count = 0;

  it('has every tool as a method, and no other', () => {
    const client = createClient({ baseUrl: stage.url });
    const methods = (['atlassian', 'jira', 'confluence'] as const).flatMap((product) =>
      Object.keys(client[product]).map((name) => `${product}.${name}`),
    );
    expect(methods.sort()).toEqual([...TOOLS.keys()].sort());
  });

  it.each(OPERATIONS)('answers $tool.name with what the service declares, the whole of it', async ({ tool, good }) => {
    const input = typeof good === 'function' ? good(++count) : good;
    const answer = await methodOf(createClient({ baseUrl: stage.url }), tool.name)(input);
    expect(tool.output.parse(answer)).toEqual(answer);
  });

  it('can go through the lists, and through nothing else', () => {
    const client = createClient({ baseUrl: stage.url });
    const lists = [...TOOLS.keys()].filter((name) => methodOf(client, name).all && methodOf(client, name).pages);
    expect(lists).toEqual([...TOOLS.values()].filter(({ gives }) => gives === 'rows').map(({ name }) => name));
  });
});
