import type { Case } from './case.ts';

export default {
  good: { q: 'ann' },
  bad: [
    { input: {}, parameter: 'q' },
    { input: { q: ' ' }, parameter: 'q' },
    { input: { q: 'ann', limit: 51 }, parameter: 'limit' },
  ],
  policy: 'site-wide',
  upstream: { cloud: /^GET .*\/user\/search$/, data_center: /^GET .*\/user\/search$/ },
} satisfies Case;
