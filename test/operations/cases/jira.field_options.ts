import type { Case } from './case.ts';

export default {
  good: { project: 'DEMO', type: 'Bug', field: 'Priority', q: 'high' },
  bad: [
    { input: { project: 'DEMO', type: 'Bug' }, parameter: 'field' },
    { input: { project: 'DEMO', type: 'Bug', field: 'priority', limit: 501 }, parameter: 'limit' },
  ],
  policy: {
    inside: { project: 'DEMO', type: 'Bug', field: 'priority' },
    outside: [
      { project: 'SECRET', type: 'Bug', field: 'priority' },
      { project: 'NOWHERE', type: 'Bug', field: 'priority' },
    ],
  },
  upstream: {
    cloud: /^GET .*\/createmeta\/DEMO\/issuetypes\/10103$/,
    data_center: /^GET .*\/createmeta\/DEMO\/issuetypes\/10103$/,
  },
} satisfies Case;
