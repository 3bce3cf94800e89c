import type { Case } from './case.ts';

export default {
  good: { project: 'DEMO', q: 'a' },
  bad: [
    { input: {}, parameter: 'issue' },
    { input: { issue: 'DEMO-4', project: 'DEMO' }, parameter: 'issue' },
    { input: { project: 'DEMO', limit: 51 }, parameter: 'limit' },
  ],
  policy: {
    inside: { issue: 'DEMO-4' },
    outside: [
      ...[{ issue: 'SECRET-1' }, { issue: 'SECRET-999' }, { issue: '99999999' }, { project: 'SECRET' }],
      { project: 'Secret plans' },
      { project: 'NOWHERE' },
    ],
  },
  upstream: { cloud: /^GET .*\/user\/assignable\/search$/, data_center: /^GET .*\/user\/assignable\/search$/ },
} satisfies Case;
