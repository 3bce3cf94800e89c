import { expect, it } from 'vitest';
import { APP, type ErrorBody, type Stage, start } from './support/harness.ts';
import { RecordingProxy } from './support/recording-proxy.ts';

const PAT = 'pat-6f1c0b7e-secret';
const JUNK = 'junk-1d9a-secret';

/** Calls the service as its users do, keeps every answer whole, and learns the secrets of the logins. */
class Witness {
  readonly answers: string[] = [];

  constructor(
    private readonly stage: Stage,
    private readonly proxy: RecordingProxy,
  ) {}

  async ask<T = ErrorBody>(path: string, init: RequestInit = {}): Promise<{ status: number; body: T }> {
    const { status, text } = await this.fetch(path, init);
    return { status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : (text as T) };
  }

  patch(body: string) {
    const headers = { 'content-type': 'application/json' };
    return this.ask('/connectors/jira/connection', { method: 'PATCH', headers, body });
  }

  /** Begins a login: the one answer that a state and its cookie may be seen in. */
  async begin(provider: string, query = ''): Promise<{ url: string; cookie: string }> {
    const response = await fetch(`${this.stage.url}/auth/${provider}/login?return_url=http://localhost:3000/x${query}`);
    const { url } = (await response.json()) as { url: string };
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
    this.proxy.secrets.set(new URL(url).searchParams.get('state') ?? '', 'state');
    this.proxy.secrets.set(cookie.split('=')[1] ?? '', 'cookie');
    return { url, cookie };
  }

  async comeBack(
    callbackUrl: string,
    cookie: string,
    accept = 'text/html',
  ): Promise<{ status: number; location: string }> {
    const { pathname, search, searchParams } = new URL(callbackUrl);
    const code = searchParams.get('code');
    if (code) this.proxy.secrets.set(code, 'code');
    const { status, headers } = await this.fetch(pathname + search, { headers: { cookie, accept } });
    return { status, location: headers.get('location') ?? '' };
  }

  async connect(provider: string, as = 'anna'): Promise<string> {
    const { url, cookie } = await this.begin(provider);
    const { location } = await this.comeBack(await this.stage.sandbox.consent(url, as), cookie);
    return new URL(location).searchParams.get('status') ?? '';
  }

  private async fetch(path: string, init: RequestInit) {
    const response = await fetch(this.stage.url + path, { redirect: 'manual', ...init });
    const text = await response.text();
    this.answers.push(`${path.split('?')[0]}\n${[...response.headers].join('\n')}\n\n${text}`);
    return { status: response.status, headers: response.headers, text };
  }
}

async function prepare() {
  const proxy = await RecordingProxy.start();
  const stage = await start({
    env: {
      LOG_LEVEL: 'trace',
      ENABLE_OAUTH_PKCE: 'true',
      APP_FRONTEND_URL: 'http://localhost:3000',
      ATLASSIAN_AUTH_BASE_URL: proxy.url,
      ATLASSIAN_API_BASE_URL: proxy.url,
    },
  });
  proxy.target = stage.sandbox.url;
  proxy.secrets.set(APP.clientSecret, 'client_secret');
  return { proxy, stage, witness: new Witness(stage, proxy) };
}

/** Looks for every secret in every log line and every answer. */
function expectNoLeak({ proxy, stage, witness }: Awaited<ReturnType<typeof prepare>>): void {
  const places = [...stage.logLines.map((line) => `log: ${line}`), ...witness.answers];
  const leaks = [...proxy.secrets].flatMap(([secret, what]) =>
    places.filter((text) => text.includes(secret)).map((text) => `${what} in ${text.slice(0, 300)}`),
  );
  expect(leaks).toEqual([]);
  expect(stage.logLines.filter((line) => /\?[^\s"]*=/.test(line))).toEqual([]);
}

const kinds = ({ secrets }: RecordingProxy) => [...new Set(secrets.values())].toSorted();

it('no secret is in a log line or an answer when all goes well', async () => {
  const scene = await prepare();
  const { proxy, stage, witness } = scene;
  expect(await witness.connect('jira')).toBe('success');
  expect(await witness.connect('confluence')).toBe('success');
  expect((await witness.ask('/connectors/jira/search?q=login')).status).toBe(200);
  stage.sandbox.expireAccessTokens();
  expect((await witness.ask('/connectors/confluence/search')).status).toBe(200);
  expect((await witness.patch('{"rotate":true}')).status).toBe(200);
  const created = await witness.ask<{ id: string }>('/connectors/jira/create', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ project: 'DEMO', summary: 'Nothing to hide' }),
  });
  expect(created.body.id).toBe('DEMO-31');
  for (const path of ['/connectors', '/connectors/jira/connection', '/connect', '/openapi.json', '/readyz', '/docs']) {
    expect((await witness.ask(path)).status).toBe(200);
  }
  expect(kinds(proxy)).toEqual([
    'Authorization',
    'client_secret',
    'code',
    'code_verifier',
    'cookie',
    'refresh_token',
    'state',
  ]);
  expect(proxy.secrets.size).toBeGreaterThan(15);
  expect(stage.logLines.length).toBeGreaterThan(10);
  expectNoLeak(scene);
});

