import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import openapiTS, { astToString } from 'openapi-typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedStage } from '../support/harness.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const COMPILER = join(root, 'node_modules/typescript/bin/tsc');
const STRICTLY = [
  '--ignoreConfig',
  '--strict',
  '--skipLibCheck',
  '--target',
  'es2022',
  '--module',
  'nodenext',
  '--lib',
  'es2023,dom',
];

interface Client {
  useService(baseUrl: string, tenant: string): Promise<object>;
}

describe('a client whose types openapi-typescript made of the document', () => {
  const stage = sharedStage({}, ({ connect }) => connect('jira', { tenant: 'acme' }));
  // Where packages are found from.
  const folder = mkdtempSync(join(root, 'node_modules/.generated-client-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  let told = '';

  beforeAll(async () => {
    const { body } = await stage.call<object>('/openapi.json');
    writeFileSync(join(folder, 'types.d.ts'), astToString(await openapiTS(body as never)));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    copyFileSync(join(root, 'test/generated-client/client.ts'), join(folder, 'client.ts'));
    const compiled = promisify(execFile)(process.execPath, [COMPILER, ...STRICTLY, join(folder, 'client.ts')], {
      cwd: folder,
    });
    told = await compiled.then(
      () => '',
      ({ stdout }) => stdout,
    );
  });

  it('compiles strictly, and refuses what the service would', () => {
    expect(told).toBe('');
  });

  it('searches, goes on to the next page, creates, calls a tool, and reads an error', async () => {
    const client = (await import(/* @vite-ignore */ pathToFileURL(join(folder, 'client.js')).href)) as Client;
    expect(await client.useService(stage.url, 'acme')).toEqual({
      found: ['DEMO', 'DEMO'],
      more: true,
      created: expect.stringMatching(/^DEMO-\d+$/),
      commented: true,
      refused: 'limit: limit: must be at most 25',
    });
  });
});
