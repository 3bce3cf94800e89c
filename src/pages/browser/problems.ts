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

/** What is wrong with what a person has filled in, by the name of the field. */
const FIELDS: Record<string, (product: string) => string> = {
  base_url: (product) =>
    `${product} was not found at this address, or it is not allowed here. Check it, or ask whoever runs this service.`,
  email: () => 'Enter the e-mail address of the account that the API token belongs to.',
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
    mark(form, SENT_AS[parameter] ?? parameter);
    return words(product);
  }
  const byAtlassian = details.source === 'atlassian';
  switch (code) {
    case 'UNREACHABLE':
      return 'The service is not responding. Check your connection, then try again.';
    case 'UNREADABLE':
      return 'The answer did not come from the service. Try again in a minute.';
    case 'UNAUTHORIZED':
      if (byAtlassian) return 'Atlassian does not accept these credentials. Check them, or connect again.';
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
      return 'Atlassian is having problems right now. Try again later.';
    case 'INTERNAL_ERROR':
      return `Something went wrong in the service. ${ASK_OPERATOR}: request ${requestId ?? 'unknown'}.`;
    default:
      // Atlassian's own words, which are about what was looked for or written.
      return message;
  }
}

/** Shows in which field the mistake is, and leads there. @returns whether the form has such a field. */
function mark(form: HTMLElement | undefined, name: string): boolean {
  const field = form?.querySelector<HTMLElement>(`[name="${name}"]`);
  field?.setAttribute('aria-invalid', 'true');
  field?.focus();
  return field !== null && field !== undefined;
}
