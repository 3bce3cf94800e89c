import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readFileSync, readSync, statSync, truncateSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LogOutput } from '../src/log-output.ts';
import { freePort } from './support/free-port.ts';
import { temporaryFolder } from './support/harness.ts';
import { argumentsOf } from './support/process.ts';
import { sendRaw } from './support/raw-http.ts';

interface ReadyBody {
  details: { log: { status: string; dropped: number } };
}

/** A request whose log lines are as long as they may be: each of these characters takes two in JSON. */
const LONG_REQUEST = `GET /nowhere/${'"'.repeat(950)} HTTP/1.1\r\nHost: localhost\r\n`;
/** Lines that have to be dropped before a test goes on. */
const MANY = 100;

/** Milliseconds between two looks at what is awaited: the process needs the core, too. */
const LOOK_MS = 20;
/** More than the end of an idle process takes, which waits a second for its last lines, and far less than one that is held up. */
const STOP_MS = 3_000;

type Output = number | 'pipe';

/** The service with its output wherever a test wants it. */
class Run {
  stderr = '';

  private constructor(
    readonly child: ChildProcess,
    readonly url: string,
    readonly ended: Promise<number | null>,
  ) {}

  /** How long the start took, which tells how busy the machine is. */
  private startMs = 0;

  static async start(output: Output, errors: Output = 'pipe', shell: string | null = null): Promise<Run> {
    const port = await freePort();
    const begunAt = performance.now();
    const node = [process.execPath, ...argumentsOf('main.js')];
    const [command = '', ...args] = shell === null ? node : ['/bin/sh', '-c', `${shell}; exec "$@"`, 'sh', ...node];
    const child = spawn(command, args, {
      cwd: temporaryFolder(),
      env: { PATH: process.env.PATH ?? '', PORT: String(port), DATABASE_URL: 'memory:' },
      stdio: ['ignore', output, errors],
    });
    const ended = once(child, 'exit').then(([code]) => code as number | null);
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    const run = new Run(child, `http://127.0.0.1:${port}`, ended);
    child.stderr?.on('data', (chunk: Buffer) => {
      run.stderr += chunk.toString();
    });
    await run.until(async () => (await fetch(`${run.url}/healthz`)).ok);
    run.startMs = performance.now() - begunAt;
    return run;
  }

  /** Asks until it is so. */
  async until(isSo: () => Promise<boolean>): Promise<void> {
    let ended = false;
    void this.ended.then(() => {
      ended = true;
    });
    while (!(await isSo().catch(() => false))) {
      if (ended) throw new Error(`the process ended: ${this.stderr}`);
      await sleep(LOOK_MS);
    }
  }

  /** Asks so often that more is logged than can wait. */
  async overflow(): Promise<void> {
    while ((await this.log()).dropped <= MANY) await this.ask(100);
  }

  async ask(times: number): Promise<void> {
    const all = `${`${LONG_REQUEST}\r\n`.repeat(times - 1)}${LONG_REQUEST}Connection: close\r\n\r\n`;
    const { status, body } = await sendRaw(this.url, all);
    const statuses = [status, ...[...body.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, digits]) => Number(digits))];
    // A process that the machine does not let run sheds its calls, and logs them all the same.
    expect(statuses.map((one) => (one === 503 ? 404 : one))).toEqual(Array.from({ length: times }, () => 404));
  }

  async log(): Promise<{ status: string; dropped: number }> {
    return ((await (await fetch(`${this.url}/readyz`)).json()) as ReadyBody).details.log;
  }

  /** The exit code, and whether the end took no longer than it does where nothing holds it up. */
  async stop(): Promise<{ code: number | null; isSoon: boolean }> {
    const begun = performance.now();
    this.child.kill('SIGTERM');
    const code = await this.ended;
    return { code, isSoon: performance.now() - begun < STOP_MS + 2 * this.startMs };
  }
}

const opened = (path: string, flags: string | number): number => {
  const fd = openSync(path, flags);
  onTestFinished(() => closeSync(fd));
  return fd;
};

function fifo(): string {
  const path = join(temporaryFolder(), 'log');
  execFileSync('mkfifo', [path]);
  return path;
}

/** Reads whatever there is. */
function drain(fd: number): string {
  const buffer = Buffer.alloc(1024 * 1024);
  let text = '';
  for (;;) {
    try {
      const count = readSync(fd, buffer);
      if (count === 0) return text;
      text += buffer.toString('utf8', 0, count);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return text;
      throw error;
    }
  }
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { level: string; msg: string; dropped?: number });
const notices = (run: Run) => run.stderr.match(/The log cannot be written/g)?.length ?? 0;

