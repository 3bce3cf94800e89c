import { type Call, type ErrorShape, json, Refused, type Reply } from '../http/call.ts';
import { dispatch, type Route } from '../http/routes.ts';
import { serverInfo } from '../jira/server.ts';
import type { Product } from '../world/accounts.ts';
import { CLOUD, type Edition } from '../world/edition.ts';
import {
  type Caller,
  LOGIN_FAILED,
  limited,
  type ProductDeps,
  type ProductTarget,
  productErrorShape,
  REFUSED_CALLER,
  serve,
} from './gateway.ts';

const SITE_API = /^\/site\/([^/]+)(\/(?:rest|_edge|wiki\/rest|wiki\/api)\/.*)$/;

interface SiteCall extends Call {
  cloudId: string;
  siteUrl: string;
  edition: Edition;
  now: number;
}

/** What a site tells without asking who calls. */
const PUBLIC_ROUTES: readonly Route<SiteCall>[] = [
  { method: 'GET', path: '/_edge/tenant_info', handle: ({ cloudId }) => json(200, { cloudId }) },
  { method: 'GET', path: '/rest/api/2/serverInfo', handle: serverInfo },
  { method: 'GET', path: '/rest/api/3/serverInfo', handle: serverInfo },
];

/** Whether a path below a site's own URL belongs to its API, and not to the pages that a person opens. */
export function isSiteApi(path: string): boolean {
  return SITE_API.test(path);
}

/** The error shape of the product that answers for a path of a site's API. */
export function siteErrorShape(path: string): ErrorShape {
  const inner = SITE_API.exec(path)?.[2] ?? '';
  return productErrorShape(productOf(inner), inner);
}

/**
 * Answers the API on a site's own URL, `/site/{name}/rest/…` and `/site/{name}/wiki/…`. It takes unscoped API tokens
 * and nothing else: scoped ones and the tokens of OAuth belong on the gateway.
 */
export function siteApi(deps: ProductDeps, call: Call): Reply {
  const [, name = '', path = ''] = SITE_API.exec(call.path) ?? [];
  const site = deps.world.sites.find((entry) => entry.name === name);
  if (!site) throw new Refused(404, `There is no site '${name}'`);
  const siteUrl = deps.siteUrl(name);
  const open = () =>
    dispatch(PUBLIC_ROUTES, path, call, (matched) => ({
      ...matched,
      cloudId: site.cloudId,
      siteUrl,
      edition: CLOUD,
      now: deps.now(),
    }));
  if (path.startsWith('/_edge/')) return open();

  const target: ProductTarget = { product: productOf(path), site, path, apiUrl: siteUrl };
  const caller = callerOn(deps, call, target);
  if (caller) {
    const { headers, ...reply } = serve(deps, call, target, caller);
    const login = { 'x-seraph-loginreason': 'OK', 'x-aaccountid': caller.user.accountId };
    return { ...reply, headers: caller.anonymous ? { ...headers } : { ...login, ...headers } };
  }
  if (PUBLIC_ROUTES.some((route) => route.path === path)) return limited(deps, call, target, open);
  throw unauthenticated();
}

/**
 * @returns null for a call without credentials
 * @throws Refused 401 for credentials that do not work here, also where none are needed
 */
function callerOn(deps: ProductDeps, call: Call, { site, product }: ProductTarget): Caller | null {
  const { authorization } = call.headers;
  if (authorization === undefined) return null;
  const owner = deps.apiTokens.owner(authorization);
  if (!owner && deps.rules.answerAsAnonymous) return REFUSED_CALLER;
  // A product has no account of a user who does not reach it: to it, they are nobody.
  if (!owner || owner.scopes || !deps.world.reaches(owner.user, site, product)) {
    throw unauthenticated(LOGIN_FAILED);
  }
  return owner;
}

function productOf(path: string): Product {
  return path.startsWith('/wiki/') ? 'confluence' : 'jira';
}

function unauthenticated(headers?: Record<string, string>): Refused {
  return new Refused(401, 'Client must be authenticated to access this resource.', undefined, headers);
}
