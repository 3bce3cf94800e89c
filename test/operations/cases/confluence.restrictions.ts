import type { Case } from './case.ts';

export default {
  good: { page: '65617' },
  bad: [
    { input: {}, parameter: 'page' },
    { input: { page: '65617', limit: 1 }, parameter: 'limit' },
  ],
  policy: {
    inside: { page: '65617' },
    outside: [{ page: '65812' }, { page: '99999999' }, { space: 'VAULT', title: 'Vault' }],
  },
  upstream: {
    cloud: /^GET .*\/content\/65617\/restriction$/,
    data_center: /^GET .*\/content\/65617\/restriction\/byOperation$/,
  },
} satisfies Case;
