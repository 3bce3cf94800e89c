import type { Defect } from './defect.ts';

export const CLIENT: Defect[] = [
  {
    name: 'a program is given what fits into the context of an agent, and loses the rest of a list',
    find: /kind === 'write' \? given : \{ view: 'full', \.\.\.given \}/,
    replace: 'given',
    test: { file: 'test/client/client.test.ts', title: 'The client > asks for answers whole, however long' },
  },
  {
    name: 'an answer to what was typed before is shown',
    find: /if \(current !== asked\) return;/,
    replace: '',
    test: {
      file: 'test/client/typeahead.test.ts',
      title: 'A search while somebody types > is aborted as soon as more is typed, and its answer is told to nobody',
    },
  },
  {
    name: 'an abort is reported as a service that cannot be reached',
    find: /signal\?\.throwIfAborted\(\);(?=\s*throw new IntegrationError)/,
    replace: '',
    test: {
      file: 'test/client/client.test.ts',
      title: 'An abort > rejects with the reason of the signal, and the service sees its caller leave',
    },
  },
];
