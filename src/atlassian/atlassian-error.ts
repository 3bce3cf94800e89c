import { AppError } from '../errors.ts';

/**
 * What kept an upstream call from being answered well. Of the last two nothing was sent: the host is none that
 * credentials may go to, or its name leads to an address that is not public.
 */
export type FailureKind =
  | 'answer'
  | 'unreadable'
  | 'too_large'
  | 'timeout'
  | 'network'
  | 'aborted'
  | 'forbidden_host'
  | 'forbidden_address';

export interface AtlassianFailure {
  kind: FailureKind;
  /** The HTTP status, when one arrived. */
  status?: number;
  /** Atlassian's own words, safe to pass on. */
  messages?: string[];
  /** The parsed error body, safe to pass on. Never that of the token endpoint. */
  upstream?: unknown;
  /** Seconds, from `Retry-After`. */
  retryAfter?: number;
  /** The header `RateLimit-Reason`. */
  reason?: string;
  /** The OAuth scope that the operation needs. */
  scope?: string;
  /** False for a call that changes something: what it asked for may have been done all the same. Default true. */
  safe?: boolean;
  cause?: unknown;
}

const RETRY_AFTER_FALLBACK_SECONDS = 10;

/** A failed call to Atlassian, with its evidence. */
export class AtlassianError extends Error {
  override readonly name = 'AtlassianError';
  readonly kind: FailureKind;
  readonly status: number | undefined;
  readonly messages: string[];
  readonly upstream: unknown;
  readonly retryAfter: number | undefined;
  readonly reason: string | undefined;
  readonly scope: string | undefined;
  readonly safe: boolean;

  constructor(
    /** The call, as `GET /rest/api/3/myself`: no host, no query. */
    readonly call: string,
    failure: AtlassianFailure,
  ) {
    super(`${call}: ${failure.status ?? failure.kind}`, { cause: failure.cause });
    this.kind = failure.kind;
    this.status = failure.status;
    this.messages = failure.messages ?? [];
    this.upstream = failure.upstream;
    this.retryAfter = failure.retryAfter;
    this.reason = failure.reason;
    this.scope = failure.scope;
    this.safe = failure.safe ?? true;
  }

  /**
   * A scope that the token lacks comes as 401 with these words, naming no scope; refreshing cannot help
   * (3LO gateway, measured).
   */
  get isScopeMismatch(): boolean {
    return this.status === 401 && this.messages.some((message) => /scope does not match/i.test(message));
  }

  /** Whether another URL was named instead of an answer. It is not followed: credentials go where they were meant for. */
  get isRedirect(): boolean {
    return this.status !== undefined && this.status >= 300 && this.status < 400;
  }

  /** Whether the gateway answered, not the product behind it: its errors are `{code, message}`. */
  get isFromGateway(): boolean {
    return typeof (this.upstream as { code?: unknown } | null | undefined)?.code === 'number';
  }

  /** Whether the product itself says that there is no such thing, or none that the user may see. */
  get isMissing(): boolean {
    return this.status === 404 && !this.isFromGateway;
  }

