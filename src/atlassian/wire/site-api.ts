import type { CallContext } from '../../call-context.ts';
import { AppError } from '../../errors.ts';
import { AtlassianError } from './atlassian-error.ts';
import type { RatePools } from './rate-limits.ts';
import { list, type Reader, type ReadRows, Unreadable } from './read.ts';
import { type HttpRequest, nameOf, type Transport } from './transport.ts';

/** What a product runs as: the same calls have other paths and shapes there. */
export type Deployment = 'cloud' | 'data_center';

export interface SiteAccess {
  /** Where the product's paths hang, e.g. `https://api.atlassian.com/ex/jira/{cloudId}` or `https://example.com/jira`. */
  baseUrl: string;
  deployment: Deployment;
  /** What a person opens. */
  siteUrl: string;
  authorization: string;
  pools: RatePools;
}

/** What the calls of one client have come to. */
export interface Attempt {
  /** Calls that changed something, or may have: with one of them, none of the others may be made again. */
  writes: number;
}

/** A list repeats its parameter. */
type Query = Record<string, string | number | string[] | undefined>;

/**
 * An id or key that a caller named, as one segment of a path.
 * @throws AppError `NOT_FOUND` for what is neither: `..` leads to another path even when it is escaped.
 */
export function segment(idOrKey: string): string {
  if (/^[\w-]+$/.test(idOrKey)) return idOrKey;
  throw new AppError(
    'NOT_FOUND',
    `There is no ${JSON.stringify(idOrKey)}: ids and keys contain only letters, digits, - and _.`,
  );
}

/** One product of one site, with credentials, for the length of one call. */
export class SiteApi {
  constructor(
    private readonly transport: Transport,
    private readonly access: SiteAccess,
    private readonly context: CallContext,
    private readonly attempt: Attempt = { writes: 0 },
  ) {}

  get deployment(): Deployment {
    return this.access.deployment;
  }

  get siteUrl(): string {
    return this.access.siteUrl;
  }

  /** A link of the gateway, which only works with a token, as the same link on the site. */
  publicLink(link: string): string {
    const { baseUrl, siteUrl } = this.access;
    const rest = link.startsWith(baseUrl) ? link.slice(baseUrl.length) : null;
    return rest !== null && /^(?:[/?#]|$)/.test(rest) ? siteUrl + rest : link;
  }

  /**
   * @param scope the OAuth scope that the operation is documented to need.
   * @throws AtlassianError, also when `read` finds the answer unreadable.
   */
  get<T>(path: string, scope: string, read: Reader<T>, query: Query = {}): Promise<T> {
    return this.send({ method: 'GET', url: this.url(path, query), safe: true, scope }, read);
  }

  /** A POST that only reads, and may be repeated. */
  postRead<T>(path: string, scope: string, read: Reader<T>, body: unknown): Promise<T> {
    return this.send({ method: 'POST', url: this.url(path), body, safe: true, scope }, read);
  }

  /**
   * A POST that changes something: sent once.
   * @param ifMissing what to tell the user when Atlassian answers that it did not find something.
   */
  postWrite<T>(path: string, scope: string, read: Reader<T>, body: unknown, ifMissing?: string): Promise<T> {
    return this.send({ method: 'POST', url: this.url(path), body, safe: false, scope, ifMissing }, read);
  }

  /** Counts a write from before it is sent, unless it turns out that it was refused. */
  private async marked<T>(call: HttpRequest, send: () => Promise<T>): Promise<T> {
    if (!call.safe) this.attempt.writes += 1;
    try {
      return await send();
    } catch (error) {
      if (!call.safe && error instanceof AtlassianError && !error.mayHaveChanged) this.attempt.writes -= 1;
      throw error;
    }
  }

  private url(path: string, query: Query = {}): URL {
    const url = new URL(this.access.baseUrl + path);
    for (const [name, value] of Object.entries(query)) {
      if (value === undefined) continue;
      for (const one of [value].flat()) url.searchParams.append(name, String(one));
    }
    return url;
  }

  private async send<T>(call: HttpRequest, read: Reader<T>): Promise<T> {
    const { authorization, pools, siteUrl } = this.access;
    const headers = {
      authorization,
      // Atlassian's way past the XSRF check for clients that are no browsers, which is on every method but GET
      // ("Form token handling", Atlassian SDK).
      ...(call.method === 'GET' ? {} : { 'x-atlassian-token': 'no-check' }),
    };
    const body = await this.marked(call, () => this.transport.json({ ...call, headers, pools, siteUrl }, this.context));
    let leftOut = 0;
    const rows: ReadRows = (value, where, readRow) => {
      const items = [];
      for (const row of list(value, where)) {
        const item = readRow(row);
        if (item === null) leftOut += 1;
        else items.push(item);
      }
      return items;
    };
    try {
      return read(body, rows);
    } catch (cause) {
      if (!(cause instanceof Unreadable)) throw cause;
      throw new AtlassianError(nameOf(call), { kind: 'unreadable', status: 200, safe: call.safe, cause });
    } finally {
      if (leftOut > 0) {
        this.context.log.warn({ left_out: leftOut, call: nameOf(call) }, 'rows that could not be read were left out');
      }
    }
  }
}
