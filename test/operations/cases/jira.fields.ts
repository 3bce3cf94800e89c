import type { Case } from './case.ts';

export default {
  good: { q: 'prio', custom: false },
  bad: [
    { input: { custom: 'some' }, parameter: 'custom' },
    { input: { limit: 101 }, parameter: 'limit' },
  ],
  policy: 'site-wide',
  upstream: { cloud: /^GET .*\/field$/, data_center: /^GET .*\/field$/ },
} satisfies Case;
