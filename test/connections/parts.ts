import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { Audit } from '../../src/access/audit.ts';
import { AuditIds } from '../../src/access/audit-id.ts';
import type { Caller } from '../../src/access/caller.ts';
import { Hosts } from '../../src/atlassian/wire/hosts.ts';
import { OAuthEndpoints } from '../../src/atlassian/wire/oauth.ts';
import { Transport } from '../../src/atlassian/wire/transport.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { Calls } from '../../src/connections/calls.ts';
import { ClientFactory } from '../../src/connections/clients.ts';
import { Connections } from '../../src/connections/connections.ts';
import { GrantKeeper } from '../../src/connections/grants/grant-keeper.ts';
import type { RefreshTimings } from '../../src/connections/grants/refresh-timing.ts';
import { Vault } from '../../src/connections/grants/vault.ts';
import { TokenLogins } from '../../src/connections/login/token-logins.ts';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import { openStore } from '../../src/stores/open.ts';
import type { ConnectionWithGrant, Grant, Store } from '../../src/stores/store.ts';
import { connectionOf } from '../stores/records.ts';
import { APP, TestClock } from '../support/harness.ts';
import { keyOf } from '../support/secrets.ts';

const REDIRECT_URI = 'http://localhost:3001/api/oauth/atlassian/callback';
export const OFFLINE = ['read:jira-work', 'read:jira-user', 'offline_access'];
export const ONLINE = ['read:jira-work', 'read:jira-user'];

const fromTokenEndpoint = (status: number, error: string) => ({
  path: '/oauth/token',
  status,
  body: JSON.stringify({ error }),
});
/** What the token endpoint says that says nothing about the grant. */
export const UNCLEAR = fromTokenEndpoint(400, 'invalid_request');
/** The OAuth app's settings are wrong. */
export const SETTINGS = fromTokenEndpoint(401, 'access_denied');
/** The grant has ended. */
export const REFUSED = fromTokenEndpoint(403, 'invalid_grant');

/** A sandbox for all tests of a file, and the way there. */
export interface Town {
  sandbox: Sandbox;
  clock: TestClock;
  config: Config;
  transport: Transport;
  hosts: Hosts;
}

/** Faults end with the test that made them, and requests are counted anew for each. */
export function sharedTown(): Town {
  const town = {} as Town;
  beforeAll(async () => {
    const clock = new TestClock();
    const apps = [{ ...APP, redirectUri: REDIRECT_URI }];
    const sandbox = new Sandbox({ apps, clock: clock.milliseconds, secondConsent: 'keeps' });
    await sandbox.listen();
    const config = loadConfig({
      DATABASE_URL: 'memory:',
      ATLASSIAN_CLIENT_ID: APP.clientId,
      ATLASSIAN_CLIENT_SECRET: APP.clientSecret,
      ATLASSIAN_REDIRECT_URI: REDIRECT_URI,
      ATLASSIAN_AUTH_BASE_URL: sandbox.urls.auth,
      ATLASSIAN_API_BASE_URL: sandbox.urls.api,
    });
    const hosts = new Hosts({ trusted: [config.authBaseUrl, config.apiBaseUrl], allowed: [sandbox.urls.site] });
    const transport = new Transport({ hosts, proxy: config.proxy, now: clock.milliseconds });
    Object.assign(town, { sandbox, clock, config, hosts, transport });
  });
  afterEach(() => {
    town.sandbox.clearFaults();
    town.sandbox.clearRequests();
  });
  afterAll(async () => {
    await town.transport.close();
    await town.sandbox.close();
  });
  return town;
}

/** What happens around a method of the store: gets the method, and gives what stands in its place. */
export type Hooks = { [Name in keyof Store]?: (real: Store[Name]) => Store[Name] };

/** A real store in which `hooks` can make one statement fail, or let something happen before or after it. */
export function hooked(store: Store, hooks: Hooks): Store {
  return new Proxy(store, {
    get: (target, name: keyof Store) => {
      const value = target[name];
      if (typeof value !== 'function') return value;
      const real = value.bind(target);
      const hook = hooks[name] as ((method: unknown) => unknown) | undefined;
      return hook ? hook(real) : real;
    },
  });
}

/** Makes whoever asks for a lease wait until `open` is called; `arrival` resolves when the first does. */
export function holdLeases(hooks: Hooks): { open: () => void; arrival: Promise<unknown> } {
  const door = new EventEmitter();
  const [opened, arrival] = [once(door, 'opened'), once(door, 'arrival')];
  hooks.leaseGrant =
    (lease) =>
    async (...asked) => {
      door.emit('arrival');
      await opened;
      return lease(...asked);
    };
  return { open: () => void door.emit('opened'), arrival };
}

