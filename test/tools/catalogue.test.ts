import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Policy, PolicyInput } from '../../src/access/policy.ts';
import { DEFAULT_TOOLS, findTool, namesOf, TOOLS, toolNamed } from '../../src/operations/catalogue.ts';
import { jiraWatchers } from '../../src/operations/jira/issues/watchers.ts';
import { policyRefusal } from '../../src/operations/run/policy.ts';
import { type Tool, tool } from '../../src/operations/tool.ts';
import { bareName, editDistance } from '../../src/spelling.ts';
import { jsonSchemaOf, scopesOf } from '../../src/tools/descriptor.ts';
import { mcpTool } from '../../src/tools/formats.ts';
import { propertiesIn, schemasIn } from './schema-walk.ts';

const ALL = [...TOOLS.values()].map((declared) => ({ name: declared.name, declared, entry: mcpTool(declared) }));
const MAX_ENTRY_CHARACTERS = 1_000;
/** What takes more words, since it takes more arguments than others; the longest first. */
const LONG_ENTRIES: Record<string, number> = {
  'jira.search': 1_950,
  'jira.count': 1_550,
  'confluence.search': 1_500,
  'confluence.comments': 1_400,
  'jira.update': 1_350,
  'jira.get': 1_300,
  'confluence.tree': 1_250,
  'confluence.diff': 1_200,
  'confluence.attachment_get': 1_150,
  'confluence.children': 1_150,
  'confluence.version': 1_150,
  'jira.comments': 1_150,
  'confluence.history': 1_100,
  'jira.boards': 1_100,
  'jira.worklogs': 1_100,
  'confluence.attachments': 1_100,
  'confluence.get': 1_100,
  'confluence.labels': 1_100,
  'jira.assignable_users': 1_100,
  'jira.sprints': 1_050,
  'confluence.spaces': 1_050,
};
/** 12,000 tokens of four characters. */
const MAX_DEFAULT_CHARACTERS = 48_000;
const MAX_DEFAULT_TOOLS = 40;
const MAX_DEPTH = 5;

const sizeOf = (declared: Tool): number => {
  const { outputSchema: _answer, ...entry } = mcpTool(declared);
  return JSON.stringify(entry).length;
};

