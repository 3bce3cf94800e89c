import { type Settings, shown } from './settings.ts';

/** What people write to say that there is no proxy, or that there is one; each would be read as a host name. */
const NO_ADDRESS = /^(?:true|false|yes|no|on|off|none|null|undefined|direct|[01])$/i;

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
  const [https, http] = [readServer(settings, 'HTTPS_PROXY'), readServer(settings, 'HTTP_PROXY')];
  const isProxied = https !== null || http !== null;
  if (settings.text('ALL_PROXY', 'all_proxy') !== null && !isProxied) {
    settings.warning('ALL_PROXY is set, but this service does not read it: set HTTPS_PROXY to call through that proxy');
  }
  const noProxy = readNoProxy(settings, isProxied);
  return { https, http, noProxy };
}

function readServer(settings: Settings, name: string): ProxyServer | null {
  const text = settings.text(name, name.toLowerCase());
  if (text === null) return null;
  if (NO_ADDRESS.test(text)) {
    settings.problem(
      `${name} is ${JSON.stringify(text)}: it must be the address of a proxy. Remove the setting to call without one`,
    );
    return null;
  }
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

function readNoProxy(settings: Settings, isProxied: boolean): NoProxyEntry[] | '*' {
  const entries = (settings.text('NO_PROXY', 'no_proxy') ?? '').split(/[\s,]+/).filter(Boolean);
  if (entries.includes('*')) return '*';
  const useless = entries.filter((entry) => entry.includes('/') || entry.replace(/^\*\.?/, '').includes('*'));
  if (isProxied && useless.length > 0) {
    settings.warning(
      `NO_PROXY holds ${useless.map(shown).join(', ')}, which matches nothing: list host names and addresses, such as jira.example.com, .example.com or 10.0.0.7; URLs, networks and other wildcards are not supported`,
    );
  }
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
