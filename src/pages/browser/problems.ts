import { IntegrationError, type IntegrationErrorCode, type Tool } from '../../client/index.ts';
import { WHO_MAY } from '../card.ts';

/** Where something failed. */
export interface Place {
  /** What people call the product. */
  product?: string;
  /** Where the fields are that a person has filled in: the one that is wrong is marked. */
  form?: HTMLElement;
  /** Whether it may have been done although it is not known: then nobody is told to send it again. */
  creates?: boolean;
  /** What was to be done, after "to". */
  deed?: string;
}

/** The fields of forms that are called otherwise than what they are sent as. */
const SENT_AS: Record<string, string> = { 'x-tenant-id': 'tenant' };

interface Mistake {
  product: string;
  /** Why the service refused it, or nothing. */
  reason: string;
  isFilled: boolean;
}

/** What is wrong with the address of a site, by the reason that the service gives. */
const ADDRESSES: Record<string, (product: string) => string> = {
  host_not_allowed: () => 'This service may not connect to this address. Check it, or ask whoever runs this service.',
  product_not_found: (product) =>
    `${product} was not found at this address. Enter the address of the site, not that of a page in it.`,
  version_too_old: (product) => `The ${product} at this address is too old to be connected with a token.`,
};

/** What is wrong with what a person has filled in, by the name of the field. */
const FIELDS: Record<string, (what: Mistake) => string> = {
  base_url: ({ product, reason }) =>
    (Object.hasOwn(ADDRESSES, reason) && ADDRESSES[reason]?.(product)) ||
    'This address cannot be used here. Check that it is the address of a site, as in the example.',
  email: ({ isFilled }) =>
    isFilled
      ? 'A Data Center was found at this address. Its tokens are used without an e-mail address: leave this field empty.'
      : 'Enter the e-mail address of the account that the API token belongs to.',
  pat: () => 'This does not look like a token. Copy it again.',
  'x-tenant-id': () => 'This is not the name of a tenant.',
};

const ASK_OPERATOR = 'If it keeps happening, tell whoever runs this service';

/** Whether the connection itself has come to its end. */
export function isLost(error: unknown): boolean {
  return error instanceof IntegrationError && ['TOKEN_EXPIRED', 'NOT_CONNECTED'].includes(error.code);
}

/** Why a tool need not be offered, as its call would end; null where it may be called. */
export function refusalOf({ unavailable }: Tool, place: Place): string | null {
  if (unavailable === null) return null;
  const { code, message, details } = unavailable;
  return problemOf(new IntegrationError(code as IntegrationErrorCode, message, { details }), place);
}

/** What a person is told of a failure: what happened, and what to do. */
export function problemOf(error: unknown, { product = 'Atlassian', form, creates = false, deed }: Place = {}): string {
  if (!(error instanceof IntegrationError)) return 'Something went wrong on this page. Reload it.';
  const { code, status, details, message, retryAfter, requestId } = error;
  if (creates && (status === null || status >= 500)) {
    return `It may or may not have been created. Look for it in ${product} before you try again.`;
  }
  const parameter = String(details.parameter ?? '').replace(/^args\./, '');
  const words = Object.hasOwn(FIELDS, parameter) ? FIELDS[parameter] : undefined;
  if (code === 'VALIDATION' && words) {
    const field = mark(form, SENT_AS[parameter] ?? parameter);
    return words({ product, reason: String(details.reason ?? ''), isFilled: Boolean(field?.value) });
  }
  const byAtlassian = details.source === 'atlassian';
  switch (code) {
    case 'UNREACHABLE':
      return 'The service is not responding. Check your connection, then try again.';
    case 'UNREADABLE':
      return 'The answer did not come from the service. Try again in a minute.';
    case 'UNAUTHORIZED':
      if (byAtlassian) {
        return mark(form, 'pat')
          ? `${product} does not accept this token. Check it, its site and the e-mail address that goes with it.`
          : 'Atlassian does not accept these credentials. Check them, or connect again.';
      }
      return mark(form, 'key')
        ? 'This key is not valid. Check it and try again.'
        : 'This needs a valid key. Reload the page to enter one.';
    case 'FORBIDDEN':
      if (details.missing_scope !== undefined) {
        return `This connection was not given the right to ${deed ?? 'do this'}. Ask whoever runs this service.`;
      }
      if (details.reason === 'other_tenant' && mark(form, 'tenant')) {
        return 'This key is for another tenant. Enter that one, or leave the field empty.';
      }
      if (byAtlassian && mark(form, 'pat')) {
        return `${product} does not let this token in. It may lack a scope, or ${product} wants its owner to log in there in a browser first.`;
      }
      if (byAtlassian) return `${product} does not allow this for the account that is connected.`;
      return details.role === undefined
        ? `The rules of this tenant do not allow ${deed ? `you to ${deed}` : 'this'}. Ask whoever runs this service.`
        : `This key may not do that. ${WHO_MAY}.`;
    case 'TOKEN_EXPIRED':
      return 'This connection no longer works. Reconnect above.';
    case 'NOT_CONNECTED':
      return `${product} is no longer connected. Connect it above.`;
    case 'CONFLICT':
      return 'Someone else changed this at the same time. Try again.';
    case 'RATE_LIMITED':
      return `Too many requests. Wait ${retryAfter ?? 60} seconds, then try again.`;
    case 'VENDOR_ERROR':
      return form?.querySelector('[name=pat]') && mark(form, 'base_url')
        ? 'No usable answer came from this address. Check it, or try again later.'
        : 'Atlassian is having problems right now. Try again later.';
    case 'INTERNAL_ERROR':
      return `Something went wrong in the service. ${ASK_OPERATOR}: request ${requestId ?? 'unknown'}.`;
    default:
      // Atlassian's own words, which are about what was looked for or written.
      return message;
  }
}

/** Shows in which field the mistake is, and leads there. @returns null where the form has no such field. */
function mark(form: HTMLElement | undefined, name: string): HTMLInputElement | null {
  const field = form?.querySelector<HTMLInputElement>(`[name="${name}"]`) ?? null;
  field?.setAttribute('aria-invalid', 'true');
  field?.focus();
  return field;
}
