import { isDeepStrictEqual } from 'node:util';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Config, PROVIDERS, type Provider } from '../config.ts';
import { checkReturnUrl, POPUP_PATH } from '../connections/login/destination.ts';
import { outcomeCookieName } from '../connections/login/login-cookie.ts';
import type { EndedLogin } from '../connections/login/login-outcome.ts';
import { TITLES } from '../connections/providers.ts';
import { AppError } from '../errors.ts';
import { fixedText, sendFixedText } from '../http/fixed-text.ts';
import { tenantOf } from '../http/request-call.ts';
import type { RouteDeps } from '../http/route-deps.ts';
import { failures, TenantHeaders, tenantId } from '../http/schemas.ts';
import { sendHtml } from '../http/send-html.ts';
import type { Product, SetUp } from '../pages/card.ts';
import { connectedNotice, failureNotice, type Notice } from '../pages/connect-outcome.ts';
import { choiceHtml, connectPageHtml, popupPageHtml, type SiteChoice } from '../pages/connect-page.ts';
import { page } from '../pages/html.ts';
import { shippedFile } from '../shipped-files.ts';
import { basePathOf } from '../urls.ts';

const ConnectQuery = z.looseObject({
  tenant_id: tenantId.unwrap().optional().meta({ type: 'string' }),
  status: z.string().optional(),
  provider: z.string().optional(),
});
type ConnectQuery = z.output<typeof ConnectQuery>;
type ToldInUrl = Pick<ConnectQuery, 'status' | 'provider' | 'tenant_id'>;

const PopupQuery = z.looseObject({
  /** A page of the application that opened the popup: only its origin is told. */
  return_url: z.string().max(2_000).optional(),
  tenant_id: z.string().optional(),
  status: z.string().optional(),
  provider: z.string().optional(),
});

const ASK_FOR_A_LINK =
  'You need a link to connect here. Ask for one in the application you came from, or ask whoever runs it.';
const NOT_SET_UP = 'This service is not set up to connect to Atlassian yet. Please tell whoever runs it.';

const PAGE = { description: 'The page.', content: { 'text/html': { schema: z.string() } } };

/** The pages on which people connect, and their scripts. */
export const connectRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  const { config, connections, gatekeeper, links, logins } = deps;
  const base = basePathOf(config.publicBaseUrl);

  for (const name of ['connect', 'popup']) {
    const script = fixedText(shippedFile(`dist/browser/${name}.js`), {
      type: 'text/javascript; charset=utf-8',
      cacheControl: 'no-cache',
    });
    app.get(
      `/connect/${name}.js`,
      { config: { access: 'open', counted: false }, schema: { hide: true } },
      (request, reply) => sendFixedText(request, reply, script),
    );
  }

  app.get(
    '/connect',
    {
      config: { access: 'open', tenant: { in: 'query', name: 'tenant_id' }, forPeople: true },
      schema: {
        tags: ['oauth'],
        operationId: 'showConnectPage',
        summary: 'A page that shows connections, makes new ones and tries them',
        headers: TenantHeaders,
        querystring: ConnectQuery,
        response: { 200: PAGE, ...failures(400) },
      },
    },
    async (request, reply) => {
      const { query } = request;
      const ended = outcomeOf(query, request.cookies);
      // Nobody has shown who they are here, so where that counts nothing is shown of any tenant.
      const needsKey = gatekeeper.wasOn;
      const tenant = needsKey ? (ended?.tenantId ?? null) : tenantOf(request);
      const notice = await noticeOf(query, ended, tenant);
      const entries = needsKey ? null : await connections.list(tenantOf(request));
      const choice = await choiceOf(ended, {});
      const { products, setUp } = onceForAll(
        PROVIDERS.map((provider) => productOf(config, provider, needsKey ? null : tenantOf(request))),
      );
      const body = connectPageHtml({
        data: {
          base,
          tenant: needsKey ? null : tenantOf(request),
          needsKey,
          choosing: choice && ended ? ended.provider : null,
          products,
          popupUrl: `${config.publicBaseUrl}${POPUP_PATH}?${new URLSearchParams({ return_url: `${config.publicBaseUrl}/connect` })}`,
        },
        notice: notice && {
          look: LOOKS[notice.kind],
          text: notice.text,
          againHref: await againHref(notice, ended, needsKey),
        },
        choice,
        setUp,
        // They stand in the page only where nobody has to show who they are, and everybody may do everything.
        connections: entries?.map(({ status }) => ({ ...status, may_change: true })) ?? null,
        hint: hintOf(config, notice),
      });
      return sendHtml(reply, page('Connections', body, { script: `${base}/connect/connect.js` }));
    },
  );

  app.get(
    POPUP_PATH,
    {
      config: { access: 'open', forPeople: true },
      schema: { hide: true, querystring: PopupQuery },
    },
    async (request, reply) => {
      const { return_url: returnUrl = null, ...facts } = request.query;
      checkReturnUrl(config, returnUrl);
      const ended = outcomeOf(facts, request.cookies);
      const fields = { next: `${POPUP_PATH}${new URL(request.url, 'http://localhost').search}` };
      const choice = await choiceOf(ended, fields);
      const notice = await noticeOf(facts, ended, ended?.tenantId ?? null);
      const body = popupPageHtml({
        opener: new URL(returnUrl ?? config.publicBaseUrl).origin,
        backHref: backHref(returnUrl, facts),
        notice: notice && { look: LOOKS[notice.kind], text: notice.text, againHref: null },
        choice: choice && choiceHtml(choice, `${base}/connect/site`),
      });
      return sendHtml(reply, page('Connect', body, choice ? {} : { script: `${base}/connect/popup.js` }));
    },
  );

  /** How the login ended that the URL speaks of, as this browser's cookie tells it: another may have ended since. */
  function outcomeOf(query: ToldInUrl, cookies: Record<string, string | undefined>) {
    const { status, provider, tenant_id: tenantId } = query;
    if (status === undefined || provider === undefined || tenantId === undefined) return null;
    const outcome = logins.readOutcome(cookies[outcomeCookieName({ tenantId, provider })]);
    return outcome !== null && isOutcomeOf(query, outcome) ? outcome : null;
  }

  /**
   * That something is connected, only the store may say; that it failed, only the login itself. `tenant` is the one that
   * may be looked at, if any.
   */
  async function noticeOf(query: ConnectQuery, ended: EndedLogin | null, tenant: string | null) {
    const provider = ended?.provider ?? providerOf(query);
    if ((ended?.result ?? (query.status === 'success' ? 'connected' : '')) === 'connected') {
      const isConnected = provider && tenant && (await connections.status({ tenantId: tenant, provider })).connected;
      return isConnected ? connectedNotice(TITLES[provider]) : null;
    }
    return ended === null ? null : failureNotice(ended.result, TITLES[ended.provider]);
  }

  /** Where the login that failed can be begun again. */
  async function againHref(notice: Notice, ended: EndedLogin | null, needsKey: boolean): Promise<string | null> {
    if (!notice.again || ended === null) return null;
    if (ended.linkToken) return linkPage(ended.linkToken);
    return needsKey ? null : loginPath(config, ended.provider, ended.tenantId);
  }

  /** The sites to choose from, where the login left that open and nobody has chosen since. */
  async function choiceOf(ended: EndedLogin | null, fields: Record<string, string>): Promise<SiteChoice | null> {
    if (ended === null || ended.openGrantId === null) return null;
    const { sites, base_url: used, connected } = await connections.status(ended);
    if (!connected || used === null || sites.length < 2) return null;
    const { provider, tenantId } = ended;
    return { product: TITLES[provider], used, sites, fields: { provider, tenant_id: tenantId, ...fields } };
  }

  /** The page of a connect link, if the link still works. */
  async function linkPage(token: string): Promise<string | null> {
    try {
      await links.open(token);
    } catch (error) {
      if (error instanceof AppError && error.code === 'NOT_FOUND') return null;
      throw error;
    }
    return `${base}/connect/link?${new URLSearchParams({ token })}`;
  }
};

