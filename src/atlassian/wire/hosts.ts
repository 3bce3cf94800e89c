import { AppError } from '../../errors.ts';
import { isLoopback, withoutTrailingSlashes } from '../../urls.ts';

/**
 * Cloud sites, which belong to Atlassian whatever their name. One label only: no site has more, and below a deeper name
 * another party's machines could stand. No `xn--`: a site's name is ASCII, and such a label is made to be mistaken.
 */
const CLOUD_HOST = /^(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.(?:atlassian\.net|jira\.com)$/;

/** The context path stands before every path that is asked: it must mean the same to all who read it. */
const PLAIN_PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)*\/*$/;

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
    // Parsers take a backslash for a slash, and drop line breaks, tabs and superfluous slashes: what people read is not
    // what is meant.
    const isPlain = /^[^\\\s\p{Cc}]*$/u.test(text);
    const parts = isPlain ? /^https?:\/\/([^/?#]+)([^?#]*)([?#]?)/i.exec(text) : null;
    if (!parts || !URL.canParse(text)) throw wrong('must be an https URL such as https://your-site.atlassian.net');
    const [authority, path, rest] = parts.slice(1) as [string, string, string];
    if (authority.includes('@')) throw wrong('must not hold user info');
    if (rest !== '') throw wrong('must not have a query or fragment');
    const url = new URL(text);
    // A host that the parser had to fold, such as one in full-width letters, is not the one that people read.
    const asWritten = authority.replace(/:\d*$/, '').toLowerCase() === url.hostname;
    if (asWritten && this.isCloud(url)) return url.origin;
    if (!this.allowed.has(url.origin)) {
      throw wrong(
        `must be https on <site>.atlassian.net or <site>.jira.com, or on an origin that the operator has added to ALLOWED_BASE_URLS; ${asWritten ? url.origin : 'this one'} is not`,
        { reason: 'host_not_allowed' },
      );
    }
    if (!isSecure(url)) throw wrong('must be https, or http on loopback');
    if (!PLAIN_PATH.test(path)) {
      throw wrong('must have a plain path: only letters, digits and . _ ~ - between single slashes');
    }
    return withoutTrailingSlashes(url.href);
  }

  /** Whether the URL can be nothing but a Cloud site's. */
  isCloud(url: URL): boolean {
    return url.protocol === 'https:' && url.port === '' && CLOUD_HOST.test(url.hostname);
  }

  /** Whether anything may be sent there at all. */
  allows(url: URL): boolean {
    return (this.isNamed(url.origin) || this.isCloud(url)) && url.username === '' && url.password === '';
  }

  /** Whether the operator named the origin, and so vouches for whatever address it leads to. */
  isNamed(origin: string): boolean {
    return this.named.has(origin);
  }
}

function isSecure({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || isLoopback(hostname);
}

function wrong(why: string, details: { reason?: string } = {}): AppError {
  return new AppError('VALIDATION', `base_url: ${why}`, { details: { parameter: 'base_url', ...details } });
}
