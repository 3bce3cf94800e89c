import type { Case } from './case.ts';

export default {
  good: { page: '65615' },
  bad: [
    { input: {}, parameter: 'page' },
    { input: { page: '65615', from: 0 }, parameter: 'from' },
    { input: { page: '65615', to: 'now' }, parameter: 'to' },
  ],
  policy: {
    inside: { page: '65615', from: 1, to: 2 },
    outside: [{ page: '65816' }, { page: '99999999' }, { space: 'VAULT', title: 'Vault' }],
  },
  upstream: { cloud: /^GET .*\/pages\/65615$/, data_center: /^GET .*\/content\/65615$/ },
} satisfies Case;
