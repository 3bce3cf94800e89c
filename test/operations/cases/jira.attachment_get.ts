import type { Case } from './case.ts';

export default {
  good: { issue: 'DEMO-15', attachment: 'charged-twice.csv' },
  bad: [
    { input: { issue: 'DEMO-11' }, parameter: 'attachment' },
    { input: { attachment: '10003' }, parameter: 'issue' },
    { input: { issue: 'DEMO-11', attachment: '10003', max_bytes: 0 }, parameter: 'max_bytes' },
    { input: { issue: 'DEMO-4', attachment: 'Recording of the login.mov' }, parameter: 'max_bytes' },
  ],
  policy: {
    inside: { issue: 'DEMO-11', attachment: 10003 },
    outside: [
      { issue: 'SECRET-1', attachment: '10003' },
      { issue: 'SECRET-999', attachment: '10003' },
      { issue: '99999999', attachment: '10003' },
    ],
  },
  upstream: {
    cloud: /^GET .*\/attachment\/content\/10004$/,
    data_center: /^GET .*\/secure\/attachment\/10004\/charged-twice\.csv$/,
  },
} satisfies Case;
