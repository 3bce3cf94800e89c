import type { Config } from '../../config.ts';
import { AppError } from '../../errors.ts';
import { withoutTrailingSlashes } from '../../urls.ts';
import type { Login } from './login-state.ts';

type Places = Pick<Config, 'frontendUrl' | 'publicBaseUrl' | 'corsOrigins'>;

/** The page that ends a login in a popup: it tells the page that opened it, at its own `return_url`, and closes. */
export const POPUP_PATH = '/connect/popup';

/** @throws AppError `VALIDATION` unless `returnUrl` is a place that browsers may be sent to. */
export function checkReturnUrl(places: Places, returnUrl: string | null): void {
  if (returnUrl === null) return;
  const { frontendUrl, publicBaseUrl, corsOrigins } = places;
  const listed = corsOrigins === '*' ? [] : corsOrigins;
  const allowed = [frontendUrl, publicBaseUrl, ...listed].flatMap((url) => (url === null ? [] : [new URL(url).origin]));
  const url = URL.canParse(returnUrl) ? new URL(returnUrl) : null;
  if (
    !url ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username ||
    url.password ||
    !allowed.includes(url.origin)
  ) {
    throw new AppError(
      'VALIDATION',
      `return_url must be an absolute URL on one of: ${[...new Set(allowed)].join(', ')}.`,
      { details: { parameter: 'return_url' } },
    );
  }
  // That page leads on itself.
  if (isAt(url, publicBaseUrl + POPUP_PATH)) checkReturnUrl(places, url.searchParams.get('return_url'));
}

/**
 * Where the browser goes after a login, how it ended added to the query; and whether that is a page of this service. The page
 * of the connections is opened on the host of the callback, where the cookie is that tells it more.
 * @param callbackBase where this service is for browsers on that host
 */
export function destinationOf(
  { frontendUrl, publicBaseUrl }: Places,
  { provider, tenantId, returnUrl, callerState }: Login,
  error: AppError | null,
  callbackBase: URL | null,
): { location: string; isOwnPage: boolean } {
  const ownPage = `${publicBaseUrl}/connect`;
  const url = new URL(returnUrl ?? (frontendUrl === null ? ownPage : `${frontendUrl}/oauth/${provider}`));
  const isConnections = isAt(url, ownPage);
  if (isConnections && callbackBase !== null) {
    const { search } = url;
    url.href = `${withoutTrailingSlashes(callbackBase.href)}/connect`;
    url.search = search;
  }
  const isOwnPage = isConnections || isAt(url, publicBaseUrl + POPUP_PATH);
  const ended = error ? { status: 'error', error: error.code, message: error.message } : { status: 'success' };
  const facts = { ...ended, provider, tenant_id: tenantId, ...(callerState === null ? {} : { state: callerState }) };
  for (const [name, value] of Object.entries(facts)) url.searchParams.set(name, value);
  return { location: url.href, isOwnPage };
}

/** A path without the freedoms of writing it, as whoever looks at it later may read it. */
function plainPath(path: string): string {
  try {
    return withoutTrailingSlashes(decodeURIComponent(path)).replace(/\/+/g, '/').toLowerCase();
  } catch {
    return path;
  }
}

function isAt(url: URL, page: string): boolean {
  const { origin, pathname } = new URL(page);
  return url.origin === origin && plainPath(url.pathname) === plainPath(pathname);
}
