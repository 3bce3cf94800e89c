import type { Case } from './case.ts';

export default {
  good: { page: '65602' },
  bad: [
    { input: {}, parameter: 'page' },
    { input: { page: '65602', title: 'Engineering' }, parameter: 'page' },
    { input: { page: '65602', format: 'html' }, parameter: 'format' },
    { input: { space: 'ENG' }, parameter: 'title' },
    { input: { title: 'Engineering' }, parameter: 'space' },
    { input: { page: 'https://elsewhere.example/wiki/spaces/ENG/pages/65602' }, parameter: 'page' },
  ],
  policy: {
    inside: { page: '65602' },
    outside: [
      { page: '65816' },
      { page: '99999999' },
      { space: 'VAULT', title: 'Vault' },
      { space: 'NOWHERE', title: 'x' },
    ],
  },
  upstream: { cloud: /^GET .*\/v2\/pages\/65602$/, data_center: /^GET .*\/api\/content\/65602$/ },
} satisfies Case;