/** Whether the login that a cookie tells of is the one that the URL speaks of. */
function isOutcomeOf({ status, provider, tenant_id: tenant }: ToldInUrl, ended: EndedLogin): boolean {
  const expected = ended.result === 'connected' ? 'success' : 'error';
  return status === expected && provider === ended.provider && tenant === ended.tenantId;
}

function providerOf({ provider }: ConnectQuery): Provider | null {
  return PROVIDERS.find((known) => known === provider) ?? null;
}

/** Where the application is told in the query how it went; null where the popup was opened by the page of this service. */
function backHref(returnUrl: string | null, facts: Record<string, unknown>): string | null {
  if (returnUrl === null) return null;
  const url = new URL(returnUrl);
  for (const [name, value] of Object.entries(facts)) if (typeof value === 'string') url.searchParams.set(name, value);
  return url.href;
}

/** Null where logins are not set up. */
function loginPath({ publicBaseUrl, providers }: Config, provider: Provider, tenant: string): string | null {
  if (providers[provider].app === null) return null;
  // Back to this page, wherever other logins end.
  const returnUrl = `${publicBaseUrl}/connect`;
  const query = new URLSearchParams({ redirect: 'true', tenant_id: tenant, return_url: returnUrl });
  return `${basePathOf(publicBaseUrl)}/auth/${provider}/login?${query}`;
}

/** @param tenant who logs in by a link of the page; null where what to set is nobody's to know, and logins begin otherwise. */
function productOf(config: Config, provider: Provider, tenant: string | null): Product {
  const { app, missing, redirectUri, scopes } = config.providers[provider];
  const asked = scopes.filter((scope) => scope !== 'offline_access');
  const setUp = app !== null ? 'done' : tenant === null ? null : { settings: [...missing], redirectUri, scopes: asked };
  const takesTokens = { jira: config.enableJiraPat, confluence: config.enableConfluencePat }[provider];
  const connectHref = tenant === null ? null : loginPath(config, provider, tenant);
  return { provider, name: TITLES[provider], setUp, takesTokens, connectHref };
}

/** Says what has to be set up once where it is the same for all. */
function onceForAll(products: Product[]): { products: Product[]; setUp: SetUp | null } {
  const setUps = products.flatMap(({ setUp }) => (typeof setUp === 'object' && setUp !== null ? [setUp] : []));
  const [first] = setUps;
  const isSame = ({ settings, redirectUri }: SetUp) =>
    redirectUri === first?.redirectUri && isDeepStrictEqual(settings, first.settings);
  if (!first || setUps.length < products.length || !setUps.every(isSame)) return { products, setUp: null };
  const setUp = { ...first, scopes: [...new Set(setUps.flatMap(({ scopes }) => scopes))] };
  return { products: products.map((product) => ({ ...product, setUp: 'above' })), setUp };
}

const LOOKS = { connected: 'ok', declined: 'calm', failed: 'bad' } as const satisfies Record<Notice['kind'], string>;

/** What a person can do where callers must show who they are. */
function hintOf({ providers }: Config, notice: Notice | null): string {
  if (!Object.values(providers).some(({ app }) => app !== null)) return NOT_SET_UP;
  if (notice?.kind === 'connected') return 'You can close this page.';
  return notice?.again ? 'To try again, open the link you were sent, or go back to where you started.' : ASK_FOR_A_LINK;
}
