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
    find: /if \(current !== asked\) return false;/,
    replace: '',
    test: {
      file: 'test/client/typeahead.test.ts',
      title: 'A search while somebody types > is aborted as soon as more is typed, and its answer is told to nobody',
    },
  },
  {
    name: 'an abort is reported as a service that cannot be reached',
    find: /reject\(signal\.reason\)/,
    replace: "reject(new IntegrationError('UNREACHABLE', ''))",
    test: {
      file: 'test/client/send.test.ts',
      title: 'An abort > rejects with the reason of the signal, and the service sees its caller leave',
    },
  },
  {
    name: 'a change follows a redirect and becomes a read',
    find: /redirect: 'manual' as const,/,
    replace: '',
    test: {
      file: 'test/client/send.test.ts',
      title: 'What is no answer of the service > is a redirect (302), which is named and not followed',
    },
  },
  {
    name: 'an error of a gateway is taken for one of the service',
    find: /return told\.status === 'error' && isKnown/,
    replace: "return told.status === 'error'",
    test: {
      file: 'test/client/send.test.ts',
      title:
        "What is no answer of the service > is UNREADABLE where an error like those of the service has 'a number for a code'",
    },
  },
];
