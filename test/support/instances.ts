import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';
import pg from 'pg';
import { afterAll, onTestFinished } from 'vitest';
import type { RefreshTimings } from '../../src/connections/grants/refresh-timing.ts';
import { type RecordedRequest, Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { type Answer, APP, type CallOptions, type ErrorBody, temporaryFolder } from './harness.ts';
import { freshDatabase, query } from './postgres.ts';
import { ServiceProcess } from './process.ts';

const CALLBACK = 'http://localhost:3001/api/oauth/atlassian/callback';

/** Longer than any step of a test takes on a busy machine. */
const PATIENCE_MS = 40_000;

/** The token endpoint and nothing below it, for faults. */
export const TOKEN_ENDPOINT = /^\/oauth\/token$/;

export const PROJECTS = '/connectors/jira/projects';
export const CONNECTION = '/connectors/jira/connection';

export type Engine = 'SQLite' | 'PostgreSQL';

export interface InstanceOptions {
  /** Seconds that this process's clock is ahead of the others'. */
  clockOffset?: number;
  refreshTimings?: Partial<RefreshTimings>;
  sweepEveryMs?: number;
  /** Whether `hold` may be asked for. Gives the process a plain pool of connections to Atlassian in place of its own. */
  holds?: boolean;
}

/** Where a refresh is held: before it is sent, or when its answer is there and nobody has read it. */
export type HeldAt = 'send' | 'answer';

/** Takes what must run at the end. */
type AtEnd = (cleanup: () => Promise<void>) => void;

/** Called in a `describe` block: collects what must run at its end. */
export function endOfBlock(): AtEnd {
  const cleanups: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });
  return (cleanup) => void cleanups.push(cleanup);
}

/** One process of the service. */
export class Instance {
  private wishes = 0;

  constructor(
    readonly process: ServiceProcess,
    readonly url: string,
  ) {}

  async call<T = ErrorBody>(
    path: string,
    { tenant = 'acme', method, body, headers, signal }: CallOptions & { signal?: AbortSignal } = {},
  ): Promise<Answer<T>> {
    const response = await fetch(this.url + path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        'x-tenant-id': tenant,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as T };
  }

  /** The status of a call that needs a usable grant. */
  async projects(tenant?: string): Promise<number> {
    return (await this.call(PROJECTS, tenant === undefined ? {} : { tenant })).status;
  }

  /** `projects` of a process that may end midway. */
  async projectsOrCut(tenant?: string): Promise<number | 'cut'> {
    return this.projects(tenant).catch(() => 'cut' as const);
  }

  /** Refreshes now, as an operator asks for it. Resolves to the status. */
  async rotate(tenant: string): Promise<number> {
    return (await this.call(CONNECTION, { tenant, method: 'PATCH', body: { rotate: true } })).status;
  }

  /** The connection as the service tells of it. */
  async connection(tenant?: string): Promise<{
    connected: boolean;
    expires_at: number | null;
    error: string | null;
    account: { id: string; name: string } | null;
  }> {
    return (await this.call<never>(CONNECTION, tenant === undefined ? {} : { tenant })).body;
  }

  /** Resolves when a pair of tokens was stored. */
  async renewed(): Promise<void> {
    await this.process.saw(/"msg":"grant renewed"/);
  }

  /** Makes the next refresh of which none is held yet wait, until `release`. */
  async hold(at: HeldAt, name = 'a refresh'): Promise<void> {
    await this.ask({ hold: { at, name } });
  }

  /** Resolves when a refresh is held where it is to be. */
  async held(name = 'a refresh'): Promise<void> {
    await this.process.saw(new RegExp(`"held":"${name}"`));
  }

  /** Goes on with what is held. */
  async release(name = 'a refresh'): Promise<void> {
    await this.ask({ release: name });
  }

  /** `release`, without waiting for it to be heard: what follows may be faster. */
  releaseUnheard(name = 'a refresh'): void {
    this.process.send(JSON.stringify({ release: name }));
  }

  /** Sets how many seconds the clock of this process is ahead of the others'. */
  async setClock(clockOffset: number): Promise<void> {
    await this.ask({ clockOffset });
  }

  /** Forgets the output so far, what is still on its way included: for a process that several tests use. */
  async forgetOutput(): Promise<void> {
    await this.ask({});
    this.process.output = '';
  }

  private async ask(what: object): Promise<void> {
    const wish = ++this.wishes;
    this.process.send(JSON.stringify({ wish, ...what }));
    await this.process.saw(new RegExp(`"granted":${wish}\\b`));
  }

  async kill(): Promise<void> {
    await this.process.kill('SIGKILL');
  }
}

/** A sandbox and a database for any number of processes. */
export class Ground {
  private readonly secrets = {
    STATE_SIGNING_SECRET: randomBytes(32).toString('base64'),
    TOKEN_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  };

