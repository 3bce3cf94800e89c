import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { mediaRoutes } from './confluence/attachments.ts';
import { Controls } from './controls.ts';
import { type DataCenterDeps, dataCenter, dataCenterErrorShape } from './doors/data-center.ts';
import { type Fault, FaultQueue, replacesAnswer } from './doors/faults.ts';
import { type GatewayDeps, gateway, gatewayErrorShape } from './doors/gateway.ts';
import { iconReply } from './doors/icons.ts';
import type { RateLimitRule } from './doors/rate-limit.ts';
import { type RecordedRequest, Recorder } from './doors/recorder.ts';
import { isSiteApi, siteApi, siteErrorShape } from './doors/site-api.ts';
import { sitePageRoutes } from './doors/site-pages.ts';
import { type Call, type ErrorShape, gatewayShape, type Reply, readCall, settle, unexpected } from './http/call.ts';
import { Cursors } from './http/cursors.ts';
import { ORIGINS, type Origin, type OriginUrls, originOf } from './http/origins.ts';
import { dispatch, type Route } from './http/routes.ts';
import { pressConsentButton } from './login/browser.ts';
import { connectedAppsRoutes } from './login/connected-apps.ts';
import { writeChoice } from './login/consent-page.ts';
import { authenticator, oauthRoutes, oauthShape, type SandboxApp } from './login/oauth.ts';
import type { SandboxOptions } from './options.ts';
import { findUser, type Product } from './world/accounts.ts';
import type { SecondConsent } from './world/rules.ts';
import { Analyser } from './world/text-index.ts';

export * from './doors/broken-answers.ts';
export type { CursorRepetition } from './http/cursors.ts';
export { type SandboxApiTokens, sandboxApiTokens } from './login/api-tokens.ts';
export { type SandboxPats, sandboxPats } from './login/pats.ts';
export type { SandboxOptions } from './options.ts';
export { SANDBOX_SITES, SANDBOX_USERS, type SandboxSite, type SandboxUser } from './world/accounts.ts';
export type { NewFolder, NewProject, NewSpace } from './world/changes.ts';
export type { ExpiredTokenStatus, PickerReading } from './world/rules.ts';
export { WORD_PROJECT, WORD_SPACE } from './world/word-samples.ts';
export type { Fault, RateLimitRule, RecordedRequest, SandboxApp, SecondConsent };

// A search of 2,000 emoji makes a URL of 24 KB, and the next link's cursor comes on top.
const MAX_HEADER_BYTES = 64 * 1024;

/** A stand-in for Atlassian: consent, tokens, Jira and Confluence over HTTP, as strict as the documents they come with. */
export class Sandbox extends Controls {
  readonly #faults = new FaultQueue();
  readonly #recorder = new Recorder();
  /** One for each origin, or one for all. */
  readonly #servers: readonly Server[];
  readonly #closing = new AbortController();
  readonly #routes: readonly Route<Call>[];
  readonly #gateway: GatewayDeps;
  readonly #dataCenter: DataCenterDeps;
  readonly #publicUrl: string | undefined;