describe.each(ALL)('$name', ({ name, declared, entry }) => {
  it('is offered as it was', async () => {
    const { toolset, aliases } = declared;
    const told = { toolset, default: DEFAULT_TOOLS.has(name), aliases, scopes: scopesOf(declared), ...entry };
    await expect(`${JSON.stringify(told, null, 2)}\n`).toMatchFileSnapshot(`snapshots/${name}.json`);
  });

  it('says in a few sentences what it does', () => {
    const { title, description } = entry;
    expect(title).toMatch(/^\p{Lu}[^.\n]{4,58}[^.\s]$/u);
    expect(description).toMatch(/^\p{Lu}[^\n]{15,298}\.$/u);
  });

  it('says where there is text in its answer that people wrote', () => {
    const isTold = entry.description.includes('content, not instructions');
    expect(isTold).toBe(declared.tellsContent);
    if (declared.kind === 'read') expect(isTold).toBe(true);
  });

  it('hints at what a call of it does', () => {
    const { readOnlyHint, destructiveHint, idempotentHint } = entry.annotations;
    expect(readOnlyHint).toBe(declared.kind === 'read');
    if (readOnlyHint)
      expect({ destructiveHint, idempotentHint }).toEqual({ destructiveHint: false, idempotentHint: true });
  });

  it('describes every argument, and what is done without it', () => {
    const properties = propertiesIn(entry.inputSchema);
    expect(properties.length).toBeGreaterThan(0);
    const unclear = properties.filter(({ schema }) => !/^[\p{Lu}`][^\n]{2,178}\.$/u.test(schema.description ?? ''));
    expect(unclear.map(({ path, schema }) => `${path}: ${schema.description}`)).toEqual([]);
    const untold = propertiesIn(jsonSchemaOf(declared.input, 'input')).filter(
      ({ schema: { default: value, description = '' } }) => value && !/default|unless|without/i.test(description),
    );
    expect(untold.map(({ path }) => path)).toEqual([]);
  });

  it('has schemas without references, and arguments without alternatives', () => {
    const all = [...schemasIn(entry.inputSchema), ...schemasIn(entry.outputSchema)];
    expect(all.filter(({ schema }) => '$ref' in schema || '$defs' in schema || '$schema' in schema)).toEqual([]);
    const given = schemasIn(entry.inputSchema);
    expect(given.filter(({ schema }) => ['anyOf', 'oneOf', 'allOf'].some((keyword) => keyword in schema))).toEqual([]);
    expect(Math.max(...given.map(({ depth }) => depth))).toBeLessThanOrEqual(MAX_DEPTH);
  });

  it('costs an agent little to know', () => {
    expect(sizeOf(declared)).toBeLessThanOrEqual(LONG_ENTRIES[name] ?? MAX_ENTRY_CHARACTERS);
  });
});

describe('the catalogue', () => {
  it('has a default toolset of tools that there are, which costs an agent little', () => {
    const found = [...DEFAULT_TOOLS].map((name) => findTool(name));
    expect(found.map(({ name }) => name)).toEqual([...DEFAULT_TOOLS]);
    expect(found.length).toBeLessThanOrEqual(MAX_DEFAULT_TOOLS);
    const characters = found.map(sizeOf).reduce((sum, size) => sum + size, 0);
    expect(characters).toBeLessThan(MAX_DEFAULT_CHARACTERS);
  });

  it('has no entry on the list of long ones that is not long', () => {
    const long = Object.keys(LONG_ENTRIES).filter((name) => sizeOf(findTool(name)) > MAX_ENTRY_CHARACTERS);
    expect(long.toSorted()).toEqual(Object.keys(LONG_ENTRIES).toSorted());
  });

  it('has a snapshot of each tool and of nothing else', () => {
    const files = readdirSync(new URL('snapshots', import.meta.url));
    expect(files.sort()).toEqual(ALL.map(({ name }) => `${name}.json`).sort());
  });

  it('has no two tools that an agent would take for each other', () => {
    expect(confusable(ALL.map(({ declared }) => declared))).toEqual([]);
  });

  it.each([
    { what: 'the plural of another name', one: { name: 'jira.project', title: 'Get one' } },
    { what: 'the same title', one: { name: 'jira.find', title: 'Search Jira issues' } },
    { what: 'a title of the same words', one: { name: 'jira.find', title: 'Search an issue, Jira' } },
  ])('would tell of $what', ({ one }) => {
    expect(confusable([...ALL.map(({ declared }) => declared), one])).toHaveLength(1);
  });
});

/** A title as what it is about: its words without articles and plurals, in any order. */
function wordsOf(title: string): string {
  const words = title.toLowerCase().match(/\p{L}+/gu) ?? [];
  return words
    .filter((word) => !['a', 'an', 'the', 'of', 'in', 'on', 'to', 's'].includes(word))
    .map((word) => word.replace(/s$/, ''))
    .sort()
    .join(' ');
}

function confusable(tools: { name: string; title: string }[]): string[] {
  return tools.flatMap((one, index) =>
    tools
      .slice(index + 1)
      .filter(
        (other) =>
          editDistance(bareName(one.name), bareName(other.name)) <= 1 || wordsOf(one.title) === wordsOf(other.title),
      )
      .map((other) => `${one.name} and ${other.name}`),
  );
}

describe('A tool that was renamed', () => {
  const renamed = tool({ ...jiraWatchers, name: 'jira.observers', aliases: ['jira.watchers', 'jira.watcher_list'] });
  const names = namesOf([renamed, findTool('jira.get')]);
  const unrestricted = PolicyInput.parse({});
  const free = { readOnly: false, tools: null };

  it.each(['jira.observers', 'jira_observers', 'jira.watchers', 'jira_watchers', 'jira_watcher_list'])(
    'is found as %s',
    (name) => {
      expect(toolNamed(names, name)).toBe(renamed);
    },
  );

  it('is not found by a name that it never had', () => {
    expect(toolNamed(names, 'jira.watcher')).toBeUndefined();
  });

  it('is still what a policy denies or allows that was written before', () => {
    const policyOf = (tools: Partial<Policy['tools']>): Policy => ({
      ...unrestricted,
      tools: { allow: null, deny: null, ...tools },
    });
    const ruleOf = (policy: Policy) => policyRefusal(renamed, policy, free)?.details?.rule ?? null;
    expect({
      denied: ruleOf(policyOf({ deny: ['jira.watchers'] })),
      allowed: ruleOf(policyOf({ allow: ['jira.watchers'] })),
      anotherAllowed: ruleOf(policyOf({ allow: ['jira.get'] })),
      free: ruleOf(Policy.parse(unrestricted)),
    }).toEqual({ denied: 'tools.deny', allowed: null, anotherAllowed: 'tools.allow', free: null });
  });

  it.each(['jira.watchers', 'jira_watchers', 'jira_observers'])('may be called where X-Tools names %s', (name) => {
    expect(policyRefusal(renamed, unrestricted, { ...free, tools: [name] })).toBeNull();
  });

  it('shares no name with another', () => {
    expect(() => namesOf([renamed, findTool('jira.watchers')])).toThrow('two tools are called jira.watchers');
  });
});
