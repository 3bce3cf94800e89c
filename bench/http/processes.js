// The processes of the benchmark: each is started once, tells what it uses, and ends with this one.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const METER = `data:text/javascript,import ${JSON.stringify(new URL('meter.js', import.meta.url).href)}`;
const START_MS = 30_000;

const started = new Set();

function start(path, { args = [], ...options } = {}) {
  const child = fork(here(path), args, { execArgv: ['--import', METER], ...options });
  started.add(child);
  child.once('exit', () => started.delete(child));
  return child;
}

export async function startServer(name, ...args) {
  const child = start(`${name}.js`, { args });
  const [{ port }] = await once(child, 'message');
  return { child, origin: `http://127.0.0.1:${port}` };
}

/** Starts the service; `readyMs` is the time from its start to the first answer of `/healthz`. */
export async function startService({ env, cwd, log }) {
  const out = openSync(log, 'w');
  const began = performance.now();
  const child = start('../../dist/main.js', {
    env: { PATH: process.env.PATH, ...env },
    cwd,
    stdio: ['ignore', out, out, 'ipc'],
  });
  for (;;) {
    const address = /"address":"([^"]+)"/.exec(readFileSync(log, 'utf8'))?.[1];
    if (address && (await fetch(`${address}/healthz`)).ok)
      return { child, origin: address, readyMs: performance.now() - began };
    if (child.exitCode !== null || performance.now() - began > START_MS) {
      throw new Error(`the service did not start: ${readFileSync(log, 'utf8').slice(-1_000)}`);
    }
    await setTimeout(2);
  }
}

/** What a process has used so far: CPU in µs, its peak of memory in kB. */
export async function meterOf({ child }) {
  child.send('meter');
  const [used] = await once(child, 'message');
  return used;
}

/** What a process does while `work` is done, as V8's samples of it. */
export async function profileOf({ child }, work) {
  child.send('profile');
  await once(child, 'message');
  await work();
  child.send('profiled');
  const [profile] = await once(child, 'message');
  return profile;
}

export async function ask({ child }, message) {
  child.send(message);
  const [answer] = await once(child, 'message');
  return answer;
}

export async function stop({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}

/** Ends what is still running, whatever happened. */
export function stopAll() {
  for (const child of started) child.kill('SIGKILL');
}
