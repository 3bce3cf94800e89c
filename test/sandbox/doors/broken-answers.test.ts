import { expect, it } from 'vitest';
import {
  CAPTCHA,
  confluenceReason,
  DEAD_LINK,
  EMPTY,
  LOGIN_PAGE,
  SITE_UNAVAILABLE,
  XSRF_FAILED,
} from '../../../src/sandbox/sandbox.ts';
import { Bench, jira } from '../harness.ts';

it.each([
  { name: 'a login page', fault: LOGIN_PAGE, status: 200, type: 'text/html', words: 'login-form' },
  { name: 'a dead link', fault: DEAD_LINK, status: 404, type: 'text/html', words: 'dead link' },
  {
    name: 'a site that is not there',
    fault: SITE_UNAVAILABLE,
    status: 404,
    type: 'text/html',
    words: 'currently unavailable',
  },
  { name: 'a captcha', fault: CAPTCHA, status: 403, type: 'text/html', words: '403' },
  {
    name: 'a failed check of the origin',
    fault: XSRF_FAILED,
    status: 403,
    type: 'text/html',
    words: 'XSRF check failed',
  },
  { name: 'nothing', fault: EMPTY, status: 200, type: 'application/json', words: '' },
  {
    name: 'a reason in Confluence’s data',
    fault: confluenceReason('The title is taken'),
    status: 400,
    type: 'application/json',
    words: 'is taken',
  },
])('$name strikes once and then lets go', async ({ fault, status, type, words }) => {
  const bench = await Bench.start();
  const token = (await bench.connect()).access_token;
  bench.sandbox.fault({ ...fault, path: '/ex/jira' });
  const url = `${bench.base}${jira('/myself')}`;
  const struck = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  const struckType = struck.headers.get('content-type')?.split(';')[0];
  expect({ status: struck.status, type: struckType }).toEqual({ status, type });
  expect(await struck.text()).toContain(words);
  expect((await bench.get(jira('/myself'), token)).status).toBe(200);
  await bench.sandbox.close();
});

it('the captcha says where to log in', () => {
  expect(CAPTCHA.headers['x-authentication-denied-reason']).toMatch(/^CAPTCHA_CHALLENGE; login-url=https:/);
});
