import type { Product, SandboxUser } from './accounts.ts';
import { confluenceShape } from './confluence.ts';
import { ANONYMOUS, type Pats } from './data-center-users.ts';
import { dcConfluenceRoutes } from './dc-confluence.ts';
import { dcJiraRoutes } from './dc-jira.ts';
import { dcPageRoutes } from './dc-pages.ts';
import { DATA_CENTER } from './edition.ts';
import type { GatewayDeps, ProductCall } from './gateway.ts';
import {
  type Call,
  dispatch,
  type ErrorShape,
  gatewayShape,
  Refused,
  type Reply,
  type Route,
  settle,
  unexpected,
} from './http.ts';
import { jiraShape } from './jira.ts';

export interface DataCenterDeps extends Omit<GatewayDeps, 'authenticate' | 'publicUrl' | 'siteUrl'> {
  pats: Pats;
  /** Base URL of a product, context path included. */
  baseUrl(product: Product): string;
}

const ROUTES: Readonly<Record<Product, readonly Route<ProductCall>[]>> = {
  jira: [...dcJiraRoutes, ...dcPageRoutes.jira],
  confluence: [...dcConfluenceRoutes, ...dcPageRoutes.confluence],
};

/** The error shape of the product below `/dc/`. */
export function dataCenterErrorShape(path: string): ErrorShape {
  const product = path.split('/')[2];
  if (product === 'jira') return jiraShape;
  return product === 'confluence' ? confluenceShape('') : gatewayShape;
}

/** Answers `/dc/{product}/…`: first whatever credentials there are, then the path, then whether any are needed. */
export function dataCenter(deps: DataCenterDeps, call: Call): Reply {
  const [, , product, ...rest] = call.path.split('/');
  if (product !== 'jira' && product !== 'confluence') throw unexpected(404, `no such product: ${product}`);
  const user = authenticate(deps.pats, product, call);
  const shape = dataCenterErrorShape(call.path);
  const verdict = user && deps.rateLimit.dataCenter({ product, user: user.name });
  const reply = verdict?.refused
    ? shape(429, 'Rate limit exceeded.')
    : settle(shape, () => answer(deps, product, `/${rest.join('/')}`, user, call));
  return verdict ? { ...reply, headers: { ...reply.headers, ...verdict.headers } } : reply;
}

function answer(deps: DataCenterDeps, product: Product, path: string, user: SandboxUser | null, call: Call): Reply {
  return dispatch(ROUTES[product], path, call, (matched, route) => {
    if (!user && !route.anonymous) throw unauthorized();
    return {
      ...matched,
      user: user ?? ANONYMOUS,
      site: deps.world.dataCenter,
      edition: DATA_CENTER,
      siteUrl: deps.baseUrl(product),
      apiUrl: deps.baseUrl(product),
      world: deps.world,
      cursors: deps.cursors,
      now: deps.now(),
      indexLagMs: deps.indexLagMs(),
    };
  });
}

/** @returns null where the call has no credentials at all: wrong ones are refused wherever they are sent */
function authenticate(pats: Pats, product: Product, call: Call): SandboxUser | null {
  const { authorization } = call.headers;
  if (authorization === undefined) return null;
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  const user = token === undefined ? undefined : pats.userOf(product, token);
  if (!user) throw unauthorized();
  return user;
}

function unauthorized(): Refused {
  return new Refused(401, 'Client must be authenticated to access this resource.');
}
