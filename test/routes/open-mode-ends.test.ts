import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/stores/open.ts';
import { bearer, JWT_ENV, KeyRing, tokenOf } from '../support/credentials.ts';
import { type Stage, start, temporaryFolder } from '../support/harness.ts';

/** The service's next life, or its other instance, on the same database. */
type Next = (env?: Record<string, string>) => Promise<Stage>;

async function makeKey(path: string, stage: Stage): Promise<void> {
  const ring = await KeyRing.open(`file:${path}`, stage.clock);
  await ring.make('acme', 'app');
  await ring.close();
  stage.clock.advance(5);
}

const cookieOf = (answer: Response): string => (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';

async function makeLink(stage: Stage, headers: Record<string, string> = {}): Promise<string> {
  const path = '/connectors/jira/connect-link';
  const { body } = await stage.call<{ url: string }>(path, { method: 'POST', tenant: 'acme', headers });
  return new URL(body.url).searchParams.get('token') ?? '';
}

/** Opens the link, and presses its button. */
async function useLink(stage: Stage, token: string): Promise<{ opened: number; pressed: Response }> {
  const { status: opened } = await fetch(`${stage.url}/connect/link?token=${token}&moved=1`);
  const form = { method: 'POST', body: new URLSearchParams({ token }) };
  return { opened, pressed: await fetch(`${stage.url}/connect/link`, form) };
}

/** Begins one login by a link and one without; each resolves to how it ends at a service. */
async function beginLogins(stage: Stage, token: string) {
  const { pressed } = await useLink(stage, token);
  const [, url = ''] = /content="0;url=([^"]+)"/.exec(await pressed.text()) ?? [];
  const plain = await fetch(`${stage.url}/auth/confluence/login?tenant_id=acme`);
  const { url: plainUrl } = (await plain.json()) as { url: string };
  const begun = [
    [url.replaceAll('&#38;', '&'), cookieOf(pressed)],
    [plainUrl, cookieOf(plain)],
  ] as const;
  return begun.map(([authorizeUrl, cookie]) => async (at: Stage) => {
    const back = await stage.sandbox.consent(authorizeUrl, 'anna');
    const answer = await at.callback(back, cookie);
    const ended = new URL(answer.headers.get('location') ?? 'about:blank').searchParams;
    return ended.get('error') ?? ended.get('status');
  });
}

async function connections(path: string): Promise<number> {
  const store = await openStore({ kind: 'sqlite', path });
  const found = await Promise.all(
    (['jira', 'confluence'] as const).map((provider) => store.readConnection({ tenantId: 'acme', provider })),
  );
  await store.close();
  return found.filter((entry) => entry !== null).length;
}

describe('what was begun while nobody had to show who they are', () => {
  const cases: {
    when: string;
    env: Record<string, string>;
    turnOn: (path: string, stage: Stage, next: Next) => Promise<Stage>;
  }[] = [
    {
      when: 'the first key is made',
      env: {},
      turnOn: async (path, stage) => {
        await makeKey(path, stage);
        return stage;
      },
    },
    {
      when: 'the first key is made, at another instance',
      env: {},
      turnOn: async (path, stage, next) => {
        const other = await next();
        await makeKey(path, stage);
        return other;
      },
    },
    {
      when: 'the first key is made and the service restarted',
      env: {},
      turnOn: async (path, stage, next) => {
        await stage.stop();
        await makeKey(path, stage);
        return next();
      },
    },
    {
      when: 'it is restarted with JWTs',
      env: {},
      turnOn: async (_path, stage, next) => {
        await stage.stop();
        return next(JWT_ENV);
      },
    },
    {
      when: 'it is restarted without ALLOW_UNAUTHENTICATED, with a key made before',
      env: { ALLOW_UNAUTHENTICATED: 'true' },
      turnOn: async (path, stage, next) => {
        await makeKey(path, stage);
        await stage.stop();
        return next({ ALLOW_UNAUTHENTICATED: 'false' });
      },
    },
  ];

  it.each(cases)('ends when $when: links and logins', async ({ env, turnOn }) => {
    const path = join(temporaryFolder(), 'integration.db');
    const shared = { DATABASE_URL: `file:${path}`, APP_FRONTEND_URL: 'https://front.example', ...env };
    const stage = await start({ env: shared });
    const token = await makeLink(stage);
    const logins = await beginLogins(stage, token);
    expect((await useLink(stage, token)).opened).toBe(200);

    const closed = await turnOn(path, stage, (more = {}) => start({ env: { ...shared, ...more }, existing: stage }));
    const { opened, pressed } = await useLink(closed, token);
    expect({ opened, status: pressed.status, setCookie: pressed.headers.get('set-cookie') }).toEqual({
      opened: 404,
      status: 404,
      setCookie: null,
    });
    closed.sandbox.clearRequests();
    for (const finish of logins) expect(await finish(closed)).toBe('FORBIDDEN');
    expect(closed.sandbox.requests.filter(({ path }) => path === '/oauth/token')).toEqual([]);
    expect(await connections(path)).toBe(0);
  });

  it('goes on over a restart that leaves it so, and where ALLOW_UNAUTHENTICATED keeps it so', async () => {
    const path = join(temporaryFolder(), 'integration.db');
    const shared = { DATABASE_URL: `file:${path}`, APP_FRONTEND_URL: 'https://front.example' };
    const stage = await start({ env: { ...shared, ALLOW_UNAUTHENTICATED: 'true' } });
    const logins = await beginLogins(stage, await makeLink(stage));
    await makeKey(path, stage);
    await stage.stop();
    const next = await start({ env: { ...shared, ALLOW_UNAUTHENTICATED: 'true' }, existing: stage });
    for (const finish of logins) expect(await finish(next)).toBe('success');
    expect(await connections(path)).toBe(2);
  });
});

describe('what was begun by a caller who showed who they are', () => {
  it('goes on, also by a token without a subject, whose caller is on record as nobody', async () => {
    const stage = await start({ env: { ...JWT_ENV, APP_FRONTEND_URL: 'https://front.example' } });
    for (const claims of [{}, { sub: undefined }]) {
      const headers = bearer(await tokenOf(stage.clock, { role: 'app', ...claims }));
      const token = await makeLink(stage, headers);
      const { opened, pressed } = await useLink(stage, token);
      expect({ opened, status: pressed.status }).toEqual({ opened: 200, status: 200 });
      const [, url = ''] = /content="0;url=([^"]+)"/.exec(await pressed.text()) ?? [];
      const back = await stage.sandbox.consent(url.replaceAll('&#38;', '&'), 'anna');
      const done = await stage.callback(back, cookieOf(pressed));
      expect(new URL(done.headers.get('location') ?? '').searchParams.get('status')).toBe('success');
    }
    const headers = bearer(await tokenOf(stage.clock, { role: 'admin' }));
    const { body } = await stage.call<{ operation: string; caller: string | null }[]>('/audit', { headers });
    expect(body.map(({ operation, caller }) => ({ operation, caller }))).toEqual([
      { operation: 'connection.connect', caller: null },
      { operation: 'connect_link.create', caller: null },
      { operation: 'connection.connect', caller: 'anna' },
      { operation: 'connect_link.create', caller: 'anna' },
    ]);
  });
});
