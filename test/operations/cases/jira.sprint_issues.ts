import type { Case } from './case.ts';

export default {
  good: { sprint: '2', jql: 'issuetype = Bug' },
  bad: [
    { input: {}, parameter: 'sprint' },
    { input: { sprint: 2, jql: 'labels = (login' }, parameter: 'jql' },
    { input: { sprint: 2, limit: 51 }, parameter: 'limit' },
  ],
  policy: { inside: { sprint: 2 }, outside: [{ sprint: 4 }, { sprint: 999 }, { sprint: 'Launch together' }] },
  upstream: { cloud: /^GET .*\/sprint\/2\/issue$/, data_center: /^GET .*\/sprint\/2\/issue$/ },
} satisfies Case;
