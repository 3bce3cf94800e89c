import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { PoolOptions, PoolWorker, WorkerRequest } from 'vitest/node';

/** After how many runs the thread is begun anew: what a broken run left behind must not pile up. */
const RUNS_PER_THREAD = 40;

type Listener = (value: unknown) => void;

let thread: Worker | undefined;
let runs = 0;

/**
 * A worker thread that outlives its run. Each mutant is a run of its own, and to load the service anew took longer than
 * most of the tests; which mutant is active, the code asks while it runs.
 */
export class KeptWorker implements PoolWorker {
  readonly name = 'kept';
  readonly #listeners: { event: string; listener: Listener }[] = [];
  readonly #options: PoolOptions;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    if (thread && runs++ < RUNS_PER_THREAD) return;
    await thread?.terminate();
    runs = 0;
    const { distPath, env } = this.#options;
    thread = new Worker(join(distPath, 'workers/threads.js'), {
      env: env as NodeJS.Dict<string>,
      // Not those of the configuration: a thread refuses the options of a process. This is its room for short-lived objects.
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: 128 },
      stdout: true,
      stderr: true,
    });
    // One listener for each run that the thread has seen.
    thread.setMaxListeners(0);
  }

  async stop(): Promise<void> {
    for (const { event, listener } of this.#listeners) thread?.off(event, listener);
    this.#listeners.length = 0;
  }

  send(message: WorkerRequest): void {
    if (message.type !== 'stop') {
      thread?.postMessage(message);
      return;
    }
    const stopped = { type: 'stopped', __vitest_worker_response__: true };
    for (const { event, listener } of [...this.#listeners]) if (event === 'message') listener(stopped);
  }

  on(event: string, listener: Listener): void {
    this.#listeners.push({ event, listener });
    thread?.on(event, listener);
  }

  off(event: string, listener: Listener): void {
    thread?.off(event, listener);
  }

  deserialize(data: unknown): unknown {
    return data;
  }
}
