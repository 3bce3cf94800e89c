import type { Case } from './case.ts';

export default {
  good: { issue: 'DEMO-4', limit: 2 },
  bad: [
    { input: {}, parameter: 'issue' },
    { input: { issue: 'DEMO' }, parameter: 'issue' },
    { input: { issue: 'DEMO-4', limit: 0 }, parameter: 'limit' },
    { input: { issue: 'DEMO-4', format: 'html' }, parameter: 'format' },
  ],
  policy: {
    inside: { issue: 'demo-4' },
    // A key that nothing has, and an id that nothing has, tell no more than one that is there.
    outside: [{ issue: 'SECRET-1' }, { issue: 'SECRET-999' }, { issue: '99999999' }],
  },
  upstream: { cloud: /^GET .*\/issue\/DEMO-4\/worklog$/, data_center: /^GET .*\/issue\/DEMO-4\/worklog$/ },
} satisfies Case;
