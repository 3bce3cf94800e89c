import type { Case } from './case.ts';

export default {
  leadsTo: 'jira.get',
  good: { reference: 'DEMO-4' },
  bad: [
    { input: {}, parameter: 'reference' },
    { input: { reference: 'login fails' }, parameter: 'reference' },
    { input: { reference: 'https://elsewhere.example/browse/DEMO-4' }, parameter: 'reference' },
    { input: { reference: 'DEMO-4', tool: 'jira.get' }, parameter: 'tool' },
  ],
  policy: {
    inside: { reference: 'demo-4' },
    outside: [{ reference: 'SECRET-1' }, { reference: 'SECRET-999' }, { reference: 'project SECRET' }],
  },
  upstream: { cloud: /^GET .*\/3\/issue\/DEMO-4$/, data_center: /^GET .*\/2\/issue\/DEMO-4$/ },
} satisfies Case;
