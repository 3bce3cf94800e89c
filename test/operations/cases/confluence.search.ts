import type { Case } from './case.ts';

export default {
  good: { q: 'login', limit: 3 },
  bad: [
    { input: { limit: 'many' }, parameter: 'limit' },
    { input: { q: 'space = ENG)' }, parameter: 'q' },
    { input: { filters: { project: 'DEMO' } }, parameter: 'filters.project' },
  ],
  policy: { input: { q: 'login' }, inside: 'ENG', outside: 'VAULT' },
  upstream: { cloud: /^GET .*\/wiki\/rest\/api\/search$/, data_center: /^GET .*\/content\/search$/ },
} satisfies Case;
