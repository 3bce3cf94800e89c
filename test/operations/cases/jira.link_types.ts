import type { Case } from './case.ts';

export default {
  good: {},
  bad: [{ input: { q: 'blocks' }, parameter: 'q' }],
  policy: 'site-wide',
  upstream: { cloud: /^GET .*\/issueLinkType$/, data_center: /^GET .*\/issueLinkType$/ },
} satisfies Case;
