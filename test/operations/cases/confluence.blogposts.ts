import type { Case } from './case.ts';

export default {
  good: { space: 'ENG', limit: 1 },
  bad: [
    { input: { limit: 0 }, parameter: 'limit' },
    { input: { space: '' }, parameter: 'space' },
  ],
  policy: { input: {}, inside: 'ENG', outside: 'HR' },
  upstream: { cloud: /^GET .*\/v2\/blogposts$/, data_center: /^GET .*\/content\/search$/ },
} satisfies Case;
