import type { Case } from './case.ts';

export default {
  good: { issue: 'DEMO-4', transitions: true, watchers: true },
  bad: [
    { input: {}, parameter: 'issue' },
    { input: { issue: 'DEMO-4', comments: 101 }, parameter: 'comments' },
    { input: { issue: 'DEMO-4', fields: ['labels', ''] }, parameter: 'fields.1' },
    { input: { issue: 'DEMO-4', fields: ['labels', 'No such field'] }, parameter: 'fields' },
    { input: { issue: 'DEMO-4', watchers: 'maybe' }, parameter: 'watchers' },
    { input: { issue: 'DEMO-4', expand: 'all' }, parameter: 'expand' },
  ],
  policy: {
    inside: { issue: 'demo-4' },
    // A key that nothing has, and an id that nothing has, tell no more than one that is there.
    outside: [{ issue: 'SECRET-1' }, { issue: 'SECRET-999' }, { issue: '99999999' }],
  },
  upstream: { cloud: /^GET .*\/3\/issue\/DEMO-4$/, data_center: /^GET .*\/2\/issue\/DEMO-4$/ },
} satisfies Case;