  private readonly locks: (() => Promise<void>)[] = [];

  private constructor(
    readonly sandbox: Sandbox,
    private readonly postgresUrl: string | null,
    private readonly folder: string,
    private readonly atEnd: AtEnd,
  ) {}

  /**
   * @param engine or the URL of a PostgreSQL database of the test's own.
   * @param atEnd by default all ends with the test, the processes too.
   */
  static async make(
    engine: Engine | { postgresUrl: string },
    { atEnd = onTestFinished, ...options }: Partial<SandboxOptions> & { atEnd?: AtEnd } = {},
  ): Promise<Ground> {
    const sandbox = new Sandbox({ apps: [{ ...APP, redirectUri: CALLBACK }], ...options });
    await sandbox.listen();
    atEnd(() => sandbox.close());
    const own = () => (engine === 'SQLite' ? null : freshDatabase(atEnd));
    const url = typeof engine === 'object' ? engine.postgresUrl : await own();
    const ground = new Ground(sandbox, url, temporaryFolder(atEnd), atEnd);
    atEnd(() => ground.unlock());
    return ground;
  }

  async start(options: InstanceOptions = {}): Promise<Instance> {
    const service = new ServiceProcess(
      'test/instance.js',
      {
        PORT: '0',
        PUBLIC_BASE_URL: 'http://localhost:3001',
        DATABASE_URL: this.postgresUrl ?? `file:${this.file}`,
        ATLASSIAN_CLIENT_ID: APP.clientId,
        ATLASSIAN_CLIENT_SECRET: APP.clientSecret,
        ATLASSIAN_AUTH_BASE_URL: this.sandbox.url,
        ATLASSIAN_API_BASE_URL: this.sandbox.url,
        ...this.secrets,
        INSTANCE: JSON.stringify(options),
      },
      this.folder,
      this.atEnd,
    );
    return new Instance(service, await service.address());
  }

  /** Logs in as a browser does; begun at one process and completed at the other. Resolves to the callback's status. */
  async connect(
    [begun, completed]: [Instance, Instance],
    { tenant = 'acme', as = 'anna' }: { tenant?: string; as?: string } = {},
  ): Promise<string> {
    const login = await fetch(`${begun.url}/auth/jira/login?${new URLSearchParams({ tenant_id: tenant })}`);
    const { url } = (await login.json()) as { url: string };
    const { pathname, search } = new URL(await this.sandbox.consent(url, as));
    const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const answer = await fetch(completed.url + pathname + search, { headers: { cookie }, redirect: 'manual' });
    const outcome = new URL(answer.headers.get('location') ?? 'about:blank').searchParams.get('status');
    return `${answer.status} ${outcome}`;
  }

  /** What reached the token endpoint with this grant type. */
  exchanges(grantType: 'refresh_token' | 'authorization_code' = 'refresh_token'): RecordedRequest[] {
    return this.sandbox.requests.filter(
      ({ path, body }) => path === '/oauth/token' && (body as { grant_type?: string })?.grant_type === grantType,
    );
  }

  /** Keeps every process from writing, until `unlock`. */
  async lock(): Promise<void> {
    if (this.postgresUrl === null) {
      const database = new Database(this.file, { timeout: PATIENCE_MS });
      database.exec('BEGIN IMMEDIATE');
      this.locks.push(async () => {
        database.exec('ROLLBACK');
        database.close();
      });
      return;
    }
    const client = new pg.Client({ connectionString: this.postgresUrl });
    // The server may be stopped under it.
    client.on('error', () => undefined);
    await client.connect();
    this.locks.push(() => client.end());
    await client.query('BEGIN; LOCK TABLE grants, connections IN SHARE MODE');
  }

  /** Makes the time of every lease pass. */
  async endLeases(): Promise<void> {
    const sql = 'UPDATE grants SET lease_until = 0';
    if (this.postgresUrl !== null) {
      await query(this.postgresUrl, sql);
      return;
    }
    const database = new Database(this.file, { timeout: PATIENCE_MS });
    database.exec(sql);
    database.close();
  }

  /** How many statements wait for a lock; on PostgreSQL. */
  async waiting(): Promise<number> {
    const client = new pg.Client({ connectionString: this.postgresUrl ?? '' });
    await client.connect();
    const sql = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    const { rowCount } = await client.query(sql).finally(() => client.end());
    return rowCount ?? 0;
  }

  async unlock(): Promise<void> {
    for (const end of this.locks.splice(0)) await end();
  }

  private get file(): string {
    return join(this.folder, 'data', 'integration.db');
  }
}

/** Waits until `condition` gives something true, which it returns. */
export async function until<T>(what: string, condition: () => T | Promise<T>): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await sleep(10);
  }
}
