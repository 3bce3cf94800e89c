import type { z } from 'zod';
import { AppError } from '../errors.ts';
import { AtlassianError } from './atlassian-error.ts';
import type { CallContext } from './call-context.ts';
import type { RatePools } from './rate-limits.ts';
import type { HttpRequest, Transport } from './transport.ts';

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
    `There is no ${JSON.stringify(idOrKey)}: ids and keys have letters, digits, - and _.`,
  );
}

/** One product of one site, with credentials, for the length of one call. */
export class SiteApi {
  constructor(
    private readonly transport: Transport,
    private readonly access: SiteAccess,
    private readonly context: CallContext,
  ) {}

  get deployment(): Deployment {
    return this.access.deployment;
  }

  get siteUrl(): string {
    return this.access.siteUrl;
  }

  /** A link of the gateway, which only works with a token, as the same link on the site. */
  publicLink(link: string): string {
    return link.startsWith(this.access.baseUrl) ? this.access.siteUrl + link.slice(this.access.baseUrl.length) : link;
  }

  /**
   * @param scope the OAuth scope that the operation is documented to need.
   * @throws AtlassianError, also when the answer is not of the shape `schema`.
   */
  get<T>(path: string, scope: string, schema: z.ZodType<T>, query: Query = {}): Promise<T> {
    return this.send({ method: 'GET', url: this.url(path, query), safe: true, scope }, schema);
  }

  /** A POST that only reads, and may be repeated. */
  postRead<T>(path: string, scope: string, schema: z.ZodType<T>, body: unknown): Promise<T> {
    return this.send({ method: 'POST', url: this.url(path), body, safe: true, scope }, schema);
  }

  /** A POST that changes something: sent once. */
  postWrite<T>(path: string, scope: string, schema: z.ZodType<T>, body: unknown): Promise<T> {
    return this.send({ method: 'POST', url: this.url(path), body, safe: false, scope }, schema);
  }

  private url(path: string, query: Query = {}): URL {
    const url = new URL(this.access.baseUrl + path);
    for (const [name, value] of Object.entries(query)) {
      if (value === undefined) continue;
      for (const one of [value].flat()) url.searchParams.append(name, String(one));
    }
    return url;
  }

  private async send<T>(call: HttpRequest, schema: z.ZodType<T>): Promise<T> {
    const body = await this.transport.json(
      { ...call, headers: { authorization: this.access.authorization }, pools: this.access.pools },
      this.context,
    );
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    // Only where the shape differs, not what stood there: bodies belong to the tenant.
    const where = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
    throw new AtlassianError(`${call.method} ${call.url.pathname}`, {
      kind: 'unreadable',
      status: 200,
      cause: new Error(`unexpected shape at ${where || 'the top'}`),
    });
  }
}