describe('the log of the process', () => {
  it('whose reader stalls holds up neither calls nor the stop', async () => {
    const path = fifo();
    opened(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const run = await Run.start(opened(path, 'w'));
    await run.overflow();
    expect((await fetch(`${run.url}/healthz`)).status).toBe(200);
    const log = await run.log();
    expect(log.status).toBe('dropping');
    expect(log.dropped).toBeGreaterThan(MANY);
    expect(notices(run)).toBe(1);
    expect(await run.stop()).toEqual({ code: 0, isSoon: true });
  });

  it('goes on in whole lines when its reader does, and says how many were dropped', async () => {
    const path = fifo();
    const reader = opened(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const run = await Run.start(opened(path, 'w'));
    await run.overflow();
    let text = '';
    await run.until(async () => {
      text += drain(reader);
      return (await run.log()).status === 'ok';
    });
    const { dropped } = await run.log();
    expect(await run.stop()).toEqual({ code: 0, isSoon: true });
    const lines = linesOf(text + drain(reader));
    expect(lines.find(({ msg }) => msg.startsWith('the log can be written again'))).toMatchObject({
      level: 'error',
      dropped,
    });
    expect(lines.filter(({ msg }) => msg === 'answered').length).toBeGreaterThan(100);
    expect(lines.at(-1)).toMatchObject({ msg: 'stopped' });
  });

  it.each([
    ['stderr is told', 'pipe' as const],
    ['stderr is on the same disk', null],
  ])('on a full disk holds up nothing: %s', async (_name, errors) => {
    const full = opened('/dev/full', 'w');
    const run = await Run.start(full, errors ?? full);
    await run.ask(20);
    await run.until(async () => (await run.log()).dropped > 20);
    expect((await run.log()).status).toBe('dropping');
    await run.until(async () => errors === null || run.stderr.includes('The log cannot be written (ENOSPC)'));
    expect(await run.stop()).toEqual({ code: 0, isSoon: true });
    if (errors !== null) expect(notices(run)).toBe(1);
  });

  it('shares a stalled pipe with stderr and holds up nothing', async () => {
    const path = fifo();
    opened(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const pipe = opened(path, 'w');
    const run = await Run.start(pipe, pipe);
    await run.overflow();
    expect((await run.log()).status).toBe('dropping');
    expect(await run.stop()).toEqual({ code: 0, isSoon: true });
  });

  it('whose reader is gone holds up nothing, and another reader gets whole lines', async () => {
    const path = fifo();
    const first = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const run = await Run.start(opened(path, 'w'));
    closeSync(first);
    await run.ask(20);
    await run.until(async () => (await run.log()).status === 'dropping');
    await run.until(async () => run.stderr.includes('The log cannot be written (EPIPE)'));
    const second = opened(path, constants.O_RDONLY | constants.O_NONBLOCK);
    await run.until(async () => (await run.log()).status === 'ok');
    expect(await run.stop()).toEqual({ code: 0, isSoon: true });
    expect(linesOf(drain(second)).map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(['the log can be written again; some lines were dropped', 'stopped']),
    );
  });

  it('goes on in whole lines when a full disk has room again', async () => {
    const path = join(temporaryFolder(), 'log');
    // A limit of the file's size fails in the middle of a line, as a disk does.
    const run = await Run.start(opened(path, 'a'), 'pipe', 'trap "" XFSZ; ulimit -f 16');
    await run.ask(100);
    await run.until(async () => (await run.log()).dropped > 20);
    await run.until(async () => run.stderr.includes('The log cannot be written (EFBIG)'));
    const before = readFileSync(path, 'utf8');
    truncateSync(path);
    await run.until(async () => (await run.log()).status === 'ok');
    expect(await run.stop()).toEqual({ code: 0, isSoon: true });
    const lines = linesOf(before + readFileSync(path, 'utf8'));
    expect(lines.some(({ dropped }) => (dropped ?? 0) > 20)).toBe(true);
    expect(lines.at(-1)).toMatchObject({ msg: 'stopped' });
  });

  it('is whole to its last line in a file', async () => {
    const path = join(temporaryFolder(), 'log');
    const run = await Run.start(opened(path, 'a'));
    await run.ask(20);
    expect(await run.log()).toEqual({ status: 'ok', dropped: 0 });
    expect(await run.stop()).toEqual({ code: 0, isSoon: true });
    const lines = linesOf(readFileSync(path, 'utf8'));
    expect(lines.filter(({ msg }) => msg === 'answered').length).toBeGreaterThan(20);
    expect(lines.at(-1)).toMatchObject({ msg: 'stopped' });
    expect(run.stderr).toBe('');
  });
});

describe('lines of the log', () => {
  it('that come while others are written are gathered, too', async () => {
    const path = join(temporaryFolder(), 'log');
    const output = new LogOutput(opened(path, 'a'), { gatherMs: 60_000 });
    const many = `${'x'.repeat(70_000)}\n`;
    output.write(many);
    output.write('one more\n');
    while (statSync(path).size < many.length) await stat(path);
    // What would be written next is written by then.
    for (let round = 0; round < 20; round++) await stat(path);
    expect(statSync(path).size).toBe(many.length);
    await output.flush(STOP_MS);
    expect(readFileSync(path, 'utf8')).toBe(`${many}one more\n`);
  });
});

describe('a failure that nothing handles', () => {
  it.each([
    { name: 'an exception', fault: 'throw new Error("nobody catches this")', origin: 'uncaughtException' },
    { name: 'a promise', fault: 'Promise.reject(new Error("nobody catches this"))', origin: 'unhandledRejection' },
  ])('ends the process with a line in the log: $name', async ({ fault, origin }) => {
    const script = `process.on("SIGUSR2", () => { ${fault} })`;
    const path = join(temporaryFolder(), 'log');
    const environment = `NODE_OPTIONS="--import data:text/javascript,${encodeURIComponent(script)}"; export NODE_OPTIONS`;
    const run = await Run.start(opened(path, 'a'), 'pipe', environment);
    run.child.kill('SIGUSR2');
    expect(await run.ended).toBe(1);
    expect(linesOf(readFileSync(path, 'utf8')).at(-1)).toMatchObject({
      level: 'fatal',
      origin,
      err: { type: 'Error', message: 'nobody catches this' },
    });
  });
});
