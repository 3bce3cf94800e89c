import type { Settings } from './settings.ts';

/** A proxy that calls go through. */
export interface ProxyServer {
  /** Its origin, without user info. */
  url: string;
  /** `Proxy-Authorization`, where its URL has user info. */
  authorization: string | null;
}

/** How calls leave the network, each value null or empty where it is not set. */
export interface ProxyConfig {
  /** For https origins. */
  https: ProxyServer | null;
  /** For http origins. */
  http: ProxyServer | null;
  /** What is called directly. */
  noProxy: NoProxyEntry[] | '*';
}

export interface NoProxyEntry {
  /** Lower case; stands for itself and for everything below it. */
  host: string;
  port: string | null;
}

/** `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in lower case too. */
export function readProxy(settings: Settings): ProxyConfig {
  return {
    https: readServer(settings, 'HTTPS_PROXY'),
    http: readServer(settings, 'HTTP_PROXY'),
    noProxy: readNoProxy(settings),
  };
}

function readServer(settings: Settings, name: string): ProxyServer | null {
  const text = settings.text(name, name.toLowerCase());
  if (text === null) return null;
  const server = parseServer(text.includes('://') ? text : `http://${text}`);
  if (server === null) {
    settings.problem(
      `${name} (masked: it may contain a password) must be http://<host>:<port> or https://<host>:<port>, with <user>:<password>@ before the host if the proxy requires it, percent-encoded; SOCKS is not supported`,
    );
  }
  return server;
}

function parseServer(text: string): ProxyServer | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash) return null;
  const { username, password, origin } = url;
  if (username === '' && password === '') return { url: origin, authorization: null };
  try {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return { url: origin, authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  } catch {
    return null;
  }
}

function readNoProxy(settings: Settings): NoProxyEntry[] | '*' {
  const entries = (settings.text('NO_PROXY', 'no_proxy') ?? '').split(/[\s,]+/).filter(Boolean);
  if (entries.includes('*')) return '*';
  return entries.map((entry) => {
    // An IPv6 address has colons of its own, and brackets where a port follows.
    const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? [];
    const host = (bracketed ?? plain ?? entry).replace(/^\*?\./, '').toLowerCase();
    return { host, port: port ?? null };
  });
}

/** The proxy that a call to `url` goes through, or null where it goes directly. */
export function proxyFor({ https, http, noProxy }: ProxyConfig, url: URL): ProxyServer | null {
  const proxy = url.protocol === 'https:' ? https : http;
  if (proxy === null || noProxy === '*') return null;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const isListed = (entry: NoProxyEntry) =>
    (host === entry.host || host.endsWith(`.${entry.host}`)) && (entry.port === null || entry.port === port);
  return noProxy.some(isListed) ? null : proxy;
}
