import { ERROR_STATUS } from '../errors.ts';

/** What the page of the connections says of the login that led to it. */
export interface Notice {
  /** `declined`: a decision, and no error. */
  kind: 'connected' | 'declined' | 'failed';
  text: string;
  /** Whether the same login may well succeed if it is begun again. */
  again: boolean;
}

const ASK_OPERATOR = 'If it keeps happening, tell whoever runs this service.';

const DECLINED = 'You did not allow access. Nothing was connected.';
const DECLINES = ['access_denied', 'FORBIDDEN'];

/** Why nothing was connected, by the reason of the error, else by its code. */
const FAILURES: Record<string, (product: string) => string> = {
  access_denied: () => DECLINED,
  no_site: (product) =>
    `Your Atlassian account has no access to a site with ${product}. Nothing was connected. Sign in to Atlassian with another account, or ask for access to ${product}.`,
  site_not_granted: (product) =>
    `${product} cannot be used yet, because you did not allow access to the site used here. Connect again and choose that site.`,
  key_ended: () =>
    'The invitation that started this login is no longer valid. Nothing was connected. Ask for a new one.',
  open_mode_ended: () => 'This service now accepts invitations only. Nothing was connected. Ask for one.',
  FORBIDDEN: () => DECLINED,
  NOT_FOUND: () => 'The link that started this login has expired or has already been used. Ask for a new one.',
  VALIDATION: () => 'Atlassian no longer accepts this login. Nothing was connected. Start again.',
  RATE_LIMITED: () => 'Atlassian is busy. Nothing was connected. Wait a minute, then try again.',
  VENDOR_ERROR: () => `Atlassian could not complete the login. Nothing was connected. ${ASK_OPERATOR}`,
};
const FAILED = `The login could not be completed. Nothing was connected. ${ASK_OPERATOR}`;
/** Where the same person cannot mend it by trying again. */
const FINAL = ['key_ended', 'open_mode_ended', 'NOT_FOUND'];

/** @param product as people call it */
export function connectedNotice(product: string): Notice {
  return { kind: 'connected', text: `${product} is connected.`, again: false };
}

/** Of a connection that came to its end while somebody had the page open. */
export function endedNotice(product: string, isBroken: boolean): Notice {
  const text = isBroken ? `The connection to ${product} no longer works.` : `${product} has just been disconnected.`;
  return { kind: 'failed', text, again: false };
}

/** One of our own sentences; null for a result that none of our errors has. */
export function failureNotice(result: string, product: string): Notice | null {
  if (!Object.hasOwn(FAILURES, result) && !Object.hasOwn(ERROR_STATUS, result)) return null;
  const words = Object.hasOwn(FAILURES, result) ? FAILURES[result] : undefined;
  const kind = DECLINES.includes(result) ? 'declined' : 'failed';
  return { kind, text: words?.(product) ?? FAILED, again: !FINAL.includes(result) };
}