export interface PartsOptions {
  timings?: Partial<RefreshTimings>;
  requestTimeoutMs?: number;
  /** The store, where it is not one of its own. */
  store?: Store;
  /** 0 to 1; spreads waits. Default: 0.5, which leaves them what they are told to be. */
  random?: number;
  /** Replaces settings. */
  config?: Partial<Config>;
}

/** What keeps connections, put together as the service does, on a store of its own. */
export interface Parts {
  /** Without the hooks. */
  store: Store;
  /** With them. */
  hookedStore: Store;
  hooks: Hooks;
  config: Config;
  vault: Vault;
  oauth: OAuthEndpoints;
  clients: ClientFactory;
  audit: Audit;
  grants: GrantKeeper;
  calls: Calls;
  connections: Connections;
  caller: Caller;
  /** The log so far. */
  lines: { level: 'info' | 'warn'; message: string; facts: Record<string, unknown> }[];
  /** Connects Jira through the sandbox. */
  connect(scopes?: string[]): Promise<Grant>;
  entry(): Promise<ConnectionWithGrant>;
  /** How often a refresh token was sent since the last `connect`. */
  exchanges(): number;
}

const KEY = { tenantId: 'default', provider: 'jira' } as const;

export async function parts(town: Town, options: PartsOptions = {}): Promise<Parts> {
  const { clock, hosts, transport, sandbox } = town;
  const config = { ...town.config, ...options.config };
  const lines: Parts['lines'] = [];
  const log = {
    info: (facts: object, message: string) => void lines.push({ level: 'info', message, facts: { ...facts } }),
    warn: (facts: object, message: string) => void lines.push({ level: 'warn', message, facts: { ...facts } }),
  };
  const real = options.store ?? (await openStore({ kind: 'memory' }, { clock: clock.milliseconds }));
  const hooks: Hooks = {};
  const store = hooked(real, hooks);
  const vault = new Vault([{ id: 'k1', key: Buffer.from(keyOf(1), 'base64') }]);
  const oauth = new OAuthEndpoints(transport, config);
  const audit = new Audit({ store: store.access, clock: clock.seconds, ids: new AuditIds(clock.milliseconds), log });
  const { app } = town.config.providers.jira;
  if (!app) throw new Error('the app is configured above');
  const requestTimeoutMs = options.requestTimeoutMs ?? 20_000;
  const grants = new GrantKeeper({
    store,
    vault,
    oauth,
    appOf: (clientId) => (config.providers.jira.app?.clientId === clientId ? app : null),
    reconnectUrl: (tenantId) => `/connect?tenant_id=${tenantId}`,
    audit,
    requestTimeoutMs,
    clock: clock.seconds,
    random: () => options.random ?? 0.5,
    timings: { repeatWaitMs: 1, ...options.timings },
  });
  const clients = new ClientFactory(transport, config.apiBaseUrl);
  const tokenLogins = new TokenLogins({ config, store, grants, clients, hosts, transport, clock: clock.seconds });
  const calls = new Calls({ store, grants, clients, clock: clock.seconds });
  const connections = new Connections({
    ...{ config, store, grants, oauth, calls, tokenLogins, vault, audit },
    clock: clock.seconds,
    now: clock.milliseconds,
  });
  const context = { signal: new AbortController().signal, endsAt: performance.now() + requestTimeoutMs, log };
  const caller: Caller = { tenantId: KEY.tenantId, callerId: null, requestId: 'a-request', context };

  const entry = async () => {
    const found = await real.readConnection(KEY);
    if (!found) throw new Error('Jira is not connected');
    return found;
  };
  const connect = async (scopes = OFFLINE) => {
    const url = oauth.authorizeUrl(app, { scopes, state: 'a-state', verifier: null });
    const back = new URL(await sandbox.consent(url, 'anna'));
    const tokens = await oauth.exchange(app, back.searchParams.get('code') ?? '', null, context);
    const sites = (await oauth.accessibleResources(tokens.accessToken, context)).map(({ id, name, url }) => {
      return { id, name, url };
    });
    const grant = grants.newGrant(KEY.tenantId, randomUUID(), app.clientId, tokens);
    const [site] = sites;
    if (!site) throw new Error('the sandbox has sites');
    const before = await real.readConnection(KEY);
    await real.saveLogin({
      grant,
      connection: { ...connectionOf(KEY, grant.id), site, sites },
      replaces: before?.connection ?? null,
      other: { key: { ...KEY, provider: 'confluence' }, ifNow: null, moveTo: null },
    });
    sandbox.clearRequests();
    return (await entry()).grant;
  };
  const exchanges = () => sandbox.requests.filter(({ path }) => path === '/oauth/token').length;
  return {
    ...{
      store: real,
      hookedStore: store,
      hooks,
      config,
      vault,
      oauth,
      clients,
      audit,
      grants,
      calls,
      connections,
      caller,
    },
    ...{ lines, connect, entry, exchanges },
  };
}
