import { type CallContext, withTimeout } from '../../call-context.ts';
import { AppError } from '../../errors.ts';
import { AtlassianError } from './atlassian-error.ts';
import {
  type Deployment,
  type Endpoint,
  type Filled,
  isCovered,
  notOnDeployment,
  type Request,
  type Write,
} from './endpoint.ts';
import type { FileWanted } from './file-answer.ts';
import { type HttpRequest, nameOf } from './http-request.ts';
import type { RatePools } from './rate-limits.ts';
import { list, type Reader, type RowReader, Unreadable } from './read.ts';
import type { Transport } from './transport.ts';

export interface SiteAccess {
  /** Where the product's paths hang, e.g. `https://api.atlassian.com/ex/jira/{cloudId}` or `https://example.com/jira`. */
  baseUrl: string;
  deployment: Deployment;
  /** What a person opens. */
  siteUrl: string;
  authorization: string;
  /** The OAuth scopes that the credentials cover; null where that is not known. */
  granted?: readonly string[] | null;
  pools: RatePools;
  /** Addresses in which nothing is filled in, by their paths: each is put together once. */
  plainUrls?: Map<string, URL>;
}

/**
 * Atlassian's way past the XSRF check for clients that are no browsers, which is on every method but GET ("Form token
 * handling", Atlassian SDK).
 */
const NO_CHECK = 'no-check';
const PARAMETER = /{(\w+)}/g;

/** What the calls of one client have come to. */
export interface Attempt {
  /** Calls that changed something, or may have: with one of them, none of the others may be made again. */
  writes: number;
}

/**
 * An id or key that a caller named, as one segment of a path.
 * @throws AppError `NOT_FOUND` for what is neither: `..` leads to another path even when it is escaped.
 */
function segment(idOrKey: string): string {
  if (/^[\w-]+$/.test(idOrKey)) return idOrKey;
  throw new AppError(
    'NOT_FOUND',
    `There is no ${JSON.stringify(idOrKey)}: ids and keys contain only letters, digits, - and _.`,
  );
}

/**
 * The name of a file as one segment of a path.
 * @throws AppError `NOT_FOUND` for what would be several, or lead to another one.
 */
function fileSegment(name: string): string {
  if (/^\.{0,2}$|[/\\\p{Cc}]/u.test(name)) throw new AppError('NOT_FOUND', `There is no file ${JSON.stringify(name)}.`);
  return encodeURIComponent(name);
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
   * Makes a call that only reads, and is answered with JSON.
   * @param read makes of the answer what is wanted of it.
   * @throws AtlassianError, also when `read` finds the answer unreadable; AppError `NOT_FOUND` for what can be no id or key.
   */
  async json<Path extends string, Query extends string, T>(
    endpoint: Endpoint<Path, Query, 'json'>,
    read: Reader<T>,
    ...[request]: Filled<Path, Query>
  ): Promise<T> {
    if (!endpoint.safe) throw new Error(`${endpoint.method} changes something: it is a write, which is sent as one`);
    const call = this.callOf(endpoint, request);
    return this.transport.json(call, this.context, (body) => this.readBy(read, body, call));
  }

  /** Sends a write. It is not repeated, whatever becomes of it. @throws as `json` does. */
  async send<T>({ endpoint, request, read }: Write<T>): Promise<T> {
    const call = this.callOf(endpoint, request);
    const send = () => (endpoint.answer === 'json' ? this.transport.json(call, this.context) : this.done(call));
    return this.readBy(read, await this.marked(send), call);
  }

  private async done(call: HttpRequest): Promise<undefined> {
    await this.transport.nothing(call, this.context);
    return undefined;
  }

  /** Makes a call that is answered with a file. @throws FileTooLarge, or as `json` does. */
  bytes<Path extends string, Query extends string>(
    endpoint: Endpoint<Path, Query, 'bytes'>,
    file: FileWanted,
    ...[request]: Filled<Path, Query>
  ): Promise<Uint8Array> {
    const call = this.callOf(endpoint, request);
    // A server of one's own keeps its files, and leads elsewhere only who is not let in.
    return this.transport.bytes({ ...call, file, mayBeElsewhere: this.deployment === 'cloud' }, this.context);
  }

  /** Counts a write from before it is sent, unless it turns out that it was refused. */
  private async marked<T>(send: () => Promise<T>): Promise<T> {
    this.attempt.writes += 1;
    try {
      return await send();
    } catch (error) {
      if (error instanceof AtlassianError && !error.mayHaveChanged) this.attempt.writes -= 1;
      throw error;
    }
  }

  /**
   * What calls come to that an answer can do without: null where they fail, or are not done after `ms`.
   * @param read asks by the client that it is given, whose calls end then.
   */
  async optional<T>(ms: number, read: (api: SiteApi) => Promise<T>): Promise<T | null> {
    const { transport, access, context, attempt } = this;
    const { log, signal } = context;
    const ask = (own: CallContext) => read(new SiteApi(transport, access, { ...context, ...own }, attempt));
    try {
      return await withTimeout(Math.min(ms, context.endsAt - performance.now()), log, ask, signal);
    } catch (error) {
      if (!(error instanceof AtlassianError)) throw error;
      // That the scope is missing is no news.
      if (!error.isScopeMismatch) log.info({ err: error }, 'an answer does without what it could be told beside');
      return null;
    }
  }

  private callOf(endpoint: Endpoint, request: Request & { path?: Record<string, string> } = {}): HttpRequest {
    const { method, path, scopes, safe } = endpoint;
    const { authorization, pools, siteUrl, deployment, granted = null } = this.access;
    const template = path[deployment];
    if (template === undefined) throw notOnDeployment();
    const scope = scopes.find((one) => !granted?.includes(one)) ?? scopes[0];
    if (granted && !isCovered(endpoint, granted))
      throw new AtlassianError(`${method} ${template}`, { kind: 'scope', scope });
    // Each member by its name, as in all that every call makes: a spread whose members are named again makes V8 put the object
    // together one by one, in another shape each time.
    return {
      method,
      url: this.urlOf(template, request),
      endpoint: template,
      headers: method === 'GET' ? { authorization } : { authorization, 'x-atlassian-token': NO_CHECK },
      body: request.body,
      projection: request.projection,
      safe,
      scope,
      siteUrl,
      ifMissing: request.ifMissing,
      pools,
    };
  }

  private urlOf(template: string, request: Request & { path?: Record<string, string> }): URL {
    if (request.query !== undefined || template.includes('{')) return this.filledIn(template, request);
    const { plainUrls } = this.access;
    const url = plainUrls?.get(template) ?? this.filledIn(template, request);
    plainUrls?.set(template, url);
    return url;
  }

  private filledIn(template: string, { path, query }: Request & { path?: Record<string, string> }): URL {
    const filled = template.replace(PARAMETER, (_, name: string) => {
      const value = path?.[name] ?? '';
      return name === 'filename' ? fileSegment(value) : segment(value);
    });
    const url = new URL(this.access.baseUrl + filled);
    if (query === undefined) return url;
    for (const [name, value] of Object.entries(query)) {
      if (value === undefined) continue;
      for (const one of [value].flat()) url.searchParams.append(name, String(one));
    }
    return url;
  }

  private readBy<T>(read: Reader<T>, body: unknown, call: HttpRequest): T {
    let leftOut = 0;
    const rows: RowReader = (value, where, readRow) => {
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
