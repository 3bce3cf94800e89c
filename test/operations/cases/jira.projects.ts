import type { Case } from './case.ts';

export default {
  good: { q: 'demo' },
  bad: [
    { input: { limit: 0 }, parameter: 'limit' },
    { input: { status: 'archived' }, parameter: 'status' },
  ],
  policy: { input: {}, inside: 'DEMO', outside: 'SECRET' },
  upstream: { cloud: /^GET .*\/project\/search$/, data_center: /^GET .*\/2\/project$/ },
} satisfies Case;
