import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const EXAMPLES = [...read('docs/adding-an-operation.md').matchAll(/<!-- from (\S+) -->\n```ts\n([\s\S]*?)```/g)].map(
  ([, file = '', code = '']) => ({ file, code }),
);

it('the guide to adding an operation shows five files', () => {
  expect(EXAMPLES.map(({ file }) => file)).toHaveLength(5);
});

it.each(EXAMPLES)('the guide to adding an operation shows $file as it is', ({ file, code }) => {
  expect(read(file)).toContain(code);
});
