import type { Case } from './case.ts';

const RAW_BODY = { representation: 'storage', value: '<p>Hello</p>' };

export default {
  good: (count) => ({ space: 'ENG', title: `Made by a case, ${count}`, content: '# Hello' }),
  bad: [
    { input: { space: 'ENG' }, parameter: 'title' },
    { input: { space: 'ENG', title: 'Two\nlines' }, parameter: 'title' },
    { input: { space: 'ENG', title: 'x', status: 'old' }, parameter: 'status' },
  ],
  policy: {
    inside: (count) => ({ space: 'ENG', title: `Inside, ${count}` }),
    outside: [
      { space: 'VAULT', title: 'By key' },
      { space: '32771', title: 'By id' },
      { space: 'ENG', title: 'Below', parent_id: '65816' },
      { spaceId: '32771', title: 'Raw', body: RAW_BODY },
      { spaceId: '32769', title: 'Raw, below', body: RAW_BODY, parentId: '65816' },
    ],
  },
  upstream: { cloud: /^POST .*\/v2\/pages$/, data_center: /^POST .*\/api\/content$/ },
} satisfies Case;
