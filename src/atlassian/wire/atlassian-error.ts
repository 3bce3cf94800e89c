import { AppError } from '../../errors.ts';
import type { ErrorWords } from './read-error-body.ts';

/**
 * What kept an upstream call from being answered well. `proxy`: the operator's own proxy refused it or is away.
 * `elsewhere`: a redirect came in the place of a file. Of the
 * last three nothing was sent: the grant does not cover the call, the host is none that credentials may go to, or its name
 * leads to an address that is not public.
 */
export type FailureKind =
  | 'answer'
  | 'unreadable'
  | 'empty'
  | 'too_large'
  | 'elsewhere'
  | 'timeout'
  | 'network'
  | 'proxy'
  | 'aborted'
  | 'scope'
  | 'forbidden_host'
  | 'forbidden_address';

export interface AtlassianFailure {
  kind: FailureKind;
  /** The HTTP status, when one arrived. */
  status?: number | undefined;
  /** Atlassian's own words, safe to pass on. */
  messages?: string[];
  /** The parsed error body, safe to pass on. Never that of the token endpoint. */
  upstream?: unknown;
  /** The title of a web page that came instead of JSON, empty without one. */
  page?: string;
  /** Who wrote the error. Default: nobody who speaks JSON. */
  sender?: ErrorWords['sender'];
  /** What to tell the user when the product does not find something. */
  ifMissing?: string | undefined;
  /** Set when the user has to solve a CAPTCHA first; where, or null when that is not told. */
  captcha?: { loginUrl: string | null };
  /** Seconds, from `Retry-After`. */
  retryAfter?: number | undefined;
  /** The header `RateLimit-Reason`. */
  reason?: string;
  /** The OAuth scope that the operation needs. */
  scope?: string | undefined;
  /** False for a call that changes something and was sent, or may have been. Default true. */
  safe?: boolean;
  cause?: unknown;
}

