import type { Case } from './case.ts';

export default {
  good: { project: 'DEMO', type: 'bug' },
  bad: [
    { input: {}, parameter: 'project' },
    { input: { project: 'DEMO', type: '' }, parameter: 'type' },
  ],
  policy: {
    inside: { project: 'DEMO' },
    outside: [{ project: 'SECRET' }, { project: 'SECRET', type: 'Bug' }, { project: 'NOWHERE' }],
  },
  upstream: {
    cloud: /^GET .*\/createmeta\/DEMO\/issuetypes$/,
    data_center: /^GET .*\/createmeta\/DEMO\/issuetypes$/,
  },
} satisfies Case;
