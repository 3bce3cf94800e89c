import { cpSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { pressConsentButton } from '../src/sandbox/login/browser.ts';
import { Sandbox, type SandboxOptions } from '../src/sandbox/sandbox.ts';
import { freePort } from './support/free-port.ts';
import { APP, temporaryFolder } from './support/harness.ts';
import { endOfBlock } from './support/instances.ts';
import { ServiceProcess } from './support/process.ts';
import { keyOf } from './support/secrets.ts';

const CALLBACK = 'http://localhost:3001/api/oauth/atlassian/callback';
/** Takes what must run at the end. */
type AtEnd = (cleanup: () => Promise<void>) => void;

const ANNA = '5f1a90c27d3be40068a1c2d1';

async function sandboxOf(options: Partial<SandboxOptions> = {}, atEnd: AtEnd = onTestFinished): Promise<Sandbox> {
  const sandbox = new Sandbox({ apps: [{ ...APP, redirectUri: CALLBACK }], ...options });
  await sandbox.listen();
  atEnd(() => sandbox.close());
  return sandbox;
}

function run(folder: string, sandbox: Sandbox, env: Record<string, string> = {}, atEnd?: AtEnd): ServiceProcess {
  return new ServiceProcess(
    'main.js',
    {
      PORT: '0',
      PUBLIC_BASE_URL: 'http://localhost:3001',
      DATABASE_URL: `file:${join(folder, 'data', 'integration.db')}`,
      ATLASSIAN_CLIENT_ID: APP.clientId,
      ATLASSIAN_CLIENT_SECRET: APP.clientSecret,
      ATLASSIAN_AUTH_BASE_URL: sandbox.url,
      ATLASSIAN_API_BASE_URL: sandbox.url,
      ...env,
    },
    folder,
    atEnd,
  );
}

/** Logs in as a browser does; `at` is where login and callback are sent. */
async function connect(sandbox: Sandbox, [login, callback]: [string, string]): Promise<number> {
  const begun = await fetch(`${login}/auth/jira/login`);
  const { url } = (await begun.json()) as { url: string };
  const { pathname, search } = new URL(await sandbox.consent(url, 'anna'));
  const cookie = (begun.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const { status } = await fetch(callback + pathname + search, { headers: { cookie }, redirect: 'manual' });
  return status;
}

const projects = async (address: string): Promise<number> =>
  (await fetch(`${address}/connectors/jira/projects`)).status;

describe('the process', () => {
  it('names every wrong setting and starts nothing', async () => {
    const folder = temporaryFolder();
    const service = new ServiceProcess(
      'main.js',
      { PORT: 'x', LOG_LEVEL: 'loud', DATABASE_URL: 'file:./data/x.db' },
      folder,
    );
    expect(await service.exitCode()).toBe(1);
    expect(service.output).toContain('PORT is "x"');
    expect(service.output).toContain('LOG_LEVEL is "loud"');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('reads .env, which the environment overrides, as it is shipped', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, '.env'), 'LOG_LEVEL=info\nDATABASE_URL=memory:\nPORT=1\n');
    const service = new ServiceProcess('main.js', { PORT: '0' }, folder);
    expect((await fetch(`${await service.address()}/healthz`)).status).toBe(200);
    expect(readdirSync(folder)).toEqual(['.env']);
  });
});

describe('two processes on one fresh folder', () => {
  const atEnd = endOfBlock();
  let folder: string;
  let sandbox: Sandbox;
  let both: [ServiceProcess, ServiceProcess];

  beforeAll(async () => {
    folder = temporaryFolder(atEnd);
    sandbox = await sandboxOf({}, atEnd);
    both = [run(folder, sandbox, {}, atEnd), run(folder, sandbox, {}, atEnd)];
    expect(await connect(sandbox, [await both[0].address(), await both[1].address()])).toBe(307);
  });

  it('share one set of keys: what one begins the other completes and reads', async () => {
    for (const process of both) expect(await projects(await process.address())).toBe(200);
    expect(readdirSync(join(folder, 'data')).filter((name) => name.startsWith('keys'))).toEqual(['keys.json']);
    for (const name of ['keys.json', 'integration.db']) {
      expect({ name, mode: statSync(join(folder, 'data', name)).mode & 0o777 }).toEqual({ name, mode: 0o600 });
    }
  });

  it('each finish what is in flight on SIGTERM, stop accepting, and end with 0', async () => {
    const [service] = both;
    const address = await service.address();
    sandbox.clearRequests();
    sandbox.fault({ path: '/ex/jira', delayMs: 400 });
    const inFlight = projects(address);
    await expect.poll(() => sandbox.requests.length, { interval: 5, timeout: 20_000 }).toBeGreaterThan(0);
    const ended = service.kill('SIGTERM');
    await service.saw(/"msg":"stopping"/);
    await expect(fetch(`${address}/healthz`)).rejects.toThrow();
    expect(await inFlight).toBe(200);
    expect(await ended).toBe(0);
    expect(service.output).toContain('"msg":"stopped"');
  });

  it('are still connected after kill -9 and a start', async () => {
    for (const process of both) await process.kill('SIGKILL');
    expect(await projects(await run(folder, sandbox).address())).toBe(200);
  });
});

describe('keys that do not fit the database', () => {
  const OTHER_KEY = keyOf(7);

  const atEnd = endOfBlock();
  const connected = { folder: '', sandbox: null as Sandbox | null, keyId: '', key: '' };

  beforeAll(async () => {
    const folder = temporaryFolder(atEnd);
    const sandbox = await sandboxOf({}, atEnd);
    const service = run(folder, sandbox, {}, atEnd);
    const address = await service.address();
    await connect(sandbox, [address, address]);
    await service.kill('SIGTERM');
    const { encryption_keys: keys } = JSON.parse(readFileSync(join(folder, 'data', 'keys.json'), 'utf8'));
    Object.assign(connected, { folder, sandbox, keyId: keys[0].id, key: keys[0].key });
  });

  /** A copy of the folder of a service that is connected. */
  function connectedFolder(): { folder: string; sandbox: Sandbox; keyId: string; key: string } {
    const folder = temporaryFolder();
    cpSync(connected.folder, folder, { recursive: true });
    return { ...connected, folder, sandbox: connected.sandbox as Sandbox };
  }

  it('a missing key and a wrong one stop the start with a clear message and destroy nothing', async () => {
    const { folder, sandbox, keyId, key } = connectedFolder();
    for (const { TOKEN_ENCRYPTION_KEYS, expected } of [
      { TOKEN_ENCRYPTION_KEYS: `other:${OTHER_KEY}`, expected: `key ${keyId}` },
      { TOKEN_ENCRYPTION_KEYS: `${keyId}:${OTHER_KEY}`, expected: `encryption key ${keyId} is not` },
    ]) {
      const refused = run(folder, sandbox, { TOKEN_ENCRYPTION_KEYS });
      expect(await refused.exitCode()).toBe(1);
      expect(refused.output).toContain(expected);
      expect(refused.output).not.toContain(OTHER_KEY);
    }
    const right = run(folder, sandbox, { TOKEN_ENCRYPTION_KEYS: `new:${OTHER_KEY},${keyId}:${key}` });
    expect(await projects(await right.address())).toBe(200);
  });

  it('a lost key file is no harm while the encryption keys are configured', async () => {
    const { folder, sandbox, keyId, key } = connectedFolder();
    unlinkSync(join(folder, 'data', 'keys.json'));
    const service = run(folder, sandbox, { TOKEN_ENCRYPTION_KEYS: `${keyId}:${key}` });
    expect(await projects(await service.address())).toBe(200);
  });

  it('a lost key file stops the start and no other is made', async () => {
    const { folder, sandbox } = connectedFolder();
    unlinkSync(join(folder, 'data', 'keys.json'));
    const refused = run(folder, sandbox);
    expect(await refused.exitCode()).toBe(1);
    expect(refused.output).toContain('keys.json is missing');
    expect(readdirSync(join(folder, 'data')).some((name) => name.startsWith('keys'))).toBe(false);
  });
});

describe('the demo', () => {
  it('needs no configuration, works as printed, and is still connected after a restart', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, '.env'), 'ATLASSIAN_CLIENT_ID=of-the-real-thing\nDATABASE_URL=file:./real.db\nPORT=1\n');
    const ports = { PORT: String(await freePort()), SANDBOX_PORT: String(await freePort()) };
    const demo = new ServiceProcess('sandbox/demo.js', ports, folder);
    await demo.saw(/Stop with Ctrl\+C/);
    const base = `http://localhost:${ports.PORT}`;
    expect(demo.output).toContain(`Open ${base}/connect`);

    for (const provider of ['jira', 'confluence']) {
      const begun = await fetch(`${base}/auth/${provider}/login?redirect=true`, { redirect: 'manual' });
      const callback = await pressConsentButton(begun.headers.get('location') ?? '', ANNA);
      const cookie = (begun.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
      const done = await fetch(callback, { headers: { cookie }, redirect: 'manual' });
      expect(done.headers.get('location')).toContain('/connect?status=success');
    }
    const created = await fetch(`${base}/connectors/jira/create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ project: 'DEMO', summary: 'Survives the restart' }),
    });
    const { id } = (await created.json()) as { id: string };
    await demo.kill('SIGINT');

    const again = new ServiceProcess('sandbox/demo.js', ports, folder);
    await again.saw(/Stop with Ctrl\+C/);
    const found = (await (await fetch(`${base}/connectors/jira/search?q=${id}`)).json()) as {
      id: string;
      title: string;
    }[];
    expect(found[0]).toMatchObject({ id, title: 'Survives the restart' });
    expect(readdirSync(folder).sort()).toEqual(['.env', 'data']);
  });

  it('takes what is set for it besides, keeps to itself what it must, and says so', async () => {
    const folder = temporaryFolder();
    const ports = { PORT: String(await freePort()), SANDBOX_PORT: String(await freePort()) };
    const env = {
      ...ports,
      APP_FRONTEND_URL: 'http://localhost:5173/app',
      NEXT_PUBLIC_BACKEND_CORS_ORIGINS: 'http://localhost:5173,http://localhost:8080',
      LOG_LEVEL: 'info',
      RATE_LIMIT_PER_MINUTE: '50',
      DATABASE_URL: 'file:./real.db',
      ATLASSIAN_CLIENT_ID: 'of-the-real-thing',
      NEXT_PUBLIC_ATLASSIAN_CLIENT_SECRET: 'hunter2',
      PUBLIC_BASE_URL: 'https://api.example.com',
      HTTPS_PROXY: 'http://proxy.example.com:3128',
      TOKEN_ENCRYPTION_KEYS: '',
    };
    const demo = new ServiceProcess('sandbox/demo.js', env, folder);
    await demo.saw(/Stop with Ctrl\+C/);
    const base = `http://localhost:${ports.PORT}`;
    for (const origin of ['http://localhost:5173', 'http://localhost:8080']) {
      const { headers } = await fetch(`${base}/connectors`, { headers: { origin } });
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('x-ratelimit-limit')).toBe('50');
    }
    const begun = await fetch(`${base}/auth/jira/login?redirect=true`, { redirect: 'manual' });
    const callback = await pressConsentButton(begun.headers.get('location') ?? '', ANNA);
    expect(callback).toMatch(`${base}/api/oauth/atlassian/callback?`);
    const cookie = (begun.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const done = await fetch(callback, { headers: { cookie }, redirect: 'manual' });
    expect(done.headers.get('location')).toMatch(/^http:\/\/localhost:5173\/app\/oauth\/jira\?status=success/);
    expect(demo.output).toContain(
      'Ignored, since the demo uses its own: ATLASSIAN_CLIENT_ID, DATABASE_URL, NEXT_PUBLIC_ATLASSIAN_CLIENT_SECRET, PUBLIC_BASE_URL.',
    );
    expect(demo.output).toContain('"msg":"answered"');
    expect(demo.output).not.toContain('hunter2');
    expect(readdirSync(folder)).toEqual(['data']);
  });

  it('names every wrong port, and why Kubernetes may have set one', async () => {
    const env = { PORT: 'x', SANDBOX_PORT: 'tcp://10.0.0.1:80' };
    const demo = new ServiceProcess('sandbox/demo.js', env, temporaryFolder());
    expect(await demo.exitCode()).toBe(1);
    expect(demo.output).toMatch(/PORT is "x"[^\n]+\n[^\n]+SANDBOX_PORT is "tcp:[^\n]+Kubernetes/);
  });
});