it('no secret is in a log line or an answer when a login fails', async () => {
  const scene = await prepare();
  const { proxy, stage, witness } = scene;
  const callback = (parameters: Record<string, string>) =>
    `http://localhost:3001/api/oauth/atlassian/callback?${new URLSearchParams(parameters)}`;
  const stateOf = (url: string) => new URL(url).searchParams.get('state') ?? '';

  const forged = await witness.begin('jira');
  expect(
    (await witness.comeBack(callback({ code: JUNK, state: `${stateOf(forged.url)}x` }), forged.cookie)).status,
  ).toBe(422);
  expect((await witness.comeBack(callback({ code: JUNK, state: stateOf(forged.url) }), '')).status).toBe(422);
  expect(
    (await witness.comeBack(callback({ code: JUNK, state: stateOf(forged.url) }), `${forged.cookie}x`)).status,
  ).toBe(422);
  expect((await witness.comeBack(callback({ state: stateOf(forged.url) }), forged.cookie)).status).toBe(400);

  const replayed = await witness.begin('jira');
  const target = await stage.sandbox.consent(replayed.url, 'anna');
  expect((await witness.comeBack(target, replayed.cookie)).status).toBe(307);
  expect((await witness.comeBack(target, replayed.cookie)).status).toBe(422);

  for (const accept of ['text/html', 'application/json']) {
    const denied = await witness.begin('jira');
    await witness.comeBack(await stage.sandbox.consent(denied.url, 'deny'), denied.cookie, accept);

    const wrongCode = await witness.begin('jira');
    await witness.comeBack(callback({ code: JUNK, state: stateOf(wrongCode.url) }), wrongCode.cookie, accept);

    const echoed = await witness.begin('jira');
    proxy.interfere('/oauth/token', (_request, body, response) => {
      response.writeHead(400, { 'content-type': 'text/html' }).end(`<h1>What is ${body}?</h1>`);
    });
    await witness.comeBack(await stage.sandbox.consent(echoed.url, 'anna'), echoed.cookie, accept);

    const quoted = await witness.begin('jira');
    proxy.interfere('/oauth/token', (_request, body, response) => {
      const { code, client_secret } = JSON.parse(body) as Record<string, string>;
      const answer = { error: 'invalid_grant', error_description: `${code} ${client_secret}`, message: body };
      response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
    await witness.comeBack(await stage.sandbox.consent(quoted.url, 'anna'), quoted.cookie, accept);
  }
  stage.sandbox.rotateClientSecret(APP.clientId, 'another-secret');
  const wrongSecret = await witness.begin('confluence');
  const { location } = await witness.comeBack(await stage.sandbox.consent(wrongSecret.url, 'anna'), wrongSecret.cookie);
  expect(new URL(location).searchParams.get('error')).toBe('VENDOR_ERROR');
  expect(proxy.secrets.get(JUNK)).toBe('code');
  expect(witness.answers).toHaveLength(15);
  expectNoLeak(scene);
});

it('no secret is in a log line or an answer when a refresh fails', async () => {
  const scene = await prepare();
  const { proxy, stage, witness } = scene;
  await witness.connect('jira');
  const tokenAnswers: [number, string, (body: Record<string, string>) => string][] = [
    [200, 'text/html', (body) => `<p>${body.refresh_token} ${body.client_secret}</p>`],
    [200, 'application/json', (body) => `{"access_token":"${JUNK}","refresh_token":"${body.refresh_token}"`],
    [200, 'application/json', (body) => JSON.stringify({ access_token: [JUNK, body.refresh_token] })],
    [500, 'application/json', (body) => JSON.stringify({ message: body.refresh_token, errors: [JUNK] })],
    [429, 'application/json', (body) => JSON.stringify({ error: JUNK, error_description: body.client_secret })],
  ];
  proxy.secrets.set(JUNK, 'access_token');
  stage.sandbox.expireAccessTokens();
  for (const [status, type, answer] of tokenAnswers) {
    proxy.interfere(
      '/oauth/token',
      (_request, body, response) => {
        response.writeHead(status, { 'content-type': type }).end(answer(JSON.parse(body)));
      },
      // Answers that leave the outcome open are asked for again at once.
      status === 429 ? 1 : 4,
    );
    const { body } = await witness.ask('/connectors/jira/search');
    expect(body.code).toBe(status === 429 ? 'RATE_LIMITED' : 'VENDOR_ERROR');
    await witness.ask('/connectors');
    stage.clock.advance(body.retry_after ?? 0);
  }
  stage.sandbox.rotateClientSecret(APP.clientId, 'another-secret');
  expect((await witness.ask('/connectors/jira/search')).body.code).toBe('VENDOR_ERROR');
  expect((await witness.patch('{"rotate":true}')).body.code).toBe('VENDOR_ERROR');
  expect((await witness.ask('/readyz')).body.details).toMatchObject({ oauth_apps: { jira: { status: 'refused' } } });
  stage.sandbox.rotateClientSecret(APP.clientId, APP.clientSecret);
  stage.clock.advance(30);
  stage.sandbox.revoke('anna');
  expect((await witness.ask('/connectors/jira/search')).body.code).toBe('TOKEN_EXPIRED');
  expect((await witness.ask('/connectors/jira/connection')).status).toBe(200);
  expect(kinds(proxy)).toContain('refresh_token');
  expectNoLeak(scene);
});

it('no secret is in a log line or an answer when a call fails, even if Atlassian repeats the token', async () => {
  const scene = await prepare();
  const { proxy, witness } = scene;
  await witness.connect('jira');
  for (const status of [400, 403, 404, 409, 429, 500]) {
    for (const wrap of [
      (token: string) => JSON.stringify({ errorMessages: [`Bad token ${token}`], errors: { token } }),
      (token: string) => JSON.stringify({ code: status, message: token }),
      (token: string) => `<p>${token}</p>`,
    ]) {
      proxy.interfere('/search/jql', (request, _body, response) => {
        const token = request.headers.authorization ?? '';
        response.writeHead(status, { 'content-type': 'application/json', 'x-token': token }).end(wrap(token));
      });
      const answer = await witness.ask('/connectors/jira/search?q=login');
      expect(answer.status).toBe(status === 500 ? 502 : status);
      scene.stage.clock.advance(answer.body.retry_after ?? 0);
    }
  }
  expectNoLeak(scene);
});

it('no secret of a caller is in a log line or an answer', async () => {
  const scene = await prepare();
  const { proxy, witness } = scene;
  await witness.connect('jira');
  proxy.secrets.set(PAT, 'pat');
  const headers = { authorization: `Bearer ${PAT}`, cookie: `session=${PAT}`, 'x-api-key': PAT };
  for (const body of [
    `{"pat":"${PAT}"`,
    `{"pat":"${PAT}"}`,
    `{"rotate":"${PAT}"}`,
    `{"email":"${PAT}"}`,
    `["${PAT}"]`,
  ]) {
    expect((await witness.patch(body)).status).toBe(400);
  }
  // Its name is refused, and its value is nobody's to repeat.
  expect((await witness.ask(`/connectors?access_token=${PAT}`, { headers })).status).toBe(400);
  expect((await witness.ask(`/nowhere?code=${PAT}&state=${PAT}`, { headers })).status).toBe(404);
  expect((await witness.ask(`/connectors/%zz/connection?code=${PAT}`, { headers })).status).toBe(400);
  expect((await witness.ask(`/auth/jira/callback?code=${PAT}&state=${PAT}`, { headers })).status).toBe(422);
  expect((await witness.ask(`/auth/jira/callback?code=${PAT}&code=${PAT}`, { headers })).status).toBe(400);
  expect((await witness.ask(`/connectors/jira/search?limit=${PAT}`, { headers })).status).toBe(400);
  const text = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: PAT };
  expect((await witness.ask('/connectors/jira/create', text)).status).toBe(415);
  expectNoLeak(scene);
});
