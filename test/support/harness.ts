import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { type Environment, loadConfig } from '../../src/config.ts';
import { createLogger } from '../../src/logging.ts';
import { Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { createService, type Service, type ServiceOptions } from '../../src/service.ts';
import { HttpClient, type HttpReply, type HttpRequest } from './http-client.ts';

export const APP = { clientId: 'test-app', clientSecret: 'test-app-secret-5f1c' };
const CALLBACK = 'http://localhost:3001/api/oauth/atlassian/callback';

/** A time that stands still until it is moved: shared by the service (seconds) and the sandbox (milliseconds). */
export class TestClock {
  private ms = Date.UTC(2026, 5, 1, 12, 0, 0);
  private readonly began = performance.now();

  readonly seconds = (): number => Math.floor(this.ms / 1_000);
  readonly milliseconds = (): number => this.ms;
  /**
   * Goes on by itself between the moves, as the clock of a database does. It begins with the test: what the process
   * has run before would be a difference of the two clocks, which the service does not trust past five minutes.
   */
  readonly flowing = (): number => this.ms + performance.now() - this.began;

  advance(seconds: number): void {
    this.ms += seconds * 1_000;
  }
}

export interface Answer<T = unknown> {
  status: number;
  headers: Headers;
  body: T;
}

export interface CallOptions {
  tenant?: string | undefined;
  method?: string;
  /** Sent as JSON; a string goes as it is. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface StartOptions
  extends Pick<
    ServiceOptions,
    'stopMs' | 'random' | 'refreshTimings' | 'sweepEveryMs' | 'network' | 'timeouts' | 'pressure'
  > {
  env?: Environment;
  /** Keeps the store in a file, in a folder that is removed at the end. Default: in memory. */
  onDisk?: boolean;
  sandbox?: Partial<SandboxOptions>;
  /** Use this sandbox, e.g. to restart the service against it. It is not closed. */
  existing?: Pick<Stage, 'sandbox' | 'clock'>;
  /** Whether an embedded database goes by the test's clock instead of the machine's. */
  databaseOnTestClock?: boolean;
  /** Takes what must run at the end. Default: the end of the test. */
  atEnd?: (cleanup: () => Promise<void>) => void;
}

/** A service on a real port against a sandbox, both closed when the test ends. */
export interface Stage {
  service: Service;
  sandbox: Sandbox;
  clock: TestClock;
  /** Where the service listens. */
  url: string;
  /** The file of a store that is kept `onDisk`; else empty. */
  storePath: string;
  /** Every line logged so far. */
  logLines: string[];
  call<T = unknown>(path: string, options?: CallOptions): Promise<Answer<T>>;
  /** As `call`, but sends and returns what is given as it is. */
  send(path: string, request?: HttpRequest): Promise<HttpReply>;
  /** Logs in as a browser would and returns the last redirect's target. */
  connect(provider: 'jira' | 'confluence', options?: ConnectOptions): Promise<URL>;
  /** Begins a login; returns what a browser keeps of it. */
  begin(provider: 'jira' | 'confluence', options?: ConnectOptions): Promise<{ authorizeUrl: string; cookie: string }>;
  /** Sends the browser back from Atlassian. */
  callback(callbackUrl: string, cookie: string, headers?: Record<string, string>): Promise<Response>;
  stop(): Promise<void>;
}

export interface ConnectOptions {
  tenant?: string | undefined;
  /** The sample user who consents, or `deny`. */
  as?: string;
  /** Further query parameters of the login. */
  query?: Record<string, string>;
}

/** Starts a sandbox and the service on it. */
export async function start(options: StartOptions = {}): Promise<Stage> {
  const clock = options.existing?.clock ?? new TestClock();
  const atEnd = options.atEnd ?? onTestFinished;
  let sandbox = options.existing?.sandbox;
  if (!sandbox) {
    const own = new Sandbox({
      apps: [{ ...APP, redirectUri: CALLBACK }],
      clock: clock.milliseconds,
      ...options.sandbox,
    });
    await own.listen();
    atEnd(() => own.close());
    sandbox = own;
  }
  const storePath = options.onDisk ? join(temporaryFolder(atEnd), 'store.db') : '';
  const config = loadConfig({
    PORT: '0',
    LOG_LEVEL: 'trace',
    PUBLIC_BASE_URL: 'http://localhost:3001',
    DATABASE_URL: options.onDisk ? `file:${storePath}` : 'memory:',
    ATLASSIAN_CLIENT_ID: APP.clientId,
    ATLASSIAN_CLIENT_SECRET: APP.clientSecret,
    ATLASSIAN_REDIRECT_URI: CALLBACK,
    ATLASSIAN_AUTH_BASE_URL: sandbox.urls.auth,
    ATLASSIAN_API_BASE_URL: sandbox.urls.api,
    ALLOWED_BASE_URLS: sandbox.urls.site,
    ...options.env,
  });
  const logLines: string[] = [];
  const log = createLogger(config.logLevel, { write: (line) => void logLines.push(line) });
  const { env: _env, sandbox: _sandbox, existing: _existing, onDisk: _onDisk, atEnd: _atEnd, ...others } = options;
  const { databaseOnTestClock, ...serviceOptions } = others;
  // The machine of the tests may be busy with others of them.
  const pressure = { maxEventLoopDelay: 0, ...options.pressure };
  const service = await createService(config, {
    log,
    clock: clock.seconds,
    ...(databaseOnTestClock ? { databaseClock: clock.flowing } : {}),
    ...serviceOptions,
    pressure,
  });
  const url = await service.listen();
  const client = new HttpClient();
  atEnd(() => client.close());
  let stopped = false;
  const stop = async () => {
    if (!stopped) await service.stop();
    stopped = true;
  };
  atEnd(stop);

  const send: Stage['send'] = (path, request) => client.send(url + path, request);

  const call: Stage['call'] = async (path, { tenant, method, body, headers } = {}) => {
    const reply = await send(path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(tenant === undefined ? {} : { 'x-tenant-id': tenant }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return {
      status: reply.status,
      get headers() {
        return reply.headers;
      },
      body: reply.isJson ? JSON.parse(reply.text) : reply.text,
    };
  };

  const begin: Stage['begin'] = async (provider, { tenant = 'default', query = {} } = {}) => {
    const parameters = new URLSearchParams({ tenant_id: tenant, ...query });
    const response = await fetch(`${url}/auth/${provider}/login?${parameters}`);
    const { url: authorizeUrl } = (await response.json()) as { url: string };
    return { authorizeUrl, cookie: (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
  };

  const callback: Stage['callback'] = (callbackUrl, cookie, headers = {}) => {
    const { pathname, search } = new URL(callbackUrl);
    return fetch(url + pathname + search, { redirect: 'manual', headers: { cookie, ...headers } });
  };

  const connect: Stage['connect'] = async (provider, connectOptions = {}) => {
    const { authorizeUrl, cookie } = await begin(provider, connectOptions);
    const response = await callback(await sandbox.consent(authorizeUrl, connectOptions.as ?? 'anna'), cookie);
    const location = response.headers.get('location');
    if (!location) throw new Error(`the callback did not redirect: ${response.status} ${await response.text()}`);
    return new URL(location);
  };

  return { service, sandbox, clock, url, storePath, logLines, call, send, begin, callback, connect, stop };
}

/** A stage as one tenant sees it: calls and logins that name no other tenant are its own. */
export interface TenantStage extends Stage {
  tenant: string;
}

export interface SharedStage extends Stage {
  /** Forgets what other tests left that belongs to no tenant: log lines, and the sandbox's requests and faults. */
  forget(): void;
  /** Forgets, and gives the stage as a tenant sees it that no test has used before. */
  newTenant(): TenantStage;
}

/** One stage for all tests of a `describe` block, ready when the first of them runs. */
export function sharedStage(options: StartOptions = {}, prepare?: (stage: Stage) => Promise<unknown>): SharedStage {
  let tenants = 0;
  const forget = () => {
    stage.sandbox.clearFaults();
    stage.sandbox.clearRequests();
    stage.logLines.length = 0;
  };
  const newTenant = () => {
    forget();
    return asTenant(stage, `tenant-${++tenants}`);
  };
  const stage = { forget, newTenant } as SharedStage;
  const cleanups: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    Object.assign(stage, await start({ ...options, atEnd: (cleanup) => cleanups.push(cleanup) }));
    await prepare?.(stage);
  });
  afterAll(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });
  return stage;
}

/** Here a commit need not wait for a disk, and what outlives a process that is killed does so all the same. */
const MEMORY_FOLDER = '/dev/shm';
const ROOM_BYTES = 512 * 1_024 * 1_024;

function isRoomy(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > ROOM_BYTES;
  } catch {
    return false;
  }
}

/** The stage as this tenant sees it. */
export function asTenant(stage: Stage, tenant: string): TenantStage {
  const owned = <T extends { tenant?: string | undefined }>(options?: T) => ({
    ...options,
    tenant: options?.tenant ?? tenant,
  });
  return {
    ...stage,
    tenant,
    call: (path, options) => stage.call(path, owned(options)),
    begin: (provider, options) => stage.begin(provider, owned(options)),
    connect: (provider, options) => stage.connect(provider, owned(options)),
  };
}

/** An empty folder that is removed at the end: that of the test, unless `atEnd` says otherwise. */
export function temporaryFolder(atEnd: (cleanup: () => Promise<void>) => void = onTestFinished): string {
  const folder = mkdtempSync(join(isRoomy(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir(), 'integration-'));
  atEnd(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface ErrorBody {
  status: 'error';
  code: string;
  message: string;
  retry_after?: number;
  details?: Record<string, unknown>;
  request_id: string;
}
