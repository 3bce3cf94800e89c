import { describe, expect, it } from 'vitest';
import { blocksIn, differences, valuesIn } from './blocks.ts';

describe('the blocks of a document', () => {
  it('are read with their language, their line and without the indent of a list', () => {
    const text = '# A\n\n```sh\necho a\n```\n\n- b:\n\n  ```json\n  { "b": 1 }\n  ```\n';
    expect(blocksIn('x.md', text)).toEqual([
      { file: 'x.md', line: 3, language: 'sh', text: 'echo a\n', answer: null },
      { file: 'x.md', line: 9, language: 'json', text: '{ "b": 1 }\n', answer: null },
    ]);
  });

  it.each([
    { between: '\n\n', answer: '1\n' },
    { between: '\n\nIt answers:\n\n', answer: null },
  ])('are answers where nothing stands between: $between', ({ between, answer }) => {
    const [command] = blocksIn('x.md', `\`\`\`sh\na\n\`\`\`${between}\`\`\`json\n1\n\`\`\`\n`);
    expect(command?.answer).toBe(answer);
  });

  it('hold values one after the other, between comments', () => {
    expect(valuesIn('// a\n{ "a":\n  [1] }\n\n// b\n"b"\n')).toEqual([{ a: [1] }, 'b']);
  });

  it.each(['{ "a": 1', '{ a: 1 }', '[1,]'])('are refused where they hold no JSON: %s', (text) => {
    expect(() => valuesIn(text)).toThrow(SyntaxError);
  });
});

describe('an answer', () => {
  it.each([
    { shown: { a: 1 }, given: { a: 2 }, found: [] },
    { shown: { a: null }, given: { a: 'x' }, found: [] },
    { shown: { a: 'x' }, given: { a: null }, found: [] },
    { shown: { a: 1, '…': '…' }, given: { a: 2, b: 3 }, found: [] },
    { shown: { a: '…' }, given: { a: { b: 1 } }, found: [] },
    { shown: [], given: [{ a: 1 }], found: [] },
    { shown: { a: 1 }, given: {}, found: ['the answer.a is not there'] },
    { shown: {}, given: { a: 1 }, found: ['the answer.a is not shown'] },
    { shown: { a: 1 }, given: { a: '1' }, found: ['the answer.a is "1", and shown as 1'] },
    { shown: { a: [] }, given: { a: {} }, found: ['the answer.a is {}, and shown as []'] },
    { shown: [{ a: 1 }], given: [{ b: 1 }], found: ['the answer[0].b is not shown', 'the answer[0].a is not there'] },
  ])('has the shape that is shown, or not: $shown, $given', ({ shown, given, found }) => {
    expect(differences(shown, given)).toEqual(found);
  });
});