const RETRY_AFTER_FALLBACK_SECONDS = 10;
/** What the system or undici calls a connection that never came about: nothing was sent. */
const NO_CONNECTION = new Set<string | null>([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

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
  readonly page: string | undefined;
  private readonly sender: ErrorWords['sender'] | undefined;
  private readonly ifMissing: string | undefined;
  private readonly captcha: AtlassianFailure['captcha'];

  constructor(
    /** The call, as `GET /rest/api/3/myself`: no host, no query. */
    readonly call: string,
    failure: AtlassianFailure,
  ) {
    const code = codeOf(failure.cause);
    super(`${call}: ${failure.status ?? failure.kind}${code === null ? '' : ` (${code})`}`, { cause: failure.cause });
    this.kind = failure.kind;
    this.status = failure.status;
    this.messages = failure.messages ?? [];
    this.upstream = failure.upstream;
    this.retryAfter = failure.retryAfter;
    this.reason = failure.reason;
    this.scope = failure.scope;
    this.safe = failure.safe ?? true;
    this.page = failure.page;
    this.sender = failure.sender;
    this.ifMissing = failure.ifMissing;
    this.captcha = failure.captcha;
  }

  /**
   * A scope that the token lacks comes as 401 with these words, naming no scope; refreshing cannot help
   * (3LO gateway, measured).
   */
  get isScopeMismatch(): boolean {
    if (this.kind === 'scope') return true;
    return this.status === 401 && this.messages.some((message) => /scope does not match/i.test(message));
  }

  /** Whether another URL was named instead of an answer. It is not followed: credentials go where they were meant for. */
  get isRedirect(): boolean {
    const { status = 0 } = this;
    return status >= 300 && status < 400;
  }

  /** Whether Atlassian has taken the operation away, for good. */
  get isGone(): boolean {
    return this.status === 410;
  }

  /**
   * Whether the product itself says that there is no such thing, or none that the user may see. The gateway's 404 is about
   * the site, and a web page's ("dead link", "site unavailable") about an address.
   */
  get isMissing(): boolean {
    return this.status === 404 && this.sender === 'product';
  }

  /**
   * Whether the call may have changed something although it failed: it was sent, and nothing says that it was refused. A
   * 408 tells of a server that gave up waiting, which says nothing of what it did before.
   */
  get mayHaveChanged(): boolean {
    const { kind, status = 0 } = this;
    if (this.safe || this.isRedirect || NO_CONNECTION.has(codeOf(this.cause))) return false;
    if (kind === 'proxy' || kind === 'forbidden_host' || kind === 'forbidden_address') return false;
    return kind !== 'answer' || status === 408 || status < 400 || status >= 500;
  }

  /**
   * Whether the user has to solve a CAPTCHA at a login in the browser: until then no credentials help (Atlassian, "Basic
   * auth for REST APIs", CAPTCHA).
   */
  get isCaptcha(): boolean {
    return this.captcha !== undefined;
  }

  /**
   * The public error this becomes once refreshing and repeating are through.
   * @param granted the scopes of the grant, by which a missing one can be named: Atlassian does not name it. Null for
   *   an API token, which does not tell its scopes: then the operation's documented one is named.
   */
  toAppError(granted?: string[] | null): AppError {
    const words = shortened(this.messages.join(' '));
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
        "This service no longer sends requests to the site's host: its operator must add the origin to ALLOWED_BASE_URLS.",
        { details: { source: 'service', reason: 'host_not_allowed' }, cause: this },
      );
    }
    if (this.kind === 'forbidden_address') {
      return new AppError(
        'VENDOR_ERROR',
        "The site's host name resolves to an address that is not public, so nothing was sent. If that is intended, the operator must add the origin to ALLOWED_BASE_URLS.",
        { details: { source: 'service', reason: 'address_not_allowed' }, cause: this },
      );
    }
    if (this.kind === 'timeout') {
      return error('VENDOR_ERROR', `Atlassian did not answer in time.${this.doneWords()}`, { status: 504 });
    }
    if (this.kind === 'network') {
      return error('VENDOR_ERROR', `Atlassian could not be reached or closed the connection.${this.doneWords()}`);
    }
    if (this.kind === 'proxy' || this.status === 407) return error('VENDOR_ERROR', this.proxyWords());
    if (this.kind === 'aborted') {
      return error('VENDOR_ERROR', `The caller disconnected before Atlassian answered.${this.doneWords()}`);
    }
    if (this.kind === 'too_large') {
      return error('VENDOR_ERROR', `Atlassian sent a larger answer than this service accepts.${this.doneWords()}`);
    }
    if (this.kind === 'unreadable') return error('VENDOR_ERROR', this.unreadableWords() + this.doneWords());
    if (this.kind === 'empty') {
      return error('VENDOR_ERROR', `Atlassian sent an unexpectedly empty answer.${this.doneWords()}`);
    }
    if (this.isScopeMismatch) {
      const named = this.scope !== undefined && granted !== undefined && !granted?.includes(this.scope);
      const missing = named ? this.scope : null;
      return new AppError(
        'FORBIDDEN',
        'The connection lacks an OAuth scope that this call needs. Reconnect to grant it.',
        {
          details: { ...details, ...(missing === null ? {} : { missing_scope: missing }) },
          cause: this,
        },
      );
    }
    if (this.kind === 'elsewhere') {
      return error(
        'VENDOR_ERROR',
        'Atlassian answered with a redirect to another place, which is not followed: the file is kept elsewhere, or the site asks to sign in. It has to be opened in a browser.',
      );
    }
    if (this.isRedirect) {
      return error(
        'VENDOR_ERROR',
        'Atlassian answered with a redirect, which is not followed: base_url must be the URL under which the REST API lives.',
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
        return error('UNAUTHORIZED', this.captchaWords() ?? 'Atlassian rejects the stored credentials. Reconnect.');
      case 403:
        return error('FORBIDDEN', this.captchaWords() ?? this.forbiddenWords(words));
      case 404:
        return error('NOT_FOUND', this.missingWords(words));
      case 409:
        return error('CONFLICT', words ? `Atlassian reports a conflict: ${words}` : 'Atlassian reports a conflict.');
      case 429:
        return new AppError('RATE_LIMITED', "Atlassian's rate limit has been reached.", {
          retryAfter: this.retryAfter ?? RETRY_AFTER_FALLBACK_SECONDS,
          details: { ...details, ...(this.reason === undefined ? {} : { reason: this.reason }) },
          cause: this,
        });
      case 410:
        return error('VENDOR_ERROR', 'Atlassian has removed the operation that this call relies on.');
      default:
        return error(
          'VENDOR_ERROR',
          `Atlassian failed with status ${this.status ?? 'unknown'}.${this.doneWords()}`,
          this.retryAfter === undefined ? {} : { retryAfter: this.retryAfter },
        );
    }
  }

  private proxyWords(): string {
    const refused = this.status === undefined ? 'could not be reached' : `refused the call with status ${this.status}`;
    const advice = this.status === 407 ? ' It asks for a user and password, or refuses the ones that are set.' : '';
    return `The proxy that calls to Atlassian go through ${refused}: the operator of this service has to check HTTPS_PROXY or HTTP_PROXY.${advice}`;
  }

  private unreadableWords(): string {
    if (this.page === undefined) return 'Atlassian sent an answer that could not be read.';
    return `A web page${this.quotedPage()} came back instead of an answer from Atlassian's REST API: probably a login page, or one from a proxy or single sign-on. Check that base_url is the address of the site itself, including its context path, and that whatever sits in front of the site lets API calls through.`;
  }

  /** What to add where a write may have happened although its answer is of no use. */
  private doneWords(): string {
    return this.mayHaveChanged ? ' The change may have been made all the same: check before you try again.' : '';
  }

  private captchaWords(): string | null {
    if (!this.captcha) return null;
    const { loginUrl } = this.captcha;
    return `Atlassian requires a CAPTCHA after failed logins: log in once in a browser${loginUrl === null ? '' : ` at ${loginUrl}`}, then try again.`;
  }

  private forbiddenWords(words: string): string {
    if (!words) return 'Atlassian forbids this.';
    // Such a check looks at User-Agent and Origin (Atlassian, "REST API calls with a browser User-Agent header may fail
    // CSRF checks"); this service sends neither.
    const advice = /xsrf check failed/i.test(words)
      ? " (The site mistook the call for a browser's: make the proxy in front of it pass the headers User-Agent, Origin and X-Atlassian-Token unchanged.)"
      : '';
    return `Atlassian forbids this: ${words}${advice}`;
  }

  private missingWords(words: string): string {
    if (this.page !== undefined) {
      return `Atlassian did not find it: a web page${this.quotedPage()} came back instead of an answer from the REST API. Check that the site still exists and that base_url is its address, including the context path.`;
    }
    const found = words ? `Atlassian did not find it: ${words}` : 'Atlassian did not find it.';
    if (!this.isMissing || !this.ifMissing) return found;
    return `${/[.!?]$/.test(found) ? found : `${found}.`} ${this.ifMissing}`;
  }

  private quotedPage(): string {
    return this.page ? ` ("${this.page}")` : '';
  }
}

/** What the system or undici calls the reason, as `ECONNREFUSED`; of several tries that of the first. */
function codeOf(cause: unknown): string | null {
  const first = cause instanceof AggregateError && cause.errors.length > 0 ? cause.errors[0] : cause;
  const { code } = (first ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code.slice(0, MAX_CODE_CHARACTERS) : null;
}

const MAX_CODE_CHARACTERS = 100;
const MAX_WORDS_CHARACTERS = 2_000;

function shortened(words: string): string {
  return words.length <= MAX_WORDS_CHARACTERS ? words : `${words.slice(0, MAX_WORDS_CHARACTERS)}…`;
}
