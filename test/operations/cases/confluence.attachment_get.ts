import type { Case } from './case.ts';

export default {
  good: { page: '65615', file: 'queue-check.sh' },
  bad: [
    { input: { page: '65615' }, parameter: 'file' },
    { input: { file: 'queue-check.sh' }, parameter: 'page' },
    { input: { page: '65615', file: 'queue-check.sh', max_bytes: 0 }, parameter: 'max_bytes' },
  ],
  policy: {
    inside: { page: '65615', file: 'att425985' },
    outside: [
      { page: '65816', file: 'x' },
      { page: '99999999', file: 'x' },
      { space: 'VAULT', title: 'Vault', file: 'x' },
    ],
  },
  upstream: {
    cloud: /^GET .*\/child\/attachment\/att425985\/download$/,
    data_center: /^GET .*\/download\/attachments\/65615\/queue-check\.sh$/,
  },
} satisfies Case;
