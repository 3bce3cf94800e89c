import type { Case } from './case.ts';

export default {
  good: { board: '1', limit: 5 },
  bad: [
    { input: {}, parameter: 'board' },
    { input: { board: ' ' }, parameter: 'board' },
    { input: { board: 1, jql: 'a = 1)' }, parameter: 'jql' },
  ],
  policy: { inside: { board: 1 }, outside: [{ board: 2 }, { board: 3 }, { board: 999 }, { board: 'Website' }] },
  upstream: { cloud: /^GET .*\/board\/1\/backlog$/, data_center: /^GET .*\/board\/1\/backlog$/ },
} satisfies Case;
