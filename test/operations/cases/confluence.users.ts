import type { Case } from './case.ts';

export default {
  good: { q: 'anna', limit: 1 },
  bad: [
    { input: {}, parameter: 'q' },
    { input: { q: 'anna', limit: 101 }, parameter: 'limit' },
  ],
  policy: 'site-wide',
  upstream: { cloud: /^GET .*\/search\/user$/, data_center: /^GET .*\/rest\/api\/search$/ },
} satisfies Case;
