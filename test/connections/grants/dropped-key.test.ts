import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bearer, KeyRing } from '../../support/credentials.ts';
import { type ErrorBody, type Stage, start, temporaryFolder } from '../../support/harness.ts';
import { keyOf, STATE_SECRET } from '../../support/secrets.ts';

const cookieOf = (answer: Response): string => (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';

/** A service that begins a login with the key `k1`, and its later lives with other keys. */
async function begun() {
  const shared = { DATABASE_URL: `file:${join(temporaryFolder(), 'store.db')}`, STATE_SIGNING_SECRET: STATE_SECRET };
  const env = (...ids: number[]) => ({
    ...shared,
    TOKEN_ENCRYPTION_KEYS: ids.map((id) => `k${id}:${keyOf(id)}`).join(','),
  });
  const first = await start({ env: env(1) });
  let current = first;
  const restart = async (...ids: number[]): Promise<Stage> => {
    await current.stop();
    current = await start({ env: env(...ids), existing: first });
    return current;
  };
  return { first, restart, databaseUrl: shared.DATABASE_URL };
}

describe('a login that was begun before its encryption key was dropped', () => {
  it('by an API key is refused with what to do, and completes once the key is back', async () => {
    const { first, restart, databaseUrl } = await begun();
    const ring = await KeyRing.open(databaseUrl, first.clock);
    const key = await ring.make('acme', 'app');
    await ring.close();
    first.clock.advance(5);
    const login = await fetch(`${first.url}/auth/jira/login`, { headers: bearer(key) });
    const { url } = (await login.json()) as { url: string };
    const back = await first.sandbox.consent(url, 'anna');

    await restart(2, 1);
    const dropped = await restart(2);
    const refused = await dropped.callback(back, cookieOf(login));
    const { code, message, details } = (await refused.json()) as ErrorBody;
    expect({ status: refused.status, code, message, details }).toEqual({
      status: 422,
      code: 'VALIDATION',
      message: 'The encryption key of this login is no longer in use. Start the login again.',
      details: { parameter: 'state' },
    });

    const again = await restart(2, 1);
    const ended = await again.callback(back, cookieOf(login));
    expect(new URL(ended.headers.get('location') ?? '').searchParams.get('status')).toBe('success');
  });

  it('by a connect link completes, and leads to a page', async () => {
    const { first, restart } = await begun();
    const link = await first.call<{ url: string }>('/connectors/jira/connect-link', { method: 'POST', tenant: 'acme' });
    const token = new URL(link.body.url).searchParams.get('token') ?? '';
    const form = { method: 'POST', body: new URLSearchParams({ token }) };
    const pressed = await fetch(`${first.url}/connect/link`, form);
    const [, url = ''] = /content="0;url=([^"]+)"/.exec(await pressed.text()) ?? [];
    const back = await first.sandbox.consent(url.replaceAll('&#38;', '&'), 'anna');

    await restart(2, 1);
    const dropped = await restart(2);
    const ended = await dropped.callback(back, cookieOf(pressed));
    const { pathname, search } = new URL(ended.headers.get('location') ?? '');
    const cookies = ended.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
    const page = await fetch(`${dropped.url}${pathname}${search}`, { headers: { cookie: cookies.join('; ') } });
    expect({ status: page.status, outcome: new URLSearchParams(search).get('status') }).toEqual({
      status: 200,
      outcome: 'success',
    });
    expect(await page.text()).toContain('connected');
  });
});
