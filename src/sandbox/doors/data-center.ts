import { dcConfluenceRoutes } from '../confluence/data-center.ts';
import { confluenceShape } from '../confluence/errors.ts';
import { type Call, type ErrorShape, gatewayShape, Refused, type Reply, settle, unexpected } from '../http/call.ts';
import { dispatch, type Route } from '../http/routes.ts';
import { dcJiraRoutes } from '../jira/data-center.ts';
import { jiraShape } from '../jira/errors.ts';
import type { Pats } from '../login/pats.ts';
import type { Product, SandboxUser } from '../world/accounts.ts';
import { ANONYMOUS } from '../world/data-center-users.ts';
import { DATA_CENTER } from '../world/edition.ts';
import type { ProductCall } from '../world/product-call.ts';
import { publicPart } from '../world/world.ts';
import { dcPageRoutes } from './data-center-pages.ts';
import type { GatewayDeps } from './gateway.ts';

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
  const { user, refused } = authenticate(deps.pats, product, call);
  const login = {
    'x-ausername': user?.name ?? 'anonymous',
    ...(user || refused ? { 'x-seraph-loginreason': user ? 'OK' : 'AUTHENTICATED_FAILED' } : {}),
  };
  if (refused && !deps.rules.answerAsAnonymous) throw unauthorized(login);
  const shape = dataCenterErrorShape(call.path);
  const verdict = user && deps.rateLimit.dataCenter({ product, user: user.name });
  const reply = verdict?.refused
    ? shape(429, 'Rate limit exceeded.')
    : settle(shape, () => answer(deps, product, `/${rest.join('/')}`, user, refused, call));
  return { ...reply, headers: { ...login, ...reply.headers, ...verdict?.headers } };
}

function answer(
  deps: DataCenterDeps,
  product: Product,
  path: string,
  user: SandboxUser | null,
  refused: boolean,
  call: Call,
): Reply {
  return dispatch(ROUTES[product], path, call, (matched, route) => {
    if (!user && !route.anonymous && !(refused && route.public)) throw unauthorized();
    return {
      ...matched,
      user: user ?? ANONYMOUS,
      site: user || route.anonymous ? deps.world.dataCenter : publicPart(deps.world.dataCenter),
      edition: DATA_CENTER,
      siteUrl: deps.baseUrl(product),
      apiUrl: deps.baseUrl(product),
      world: deps.world,
      cursors: deps.cursors,
      analyser: deps.analyser,
      now: deps.now(),
      indexLagMs: deps.indexLagMs(),
      rules: deps.rules,
    };
  });
}

/** Credentials that do not work are refused wherever they are sent, which is not the same as sending none. */
function authenticate(pats: Pats, product: Product, call: Call): { user: SandboxUser | null; refused: boolean } {
  const { authorization } = call.headers;
  if (authorization === undefined) return { user: null, refused: false };
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  const user = (token === undefined ? undefined : pats.userOf(product, token)) ?? null;
  return { user, refused: user === null };
}

function unauthorized(headers?: Record<string, string>): Refused {
  return new Refused(401, 'Client must be authenticated to access this resource.', undefined, headers);
}
