import type { Case } from './case.ts';

export default {
  good: { issue: 'DEMO-6', body: 'Looks **good**' },
  bad: [
    { input: { issue: 'DEMO-6' }, parameter: 'body' },
    { input: { issue: 'DEMO-6', body: ' \n' }, parameter: 'body' },
  ],
  policy: {
    inside: { issue: 'DEMO-6', body: 'Inside' },
    outside: [
      { issue: 'SECRET-1', body: 'By key' },
      { issue: 'SECRET-999', body: 'By a key that nothing has' },
      { issue: '99999999', body: 'By an id that nothing has' },
    ],
  },
  upstream: { cloud: /^POST .*\/issue\/DEMO-6\/comment$/, data_center: /^POST .*\/issue\/DEMO-6\/comment$/ },
} satisfies Case;