  constructor(options: SandboxOptions) {
    super(options);
    this.#publicUrl = options.publicUrl?.replace(/\/+$/, '');
    for (const fault of options.faults ?? []) this.#faults.add(fault);

    const shared = {
      world: this.world,
      siteUrl: (siteName: string) => this.siteUrl(siteName),
      authenticate: authenticator(this.grants, () => this.rules.expiredTokenStatus),
    };
    const app = (clientId: string) => this.apps.get(clientId);
    const origins = () => (options.separateOrigins ? this.urls : null);
    this.#routes = [
      ...oauthRoutes({ ...shared, app, origins, grants: this.grants }),
      ...connectedAppsRoutes(this.grants),
      ...sitePageRoutes(this.world),
      ...mediaRoutes(this.world),
    ];
    this.#gateway = {
      ...shared,
      rules: this.rules,
      cursors: new Cursors(() => this.rules.repeatCursors),
      analyser: new Analyser(),
      apiTokens: this.apiTokens,
      rateLimit: this.rateLimit,
      publicUrl: () => this.#linkBase(),
      now: this.clock,
      indexLagMs: () => this.rules.indexLagSeconds * 1000,
    };
    this.#dataCenter = { ...this.#gateway, pats: this.pats, baseUrl: (product) => this.dataCenterUrl(product) };
    this.#servers = (options.separateOrigins ? ORIGINS : [null]).map((origin) =>
      createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
        this.#serve(request, response, origin).catch(() => response.destroy());
      }),
    );
  }

  /**
   * Starts to answer on 127.0.0.1.
   *
   * @param port 0 for any free one; with separate origins, that of the authorization server
   * @returns the base URL, which serves both the auth host and the API host unless these are separate
   */
  async listen(port = 0): Promise<string> {
    for (const [index, server] of this.#servers.entries()) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(index === 0 ? port : 0, '127.0.0.1', () => {
          server.off('error', reject);
          resolve();
        });
      });
    }
    return this.url;
  }

  /** @throws Error unless it listens */
  get url(): string {
    return this.urls.auth;
  }

  /**
   * Where each part of Atlassian answers: one address for all, unless they are separate.
   * @throws Error unless it listens
   */
  get urls(): OriginUrls {
    const urls = this.#servers.map((server) => {
      const address = server.address() as AddressInfo | null;
      if (!address) throw new Error('the sandbox does not listen');
      return `http://127.0.0.1:${address.port}`;
    });
    const [auth = '', id = auth, api = auth, site = auth] = urls;
    return { auth, id, api, site };
  }

  /** What a person's browser opens of a Cloud site, without a trailing slash. */
  siteUrl(siteName: string): string {
    return `${this.#linkBase()}/site/${siteName}`;
  }

  /** Base URL of a product of the Data Center, context path included and without a trailing slash. */
  dataCenterUrl(product: Product): string {
    return `${this.#linkBase()}/dc/${product}`;
  }

  /** Stops, ending every open socket. */
  async close(): Promise<void> {
    this.#closing.abort();
    const listening = this.#servers.filter((server) => server.listening);
    const closed = listening.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const server of listening) server.closeAllConnections();
    await Promise.all(closed);
  }

  /** Everything received, oldest first; the last 10,000. */
  get requests(): readonly RecordedRequest[] {
    return this.#recorder.requests;
  }

  clearRequests(): void {
    this.#recorder.requests.length = 0;
  }

  /** Queues a fault behind those that are still to strike. */
  fault(fault: Fault): void {
    this.#faults.add(fault);
  }

  /** Forgets every fault that is still to strike. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /**
   * Plays the browser of a sample user on the consent page, over HTTP.
   *
   * @param choice a sample user's short name or account id, or `deny`
   * @param only.site name or cloudId of the one site to give access to, of several that the user reaches
   * @returns the callback URL with `code` and `state`, or with `error`
   * @throws Error where the page shows an error, or no button for that site
   */
  consent(authorizeUrl: string, choice: string, only: { site?: string } = {}): Promise<string> {
    const site = this.world.sites.find(({ name, cloudId }) => name === only.site || cloudId === only.site);
    const userId = findUser(choice)?.accountId ?? choice;
    const cloudId = only.site === undefined ? {} : { cloudId: site?.cloudId ?? only.site };
    return pressConsentButton(authorizeUrl, writeChoice({ userId, ...cloudId }));
  }

  async #serve(request: IncomingMessage, response: ServerResponse, origin: Origin | null): Promise<void> {
    const call = await readCall(request);
    const entry = this.#recorder.record(call, this.clock());
    const fault = this.#faults.take(call.method, call.path) ?? {};
    const early = fault.after ? this.#answer(call, origin) : undefined;
    if (fault.delayMs) await this.#wait(fault.delayMs);
    if (this.#closing.signal.aborted || fault.hang) return;
    if (fault.reset) {
      // A plain end would let some clients take the silence for an answer.
      request.socket.resetAndDestroy();
      return;
    }
    const date = new Date(this.clock()).toUTCString();
    if (replacesAnswer(fault)) {
      entry.status = fault.status ?? 200;
      response.writeHead(entry.status, { date, ...fault.headers }).end(fault.body ?? '');
      return;
    }
    const reply = early ?? this.#answer(call, origin);
    entry.status = reply.status;
    const body = Buffer.from(reply.body ?? '');
    // RFC 9110, 8.6: a 204 has no Content-Length.
    const length = reply.status === 204 ? {} : { 'content-length': body.length };
    response.writeHead(reply.status, { date, ...reply.headers, ...length });
    if (fault.truncate) response.write(body.subarray(0, body.length / 2), () => request.socket.destroy());
    else response.end(body);
  }

  #answer(call: Call, origin: Origin | null): Reply {
    const shape = shapeOf(call.path);
    return settle(shape, () => {
      const reply = settle(shape, () => this.#route(call, origin));
      // Whatever the call has changed is on disk before it is answered.
      this.save();
      return reply;
    });
  }

  #route(call: Call, origin: Origin | null): Reply {
    if (origin !== null && origin !== originOf(call.path)) {
      throw unexpected(404, `${call.path} is not served by the origin '${origin}', but by '${originOf(call.path)}'`);
    }
    const icon = call.method === 'GET' ? iconReply(call.path) : null;
    if (icon) return icon;
    if (call.path.startsWith('/ex/')) return gateway(this.#gateway, call);
    if (call.path.startsWith('/dc/')) return dataCenter(this.#dataCenter, call);
    if (isSiteApi(call.path)) return siteApi(this.#gateway, call);
    return dispatch(this.#routes, call.path, call, (matched) => matched);
  }

  async #wait(ms: number): Promise<void> {
    try {
      await sleep(ms, undefined, { signal: this.#closing.signal });
    } catch (error) {
      if (!this.#closing.signal.aborted) throw error;
    }
  }

  #linkBase(): string {
    return this.#publicUrl ?? this.urls.site;
  }
}

function shapeOf(path: string): ErrorShape {
  if (path.startsWith('/ex/')) return gatewayErrorShape(path);
  if (path.startsWith('/dc/')) return dataCenterErrorShape(path);
  if (isSiteApi(path)) return siteErrorShape(path);
  return path === '/oauth/token' || path.startsWith('/authorize') ? oauthShape : gatewayShape;
}