  /**
   * The public error this becomes once refreshing and repeating are through.
   * @param granted the scopes of the grant, by which a missing one can be named: Atlassian does not name it. Null for
   *   an API token, which does not tell its scopes: then the operation's documented one is named.
   */
  toAppError(granted?: string[] | null): AppError {
    const words = this.messages.join(' ');
    const details = {
      source: 'atlassian',
      ...(this.status === undefined ? {} : { upstream_status: this.status }),
      ...(this.upstream === undefined ? {} : { upstream: this.upstream }),
    };
    const error = (code: AppError['code'], message: string, more: { status?: number; retryAfter?: number } = {}) =>
      new AppError(code, message, { details, cause: this, ...more });

    if (this.kind === 'forbidden_host') {
      return new AppError(
        'FORBIDDEN',
        "This service does not send to the site's host any more: its operator has to list the origin in ALLOWED_BASE_URLS.",
        { details: { source: 'service', reason: 'host_not_allowed' }, cause: this },
      );
    }
    if (this.kind === 'forbidden_address') {
      return new AppError(
        'VENDOR_ERROR',
        "The site's host name leads to an address that is not public, so nothing was sent: where that is meant, the operator lists the origin in ALLOWED_BASE_URLS.",
        { details: { source: 'service', reason: 'address_not_allowed' }, cause: this },
      );
    }
    if (this.kind === 'timeout') return error('VENDOR_ERROR', 'Atlassian did not answer in time.', { status: 504 });
    if (this.kind === 'network') return error('VENDOR_ERROR', 'Atlassian could not be reached, or hung up.');
    if (this.kind === 'aborted') return error('VENDOR_ERROR', 'The caller left before Atlassian answered.');
    if (this.kind === 'too_large') return error('VENDOR_ERROR', 'Atlassian sent more than this service reads.');
    if (this.kind === 'unreadable') return error('VENDOR_ERROR', 'Atlassian sent an answer that cannot be read.');
    if (this.isScopeMismatch) {
      const named = this.scope !== undefined && granted !== undefined && !granted?.includes(this.scope);
      const missing = named ? this.scope : null;
      return new AppError(
        'FORBIDDEN',
        'The connection lacks an OAuth scope that this call needs: connect again to grant it.',
        {
          details: { ...details, ...(missing === null ? {} : { missing_scope: missing }) },
          cause: this,
        },
      );
    }
    if (this.isRedirect) {
      return error(
        'VENDOR_ERROR',
        'A redirect came instead of an answer, and is not followed: base_url must be the URL that the REST API is below.',
      );
    }
    switch (this.status) {
      case 400:
      case 413:
      case 414:
      case 422:
      case 431:
        return error(
          'VALIDATION',
          words ? `Atlassian refused the request: ${words}` : 'Atlassian refused the request.',
        );
      case 401:
        return error('UNAUTHORIZED', 'Atlassian refuses the stored credentials: connect again.');
      case 403:
        return error('FORBIDDEN', words ? `Atlassian forbids this: ${words}` : 'Atlassian forbids this.');
      case 404:
        return error('NOT_FOUND', words ? `Atlassian did not find it: ${words}` : 'Atlassian did not find it.');
      case 409:
        return error('CONFLICT', words ? `Atlassian reports a conflict: ${words}` : 'Atlassian reports a conflict.');
      case 429:
        return new AppError('RATE_LIMITED', "Atlassian's rate limit is reached.", {
          retryAfter: this.retryAfter ?? RETRY_AFTER_FALLBACK_SECONDS,
          details: { ...details, ...(this.reason === undefined ? {} : { reason: this.reason }) },
          cause: this,
        });
      case 410:
        return error('VENDOR_ERROR', 'Atlassian has removed the operation this call relies on.');
      default:
        return error(
          'VENDOR_ERROR',
          `Atlassian failed with status ${this.status ?? 'unknown'}.`,
          this.retryAfter === undefined ? {} : { retryAfter: this.retryAfter },
        );
    }
  }
}

const MAX_UPSTREAM_CHARACTERS = 4_000;

/**
 * Atlassian's words in an error body, in any of its products' shapes: Jira `{errorMessages, errors}`, Confluence v2
 * `{errors:[{title, detail}]}`, Confluence v1 and the gateway `{message}`.
 */
export function readErrorBody(body: unknown): { messages: string[]; upstream?: unknown } {
  if (typeof body !== 'object' || body === null) return { messages: [] };
  const { errorMessages, errors, message } = body as Record<string, unknown>;
  const messages: string[] = [];
  if (typeof message === 'string') messages.push(message);
  if (Array.isArray(errorMessages)) messages.push(...errorMessages.filter((entry) => typeof entry === 'string'));
  if (Array.isArray(errors)) {
    for (const entry of errors) {
      if (typeof entry === 'string') messages.push(entry);
      const { title, detail, message } = (entry ?? {}) as Record<string, unknown>;
      messages.push(...[title, detail, message].filter((part) => typeof part === 'string'));
    }
  } else if (typeof errors === 'object' && errors !== null) {
    for (const [field, problem] of Object.entries(errors))
      if (typeof problem === 'string') messages.push(`${field}: ${problem}`);
  }
  const small = JSON.stringify(body).length <= MAX_UPSTREAM_CHARACTERS;
  return { messages: messages.map((text) => text.slice(0, 1_000)).slice(0, 20), ...(small ? { upstream: body } : {}) };
}
