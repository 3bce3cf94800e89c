import type { Fault } from './faults.ts';
import type { SecondConsent } from './grants.ts';
import type { SandboxApp } from './oauth.ts';
import type { RateLimitRule } from './rate-limit.ts';

export type ExpiredTokenStatus = 401 | 403 | 404;

export interface SandboxOptions {
  /** The applications registered in the developer console. */
  apps: readonly SandboxApp[];
  /** Seconds. Default 3600. */
  accessTokenLifetime?: number;
  /** Seconds in which a refresh token that was rotated out still works. Default 600; 0 is strictly single use. */
  refreshReuseLeeway?: number;
  /**
   * What a second consent of a user to the same application does to the refresh token of the first: it is reported
   * both ways. Default `replaces`.
   */
  secondConsent?: SecondConsent;
  /** How the gateway reports an expired access token. Default 401. */
  expiredTokenStatus?: ExpiredTokenStatus;
  /** Seconds in which a created issue is in no search, unless it is reconciled. Default 0. */
  indexLagSeconds?: number;
  /** Epoch milliseconds. Default `Date.now`. */
  clock?: () => number;
  faults?: readonly Fault[];
  /** Default: none. */
  rateLimit?: RateLimitRule;
  /** Folder to keep grants and created items in across restarts. Default: memory only. */
  dataDir?: string;
  /** What links to the sandbox itself begin with. Default: where it listens. */
  publicUrl?: string;
}
