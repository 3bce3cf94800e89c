import { type AddressInfo, isIPv4 } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Dispatcher } from 'undici';
import { ApiKeys } from './access/api-keys.ts';
import { Audit } from './access/audit.ts';
import { AuditIds } from './access/audit-id.ts';
import { AuditRetention } from './access/audit-retention.ts';
import type { Clock } from './access/caller.ts';
import { ConnectLinks } from './access/connect-links.ts';
import { Gatekeeper } from './access/gatekeeper.ts';
import { JwtVerifier } from './access/jwt.ts';
import { Policies } from './access/policy.ts';
import { SharedClock } from './access/shared-clock.ts';
import { Hosts } from './atlassian/wire/hosts.ts';
import type { Network } from './atlassian/wire/network.ts';
import { OAuthEndpoints } from './atlassian/wire/oauth.ts';
import { Proxies } from './atlassian/wire/proxies.ts';
import { Transport } from './atlassian/wire/transport.ts';
import type { Config } from './config.ts';
import { Calls } from './connections/calls.ts';
import { ClientFactory } from './connections/clients.ts';
import { Connections } from './connections/connections.ts';
import { GrantKeeper } from './connections/grants/grant-keeper.ts';
import { RefreshSweep } from './connections/grants/refresh-sweep.ts';
import type { RefreshTimings } from './connections/grants/refresh-timing.ts';
import { deriveKey } from './connections/grants/vault.ts';
import { Consents } from './connections/login/consents.ts';
import { LoginOutcomes } from './connections/login/login-outcome.ts';
import { LoginStates } from './connections/login/login-state.ts';
import { Logins } from './connections/login/logins.ts';
import { TokenLogins } from './connections/login/token-logins.ts';
import { loadSecrets } from './connections/secrets.ts';
import { isUnavailable } from './errors.ts';
import { listenProblem } from './listening.ts';
import type { LogState } from './log-output.ts';
import { Cursors } from './operations/cursors.ts';
import { RecentIssues } from './operations/jira/issues/recent-issues.ts';
import { buildServer, type ServerOptions } from './server.ts';
import { openStore, refusal } from './stores/open.ts';
import { ConnectionDoctor } from './tools/doctor.ts';
import { Toolbox } from './tools/toolbox.ts';
import { isLoopback } from './urls.ts';

/** How long a stop waits for what is in flight. */
const STOP_MS = 10_000;

/** How long a start waits for a PostgreSQL server that is started beside it. */
const DATABASE_WAIT_MS = 30_000;

export interface ServiceOptions extends ServerOptions {
  log: Logger;
  /** Whether the log is being written, for `/readyz`. Default: always. */
  logState?: () => LogState;
  /** Epoch seconds. */
  clock?: Clock;
  /** Epoch milliseconds; replaces the clock of an embedded database, which is the machine's. */
  databaseClock?: () => number;
  /** Replaces the HTTP connection pool towards Atlassian. */
  dispatcher?: Dispatcher;
  /** Replaces how names are resolved and connections opened. */
  network?: Partial<Network>;
  /** Milliseconds that a stop waits for what is in flight. Default 10,000. */
  stopMs?: number;
  /** 0 to 1; spreads waits. */
  random?: () => number;
  /** Replaces how long parts of a refresh may take. */
  refreshTimings?: Partial<RefreshTimings>;
  /** Milliseconds between two sweeps for grants that need a refresh. */
  sweepEveryMs?: number;
}

export interface Service {
  app: FastifyInstance;
  /** The tools, for a door beside the server's. */
  toolbox: Toolbox;
  /** Starts to accept requests; resolves to the address, e.g. `http://127.0.0.1:3001`. */
  listen(): Promise<string>;
  /** Stops accepting, finishes what is in flight within `stopMs`, closes the store. */
  stop(): Promise<void>;
}

/**
 * Puts the service together: store, keys, connections, operations, server.
 * @throws when the store cannot be opened, or its tokens cannot be read with the keys at hand.
 */
