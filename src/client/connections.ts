import type {
  Connection,
  ConnectionChange,
  ConnectLink,
  ConnectLinkRequest,
  Connector,
  Provider,
} from './operations.ts';
import { addressOf, type ClientOptions, type Send } from './send.ts';
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
  const at = (provider: Provider, rest: string) => `/connectors/${encodeURIComponent(provider)}/${rest}`;
  const isConnection = (told: unknown) => typeof (told as Partial<Connection> | null)?.connected === 'boolean';
  return {
    list: (options) => send({ method: 'GET', path: '/connectors', isAnswer: Array.isArray }, options),
    get: (provider, options) =>
      send({ method: 'GET', path: at(provider, 'connection'), isAnswer: isConnection }, options),
    change: async (provider, body, options) => {
      const path = at(provider, 'connection');
      const isAnswer = ({ status }: Record<string, unknown>) => isConnection(status);
      const { status } = await send<{ status: Connection }>({ method: 'PATCH', path, body, isAnswer }, options);
      return status;
    },
    remove: async (provider, options) => {
      await send({ method: 'DELETE', path: at(provider, 'connection'), isAnswer: ({ ok }) => ok === true }, options);
    },
    createLink: (provider, body = {}, options) => {
      const path = at(provider, 'connect-link');
      return send({ method: 'POST', path, body, isAnswer: ({ url }) => typeof url === 'string' }, options);
    },
    loginUrl: (provider, query = {}) => {
      const asked = Object.entries({ redirect: 'true', tenant_id: tenant, ...query });
      const given = asked.flatMap(([name, value]) => (value == null ? [] : [`${name}=${encodeURIComponent(value)}`]));
      return `${addressOf(baseUrl)}/auth/${encodeURIComponent(provider)}/login?${given.join('&')}`;
    },
  };
}
