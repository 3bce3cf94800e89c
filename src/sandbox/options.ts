import type { Fault } from './doors/faults.ts';
import type { RateLimitRule } from './doors/rate-limit.ts';
import type { CursorRepetition } from './http/cursors.ts';
import type { SandboxApp } from './login/oauth.ts';
import type { ExpiredTokenStatus, PickerReading, SecondConsent } from './world/rules.ts';

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
  /** Default `prefix`. */
  picker?: PickerReading;
  /** Default false. */
  repeatCursors?: CursorRepetition;
  /**
   * Whether a call with a revoked API token or personal access token is answered as to an anonymous user, with what is
   * public, where the operation can be accessed anonymously. Default false: 401.
   */
  answerAsAnonymous?: boolean;
  /** Epoch milliseconds. Default `Date.now`. */
  clock?: () => number;
  faults?: readonly Fault[];
  /** Default: none. */
  rateLimit?: RateLimitRule;
  /** Folder to keep grants and created items in across restarts. Default: memory only. */
  dataDir?: string;
  /** What links to the sandbox itself begin with. Default: where it listens. */
  publicUrl?: string;
  /**
   * Whether the authorization server, the sign-in, the API and the sites are origins of their own, as Atlassian's are: a
   * browser then comes to the consent page from one over the others. Default false: one origin serves everything.
   */
  separateOrigins?: boolean;
}
