// Writes the tools into docs/agents.md as the catalogue has them: `npm run docs:tools`. A test fails where they differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { runnerImport } from 'vite';

const root = new URL('../', import.meta.url);
const { module } = await runnerImport(new URL('scripts/tool-docs.ts', root).pathname, { logLevel: 'error' });
const file = new URL('docs/agents.md', root);
writeFileSync(file, module.withTools(readFileSync(file, 'utf8')));
