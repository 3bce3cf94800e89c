import type { Case } from './case.ts';

export default {
  good: {},
  bad: [{ input: { limit: 5 }, parameter: 'limit' }],
  policy: { inside: {}, outside: [] },
  upstream: { cloud: /^GET .*\/user\/current$/, data_center: /^GET .*\/user\/current$/ },
} satisfies Case;
