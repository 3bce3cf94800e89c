import type { Product, SandboxUser } from './accounts.ts';
import { confluenceRoutes, confluenceShape } from './confluence.ts';
import { confluenceSearchRoutes } from './confluence-search.ts';
import type { Cursors } from './cursors.ts';
import type { Family } from './grants.ts';
import { type Call, dispatch, type ErrorShape, gatewayShape, Refused, type Reply, type Route } from './http.ts';
import { jiraRoutes, jiraShape } from './jira.ts';
import type { Site, World } from './world.ts';

/** A call that reached a product: who asks, on which site, and when. */
export interface ProductCall extends Call {
  user: SandboxUser;
  site: Site;
  /** What a person's browser opens, without a trailing slash. */
  siteUrl: string;
  /** What the API's own links begin with, such as `https://api.atlassian.com/ex/jira/{cloudId}`. */
  apiUrl: string;
  world: World;
  cursors: Cursors;
  /** Epoch milliseconds. */
  now: number;
  /** How long a created issue stays out of the index. */
  indexLagMs: number;
}

export interface GatewayDeps {
  world: World;
  cursors: Cursors;
  publicUrl(): string;
  siteUrl(siteName: string): string;
  now(): number;
  indexLagMs(): number;
  authenticate(call: Call): { grant: Family; user: SandboxUser };
}

const ROUTES: Readonly<Record<Product, readonly Route<ProductCall>[]>> = {
  jira: jiraRoutes,
  confluence: [...confluenceRoutes, ...confluenceSearchRoutes],
};

/** The error shape of whatever answers for a path: a product, or the gateway itself. */
export function gatewayErrorShape(path: string): ErrorShape {
  const [, , product, , ...rest] = path.split('/');
  if (product === 'jira') return jiraShape;
  return product === 'confluence' ? confluenceShape(`/${rest.join('/')}`) : gatewayShape;
}

/** Answers `/ex/{product}/{cloudId}/…`: token first, then site, then scope, then the product itself. */
export function gateway(deps: GatewayDeps, call: Call): Reply {
  const { grant, user } = deps.authenticate(call);
  const [, , product, cloudId = '', ...rest] = call.path.split('/');
  const site = deps.world.sites.find((entry) => entry.cloudId === cloudId);
  const known = product === 'jira' || product === 'confluence';
  if (!known || !site || !deps.world.reaches(user, site, product)) {
    throw new Refused(404, `No ${known ? product : 'product'} found for ${cloudId}`, gatewayShape);
  }
  return dispatch(ROUTES[product], `/${rest.join('/')}`, call, (matched, route) => {
    if (route.scopes && !route.scopes.some((scope) => grant.scopes.includes(scope))) {
      throw new Refused(401, 'Unauthorized; scope does not match', gatewayShape);
    }
    return {
      ...matched,
      user,
      site,
      siteUrl: deps.siteUrl(site.name),
      apiUrl: `${deps.publicUrl()}/ex/${product}/${cloudId}`,
      world: deps.world,
      cursors: deps.cursors,
      now: deps.now(),
      indexLagMs: deps.indexLagMs(),
    };
  });
}
