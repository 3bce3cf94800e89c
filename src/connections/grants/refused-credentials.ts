import type { Clock } from '../../access/caller.ts';
import type { AppError } from '../../errors.ts';
import type { Grant } from '../../stores/store.ts';

/**
 * Seconds for which refused credentials are not tried again. Nothing renews a Personal Access Token or an API token, and
 * repeated failures make Atlassian ask their owner for a CAPTCHA, which locks the account's other uses too. Short, since
 * a Data Center may refuse by mistake while its user directory is away.
 */
const REST_SECONDS = 30;
const MAX_REMEMBERED = 10_000;

/** Which credentials Atlassian has refused lately: credentials that cannot be renewed are not worth another try. */
export class RefusedCredentials {
  private readonly refused = new Map<string, { until: number; error: AppError }>();

  constructor(private readonly clock: Clock) {}

  /** @throws AppError the refusal of a moment ago. */
  check({ id }: Grant): void {
    const refusal = this.refused.get(id);
    if (!refusal) return;
    if (this.clock() < refusal.until) throw refusal.error;
    this.refused.delete(id);
  }

  note({ id, refreshToken }: Grant, error: AppError): void {
    if (refreshToken !== null) return;
    const now = this.clock();
    if (this.refused.size >= MAX_REMEMBERED) {
      for (const [key, { until }] of this.refused) if (until <= now) this.refused.delete(key);
    }
    this.refused.set(id, { until: now + REST_SECONDS, error });
  }
}
