import type { Case } from './case.ts';

export default {
  good: { project: 'DEMO', summary: 'Made by a case', type: 'Bug', description: '**Steps**', labels: ['case'] },
  bad: [
    { input: { summary: 'Without a project' }, parameter: 'project' },
    { input: { project: 'DEMO', summary: 'x', colour: 'red' }, parameter: 'colour' },
  ],
  policy: {
    inside: { project: 'DEMO', summary: 'Inside' },
    outside: [
      { project: 'SECRET', summary: 'By key' },
      { project: '10003', summary: 'By id' },
      { project: 'DEMO', summary: 'Below', type: 'Sub-task', parent: 'SECRET-1' },
      { fields: { project: { key: 'SECRET' }, issuetype: { name: 'Task' }, summary: 'Raw' } },
    ],
  },
  upstream: { cloud: /^POST .*\/3\/issue$/, data_center: /^POST .*\/2\/issue$/ },
} satisfies Case;
