import type { Case } from './case.ts';

export default {
  good: { board: '1', limit: 5 },
  bad: [
    { input: {}, parameter: 'board' },
    { input: { board: 1, jql: 'summary ~ "login' }, parameter: 'jql' },
    { input: { board: 1, q: 'login' }, parameter: 'q' },
  ],
  policy: { inside: { board: 5 }, outside: [{ board: 2 }, { board: 3 }, { board: 999 }, { board: 'Website' }] },
  upstream: { cloud: /^GET .*\/board\/1\/issue$/, data_center: /^GET .*\/board\/1\/issue$/ },
} satisfies Case;
