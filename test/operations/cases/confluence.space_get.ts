import type { Case } from './case.ts';

export default {
  good: { space: 'eng' },
  bad: [
    { input: {}, parameter: 'space' },
    { input: { space: 'ENG', limit: 1 }, parameter: 'limit' },
  ],
  policy: {
    inside: { space: 'ENG' },
    outside: [{ space: 'VAULT' }, { space: 'NOWHERE' }, { space: '32770' }],
  },
  upstream: { cloud: /^GET .*\/v2\/spaces\/32769$/, data_center: /^GET .*\/api\/space$/ },
} satisfies Case;
