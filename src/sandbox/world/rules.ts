import type { CursorRepetition } from '../http/cursors.ts';

/** What a second consent does to the refresh token of the first. */
export type SecondConsent = 'replaces' | 'keeps';

export type ExpiredTokenStatus = 401 | 403 | 404;

/** What the issue picker finds by a key or the beginning of one: issues whose key begins so, or nothing. */
export type PickerReading = 'prefix' | 'none';

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
