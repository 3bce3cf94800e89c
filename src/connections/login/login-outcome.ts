import { z } from 'zod';
import type { Clock } from '../../access/caller.ts';
import { PROVIDERS } from '../../config.ts';
import type { AppError } from '../../errors.ts';
import { type Sealed, sealedText } from '../../stores/sealed.ts';
import { Signer } from '../signer.ts';

/** How long the page of the connections may tell how a login ended. */
export const OUTCOME_LIFETIME_SECONDS = 300;

/** How a login ended, as a browser carries it to the page of this service that it ended on. */
export interface LoginOutcome {
  provider: (typeof PROVIDERS)[number];
  tenantId: string;
  /** `connected`, or why it is not: the reason that an error gives, else its code. */
  result: string;
  /** The token of the connect link that began it, sealed, which may begin another. */
  linkToken: Sealed | null;
  /** The grant of which the site is still to be chosen, by the browser that consented; null where it is chosen. */
  openGrantId: string | null;
  /** Who began it, sealed, and whether nobody had to show who they are: as the login itself carries them. */
  caller: Sealed | null;
  unauthenticated: boolean;
}

/** How a login ended, with what leads back to its connect link, and who began it, opened. */
export type EndedLogin = Omit<LoginOutcome, 'linkToken' | 'caller'> & {
  linkToken: string | null;
  callerId: string | null;
};

const Payload = z.object({
  provider: z.enum(PROVIDERS),
  tenantId: z.string(),
  result: z.string(),
  linkToken: sealedText.nullable(),
  openGrantId: z.string().nullable(),
  caller: sealedText.nullable(),
  unauthenticated: z.boolean(),
  expiresAt: z.int(),
});

/**
 * Signs how a login ended. It travels in a cookie, so that no link that somebody made can tell of a login that never
 * was.
 */
export class LoginOutcomes {
  private readonly signer: Signer;

  constructor(
    key: Buffer,
    private readonly clock: Clock,
  ) {
    this.signer = new Signer(key);
  }

  issue(outcome: LoginOutcome): string {
    return this.signer.sign({ ...outcome, expiresAt: this.clock() + OUTCOME_LIFETIME_SECONDS });
  }

  /** Null when it was not issued here, or has expired. */
  read(text: string | undefined): LoginOutcome | null {
    // Another version may have signed something else.
    const signed = Payload.safeParse(text === undefined ? null : this.signer.read(text));
    if (!signed.success) return null;
    const { expiresAt, ...outcome } = signed.data;
    return expiresAt > this.clock() ? outcome : null;
  }
}

/** The `result` of a login that ended with `error`, or without one. */
export function resultOf(error: AppError | null): string {
  const reason = error?.details?.reason;
  return error === null ? 'connected' : typeof reason === 'string' ? reason : error.code;
}
