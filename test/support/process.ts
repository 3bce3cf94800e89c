import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * The arguments by which Node runs a built entry.
 * @param entry below `dist`, such as `main.js`
 */
export function argumentsOf(entry: string): string[] {
  return [resolve('dist', entry)];
}

/** A compiled entry of the service, run as a process of its own. */
export class ServiceProcess {
  output = '';
  private readonly child: ChildProcess;
  private readonly exited: Promise<number | null>;

  /** @param entry below `dist`. The environment holds `env` and nothing of ours. */
  constructor(
    entry: string,
    env: Record<string, string>,
    cwd: string,
    /** Takes what must run at the end. Default: the end of the test. */
    atEnd: (cleanup: () => Promise<void>) => void = onTestFinished,
  ) {
    this.child = spawn(process.execPath, argumentsOf(entry), {
      cwd,
      env: { PATH: process.env.PATH ?? '', ...env },
    });
    const collect = (chunk: Buffer) => {
      this.output += chunk.toString();
    };
    this.child.stdout?.on('data', collect);
    this.child.stderr?.on('data', collect);
    // It may end before it has read what is sent to it.
    this.child.stdin?.on('error', () => undefined);
    this.exited = once(this.child, 'exit').then(([code]) => code as number | null);
    atEnd(async () => {
      await this.kill('SIGKILL');
    });
  }

  /** Waits until the output matches, and returns the match. */
  async saw(pattern: RegExp): Promise<RegExpExecArray> {
    let ended = false;
    void this.exited.then(() => {
      ended = true;
    });
    for (;;) {
      const match = pattern.exec(this.output);
      if (match) return match;
      if (ended) throw new Error(`the process ended without ${pattern}:\n${this.output}`);
      await Promise.race([once(this.child.stdout ?? this.child, 'data'), this.exited]);
    }
  }

  /** The address it listens on, from its log. */
  async address(): Promise<string> {
    const [, address = ''] = await this.saw(/"address":"([^"]+)"/);
    return address;
  }

  /** Sends a line to its stdin. */
  send(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it and resolves to its exit code; null when a signal ended it. */
  async kill(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return this.exited;
  }

  exitCode(): Promise<number | null> {
    return this.exited;
  }
}
