import type { Case } from './case.ts';

export default {
  good: { q: 'login', limit: 3 },
  bad: [
    { input: { limit: 26 }, parameter: 'limit' },
    { input: { q: 'project = DEMO AND (' }, parameter: 'q' },
    { input: { filters: { colour: 'red' } }, parameter: 'filters.colour' },
    { input: { cursor: 'made-up' }, parameter: 'cursor' },
  ],
  policy: { input: { q: 'login' }, inside: 'DEMO', outside: 'SECRET' },
  upstream: { cloud: /^POST .*\/search\/jql$/, data_center: /^POST .*\/2\/search$/ },
} satisfies Case;
