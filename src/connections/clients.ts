import { ConfluenceClient, type ConfluenceReader } from '../atlassian/confluence/client.ts';
import { JiraClient, type JiraReader } from '../atlassian/jira/client.ts';
import type { Signs } from '../atlassian/wire/last-answers.ts';
import type { RatePools } from '../atlassian/wire/rate-limits.ts';
import { type Attempt, type SiteAccess, SiteApi } from '../atlassian/wire/site-api.ts';
import type { Transport } from '../atlassian/wire/transport.ts';
import type { CallContext } from '../call-context.ts';
import type { Provider } from '../config.ts';
import type { Connection, Grant } from '../stores/store.ts';

/** Data Center limits a user over all endpoints, and names no reason. */
const SERVER_LIMITS = { unnamed: 'own' } as const;
/** Half of the connections to the gateway. */
const CLOUD_LIMITS = { unnamed: 'endpoint', inFlight: 256 } as const;

/** The client class of each provider. */
export interface Clients {
  jira: JiraClient;
  confluence: ConfluenceClient;
}

/** The same where nothing may be sent that changes something: they only prepare it. */
export interface Readers {
  jira: JiraReader;
  confluence: ConfluenceReader;
}

const CLIENTS: { [P in Provider]: new (api: SiteApi) => Clients[P] } = {
  jira: JiraClient,
  confluence: ConfluenceClient,
};

/** Whose site a client is for, how it is reached, and the OAuth app that the credentials come from, if any. */
export type ConnectionAddress<P extends Provider = Provider> = Pick<Connection, 'tenantId' | 'auth' | 'api' | 'site'> &
  Pick<Grant, 'clientId'> & {
    provider: P;
    /** What the grant covers, where that is known. */
    scopes?: readonly string[] | null;
  };

/** The name of what a tenant's calls to one site count against (`RatePools.own`). */
export function poolOf(tenantId: string, provider: Provider, siteId: string): string {
  return `${tenantId}/${provider}/${siteId}`;
}

function poolsOf({ tenantId, provider, api, site, clientId }: Omit<ConnectionAddress, 'auth'>): RatePools {
  return {
    own: poolOf(tenantId, provider, site.id),
    shared: clientId === null ? null : `${provider}/${clientId}`,
    ...(api === 'data_center' ? SERVER_LIMITS : CLOUD_LIMITS),
  };
}

/** What Atlassian's answers have told about a connection, and the rate limit that holds now. */
export interface SiteSigns extends Signs {
  pause: { leftMs: number; reason: string | undefined } | null;
}

/** Makes clients that carry a connection's credentials to where they belong. The only place that decides on both. */
export class ClientFactory {
  /** By grants, which the store gives as the same objects again while nothing is written, their connections with them. */
  private readonly known = new WeakMap<Grant, { connection: Connection; access: SiteAccess }>();

  constructor(
    private readonly transport: Transport,
    /** That of Atlassian's gateway. */
    private readonly apiBaseUrl: string,
  ) {}

  /**
   * @param secret an access token, a Personal Access Token, or `email:token` of an API token.
   * @param attempt what is to be told of what the client writes.
   */
  open<P extends Provider>(
    target: ConnectionAddress<P>,
    secret: string,
    context: CallContext,
    attempt?: Attempt,
  ): Clients[P] {
    return this.client(target.provider, this.accessOf(target, secret), context, attempt);
  }

  /** The same for a connection and a grant of the store. @param secretOf opens the grant's secret. */
  openStored<P extends Provider>(
    { connection, provider, grant }: { connection: Connection; provider: P; grant: Grant },
    secretOf: (grant: Grant) => string,
    context: CallContext,
    attempt: Attempt,
  ): Clients[P] {
    let known = this.known.get(grant);
    if (known?.connection !== connection) {
      const { clientId, scopes } = grant;
      known = { connection, access: this.accessOf({ ...connection, clientId, scopes }, secretOf(grant)) };
      this.known.set(grant, known);
    }
    return this.client(provider, known.access, context, attempt);
  }

  private client<P extends Provider>(provider: P, access: SiteAccess, context: CallContext, attempt?: Attempt) {
    return new CLIENTS[provider](new SiteApi(this.transport, access, context, attempt));
  }

  private accessOf(target: ConnectionAddress, secret: string): SiteAccess {
    const { provider, auth, api, site, scopes = null } = target;
    return {
      // A 3LO token and a scoped API token work only behind the gateway, an unscoped one only on the site's own URL.
      baseUrl: api === 'gateway' ? `${this.apiBaseUrl}/ex/${provider}/${encodeURIComponent(site.id)}` : site.url,
      siteUrl: site.url,
      deployment: api === 'data_center' ? 'data_center' : 'cloud',
      granted: scopes,
      authorization: auth === 'api_token' ? `Basic ${Buffer.from(secret).toString('base64')}` : `Bearer ${secret}`,
      pools: poolsOf(target),
      plainUrls: new Map(),
    };
  }

  /** What the last answers told, as far as this process has seen any. */
  signsOf(target: ConnectionAddress): SiteSigns {
    const { answers, limits } = this.transport;
    const pools = poolsOf(target);
    return { ...answers.of(pools.own), pause: limits.longestPause(pools) };
  }
}
