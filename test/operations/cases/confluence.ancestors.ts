import type { Case } from './case.ts';

export default {
  good: { page: '65615' },
  bad: [
    { input: {}, parameter: 'page' },
    { input: { page: '65615', limit: 5 }, parameter: 'limit' },
  ],
  policy: {
    inside: { page: '65615' },
    outside: [{ page: '65816' }, { page: '99999999' }, { space: 'VAULT', title: 'Vault' }],
  },
  upstream: { cloud: /^GET .*\/pages\/65615\/ancestors$/, data_center: /^GET .*\/content\/65615$/ },
} satisfies Case;