export async function createService(config: Config, options: ServiceOptions): Promise<Service> {
  const { log, clock = () => Math.floor(Date.now() / 1_000) } = options;
  for (const warning of config.warnings) log.warn(warning);
  const store = await openStore(config.database, {
    ...storeClock(config, options),
    onNew: (name) => tellNew(name, config, log),
    waiting: {
      forMs: DATABASE_WAIT_MS,
      onWait: (error, left) =>
        log.warn({ err: error, seconds_left: left }, 'the database is not ready yet, trying again'),
    },
  });
  try {
    const { stateSecret, vault } = await loadSecrets(config, store);
    await vault.verify(store);

    const { access } = store;
    const audit = new Audit({
      store: access,
      clock,
      ids: new AuditIds(options.clock ? () => clock() * 1_000 : Date.now),
      log,
    });
    const proxies = new Proxies(config.proxy);
    const sharedClock = new SharedClock({ now: () => store.now(), clock, log });
    const retention = new AuditRetention({ store, sharedClock, days: config.auditRetentionDays, log });
    const keys = new ApiKeys({ store: access, clock, log });
    const gatekeeper = new Gatekeeper({
      keys,
      jwt: config.auth.jwt && new JwtVerifier(config.auth.jwt, clock, (url) => proxies.to(url)),
      allowUnauthenticated: config.auth.allowUnauthenticated,
    });
    const policies = new Policies(access);
    const links = new ConnectLinks({ store: access, keys, gatekeeper, clock });

    const hosts = new Hosts({ trusted: [config.authBaseUrl, config.apiBaseUrl], allowed: config.allowedBaseUrls });
    const passing = options.clock ? { now: () => clock() * 1_000 } : {};
    const transport = new Transport({
      hosts,
      proxy: config.proxy,
      ...(options.dispatcher ? { dispatcher: options.dispatcher } : {}),
      ...(options.network ? { network: options.network } : {}),
      ...passing,
      ...(options.clock ? { clock: () => clock() * 1_000 } : {}),
    });
    const oauth = new OAuthEndpoints(transport, config);
    const grants = new GrantKeeper({
      store,
      vault,
      oauth,
      appOf: (clientId) => Object.values(config.providers).find(({ app }) => app?.clientId === clientId)?.app ?? null,
      reconnectUrl: (tenantId) => reconnectUrl(config, tenantId, gatekeeper.wasOn),
      audit,
      requestTimeoutMs: config.requestTimeoutMs,
      clock,
      random: options.random,
      timings: options.refreshTimings,
    });
    const { requestTimeoutMs } = config;
    const clientIds = [...new Set(Object.values(config.providers).flatMap(({ app }) => (app ? [app.clientId] : [])))];
    const { random, sweepEveryMs: everyMs } = options;
    const sweep = new RefreshSweep({ store, grants, clientIds, sharedClock, log, requestTimeoutMs, random, everyMs });
    const clients = new ClientFactory(transport, config.apiBaseUrl);
    const tokenLogins = new TokenLogins({ config, store, grants, clients, hosts, transport, clock });
    const calls = new Calls({ store, grants, clients, clock });
    const connections = new Connections({
      ...{ config, store, grants, oauth, calls, tokenLogins, vault, audit, clock },
      ...passing,
    });
    const states = new LoginStates(deriveKey(stateSecret, 'login state'), clock);
    const { cloudBaseUrl } = config;
    const consents = new Consents({ store, oauth, grants, clients, cloudBaseUrl, clock });
    const outcomes = new LoginOutcomes(deriveKey(stateSecret, 'login outcome'), clock);
    const logins = new Logins({
      ...{ config, store, vault, states, outcomes, oauth, consents },
      ...{ links, keys, gatekeeper, audit, clock },
    });
    const cursors = new Cursors(deriveKey(stateSecret, 'cursor'));
    const doctor = new ConnectionDoctor({ store, calls, clients, grants, connections, policies, clock });
    const operations = { calls, policies, audit, cursors, recentIssues: new RecentIssues(), clock, doctor };
    const { logState = () => ({ status: 'ok', dropped: 0 }) } = options;
    const app = await buildServer(
      { config, connections, logins, gatekeeper, policies, links, audit, operations, logState },
      log,
      options,
    );

    return {
      app,
      toolbox: new Toolbox({ operations, connections, policies }),
      listen: async () => {
        await refuseOpenDoor(config, gatekeeper, log);
        const { host, port } = config;
        await app.listen({ port, host }).catch((error: unknown) => {
          throw listenProblem(error, { host, port, portSetting: 'PORT' });
        });
        if (config.refreshSweep) sweep.start();
        retention.start();
        const at = app.server.address() as AddressInfo;
        return `http://${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`;
      },
      stop: async () => {
        const force = setTimeout(() => app.server.closeAllConnections(), options.stopMs ?? STOP_MS);
        await app.close();
        clearTimeout(force);
        await sweep.stop();
        await retention.stop();
        await logins.settle();
        await grants.settle(log);
        await transport.close();
        await proxies.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close().catch(() => undefined);
    throw isUnavailable(error) ? refusal(config.database, error) : error;
  }
}

/**
 * Says at start whether callers must show who they are. Where they need not, nobody but this machine may reach us, unless
 * the operator wants it so.
 * @throws when the service would be open to the network.
 */
async function refuseOpenDoor(config: Config, gatekeeper: Gatekeeper, log: Logger): Promise<void> {
  const { host, auth, publicBaseUrl, corsOrigins } = config;
  if (await gatekeeper.isOn()) {
    log.info({ api_keys: true, jwt: auth.jwt !== null }, 'authentication is on');
    return;
  }
  const isLocal = host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
  if (!isLocal && !auth.allowUnauthenticated) {
    throw new Error(
      `HOST is ${host}, but callers do not have to authenticate: create an API key (npm run keys -- create --tenant … --role …), set up JWTs (AUTH_JWKS_URL), keep HOST on loopback, or set ALLOW_UNAUTHENTICATED=true to let anyone act for every tenant`,
    );
  }
  if (auth.allowUnauthenticated) {
    log.warn({ host }, 'authentication is off: ALLOW_UNAUTHENTICATED lets anyone act for every tenant');
  } else {
    log.info({ host }, 'authentication is off, so only this machine is served: create an API key to turn it on');
  }
  const turnOn = auth.allowUnauthenticated
    ? 'To turn authentication on, create an API key (npm run keys -- create --tenant … --role …) or set up JWTs (AUTH_JWKS_URL), and remove ALLOW_UNAUTHENTICATED'
    : 'To turn authentication on, create an API key (npm run keys -- create --tenant … --role …) or set up JWTs (AUTH_JWKS_URL)';
  if (corsOrigins === '*') {
    log.warn(
      `AUTHENTICATION IS OFF AND BACKEND_CORS_ORIGINS IS *: any web page open in any browser that can reach this service can read and write for every tenant. ${turnOn}`,
    );
  }
  if (!isLoopback(new URL(publicBaseUrl).hostname)) {
    log.warn(
      `AUTHENTICATION IS OFF: anyone who can reach ${publicBaseUrl} can read and write for every tenant. ${turnOn}`,
    );
  }
}

/** A clock that was passed in is that of a database in memory, too, which nobody else has. */
function storeClock({ database }: Config, { clock, databaseClock }: ServiceOptions): { clock?: () => number } {
  if (databaseClock) return { clock: databaseClock };
  return database.kind === 'memory' && clock ? { clock: () => clock() * 1_000 } : {};
}

/** A new database has no API keys, so nothing but these words tells a first start from a wrong DATABASE_URL. */
function tellNew(database: string, { stateSecret, encryptionKeys }: Config, log: Logger): void {
  const words = 'created a new database; if there should already be one, stop the service and check DATABASE_URL';
  // A key file would have told: what is configured leaves no trace beside the database.
  if (stateSecret !== null && encryptionKeys !== null) log.warn({ database }, words);
  else log.info({ database }, words);
}

/** Where a tenant's user reconnects. With authentication on, a link that names a tenant would have to carry authority. */
function reconnectUrl({ frontendUrl, publicBaseUrl }: Config, tenantId: string, authIsOn: boolean): string {
  if (authIsOn) return `${frontendUrl ?? publicBaseUrl}/connect`;
  return `${publicBaseUrl}/connect?${new URLSearchParams({ tenant_id: tenantId })}`;
}
