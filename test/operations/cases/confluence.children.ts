import type { Case } from './case.ts';

export default {
  good: { page: '65601', limit: 2 },
  bad: [
    { input: {}, parameter: 'page' },
    { input: { page: '65601', limit: 101 }, parameter: 'limit' },
    { input: { page: '65601', space: 'ENG' }, parameter: 'page' },
  ],
  policy: {
    inside: { page: '65601' },
    outside: [{ page: '65816' }, { page: '99999999' }, { space: 'VAULT', title: 'Vault' }],
  },
  upstream: { cloud: /^GET .*\/pages\/65601\/direct-children$/, data_center: /^GET .*\/content\/65601\/child\/page$/ },
} satisfies Case;
