import type { Case } from './case.ts';

export default {
  good: { page: '65615', version: 1 },
  bad: [
    { input: { page: '65615' }, parameter: 'version' },
    { input: { page: '65615', version: 0 }, parameter: 'version' },
    { input: { page: '65615', version: 1, format: 'html' }, parameter: 'format' },
  ],
  policy: {
    inside: { page: '65615', version: 2 },
    outside: [
      { page: '65816', version: 1 },
      { page: '99999999', version: 1 },
      { space: 'VAULT', title: 'Vault', version: 1 },
    ],
  },
  upstream: { cloud: /^GET .*\/pages\/65615$/, data_center: /^GET .*\/content\/65615$/ },
} satisfies Case;
