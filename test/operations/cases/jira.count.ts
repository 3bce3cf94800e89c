import type { Case } from './case.ts';

export default {
  good: { q: 'login' },
  bad: [
    { input: { q: 'project = (DEMO' }, parameter: 'q' },
    { input: { filters: { sprint: 'x' } }, parameter: 'filters.sprint' },
    { input: { limit: 5 }, parameter: 'limit' },
  ],
  // What it counts is narrowed; nothing that it is asked lies outside.
  policy: { inside: { q: 'login' }, outside: [] },
  upstream: { cloud: /^POST .*\/search\/approximate-count$/, data_center: /^POST .*\/search$/ },
} satisfies Case;
