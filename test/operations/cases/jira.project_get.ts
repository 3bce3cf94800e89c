import type { Case } from './case.ts';

export default {
  good: { project: 'Demo Shop' },
  bad: [
    { input: {}, parameter: 'project' },
    { input: { project: 'DEMO', expand: 'lead' }, parameter: 'expand' },
  ],
  policy: {
    inside: { project: 'demo' },
    outside: [{ project: 'SECRET' }, { project: 'Secret plans' }, { project: 'NOWHERE' }, { project: '99999' }],
  },
  upstream: { cloud: /^GET .*\/3\/project\/DEMO$/, data_center: /^GET .*\/2\/project\/DEMO$/ },
} satisfies Case;
