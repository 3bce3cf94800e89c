import type { Case } from './case.ts';

export default {
  good: { q: 'high' },
  bad: [{ input: { limit: 0 }, parameter: 'limit' }],
  policy: 'site-wide',
  upstream: { cloud: /^GET .*\/autocompletedata\/suggestions$/, data_center: /^GET .*\/priority$/ },
} satisfies Case;
