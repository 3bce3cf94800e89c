import type { Case } from './case.ts';

export default {
  good: {},
  bad: [{ input: { limit: 1 }, parameter: 'limit' }],
  policy: 'site-wide',
  upstream: { cloud: /^GET .*\/user\/current$/, data_center: /^GET .*\/user\/current$/ },
} satisfies Case;
