import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Dispatcher } from 'undici';
import type { Clock } from './access/caller.ts';
import { Hosts } from './atlassian/hosts.ts';
import type { Network } from './atlassian/network.ts';
import { OAuthEndpoints } from './atlassian/oauth.ts';
import { Transport } from './atlassian/transport.ts';
import type { Config } from './config.ts';
import { ClientFactory } from './connections/clients.ts';
import { Connections } from './connections/connections.ts';
import { Consents } from './connections/consents.ts';
import { GrantKeeper } from './connections/grants.ts';
import { LoginStates } from './connections/login-state.ts';
import { Logins } from './connections/logins.ts';
import { RefreshSweep } from './connections/refresh-sweep.ts';
import type { RefreshTimings } from './connections/refresher.ts';
import { loadSecrets } from './connections/secrets.ts';
import { TokenLogins } from './connections/token-logins.ts';
import { deriveKey } from './connections/vault.ts';
import { Cursors } from './operations/cursors.ts';
import { RecentIssues } from './operations/recent-issues.ts';
import { buildServer, type ServerOptions } from './server.ts';
import { openStore } from './stores/open.ts';

/** How long a stop waits for what is in flight. */
const STOP_MS = 10_000;

export interface ServiceOptions extends ServerOptions {
  log: Logger;
  /** Epoch seconds. */
  clock?: Clock;
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
  const store = await openStore(config.database, { clock: () => clock() * 1_000 });
  try {
    const { stateSecret, vault } = await loadSecrets(config, store);
    await vault.verify(store);

    const hosts = new Hosts({ trusted: [config.authBaseUrl, config.apiBaseUrl], allowed: config.allowedBaseUrls });
    const transport = new Transport({
      hosts,
      ...(options.dispatcher ? { dispatcher: options.dispatcher } : {}),
      ...(options.network ? { network: options.network } : {}),
      ...(options.clock ? { now: () => clock() * 1_000 } : {}),
    });
    const oauth = new OAuthEndpoints(transport, config);
    const grants = new GrantKeeper({
      store,
      vault,
      oauth,
      appOf: (clientId) => Object.values(config.providers).find(({ app }) => app?.clientId === clientId)?.app ?? null,
      reconnectUrl: (tenantId) => `${config.publicBaseUrl}/connect?${new URLSearchParams({ tenant_id: tenantId })}`,
      requestTimeoutMs: config.requestTimeoutMs,
      clock,
      random: options.random,
      timings: options.refreshTimings,
    });
    const { requestTimeoutMs } = config;
    const clientIds = [...new Set(Object.values(config.providers).flatMap(({ app }) => (app ? [app.clientId] : [])))];
    const { random, sweepEveryMs: everyMs } = options;
    const sweep = new RefreshSweep({ store, grants, clientIds, clock, log, requestTimeoutMs, random, everyMs });
    const clients = new ClientFactory(transport, config.apiBaseUrl);
    const tokenLogins = new TokenLogins({ config, store, grants, clients, hosts, transport, clock });
    const connections = new Connections({ config, store, grants, oauth, clients, tokenLogins, vault, clock });
    const states = new LoginStates(deriveKey(stateSecret, 'login state'), clock);
    const { cloudBaseUrl } = config;
    const consents = new Consents({ store, oauth, grants, clients, cloudBaseUrl, clock });
    const logins = new Logins({ config, store, vault, states, oauth, consents, clock });
    const cursors = new Cursors(deriveKey(stateSecret, 'cursor'));
    const workshop = { connections, cursors, recentIssues: new RecentIssues(), clock };
    const app = await buildServer({ config, store, connections, logins, workshop }, log, options);

    return {
      app,
      listen: async () => {
        await app.listen({ port: config.port, host: config.host });
        if (config.refreshSweep) sweep.start();
        const { address, port, family } = app.server.address() as AddressInfo;
        return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
      },
      stop: async () => {
        const force = setTimeout(() => app.server.closeAllConnections(), options.stopMs ?? STOP_MS);
        await app.close();
        clearTimeout(force);
        await sweep.stop();
        await logins.settle();
        await grants.settle(log);
        await transport.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
