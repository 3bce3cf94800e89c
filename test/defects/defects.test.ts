import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Defect } from './defect.ts';

const root = new URL('../../', import.meta.url);
const filesIn = (folder: string) => readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' });
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');

const lists = filesIn('test/defects/').filter((file) => file.endsWith('.ts') && !/^defect\.ts$|\.test\.ts$/.test(file));
const modules: Record<string, Defect[]>[] = await Promise.all(
  lists.map((file) => import(new URL(file, import.meta.url).href)),
);
const DEFECTS = modules.flatMap((module) => Object.values(module).flat());
const SOURCES = filesIn('src/')
  .filter((file) => file.endsWith('.ts'))
  .map((file) => read(`src/${file}`));

/** The titles of a file's tests, as patterns: what tables fill in may be anything. */
function titlesIn(text: string): RegExp[] {
  const literals = [...text.matchAll(/(?:\bit|\btest|\))\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`([^`]*)`)/g)];
  return literals.map(([, single, double, template]) => {
    const title = (single ?? double ?? template ?? '').replace(/\\(['"\\])/g, '$1');
    const quoted = title
      .split(/\$\{[^}]*\}|\$[\w.]+|%[a-z#]/)
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
    return new RegExp(`^${quoted.join('.*')}$`, 's');
  });
}

it('every defect fits exactly one place in the sources', () => {
  expect(DEFECTS.length).toBeGreaterThan(10);
  const places = DEFECTS.map(({ name, find }) => {
    const all = new RegExp(find, `${find.flags.replace('g', '')}g`);
    return { name, places: SOURCES.reduce((sum, text) => sum + [...text.matchAll(all)].length, 0) };
  });
  expect(places.filter((defect) => defect.places !== 1)).toEqual([]);
});

it('every defect has a name of its own', () => {
  const names = DEFECTS.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

it('every defect names a test that is there', () => {
  const lost = DEFECTS.filter(({ test: { file, title } }) => {
    const last = title.split(' > ').at(-1) ?? '';
    return !existsSync(new URL(file, root)) || !titlesIn(read(file)).some((pattern) => pattern.test(last));
  });
  expect(lost.map(({ name, test }) => ({ name, test }))).toEqual([]);
});
