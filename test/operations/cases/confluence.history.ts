import type { Case } from './case.ts';

export default {
  good: { page: '65615', limit: 2 },
  bad: [
    { input: {}, parameter: 'page' },
    { input: { page: '65615', limit: 101 }, parameter: 'limit' },
  ],
  policy: {
    inside: { page: '65615' },
    outside: [{ page: '65816' }, { page: '99999999' }, { space: 'VAULT', title: 'Vault' }],
  },
  upstream: {
    cloud: /^GET .*\/pages\/65615\/versions$/,
    data_center: /^GET .*\/experimental\/content\/65615\/version$/,
  },
} satisfies Case;
