import { setTimeout } from 'node:timers/promises';
import { AppError } from '../errors.ts';

/** What a start waits out: a server that is not there yet, or not ready yet. */
const PASSING = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  // SQLSTATE: starting up, stopping, too many connections.
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);
/** Errors of the driver that have no code. */
const PASSING_WORDS = /timeout|connection terminated/i;

const UNTRUSTED =
  'its certificate was issued by an authority that is not trusted here: add sslrootcert=<file> to the URL, naming a file with the certificate of that authority (PEM)';

/** What to do about failures of TLS, by code. */
const TLS_ADVICE: Record<string, string> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate was issued for another host name: put that name into the URL, or give the server a certificate for this one',
  CERT_HAS_EXPIRED: 'its certificate, or that of its authority, has expired: renew it',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: check the clocks of both machines',
};
const NO_TLS =
  'it does not offer TLS: turn TLS on at the server; only on a network that nobody else can reach, set sslmode=disable';
const TLS_NEEDED = 'it refuses connections without TLS: add sslmode=verify-full to the URL';

/** What to do about a server that refuses a connection, or null where its own words say enough. */
export function adviceFor(error: Error): string | null {
  const code = String((error as { code?: string }).code);
  if (error.message === 'The server does not support SSL connections') return NO_TLS;
  if (code === '28000' && error.message.includes('no encryption')) return TLS_NEEDED;
  return TLS_ADVICE[code] ?? null;
}

/** Whether a server that cannot be reached may be there soon; a wrong password or certificate will not pass. */
function isPassing(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error;
  if (!(cause instanceof Error)) return false;
  const { code, syscall } = cause as { code?: unknown; syscall?: unknown };
  // A Unix socket that is not there yet; anything else that is missing is a file of the operator's.
  if (code === 'ENOENT') return syscall === 'connect';
  if (typeof code === 'string') return PASSING.has(code) || code.startsWith('08');
  return PASSING_WORDS.test(cause.message);
}

export interface Waiting {
  /** How long, in ms, a server that is not ready is waited for. */
  forMs: number;
  /** Told now and then while it is waited for. */
  onWait: (error: unknown, secondsLeft: number) => void;
}

/** How time passes, in ms. */
export interface Time {
  now(): number;
  sleep(ms: number): Promise<unknown>;
}

const REAL_TIME: Time = { now: () => performance.now(), sleep: (ms) => setTimeout(ms) };
const RETRY_MS = 1_000;
const TELL_MS = 5_000;

/** Runs `work`, again and again while the server is not ready. */
export async function whenReady<T>(
  work: () => Promise<T>,
  waiting: Waiting | undefined,
  time: Time = REAL_TIME,
): Promise<T> {
  if (!waiting) return work();
  const until = time.now() + waiting.forMs;
  let tellAt = time.now();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const left = until - time.now();
      if (left <= 0 || !isPassing(error)) throw error;
      if (time.now() >= tellAt) {
        waiting.onWait(error, Math.ceil(left / 1_000));
        tellAt = time.now() + TELL_MS;
      }
      await time.sleep(Math.min(RETRY_MS, left));
    }
  }
}
