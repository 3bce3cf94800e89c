import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { clientTypes } from '../../scripts/client-types.ts';

it('the types of the client are those of the catalogue (npm run client:types writes them anew)', () => {
  const written = readFileSync(new URL('../../src/client/operations.ts', import.meta.url), 'utf8');
  expect(written).toBe(clientTypes());
});
