/**
 * The same request on the callback's host, so that a login's cookie comes back there. `moved` ends it after one step:
 * behind a proxy that renames the host it would go round for ever.
 * @param base where this service is on that host
 */
export function sameOn(base: URL, request: { url: string }, query: Record<string, string> = {}): string {
  // Only path and query are the request's to say: a target in absolute form names a host of its own.
  const { pathname, search } = new URL(request.url, base.origin);
  const url = new URL(base.origin);
  url.pathname = base.pathname.replace(/\/$/, '') + pathname;
  url.search = search;
  for (const [name, value] of Object.entries({ ...query, moved: '1' })) url.searchParams.set(name, value);
  return url.href;
}
