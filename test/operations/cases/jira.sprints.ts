import type { Case } from './case.ts';

export default {
  good: { board: '1', state: ['active'], limit: 1 },
  bad: [
    { input: {}, parameter: 'board' },
    { input: { board: '' }, parameter: 'board' },
    { input: { board: 1, state: ['open'] }, parameter: 'state.0' },
  ],
  policy: { inside: { board: '1' }, outside: [{ board: 2 }, { board: 3 }, { board: 999 }, { board: 'Website' }] },
  upstream: { cloud: /^GET .*\/board\/1\/sprint$/, data_center: /^GET .*\/board\/1\/sprint$/ },
} satisfies Case;
