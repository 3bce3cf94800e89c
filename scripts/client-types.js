// Writes the types of the client as the catalogue has them: `npm run client:types`. A test fails where they differ.
import { writeFileSync } from 'node:fs';
import { runnerImport } from 'vite';

const root = new URL('../', import.meta.url);
const { module } = await runnerImport(new URL('scripts/client-types.ts', root).pathname, { logLevel: 'error' });
writeFileSync(new URL('src/client/operations.ts', root), module.clientTypes());
