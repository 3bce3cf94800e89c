import { createHash, X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { consentAs, expectPlainPage, knownAs, passOn, serve } from '../support/browsing.ts';
import { type Certificate, TestAuthority } from '../support/certificates.ts';
import { describeInChromium } from '../support/chromium.ts';
import { bearer, KeyRing } from '../support/credentials.ts';
import { type Stage, start, temporaryFolder } from '../support/harness.ts';

const authority = await TestAuthority.make();
const certificate: Certificate = await authority.issue('localhost');
const publicKey = new X509Certificate(certificate.cert).publicKey.export({ type: 'spki', format: 'der' });
const fingerprint = createHash('sha256').update(publicKey).digest('base64');

const cleanups: (() => Promise<void>)[] = [];
const atEnd = (cleanup: () => Promise<void>) => cleanups.push(cleanup);
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

describeInChromium(
  'two instances behind a proxy that ends TLS',
  (browser) => {
    const instances: Stage[] = [];
    const seen: { path: string; instance: number }[] = [];
    let base = '';
    let headers: Record<string, string> = {};

    beforeAll(async () => {
      let turn = 0;
      const port = await serve(
        atEnd,
        (incoming, response) => {
          const instance = turn++ % 2;
          passOn(incoming, response, instances[instance]?.url ?? '');
          seen.push({ path: incoming.url?.split('?')[0] ?? '', instance });
        },
        certificate,
      );
      base = `https://localhost:${port}`;
      const env = {
        DATABASE_URL: `file:${join(temporaryFolder(atEnd), 'integration.db')}`,
        TRUST_PROXY: '127.0.0.1',
      };
      const first = await start(knownAs(base, { env, atEnd }));
      instances.push(first, await start(knownAs(base, { env, atEnd, existing: first })));
      const ring = await KeyRing.open(env.DATABASE_URL, first.clock);
      headers = bearer(await ring.make('acme', 'app'));
      await ring.close();
      first.clock.advance(5);
    });

    it('connect by a link, with a cookie that never leaves https', async () => {
      const { body } = await (instances[0] as Stage).call<{ url: string }>('/connectors/jira/connect-link', {
        method: 'POST',
        headers,
      });
      expect(body.url).toContain(`${base}/connect/link?token=`);
      const page = await browser.open();
      await page.goto(body.url);
      await expectPlainPage(page);
      await page.getByRole('button', { name: 'Continue to Atlassian' }).click();
      await page.waitForURL(/\/consent\?/);
      const cookies = () => page.context().cookies(base);
      const kept = { httpOnly: true, secure: true, sameSite: 'Lax', path: '/' };
      expect(await cookies()).toEqual([
        expect.objectContaining({ name: expect.stringMatching(/^atlassian_login_/), ...kept }),
      ]);
      await consentAs(page, 'Anna Muster');
      expect(await page.locator('.notice').textContent()).toBe('Jira is connected.');
      await expectPlainPage(page);
      expect(await cookies()).toEqual([
        expect.objectContaining({ name: expect.stringMatching(/^atlassian_outcome_/), ...kept }),
      ]);

      const way = seen.filter(({ path }) => !/^\/favicon|\.js$|^\/connectors\//.test(path));
      expect(way.map(({ path }) => path)).toEqual([
        '/connect/link',
        '/connect/link',
        '/api/oauth/atlassian/callback',
        '/connect',
      ]);
      expect(new Set(way.map(({ instance }) => instance)).size).toBe(2);
      const { body: connection } = await (instances[1] as Stage).call<{ connected: boolean }>(
        '/connectors/jira/connection',
        { headers },
      );
      expect(connection.connected).toBe(true);
    });

    it('tell browsers to stay with https, on pages and answers alike', async () => {
      for (const path of ['/connect', '/connectors', '/nowhere', '/connect/%']) {
        const [status, sts] = await new Promise<[number | undefined, string | undefined]>((resolve, reject) => {
          const asked = request(base + path, { ca: authority.cert, headers: { accept: 'text/html' } }, (answer) => {
            resolve([answer.statusCode, answer.headers['strict-transport-security']]);
            answer.resume();
          });
          asked.once('error', reject).end();
        });
        expect({ path, status, sts }).toEqual({ path, status: expect.any(Number), sts: 'max-age=31536000' });
      }
    });
  },
  [`--ignore-certificate-errors-spki-list=${fingerprint}`],
);
