import type { Fault } from './faults.ts';
import type { SecondConsent } from './grants.ts';
import type { SandboxApp } from './oauth.ts';
import type { RateLimitRule } from './rate-limit.ts';

export type ExpiredTokenStatus = 401 | 403 | 404;

/** What the issue picker finds by a key or the beginning of one: issues whose key begins so, or nothing. */
export type PickerReading = 'prefix' | 'none';

/**
 * How lists end that do not: `true` gives a page the very cursor that it was asked with, `empty` gives the last page an
 * empty cursor in the place of none.
 */
export type CursorRepetition = boolean | 'empty';

/** How the sandbox behaves where Atlassian behaves now one way and now another. Not fixed: `Controls` changes it. */
export interface Rules {
  accessTokenLifetime: number;
  refreshReuseLeeway: number;
  secondConsent: SecondConsent;
  expiredTokenStatus: ExpiredTokenStatus;
  indexLagSeconds: number;
  picker: PickerReading;
  repeatCursors: CursorRepetition;
  answerAsAnonymous: boolean;
}

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
