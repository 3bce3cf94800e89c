import type { Grant } from '../../stores/store.ts';

/** Seconds before its expiry at which an access token is renewed. */
const REFRESH_MARGIN_SECONDS = 120;

/**
 * Whether an access token is near enough to its end to be renewed: by the margin, or by half its life where that is less.
 * @param expiresAt of the token, in epoch seconds, as `now`
 */
export function isRefreshDue({ refreshedAt }: Grant, expiresAt: number, now: number): boolean {
  return now >= expiresAt - Math.min(REFRESH_MARGIN_SECONDS, (expiresAt - refreshedAt) / 2);
}

/** How long the parts of a refresh may take, all in milliseconds. */
export interface RefreshTimings {
  /** The token endpoint's share of a call, replays included. Runs on when the caller has left: it may hold the only pair. */
  tokenCallMs: number;
  /** After this the first send of a refresh token counts as lost, so that time remains for a replay. */
  firstSendMs: number;
  /** Longer than `tokenCallMs`: who still waits for an answer is not overtaken. */
  leaseMs: number;
  /** Before the first repeat in a call; doubles with every further one. */
  repeatWaitMs: number;
}

export const REFRESH_TIMINGS: RefreshTimings = {
  tokenCallMs: 10_000,
  firstSendMs: 6_000,
  leaseMs: 12_500,
  repeatWaitMs: 100,
};
