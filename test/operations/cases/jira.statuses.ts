import type { Case } from './case.ts';

export default {
  good: { q: 'in' },
  bad: [{ input: { project: 'DEMO' }, parameter: 'project' }],
  policy: 'site-wide',
  upstream: { cloud: /^GET .*\/status$/, data_center: /^GET .*\/status$/ },
} satisfies Case;
