import type { Case } from './case.ts';

export default {
  good: { issue: 'DEMO-4' },
  bad: [
    { input: {}, parameter: 'issue' },
    { input: { issue: 'DEMO-4', limit: 5 }, parameter: 'limit' },
  ],
  policy: {
    inside: { issue: 'demo-4' },
    // A key that nothing has, and an id that nothing has, tell no more than one that is there.
    outside: [{ issue: 'SECRET-1' }, { issue: 'SECRET-999' }, { issue: '99999999' }],
  },
  upstream: { cloud: /^GET .*\/issue\/DEMO-4$/, data_center: /^GET .*\/issue\/DEMO-4$/ },
} satisfies Case;
