import type {
  Connection,
  ConnectionChange,
  ConnectLink,
  ConnectLinkRequest,
  Connector,
  Provider,
} from './operations.ts';
import { type ClientOptions, type Send, under } from './send.ts';
import type { CallOptions } from './shapes.ts';

export interface LoginQuery {
  /** Where the browser is sent in the end; by default, where the operator has set. */
  return_url?: string | undefined;
  /** Returned unchanged. */
  state?: string | undefined;
  /** Scopes, separated by spaces, instead of the usual ones. */
  scope?: string | undefined;
}

/** The tenant's connections. Changing them takes a key with the role `app`. */
export interface Connections {
  /** Both products, connected or not. */
  list(options?: CallOptions): Promise<Connector[]>;
  /** One connection, or its empty form where there is none. */
  get(provider: Provider, options?: CallOptions): Promise<Connection>;
  /** Chooses another site, renews the credentials, or connects with a token. Gives the connection as it is then. */
  change(provider: Provider, change: ConnectionChange, options?: CallOptions): Promise<Connection>;
  /** Disconnects and forgets the credentials; does nothing if there is no connection. */
  remove(provider: Provider, options?: CallOptions): Promise<void>;
  /** A link by which a person connects, valid for 10 minutes and one login. Whoever has it can connect an account. */
  createLink(provider: Provider, request?: ConnectLinkRequest, options?: CallOptions): Promise<ConnectLink>;
  /** Where a browser navigates to log in. It sends no key when it navigates: if callers need one, use `createLink`. */
  loginUrl(provider: Provider, query?: LoginQuery): string;
}

export function connectionsOf(send: Send, { baseUrl, tenant }: ClientOptions): Connections {
  const at = (provider: Provider, rest: string) => `/connectors/${provider}/${rest}`;
  return {
    list: (options) => send('GET', '/connectors', undefined, options),
    get: (provider, options) => send('GET', at(provider, 'connection'), undefined, options),
    change: async (provider, change, options) => {
      const { status } = await send<{ status: Connection }>('PATCH', at(provider, 'connection'), change, options);
      return status;
    },
    remove: async (provider, options) => void (await send('DELETE', at(provider, 'connection'), undefined, options)),
    createLink: (provider, request = {}, options) => send('POST', at(provider, 'connect-link'), request, options),
    loginUrl: (provider, query = {}) => {
      const asked = Object.entries({ redirect: 'true', tenant_id: tenant, ...query });
      const given = asked.flatMap(([name, value]) =>
        value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
      );
      return under(baseUrl, `/auth/${provider}/login?${given.join('&')}`);
    },
  };
}
