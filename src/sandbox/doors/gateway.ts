import { confluenceRoutes } from '../confluence/cloud.ts';
import { confluenceShape } from '../confluence/errors.ts';
import { confluenceSearchRoutes } from '../confluence/search.ts';
import { type Call, type ErrorShape, gatewayShape, Refused, type Reply, settle } from '../http/call.ts';
import type { Cursors } from '../http/cursors.ts';
import { dispatch, type Route } from '../http/routes.ts';
import { jiraRoutes } from '../jira/cloud.ts';
import { jiraShape } from '../jira/errors.ts';
import type { ApiTokens } from '../login/api-tokens.ts';
import { coversSite, type Family } from '../login/grants.ts';
import type { Product, SandboxUser } from '../world/accounts.ts';
import { ANONYMOUS } from '../world/data-center-users.ts';
import { CLOUD } from '../world/edition.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Site } from '../world/records.ts';
import type { Rules } from '../world/rules.ts';
import type { Analyser } from '../world/text-index.ts';
import { publicPart, type World } from '../world/world.ts';
import type { RateLimit } from './rate-limit.ts';

/** What the products need, whichever way they are reached. */
export interface ProductDeps {
  world: World;
  cursors: Cursors;
  analyser: Analyser;
  apiTokens: ApiTokens;
  rateLimit: RateLimit;
  rules: Readonly<Rules>;
  siteUrl(siteName: string): string;
  now(): number;
  indexLagMs(): number;
}

export interface GatewayDeps extends ProductDeps {
  publicUrl(): string;
  authenticate(call: Call): { grant: Family; user: SandboxUser };
}

/** Where a call goes: a product on a site. */
export interface ProductTarget {
  product: Product;
  site: Site;
  /** As the product's routes describe it, without what leads to the product. */
  path: string;
  apiUrl: string;
}

/** Who asks, and within which scopes: `null` is everything the user may. */
export interface Caller {
  user: SandboxUser;
  scopes: readonly string[] | null;
  /** The credentials are refused, and the call goes on as that of an anonymous user. */
  anonymous?: true;
}

/** Who calls with credentials that do not work, where the rules let such a call go on. */
export const REFUSED_CALLER: Caller = { user: ANONYMOUS, scopes: null, anonymous: true };

/** By what Seraph, Atlassian's authentication, tells that credentials were sent and did not work. */
export const LOGIN_FAILED = { 'x-seraph-loginreason': 'AUTHENTICATED_FAILED' };

const ROUTES: Readonly<Record<Product, readonly Route<ProductCall>[]>> = {
  jira: jiraRoutes,
  confluence: [...confluenceRoutes, ...confluenceSearchRoutes],
};

/** The error shape of whatever answers for a path behind the gateway: a product, or the gateway itself. */
export function gatewayErrorShape(path: string): ErrorShape {
  const [, , product, , ...rest] = path.split('/');
  return product === 'jira' || product === 'confluence'
    ? productErrorShape(product, `/${rest.join('/')}`)
    : gatewayShape;
}

/** @param path as the product's routes describe it */
export function productErrorShape(product: Product, path: string): ErrorShape {
  return product === 'jira' ? jiraShape : confluenceShape(path);
}

/** Answers `/ex/{product}/{cloudId}/…`: token first, then site, then scope, then the product itself. */
export function gateway(deps: GatewayDeps, call: Call): Reply {
  const caller = callerAtGateway(deps, call);
  const [, , product, cloudId = '', ...rest] = call.path.split('/');
  const site = deps.world.sites.find((entry) => entry.cloudId === cloudId);
  const known = product === 'jira' || product === 'confluence';
  if (
    !known ||
    !site ||
    !caller.covers(site) ||
    !(caller.anonymous || deps.world.reaches(caller.user, site, product))
  ) {
    throw new Refused(404, `No ${known ? product : 'product'} found for ${cloudId}`, gatewayShape);
  }
  const apiUrl = `${deps.publicUrl()}/ex/${product}/${cloudId}`;
  return serve(deps, call, { product, site, path: `/${rest.join('/')}`, apiUrl }, caller);
}

/** Lets a product answer: the rate limit first, then the scope, then the route. */
export function serve(deps: ProductDeps, call: Call, target: ProductTarget, caller: Caller): Reply {
  const { user, scopes, anonymous } = caller;
  const { product, site, path, apiUrl } = target;
  const reply = limited(deps, call, target, () =>
    dispatch(ROUTES[product], path, call, (matched, route) => {
      const isGranted = (scope: string) => !scopes || scopes.includes(scope);
      if ((route.scopes && !route.scopes.some(isGranted)) || !(route.allScopes ?? []).every(isGranted)) {
        throw new Refused(401, 'Unauthorized; scope does not match', gatewayShape);
      }
      if (anonymous && !route.public) {
        throw new Refused(401, 'Client must be authenticated to access this resource.');
      }
      return {
        ...matched,
        user,
        site: anonymous ? publicPart(site) : site,
        edition: CLOUD,
        siteUrl: deps.siteUrl(site.name),
        apiUrl,
        world: deps.world,
        cursors: deps.cursors,
        analyser: deps.analyser,
        now: deps.now(),
        indexLagMs: deps.indexLagMs(),
        rules: deps.rules,
      };
    }),
  );
  return anonymous ? { ...reply, headers: { ...reply.headers, ...LOGIN_FAILED } } : reply;
}

/** Counts the call, and puts the rate limit's headers on whatever becomes of it. */
export function limited(deps: ProductDeps, call: Call, target: ProductTarget, answer: () => Reply): Reply {
  const { product, site, path } = target;
  const verdict = deps.rateLimit.cloud({ product, site: site.cloudId, method: call.method, path });
  const shape = productErrorShape(product, path);
  const reply = verdict?.refused ? shape(429, 'Rate limit exceeded.') : settle(shape, answer);
  return verdict ? { ...reply, headers: { ...reply.headers, ...verdict.headers } } : reply;
}

function callerAtGateway(deps: GatewayDeps, call: Call): Caller & { covers(site: Site): boolean } {
  const { authorization } = call.headers;
  if (/^Basic /i.test(authorization ?? '')) {
    const owner = deps.apiTokens.owner(authorization);
    if (!owner && deps.rules.answerAsAnonymous) return { ...REFUSED_CALLER, covers: () => true };
    if (!owner?.scopes) throw new Refused(401, 'Unauthorized', gatewayShape);
    return { ...owner, covers: () => true };
  }
  const { grant, user } = deps.authenticate(call);
  return { user, scopes: grant.scopes, covers: ({ cloudId }) => coversSite(grant, cloudId) };
}
