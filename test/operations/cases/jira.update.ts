import type { Case } from './case.ts';

export default {
  good: (count) => ({ issue: 'DEMO-5', summary: `Changed ${count} times`, add_labels: ['changed'] }),
  bad: [
    { input: { issue: 'DEMO-5' }, parameter: 'summary' },
    { input: { issue: 'DEMO-5', labels: ['a'], add_labels: ['b'] }, parameter: 'labels' },
    { input: { issue: 'DEMO-5', due: 'tomorrow' }, parameter: 'due' },
  ],
  policy: {
    inside: { issue: 'DEMO-5', labels: ['inside'] },
    outside: [
      { issue: 'SECRET-1', summary: 'By key' },
      { issue: 'SECRET-999', summary: 'By a key that nothing has' },
      { issue: '99999999', summary: 'By an id that nothing has' },
      { issue: 'DEMO-5', parent: 'SECRET-1' },
      { issue: 'DEMO-5', fields: { project: { key: 'SECRET' } } },
      { issue: 'DEMO-5', fields: { customfield_10014: 'SECRET-1' } },
    ],
  },
  upstream: { cloud: /^PUT .*\/3\/issue\/DEMO-5$/, data_center: /^PUT .*\/2\/issue\/DEMO-5$/ },
} satisfies Case;
