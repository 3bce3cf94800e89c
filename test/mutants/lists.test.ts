import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Group {
  name: string;
  files: string[];
  tests: string[];
}

interface Accepted {
  file: string;
  code: string;
  becomes: string;
  reason: string;
}

const root = new URL('../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');
const flat = (text: string) => text.replace(/\s+/g, ' ').trim();
const listed = <Entry>(file: string): Entry[] => JSON.parse(read(`test/mutants/${file}`));

it('every group of mutants names files and tests that are there', () => {
  const filesIn = (folder: string) => readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' });
  const there = ['src/', 'test/'].flatMap((folder) => filesIn(folder).map((file) => `${folder}${file}`));
  const beginnings = listed<Group>('groups.json').flatMap(({ files, tests }) => [...files, ...tests]);
  expect(beginnings.filter((beginning) => !there.some((file) => file.startsWith(beginning)))).toEqual([]);
});

it('every accepted mutant is of code that is there, and says why', () => {
  const wrong = listed<Accepted>('accepted.json').filter(({ file, code, reason }) => {
    return reason.length < 20 || !flat(read(file)).includes(flat(code));
  });
  expect(wrong).toEqual([]);
});

it('no mutant is accepted twice', () => {
  const keys = listed<Accepted>('accepted.json').map(({ file, code, becomes }) => `${file}\n${code}\n${becomes}`);
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
});
