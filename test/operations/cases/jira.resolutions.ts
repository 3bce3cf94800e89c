import type { Case } from './case.ts';

export default {
  good: {},
  bad: [{ input: { limit: 0 }, parameter: 'limit' }],
  policy: 'site-wide',
  upstream: { cloud: /^GET .*\/resolution\/search$/, data_center: /^GET .*\/resolution$/ },
} satisfies Case;
