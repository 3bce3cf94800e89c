const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/** How URLs are compared and continued. The lookbehind keeps a long run of slashes from taking quadratic time. */
export function withoutTrailingSlashes(url: string): string {
  return url.replace(/(?<!\/)\/+$/, '');
}

/** Whether `host` (as in `URL.hostname`) names this machine itself. */
export function isLoopback(host: string): boolean {
  return LOOPBACK_HOSTS.has(host) || host.endsWith('.localhost') || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The path below which a service is that is known as `url`, without a trailing slash: empty at the root of a host. */
export function basePathOf(url: string): string {
  return withoutTrailingSlashes(new URL(url).pathname);
}
