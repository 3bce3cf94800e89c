import { writeFileSync } from 'node:fs';
import { type AddressInfo, connect as connectTo } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AtlassianError } from '../../../src/atlassian/wire/atlassian-error.ts';
import { Hosts } from '../../../src/atlassian/wire/hosts.ts';
import { Transport } from '../../../src/atlassian/wire/transport.ts';
import { loadConfig } from '../../../src/config.ts';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { TestAuthority } from '../../support/certificates.ts';
import { silentContext } from '../../support/context.ts';
import { ForwardProxy } from '../../support/forward-proxy.ts';
import { freePort } from '../../support/free-port.ts';
import { APP, type ErrorBody, type Stage, start, temporaryFolder } from '../../support/harness.ts';
import { ServiceProcess } from '../../support/process.ts';

const PASSWORD = 'p@ss-7d1e';
const USER_INFO = `anna:${encodeURIComponent(PASSWORD)}@`;
const AUTHORIZATION = `Basic ${Buffer.from(`anna:${PASSWORD}`).toString('base64')}`;
const PROJECTS = '/connectors/jira/projects';

function expectNoPassword(stage: Stage, ...answers: unknown[]): void {
  const text = [...stage.logLines, JSON.stringify(answers)].join('\n');
  for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), AUTHORIZATION.slice(6)])
    expect(text).not.toContain(secret);
}

describe('with HTTP_PROXY', () => {
  it('everything that goes to Atlassian by http goes through the proxy, with its credentials', async () => {
    const proxy = await ForwardProxy.start();
    const stage = await start({ env: { HTTP_PROXY: proxy.url(USER_INFO) } });
    expect((await stage.connect('jira')).searchParams.get('status')).toBe('success');
    expect((await stage.call(PROJECTS)).status).toBe(200);
    expect(proxy.asked.slice(0, 2)).toEqual([
      `POST ${stage.sandbox.url}/oauth/token`,
      `GET ${stage.sandbox.url}/oauth/token/accessible-resources`,
    ]);
    expect(proxy.asked.length).toBe(stage.sandbox.requests.filter(({ path }) => !path.startsWith('/authorize')).length);
    expect([...proxy.authorizations]).toEqual([AUTHORIZATION]);
    expectNoPassword(stage);
  });

  it('nothing does that NO_PROXY names', async () => {
    const proxy = await ForwardProxy.start();
    const stage = await start({ env: { http_proxy: proxy.url(), no_proxy: 'localhost,127.0.0.1' } });
    await stage.connect('jira');
    expect((await stage.call(PROJECTS)).status).toBe(200);
    expect(proxy.asked).toEqual([]);
  });

  it('the keys of JSON Web Tokens come through it too', async () => {
    const proxy = await ForwardProxy.start();
    const url = `http://127.0.0.1:${await freePort()}/keys`;
    const claims = { AUTH_ISSUER: 'https://x.example', AUTH_AUDIENCE: 'us' };
    const stage = await start({ env: { HTTP_PROXY: proxy.url(USER_INFO), AUTH_JWKS_URL: url, ...claims } });
    const part = Buffer.from(JSON.stringify({ alg: 'RS256', kid: 'x' })).toString('base64url');
    const { status } = await stage.call('/connectors', { headers: { authorization: `Bearer ${part}.e30.AAAA` } });
    expect({ status, asked: proxy.asked, authorizations: [...proxy.authorizations] }).toEqual({
      status: 503,
      asked: [`GET ${url}`],
      authorizations: [AUTHORIZATION],
    });
    expectNoPassword(stage);
  });
});

describe.each([
  ['of http', (url: string) => ({ HTTP_PROXY: url })],
  ['of https', (url: string) => ({ HTTPS_PROXY: url, ATLASSIAN_API_BASE_URL: 'https://nobody.invalid' })],
])('a proxy %s', (_scheme, env) => {
  async function failing(url: string): Promise<{ stage: Stage; body: ErrorBody }> {
    const DATABASE_URL = `file:${join(temporaryFolder(), 'integration.db')}`;
    const existing = await start({ env: { DATABASE_URL } });
    await existing.connect('jira');
    await existing.stop();
    const stage = await start({ existing, env: { DATABASE_URL, ...env(url) } });
    const { status, body } = await stage.call<ErrorBody>(PROJECTS);
    expect({ status, code: body.code }).toEqual({ status: 502, code: 'VENDOR_ERROR' });
    expectNoPassword(stage, body);
    return { stage, body };
  }

  it('that refuses is named, and what it answered', async () => {
    const proxy = await ForwardProxy.start();
    proxy.refusal = 407;
    const { stage, body } = await failing(proxy.url(USER_INFO));
    expect(body.message).toContain('The proxy that calls to Atlassian go through refused the call with status 407');
    expect(stage.logLines.join()).toContain(': 407');
  });

  it('that is away is named, and the log says why', async () => {
    const { stage, body } = await failing(`http://${USER_INFO}127.0.0.1:${await freePort()}`);
    expect(body.message).toContain('The proxy that calls to Atlassian go through could not be reached');
    expect(stage.logLines.join()).toContain('"problem":"ECONNREFUSED"');
  });
});

