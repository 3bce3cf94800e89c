import process from 'node:process';

/** The machine's other work slows this one down, too: what is over its bound counts only if it is so every time. */
const TRIES = 5;

/** Milliseconds of CPU that this process worked since. */
export function cpuMs(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}

/** The CPU that the work takes, in milliseconds: the least of several tries, unless the first is below `bound`. */
export function leastCpuMs(bound: number, work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES && least >= bound; tries++) {
    const began = process.cpuUsage();
    work();
    least = Math.min(least, cpuMs(began));
  }
  return least;
}

/** As `leastCpuMs`, for work that others of this process have a share in, such as the service's end of a request. */
export async function leastCpuMsOf(bound: number, work: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES && least >= bound; tries++) {
    const began = process.cpuUsage();
    await work();
    least = Math.min(least, cpuMs(began));
  }
  return least;
}
