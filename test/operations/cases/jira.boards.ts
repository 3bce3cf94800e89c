import type { Case } from './case.ts';

export default {
  good: { q: 'shop', type: 'scrum', limit: 1 },
  bad: [
    { input: { type: 'agile' }, parameter: 'type' },
    { input: { limit: 51 }, parameter: 'limit' },
    { input: { board: 1 }, parameter: 'board' },
  ],
  // One lies in DEMO alone, the other in DEMO and WEB.
  policy: { input: { type: 'scrum' }, inside: '1', outside: '3' },
  upstream: { cloud: /^GET .*\/agile\/1\.0\/board$/, data_center: /^GET .*\/agile\/1\.0\/board$/ },
} satisfies Case;
