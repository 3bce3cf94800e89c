import type { Case } from './case.ts';

export default {
  good: { issue: 'DEMO-15', order: 'oldest', limit: 1 },
  bad: [
    { input: {}, parameter: 'issue' },
    { input: { issue: 'DEMO-4', order: 'best' }, parameter: 'order' },
    { input: { issue: 'DEMO-4', format: 'html' }, parameter: 'format' },
    { input: { issue: 'DEMO-4', limit: 101 }, parameter: 'limit' },
    { input: { issue: 'DEMO-4', cursor: 'x' }, parameter: 'cursor' },
  ],
  policy: {
    inside: { issue: 'demo-4' },
    // A key that nothing has, and an id that nothing has, tell no more than one that is there.
    outside: [{ issue: 'SECRET-1' }, { issue: 'SECRET-999' }, { issue: '99999999' }],
  },
  upstream: { cloud: /^GET .*\/issue\/DEMO-15\/comment$/, data_center: /^GET .*\/issue\/DEMO-15\/comment$/ },
} satisfies Case;
