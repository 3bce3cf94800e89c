import { AppError } from '../errors.ts';
import { isLoopback, withoutTrailingSlashes } from '../urls.ts';

/**
 * Cloud sites, which belong to Atlassian whatever their name. One label only: nobody has seen a deeper one, and a name
 * that looks like it but is not must not pass.
 */
const CLOUD_HOST = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.(?:atlassian\.net|jira\.com)$/;

export interface HostOptions {
  /** URLs that the operator set for Atlassian's own services. */
  trusted: string[];
  /** Origins beyond Cloud's that `base_url` may name. */
  allowed: string[];
}

/** Where credentials may go. Asked when a base URL is given and again by the transport before every request. */
export class Hosts {
  private readonly allowed: ReadonlySet<string>;
  private readonly named: ReadonlySet<string>;

  constructor({ trusted, allowed }: HostOptions) {
    this.allowed = new Set(allowed.map((url) => new URL(url).origin));
    this.named = new Set([...this.allowed, ...trusted.map((url) => new URL(url).origin)]);
  }

  /**
   * A base URL that a caller gave, as it is stored: without a trailing slash, and a Cloud site's as its origin, since
   * people copy it from the address bar.
   * @throws AppError `VALIDATION`, which says what would be right and repeats nothing of a URL that may hold a password.
   */
  readBaseUrl(text: string): string {
    // Parsers take a backslash for a slash, and drop line breaks and tabs: what people read is not what is meant.
    const readable = /^[^\\\s\p{Cc}]+$/u.test(text) && URL.canParse(text);
    if (!readable || !/^https?:\/\//i.test(text)) throw wrong('must be an https URL');
    const url = new URL(text);
    const authority = /^[^/]*\/\/([^/?#]*)/.exec(text)?.[1] ?? '';
    if (authority.includes('@')) throw wrong('must not hold user info');
    if (text.includes('?') || text.includes('#')) throw wrong('must not have a query or fragment');
    if (this.isCloud(url)) return url.origin;
    if (!this.allowed.has(url.origin)) {
      throw wrong(
        `must be https on *.atlassian.net or *.jira.com, or on an origin that the operator has listed in ALLOWED_BASE_URLS; ${url.origin} is not`,
      );
    }
    if (!isSecure(url)) throw wrong('must be https, or http on loopback');
    // The context path stands before every path that is asked: it must mean the same to all who read it.
    if (/%|\/\.{1,2}(?:\/|$)|[^/]\/\/|;/.test(text.slice(text.indexOf('//') + 2 + authority.length))) {
      throw wrong('must have a plain path, without percent signs, semicolons, dots or empty segments');
    }
    return withoutTrailingSlashes(url.href);
  }

  /** Whether the URL can be nothing but a Cloud site's. */
  isCloud(url: URL): boolean {
    return url.protocol === 'https:' && url.port === '' && CLOUD_HOST.test(url.hostname);
  }

  /** Whether anything may be sent there at all. */
  allows(url: URL): boolean {
    return url.username === '' && url.password === '' && (this.isCloud(url) || this.isNamed(url.origin));
  }

  /** Whether the operator named the origin, and so vouches for whatever address it leads to. */
  isNamed(origin: string): boolean {
    return this.named.has(origin);
  }
}

function isSecure({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

function wrong(why: string): AppError {
  return new AppError('VALIDATION', `base_url: ${why}`, { details: { parameter: 'base_url' } });
}
