import { constants } from 'node:os';
import type { Logger } from 'pino';
import type { LogOutput } from './log-output.ts';

/** How long the end of the process waits for its last lines to be written. */
const FLUSH_MS = 1_000;

export interface ProcessLog {
  log: Logger;
  output: Pick<LogOutput, 'flush'>;
}

/**
 * Ends the process at once on SIGTERM or SIGINT while it is still starting: process 1 of a container would ignore them.
 * @returns what ends this.
 */
export function endOnSignal({ log, output }: ProcessLog): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    log.info({ signal }, 'stopped before the start was complete');
    // The way shells report it.
    void end(output, 128 + constants.signals[signal]);
  };
  process.once('SIGTERM', onSignal);
  process.once('SIGINT', onSignal);
  return () => {
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  };
}

/** Stops once on SIGTERM or SIGINT and ends the process; a second signal ends it at once. */
export function runUntilSignal({ log, output }: ProcessLog, stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    stop().then(
      () => {
        log.info('stopped');
        return end(output, 0);
      },
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        return end(output, 1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** Ends the process with a line in the log when something fails that nothing handles, promises included. */
export function endOnUnhandled({ log, output }: ProcessLog): void {
  // Whoever reads a stream of the process may leave; that is no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  let ending = false;
  process.on('uncaughtException', (error, origin) => {
    // What fails while the line is being written changes nothing any more.
    if (ending) return;
    ending = true;
    log.fatal({ err: error, origin }, 'the process is ending because of an unhandled failure');
    void end(output, 1);
  });
}

/** Runs a start. What it has logged is written before its failure goes on: it may say why. */
export async function starting<T>({ output }: Pick<ProcessLog, 'output'>, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    await output.flush(FLUSH_MS);
    throw error;
  }
}

async function end(output: ProcessLog['output'], code: number): Promise<never> {
  await output.flush(FLUSH_MS);
  process.exit(code);
}
