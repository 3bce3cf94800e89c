import { type Dispatcher, errors, Pool, ProxyAgent } from 'undici';
import { type ProxyConfig, proxyFor } from '../../proxy-settings.ts';

/** Opens the way through the proxies that the operator has set. */
export class Proxies {
  private readonly agents = new Map<string, ProxyAgent>();

  constructor(
    private readonly config: ProxyConfig,
    private readonly pool: { connectTimeoutMs?: number } & Pool.Options = {},
  ) {}

  /** What sends to `url` through its proxy, or null where it is called directly. */
  to(url: URL): Dispatcher | null {
    const proxy = proxyFor(this.config, url);
    if (proxy === null) return null;
    // Two proxies may differ in their credentials alone.
    const key = `${proxy.url} ${proxy.authorization}`;
    const known = this.agents.get(key);
    if (known) return known;
    const { connectTimeoutMs, ...pool } = this.pool;
    const agent = new ProxyAgent({
      ...pool,
      uri: proxy.url,
      ...(proxy.authorization === null ? {} : { token: proxy.authorization }),
      // Plain http goes to the proxy as a request of its own: most forbid tunnels to port 80.
      proxyTunnel: false,
      ...(connectTimeoutMs === undefined ? {} : { proxyTls: { timeout: connectTimeoutMs } }),
      factory: (origin, options) => new Pool(origin, { ...pool, ...options }),
    });
    this.agents.set(key, agent);
    return agent;
  }

  async close(): Promise<void> {
    await Promise.all([...this.agents.values()].map((agent) => agent.close()));
  }
}

/**
 * Whether a call through a proxy failed at the proxy itself, and the status it answered with, if it did. All that is
 * connected to and looked up then is the proxy.
 */
export function proxyFailure(cause: unknown): { status?: number } | null {
  if (!(cause instanceof Error)) return null;
  const status = /^Proxy (?:response|Authentication Required) \((\d{3})\)/.exec(cause.message)?.[1];
  if (status !== undefined) return { status: Number(status) };
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  const { syscall } = (first ?? {}) as { syscall?: unknown };
  const isAway = syscall === 'connect' || syscall === 'getaddrinfo';
  return isAway || cause instanceof errors.ConnectTimeoutError || cause instanceof errors.SecureProxyConnectionError
    ? {}
    : null;
}
