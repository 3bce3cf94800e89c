import type { Case } from './case.ts';

export default {
  good: { epic: 'demo-1', jql: 'status != Done' },
  bad: [
    { input: {}, parameter: 'epic' },
    { input: { epic: '' }, parameter: 'epic' },
    { input: { epic: 'DEMO-1', jql: '(' }, parameter: 'jql' },
  ],
  policy: {
    inside: { epic: 'DEMO-1' },
    outside: [{ epic: 'WEB-1' }, { epic: 'SECRET-999' }, { epic: '99999999' }, { epic: 'No such epic' }],
  },
  upstream: { cloud: /^POST .*\/search\/jql$/, data_center: /^GET .*\/epic\/DEMO-1\/issue$/ },
} satisfies Case;
