/** Runs a command to its exit code. What a person reads goes to stdout, a failure's sentence to stderr. */
export function runCommand(command: () => Promise<number>): void {
  command().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
      process.stderr.write(`${message.includes(cause) ? message : `${message} (${cause})`}\n`);
      process.exitCode = 1;
    },
  );
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Shows how far work is, by what is worked on: on a terminal in one line, elsewhere a line for each tenth. */
export function progress(): (what: string, done: number, total: number) => void {
  const shown = new Map<string, number>();
  return (what, done, total) => {
    const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
    const tenth = Math.floor(percent / 10);
    const line = `${what}: ${done} of ${total} (${percent} %)`;
    if (process.stdout.isTTY) process.stdout.write(`\r${line}${done >= total ? '\n' : ''}`);
    else if (tenth > (shown.get(what) ?? -1)) say(line);
    shown.set(what, tenth);
  };
}
