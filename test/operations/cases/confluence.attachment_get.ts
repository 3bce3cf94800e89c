import type { Case } from './case.ts';

export default {
  good: { page: '65615', attachment: 'queue-check.sh' },
  bad: [
    { input: { page: '65615' }, parameter: 'attachment' },
    { input: { attachment: 'queue-check.sh' }, parameter: 'page' },
    { input: { page: '65615', attachment: 'queue-check.sh', max_bytes: 0 }, parameter: 'max_bytes' },
  ],
  policy: {
    inside: { page: '65615', attachment: 'att425985' },
    outside: [
      { page: '65816', attachment: 'x' },
      { page: '99999999', attachment: 'x' },
      { space: 'VAULT', title: 'Vault', attachment: 'x' },
    ],
  },
  upstream: {
    cloud: /^GET .*\/child\/attachment\/att425985\/download$/,
    data_center: /^GET .*\/download\/attachments\/65615\/queue-check\.sh$/,
  },
} satisfies Case;
