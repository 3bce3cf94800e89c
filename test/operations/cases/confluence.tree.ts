import type { Case } from './case.ts';

export default {
  good: { page: '65614', depth: 1, limit: 2 },
  bad: [
    { input: {}, parameter: 'page' },
    { input: { page: '65614', depth: 6 }, parameter: 'depth' },
    { input: { title: 'Runbooks' }, parameter: 'space' },
  ],
  policy: {
    inside: { space: 'ENG' },
    outside: [
      { page: '65816' },
      { page: '99999999' },
      { space: 'VAULT', title: 'Vault' },
      { space: 'VAULT' },
      { space: 'NOWHERE' },
    ],
  },
  upstream: { cloud: /^GET .*\/pages\/65614\/descendants$/, data_center: /^GET .*\/content\/search$/ },
} satisfies Case;
