import type { Case } from './case.ts';

export default {
  good: { page: '65615', limit: 2 },
  bad: [
    { input: {}, parameter: 'page' },
    { input: { page: '65615', kind: 'side' }, parameter: 'kind' },
    { input: { page: '65615', format: 'html' }, parameter: 'format' },
  ],
  policy: {
    inside: { page: '65615' },
    outside: [{ page: '65816' }, { page: '99999999' }, { space: 'VAULT', title: 'Vault' }],
  },
  upstream: {
    cloud: /^GET .*\/pages\/65615\/footer-comments$/,
    data_center: /^GET .*\/content\/65615\/child\/comment$/,
  },
} satisfies Case;