describe('with HTTPS_PROXY', () => {
  it('names that nobody here can look up are reached by CONNECT, and certificates are checked', async () => {
    const sandbox = new Sandbox({
      apps: [{ ...APP, redirectUri: 'http://localhost:3001/api/oauth/atlassian/callback' }],
    });
    await sandbox.listen();
    onTestFinished(() => sandbox.close());
    const authority = await TestAuthority.make();
    const [proxy, folder] = [await ForwardProxy.start(), temporaryFolder()];
    const end = createTlsServer(await authority.issue('auth.atlassian.invalid'), (socket) => {
      const onward = connectTo(Number(new URL(sandbox.url).port), '127.0.0.1');
      socket.on('error', () => onward.destroy());
      onward.on('error', () => socket.destroy());
      socket.pipe(onward).pipe(socket);
    });
    await new Promise<void>((resolve) => end.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void end.close());
    proxy.tunnelPort = (end.address() as AddressInfo).port;
    const trusted = join(folder, 'authority.pem');
    writeFileSync(trusted, authority.cert);
    const service = new ServiceProcess(
      'main.js',
      {
        PORT: '0',
        PUBLIC_BASE_URL: 'http://localhost:3001',
        DATABASE_URL: 'memory:',
        ATLASSIAN_CLIENT_ID: APP.clientId,
        ATLASSIAN_CLIENT_SECRET: APP.clientSecret,
        ATLASSIAN_AUTH_BASE_URL: 'https://auth.atlassian.invalid',
        ATLASSIAN_API_BASE_URL: 'https://api.atlassian.invalid',
        HTTPS_PROXY: proxy.url(USER_INFO),
        NODE_EXTRA_CA_CERTS: trusted,
      },
      folder,
    );
    const address = await service.address();
    const begun = await fetch(`${address}/auth/jira/login`);
    const { url } = (await begun.json()) as { url: string };
    const at = new URL(url);
    const callback = new URL(await sandbox.consent(`${sandbox.url}${at.pathname}${at.search}`, 'anna'));
    const cookie = (begun.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const done = await fetch(address + callback.pathname + callback.search, {
      headers: { cookie },
      redirect: 'manual',
    });
    // The certificate is for the first host alone.
    expect(done.headers.get('location')).toContain('status=error');
    expect(sandbox.requests.filter(({ path, status }) => path === '/oauth/token' && status === 200)).toHaveLength(1);
    await service.saw(/"msg":"login failed"/);
    expect(service.output).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(new Set(proxy.asked)).toEqual(
      new Set(['CONNECT auth.atlassian.invalid:443', 'CONNECT api.atlassian.invalid:443']),
    );
    expect([...proxy.authorizations]).toEqual([AUTHORIZATION]);
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), AUTHORIZATION.slice(6)])
      expect(service.output).not.toContain(secret);
  });

  it.each<{ what: string; found: string[] | Error; kind: string; asked: string[] }>([
    { what: 'a private address', found: ['10.0.0.7'], kind: 'forbidden_address', asked: [] },
    {
      what: 'a public and a private address',
      found: ['104.192.142.18', '127.0.0.1'],
      kind: 'forbidden_address',
      asked: [],
    },
    { what: 'a public address', found: ['104.192.142.18'], kind: 'proxy', asked: ['CONNECT acme.atlassian.net:443'] },
    {
      what: 'nothing that can be looked up here',
      found: new Error('ENOTFOUND'),
      kind: 'proxy',
      asked: ['CONNECT acme.atlassian.net:443'],
    },
  ])('a site that leads to $what is checked before the proxy hears of it', async ({ found, kind, asked }) => {
    const proxy = await ForwardProxy.start();
    proxy.refusal = 403;
    const transport = new Transport({
      hosts: new Hosts({ trusted: [], allowed: [] }),
      proxy: loadConfig({ HTTPS_PROXY: proxy.url() }).proxy,
      network: {
        resolve: async () => {
          if (found instanceof Error) throw found;
          return found;
        },
      },
    });
    onTestFinished(() => transport.close());
    const call = { method: 'GET' as const, url: new URL('https://acme.atlassian.net/x'), safe: false };
    for (let count = 0; count < 2; count++) {
      const error = await transport.json(call, silentContext()).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(AtlassianError);
      expect((error as AtlassianError).kind).toBe(kind);
    }
    expect([...new Set(proxy.asked)]).toEqual(asked);
  });
});
