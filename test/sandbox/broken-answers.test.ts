import { expect, it } from 'vitest';
import {
  CAPTCHA,
  confluenceReason,
  DEAD_LINK,
  EMPTY,
  LOGIN_PAGE,
  SITE_UNAVAILABLE,
  XSRF_FAILED,
} from '../../src/sandbox/sandbox.ts';
import { Bench, jira } from './harness.ts';

it.each([
  ['a login page', LOGIN_PAGE, 200, 'text/html', 'login-form'],
  ['a dead link', DEAD_LINK, 404, 'text/html', 'dead link'],
  ['a site that is not there', SITE_UNAVAILABLE, 404, 'text/html', 'currently unavailable'],
  ['a captcha', CAPTCHA, 403, 'text/html', '403'],
  ['a failed check of the origin', XSRF_FAILED, 403, 'text/html', 'XSRF check failed'],
  ['nothing', EMPTY, 200, 'application/json', ''],
  ['a reason in Confluence’s data', confluenceReason('The title is taken'), 400, 'application/json', 'is taken'],
])('%s strikes once and then lets go', async (_, fault, status, type, words) => {
  const bench = await Bench.start();
  const token = (await bench.connect()).access_token;
  bench.sandbox.fault({ ...fault, path: '/ex/jira' });
  const url = `${bench.base}${jira('/myself')}`;
  const struck = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  expect([struck.status, struck.headers.get('content-type')?.split(';')[0]]).toEqual([status, type]);
  expect(await struck.text()).toContain(words);
  expect((await bench.get(jira('/myself'), token)).status).toBe(200);
  await bench.sandbox.close();
});

it('the captcha says where to log in', () => {
  expect(CAPTCHA.headers['x-authentication-denied-reason']).toMatch(/^CAPTCHA_CHALLENGE; login-url=https:/);
});
