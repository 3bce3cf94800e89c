import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const FOLDER = new URL('../dist/chunks/', import.meta.url);

it('what is shipped is ASCII, which V8 keeps in half the memory', () => {
  const files = readdirSync(FOLDER).map((name) => ({ name, source: readFileSync(new URL(name, FOLDER), 'latin1') }));
  expect(files.length).toBeGreaterThan(3);
  expect(files.filter(({ source }) => /[^\0-\x7f]/.test(source)).map(({ name }) => name)).toEqual([]);
});

it('the guides are shipped, each of them', () => {
  const [written, shipped] = ['../docs/', '../dist/docs/'].map((folder) =>
    readdirSync(new URL(folder, import.meta.url)).filter((name) => name.endsWith('.md')),
  );
  expect(shipped).toEqual(written);
});
