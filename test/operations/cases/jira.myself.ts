import type { Case } from './case.ts';

export default {
  good: {},
  bad: [{ input: { user: 'me' }, parameter: 'user' }],
  policy: 'site-wide',
  upstream: { cloud: /^GET .*\/myself$/, data_center: /^GET .*\/myself$/ },
} satisfies Case;
