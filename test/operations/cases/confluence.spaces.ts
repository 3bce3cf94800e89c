import type { Case } from './case.ts';

export default {
  good: { q: 'eng' },
  bad: [
    { input: { limit: 51 }, parameter: 'limit' },
    { input: { status: 'old' }, parameter: 'status' },
  ],
  policy: { input: {}, inside: 'ENG', outside: 'VAULT' },
  upstream: { cloud: /^GET .*\/v2\/spaces$/, data_center: /^GET .*\/api\/space$/ },
} satisfies Case;
