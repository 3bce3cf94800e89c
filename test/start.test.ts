import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listenProblem } from '../src/listening.ts';
import { freePort } from './support/free-port.ts';
import { start, temporaryFolder } from './support/harness.ts';
import { ServiceProcess } from './support/process.ts';

const MEMORY = { DATABASE_URL: 'memory:', PORT: '0' };

/** What a start that fails writes, without line ends around it. */
async function refusal(entry: string, env: Record<string, string>, folder = temporaryFolder()): Promise<string> {
  const service = new ServiceProcess(entry, env, folder);
  expect(await service.exitCode()).toBe(1);
  return service.output.trim();
}

/** A port of 127.0.0.1 that somebody listens on until the test ends. */
async function takenPort(): Promise<string> {
  const port = await freePort();
  const server = createServer().listen(port, '127.0.0.1');
  onTestFinished(() => void server.close());
  return String(port);
}

it('a start that fails tells what it had to say before that', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, '.env'), 'PORT 3001\n');
  mkdirSync(join(folder, 'taken'));
  const says = await refusal('main.js', { DATABASE_URL: `file:${join(folder, 'taken')}`, PORT: '0' }, folder);
  expect(says).toContain('.env: ignored line 1.');
  expect(says).toContain('taken');
});

describe('.env', () => {
  it.each(['main.js', 'commands/keys-rotate.js', 'commands/store-check.js'])(
    'that is a directory stops %s with a sentence that names it',
    async (entry) => {
      const folder = temporaryFolder();
      mkdirSync(join(folder, '.env'));
      const says = await refusal(entry, MEMORY, folder);
      expect(says).toMatch(/^\S+\/\.env is a directory, not a file: remove it \([^\n]+\)$/);
    },
  );

  it('is read in UTF-16, as Windows writes it, and its lines that are ignored, cut off or left open are told without a value', async () => {
    const folder = temporaryFolder();
    const lines = [
      'DATABASE_URL=memory:',
      'PORT 3001',
      'hunter2',
      'ATLASSIAN_CLIENT_SECRET=hunter#hunter2',
      'SOMETHING="hunter2',
    ];
    writeFileSync(join(folder, '.env'), `\uFEFF${lines.join('\r\n')}`, 'utf16le');
    const service = new ServiceProcess('main.js', { PORT: '0' }, folder);
    expect((await fetch(`${await service.address()}/healthz`)).status).toBe(200);
    for (const says of [
      '.env: ignored line 2, 3. Write a setting as NAME=value',
      '.env, line 4: the value of ATLASSIAN_CLIENT_SECRET ends before the #, which begins a comment.',
      '.env, line 5: the value of SOMETHING begins with a quote that is not closed at its end.',
    ]) {
      expect(service.output).toContain(says);
    }
    expect(service.output).not.toContain('hunter');
  });
});

describe('a start that cannot listen says in one line which setting to change', () => {
  it('of the service, on a port that is taken', async () => {
    const port = await takenPort();
    expect(await refusal('main.js', { ...MEMORY, LOG_LEVEL: 'silent', PORT: port })).toBe(
      `Port ${port} on 127.0.0.1 is in use: stop whatever is listening there, or set PORT to another port`,
    );
  });

  it.each([
    ['192.0.2.1', 'which is not an address of this machine'],
    ['nowhere.invalid', 'a name that resolves to no address'],
  ])('of the service, with HOST=%s', async (HOST, why) => {
    const says = new RegExp(`^HOST is ${HOST}, ${why}: set it to [^\\n]+$`);
    await expect(start({ env: { HOST, ALLOW_UNAUTHENTICATED: 'true' } })).rejects.toThrow(says);
  });

  it.each(['PORT', 'SANDBOX_PORT'])('of the demo, on a %s that is taken', async (name) => {
    const port = await takenPort();
    const env = { PORT: String(await freePort()), SANDBOX_PORT: String(await freePort()), [name]: port };
    expect(await refusal('sandbox/demo.js', env)).toBe(
      `Port ${port} on 127.0.0.1 is in use: stop whatever is listening there, or set ${name} to another port`,
    );
  });

  it('on a port that is kept for others', () => {
    const error = Object.assign(new Error('listen EACCES: permission denied'), { code: 'EACCES' });
    const problem = listenProblem(error, { host: '127.0.0.1', port: 80, portSetting: 'PORT' }) as Error;
    expect(problem.message).toBe('Port 80 may not be used by this user: set PORT to a port above 1023');
    expect(problem.cause).toBe(error);
  });
});

