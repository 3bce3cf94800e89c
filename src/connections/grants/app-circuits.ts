import type { Clock } from '../../access/caller.ts';
import type { TokenError } from '../../atlassian/wire/oauth.ts';
import type { Log } from '../../call-context.ts';

/** Seconds between two tries of an OAuth app whose settings Atlassian refuses. */
const PROBE_SECONDS = 30;

interface Circuit {
  error: TokenError;
  /** Epoch seconds. */
  since: number;
  probedAt: number;
}

/**
 * Knows the OAuth apps whose client id or secret Atlassian refuses. That says nothing about any grant, so none is
 * touched and nothing is sent meanwhile but a probe now and then.
 */
export class AppCircuits {
  private readonly open = new Map<string, Circuit>();

  constructor(private readonly clock: Clock) {}

  /**
   * To be asked before an exchange; who is let through while the circuit is open is the probe.
   * @throws AppError with the seconds until the next probe, while the app's settings are known to be refused.
   */
  enter(clientId: string): void {
    const circuit = this.open.get(clientId);
    if (!circuit) return;
    const waitSeconds = circuit.probedAt + PROBE_SECONDS - this.clock();
    // A clock that was set back must not keep the circuit open.
    if (waitSeconds > 0 && waitSeconds <= PROBE_SECONDS) throw circuit.error.toAppError({ retryAfter: waitSeconds });
    circuit.probedAt = this.clock();
  }

  /** The probe sent nothing after all: the next caller may. */
  leave(clientId: string): void {
    const circuit = this.open.get(clientId);
    if (circuit) circuit.probedAt = 0;
  }

  /** Atlassian knew the app: it gave a pair, or refused the refresh token itself. */
  recognised(clientId: string, log: Log): void {
    if (this.open.delete(clientId)) log.info({ client_id: clientId }, 'Atlassian accepts the OAuth app again');
  }

  refused(clientId: string, error: TokenError, log: Log): void {
    const now = this.clock();
    const known = this.open.get(clientId);
    if (!known) {
      log.warn({ client_id: clientId, err: error }, 'Atlassian rejects the OAuth app settings: correct them');
    }
    this.open.set(clientId, { error, since: known?.since ?? now, probedAt: now });
  }

  /** Since when an app's settings are refused, in epoch seconds; null while they are not. */
  refusedSince(clientId: string): number | null {
    return this.open.get(clientId)?.since ?? null;
  }
}
