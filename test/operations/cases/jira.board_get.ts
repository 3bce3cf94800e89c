import type { Case } from './case.ts';

export default {
  good: { board: '1' },
  bad: [
    { input: {}, parameter: 'board' },
    { input: { board: '' }, parameter: 'board' },
  ],
  policy: {
    inside: { board: 5 },
    outside: [{ board: 2 }, { board: 3 }, { board: 999 }, { board: 'Website' }, { board: 'None such' }],
  },
  upstream: { cloud: /^GET .*\/board\/1$/, data_center: /^GET .*\/board\/1$/ },
} satisfies Case;
