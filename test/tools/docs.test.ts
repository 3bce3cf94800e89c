import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withTools } from '../../scripts/tool-docs.ts';
import { TOOLS } from '../../src/operations/catalogue.ts';
import { mcpTool } from '../../src/tools/formats.ts';
import { propertiesIn } from './schema-walk.ts';

const document = readFileSync(new URL('../../docs/agents.md', import.meta.url), 'utf8');

it('docs/agents.md tells the tools as the catalogue has them (npm run docs:tools writes them anew)', () => {
  expect(document).toBe(withTools(document));
});

it('docs/agents.md tells every tool with every argument', () => {
  for (const [name, tool] of TOOLS) {
    const [, section = ''] = document.split(`#### \`${name}\`\n`);
    const [own = ''] = section.split(/^#{2,4} /m);
    const paths = propertiesIn(mcpTool(tool).inputSchema).map(({ path }) => path);
    const untold = paths.filter((path) => !own.includes(`| \`${path}\` |`));
    expect({ name, isTold: own.includes('Answers with'), untold }).toEqual({ name, isTold: true, untold: [] });
  }
});

it('a tool is written into the place that is kept for it, and nowhere else', () => {
  const changed = withTools(document.replace('#### `jira.get`', '#### `jira.got`'));
  expect(changed).toBe(document);
  expect(() => withTools('# No place')).toThrow('no place for the tools');
});
