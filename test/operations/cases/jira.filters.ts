import type { Case } from './case.ts';

export default {
  good: { q: 'open', favourites: true, limit: 1 },
  bad: [
    { input: { favourites: 'some' }, parameter: 'favourites' },
    { input: { limit: 51 }, parameter: 'limit' },
  ],
  policy: 'nowhere',
  upstream: { cloud: /^GET .*\/filter\/favourite$/, data_center: /^GET .*\/filter\/favourite$/ },
} satisfies Case;
