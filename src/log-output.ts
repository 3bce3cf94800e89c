import { closeSync, constants, fstatSync, openSync, write } from 'node:fs';
import { isatty } from 'node:tty';

/** Characters that wait for a slow reader, most of which take a byte. */
const MAX_WAITING = 1024 * 1024;
const CHUNK_CHARACTERS = 64 * 1024;
/** So long lines are gathered, in milliseconds: a write for each of them took 4 % of a search. */
const GATHER_MS = 10;
/** How soon a reader that takes nothing is tried again, in milliseconds. */
const STALLED_MS = 50;
const LINE_END = 10;

interface Chunk {
  bytes: Buffer;
  /** How much of it is written. */
  written: number;
  /** Whether it begins with the rest of a line. */
  isTorn: boolean;
}

/** Whether the log is being written, and how many of its lines were dropped since the start. */
export interface LogState {
  status: 'ok' | 'dropping';
  dropped: number;
}

export interface LogOutputOptions {
  /** How long lines are gathered before they are written. */
  gatherMs?: number;
  /** In characters. */
  maxWaiting?: number;
  /** Told when lines begin to be dropped; `problem` is the code of the system's error, or null where the reader stalls. */
  failing?: (problem: string | null) => void;
  /** Told when all that waited is written again; `dropped` is how many lines were not. */
  resumed?: (dropped: number) => void;
}

/**
 * Writes lines to a file descriptor and never holds up the process: what cannot be written, because the disk is full, the
 * reader is gone, or it stalls while `maxWaiting` wait already, is dropped and counted. Lines are whole or not there.
 */
export class LogOutput {
  private readonly fd: number;
  private waiting: string[] = [];
  /** Of all lines that wait. */
  private waitingCharacters = 0;
  /** What is being written. */
  private chunk: Chunk | null = null;
  /** The rest of a line whose beginning was written before a failure. */
  private rest: Buffer = Buffer.alloc(0);
  private outage: { dropped: number } | null = null;
  private dropped = 0;
  private idle: (() => void)[] = [];
  private gathering: NodeJS.Timeout | null = null;
  private readonly gatherMs: number;

  constructor(
    fd: number,
    private readonly options: LogOutputOptions = {},
  ) {
    this.fd = nonBlocking(fd);
    this.gatherMs = options.gatherMs ?? GATHER_MS;
  }

  get state(): LogState {
    return { status: this.outage ? 'dropping' : 'ok', dropped: this.dropped };
  }

  write(line: string): void {
    if (this.waitingCharacters + line.length > (this.options.maxWaiting ?? MAX_WAITING)) {
      this.drop(1, null);
      return;
    }
    this.waiting.push(line);
    this.waitingCharacters += line.length;
    if (this.gatherMs === 0 || this.waitingCharacters >= CHUNK_CHARACTERS) this.next();
    else this.gathering ??= setTimeout(() => this.next(), this.gatherMs);
  }

  /** Resolves when everything is written, or after `ms`. */
  async flush(ms: number): Promise<void> {
    this.next();
    if (this.chunk === null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private next(): void {
    if (this.gathering !== null) clearTimeout(this.gathering);
    this.gathering = null;
    if (this.chunk !== null) return;
    let [count, size] = [0, 0];
    while (count < this.waiting.length && size < CHUNK_CHARACTERS) size += this.waiting[count++]?.length ?? 0;
    if (count === 0) {
      for (const resolve of this.idle.splice(0)) resolve();
      return;
    }
    this.waitingCharacters -= size;
    const lines = Buffer.from(this.waiting.splice(0, count).join(''));
    this.chunk = { bytes: Buffer.concat([this.rest, lines]), written: 0, isTorn: this.rest.length > 0 };
    this.rest = Buffer.alloc(0);
    this.send();
  }

  private send(): void {
    const { chunk } = this;
    if (chunk === null) return;
    write(this.fd, chunk.bytes, chunk.written, (error, written) => {
      if (error?.code === 'EAGAIN' || error?.code === 'EINTR') {
        setTimeout(() => this.send(), STALLED_MS).unref();
        return;
      }
      if (error) {
        this.fail(error.code ?? error.name, chunk);
        return;
      }
      chunk.written += written;
      if (chunk.written < chunk.bytes.length) {
        this.send();
        return;
      }
      this.chunk = null;
      if (this.outage && this.waiting.length === 0) {
        const { dropped } = this.outage;
        this.outage = null;
        this.options.resumed?.(dropped);
      }
      // Lines that came meanwhile are gathered, too, unless somebody waits for the last of them.
      if (this.gathering === null || this.waitingCharacters >= CHUNK_CHARACTERS || this.idle.length > 0) this.next();
    });
  }

  /** Drops all that waits; the next line is the next try. */
  private fail(problem: string, { bytes, written, isTorn }: Chunk): void {
    const isInLine = written === 0 ? isTorn : bytes[written - 1] !== LINE_END;
    const lineEnd = isInLine ? bytes.indexOf(LINE_END, written) + 1 : written;
    this.rest = Buffer.from(bytes.subarray(written, lineEnd));
    const lost = bytes.subarray(lineEnd).reduce((count, byte) => count + (byte === LINE_END ? 1 : 0), 0);
    const dropped = lost + this.waiting.length;
    this.waiting = [];
    this.waitingCharacters = 0;
    this.chunk = null;
    this.drop(dropped, problem);
    this.next();
  }

  private drop(lines: number, problem: string | null): void {
    const begins = this.outage === null;
    this.outage ??= { dropped: 0 };
    this.outage.dropped += lines;
    this.dropped += lines;
    if (begins) this.options.failing?.(problem);
  }
}

/**
 * A descriptor for the same output that answers EAGAIN where a write would have to wait. A write that waits would occupy
 * one of the few threads that name look-ups need too, and the end of the process waits for every thread.
 */
function nonBlocking(fd: number): number {
  const output = fstatSync(fd);
  if (output.isFIFO() || isatty(fd)) {
    // Opened anew where the system can (Linux), since the flag of `fd` itself is shared with other processes.
    try {
      const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
      const own = openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
      const opened = fstatSync(own);
      if (opened.ino === output.ino && opened.dev === output.dev) return own;
      closeSync(own);
    } catch {
      // The reader is gone, or the output belongs to another user: the way below is left.
    }
  }
  // Node sets the flag on pipes and sockets when it makes their streams.
  if (fd <= 2 && (output.isFIFO() || output.isSocket())) void (fd === 1 ? process.stdout : process.stderr);
  return fd;
}