describe('a start that works', () => {
  it('says what to set and which callback URL to register while there is no OAuth app, and minds no SANDBOX_PORT', async () => {
    // Kubernetes sets one beside a Service called sandbox.
    const env = { ...MEMORY, SANDBOX_PORT: 'tcp://10.0.0.1:80' };
    const service = new ServiceProcess('main.js', env, temporaryFolder());
    expect((await fetch(`${await service.address()}/healthz`)).status).toBe(200);
    const lines = service.output.split('\n').filter((line) => line.includes('OAuth is not set up yet'));
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(['warn']);
    for (const piece of ['ATLASSIAN_CLIENT_ID', '/api/oauth/atlassian/callback', 'npm run demo']) {
      expect(lines[0]).toContain(piece);
    }
  });
});

describe('before npm run build', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

  it('npm start says so', async () => {
    const folder = temporaryFolder();
    for (const name of ['package.json', 'scripts']) cpSync(resolve(name), join(folder, name), { recursive: true });
    const output = await new Promise<string>((done) => {
      execFile('npm', ['run', '--silent', 'start'], { cwd: folder }, (_error, out, err) => done(out + err));
    });
    expect(output).toBe('There is no build yet: run npm run build first.\n');
  });

  it('every other script that needs a build says so in the same way, or builds first', () => {
    const compiled = Object.keys(scripts).filter((name) => /\bnode dist\//.test(scripts[name] ?? ''));
    expect(compiled).toEqual(expect.arrayContaining(['start', 'keys', 'keys:rotate', 'store:check', 'store:copy']));
    for (const name of compiled) {
      const first = scripts[`pre${name}`] ?? scripts[name]?.split(' && ')[0];
      expect({ name, first }).toEqual({
        name,
        first: expect.stringMatching(/^(?:node scripts\/built\.js|npm run --silent build)$/),
      });
    }
  });
});

describe('with authentication off', () => {
  const LOUD = 'AUTHENTICATION IS OFF';
  const warnings = (lines: string[]): string[] =>
    lines
      .map((line) => JSON.parse(line))
      .filter(({ level, msg }) => level === 'warn' && msg.startsWith(LOUD))
      .map(({ msg }) => msg);

  it.each(['https://api.example.com', 'http://10.0.0.7:3001', 'https://localhost.example.com'])(
    'the start warns loudly that anyone who reaches %s may do everything, and how to turn it on',
    async (PUBLIC_BASE_URL) => {
      const { logLines } = await start({ env: { PUBLIC_BASE_URL } });
      expect(warnings(logLines)).toEqual([
        `AUTHENTICATION IS OFF: anyone who can reach ${PUBLIC_BASE_URL} can read and write for every tenant. To turn authentication on, create an API key (npm run keys -- create --tenant … --role …) or set up JWTs (AUTH_JWKS_URL)`,
      ]);
    },
  );

  it('the start warns of ALLOW_UNAUTHENTICATED in the same way', async () => {
    const env = { PUBLIC_BASE_URL: 'https://api.example.com', ALLOW_UNAUTHENTICATED: 'true' };
    const [warning, ...others] = warnings((await start({ env })).logLines);
    expect(warning).toContain('and remove ALLOW_UNAUTHENTICATED');
    expect(others).toEqual([]);
  });

  it.each(['http://localhost:3001', 'http://127.0.0.1:3001', 'http://[::1]:3001'])(
    'the start warns of nothing at %s',
    async (PUBLIC_BASE_URL) => {
      expect(warnings((await start({ env: { PUBLIC_BASE_URL } })).logLines)).toEqual([]);
    },
  );

  it.each(['false', 'true'])(
    'BACKEND_CORS_ORIGINS=* is warned of loudly, with ALLOW_UNAUTHENTICATED=%s',
    async (ALLOW_UNAUTHENTICATED) => {
      const { logLines } = await start({ env: { BACKEND_CORS_ORIGINS: '*', ALLOW_UNAUTHENTICATED } });
      expect(warnings(logLines)).toEqual([expect.stringMatching(/any web page open in any browser.*npm run keys/)]);
    },
  );
});
