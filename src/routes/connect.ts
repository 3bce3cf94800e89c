import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Config, PROVIDERS, type Provider } from '../config.ts';
import type { ConnectionStatus } from '../connections/connection-status.ts';
import { OUTCOME_COOKIE } from '../connections/login/login-cookie.ts';
import type { EndedLogin } from '../connections/login/login-outcome.ts';
import { TITLES } from '../connections/providers.ts';
import { AppError } from '../errors.ts';
import { connectedNotice, failureNotice, type Notice } from '../http/connect-outcome.ts';
import { escapeHtml, page, sendHtml } from '../http/html.ts';
import { tenantOf } from '../http/request-call.ts';
import type { RouteDeps } from '../http/route-deps.ts';
import { failures, TenantHeaders, tenantId } from '../http/schemas.ts';
import { basePathOf } from '../urls.ts';

/** How a connection came about, where it was not by this page. */
const WAYS = { oauth: null, pat: 'by a Personal Access Token', api_token: 'by an API token' };

const ConnectQuery = z.looseObject({
  tenant_id: tenantId.unwrap().optional().meta({ type: 'string' }),
  status: z.string().optional(),
  provider: z.string().optional(),
});
type ConnectQuery = z.output<typeof ConnectQuery>;

const ASK_FOR_A_LINK =
  'You need a link to connect here. Ask for one in the application you came from, or ask whoever runs it.';
const NOT_SET_UP = 'This service is not set up to connect to Atlassian yet. Please tell whoever runs it.';

export const connectRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  const { config, connections, gatekeeper, links, logins } = deps;

  app.get(
    '/connect',
    {
      config: { access: 'open', tenant: { in: 'query', name: 'tenant_id' }, forPeople: true },
      schema: {
        tags: ['oauth'],
        operationId: 'showConnectPage',
        summary: 'A page that shows connections and makes new ones',
        headers: TenantHeaders,
        querystring: ConnectQuery,
        response: {
          200: { description: 'The page.', content: { 'text/html': { schema: z.string() } } },
          ...failures(400),
        },
      },
    },
    async (request, reply) => {
      const { query } = request;
      const outcome = query.status === undefined ? null : logins.readOutcome(request.cookies[OUTCOME_COOKIE]);
      const ended = outcome !== null && isOutcomeOf(query, outcome) ? outcome : null;
      // Nobody has shown who they are here, so where that counts nothing is shown of any tenant.
      if (gatekeeper.wasOn) {
        const notice = await noticeOf(query, ended, ended?.tenantId ?? null);
        const again = notice?.again && ended?.linkToken ? await linkPage(ended.linkToken) : null;
        return sendHtml(reply, page('Connections', guardedPage(config, notice, again)));
      }
      const tenant = tenantOf(request);
      const notice = await noticeOf(query, ended, tenant);
      const entries = await connections.list(tenant);
      const login =
        notice?.again && ended && config.providers[ended.provider].app
          ? loginPath(config, ended.provider, tenant)
          : null;
      const again = ended?.linkToken ? await linkPage(ended.linkToken) : login;
      const cards = entries.map(({ provider: id, status }) => card(config, id, status, tenant));
      return sendHtml(
        reply,
        page(
          'Connections',
          `${notice === null ? '' : noticeHtml(notice, again)}<h1>Connections</h1>
           <p class="tenant">Tenant <code>${escapeHtml(tenant)}</code></p>
           <main>${cards.join('')}</main>
           <p class="foot"><a href="${basePathOf(config.publicBaseUrl)}/docs">API documentation</a></p>`,
        ),
      );
    },
  );

  /**
   * That something is connected, only the store may say; that it failed, only the login itself. `tenant` is the one that
   * may be looked at, if any.
   */
  async function noticeOf(query: ConnectQuery, ended: EndedLogin | null, tenant: string | null) {
    const provider = ended?.provider ?? providerOf(query);
    if ((ended?.result ?? (query.status === 'success' ? 'connected' : '')) === 'connected') {
      const isConnected = provider && tenant && (await connections.status({ tenantId: tenant, provider })).connected;
      return isConnected ? connectedNotice(provider) : null;
    }
    return ended === null ? null : failureNotice(ended.result, ended.provider);
  }

  /** The page of a connect link, if the link still works. */
  async function linkPage(token: string): Promise<string | null> {
    try {
      await links.open(token);
    } catch (error) {
      if (error instanceof AppError && error.code === 'NOT_FOUND') return null;
      throw error;
    }
    return `${basePathOf(config.publicBaseUrl)}/connect/link?${new URLSearchParams({ token })}`;
  }
};

/** Whether the login that a cookie tells of is the one that the URL speaks of: another may have ended since. */
function isOutcomeOf({ status, provider, tenant_id: tenant }: ConnectQuery, ended: EndedLogin): boolean {
  const expected = ended.result === 'connected' ? 'success' : 'error';
  return status === expected && provider === ended.provider && tenant === ended.tenantId;
}

function providerOf({ provider }: ConnectQuery): Provider | null {
  return PROVIDERS.find((known) => known === provider) ?? null;
}

function loginPath({ publicBaseUrl }: Config, provider: Provider, tenant: string): string {
  const query = new URLSearchParams({ redirect: 'true', tenant_id: tenant });
  return `${basePathOf(publicBaseUrl)}/auth/${provider}/login?${query}`;
}

function noticeHtml({ kind, text, again }: Notice, href: string | null): string {
  const retry = again && href !== null ? ` <a href="${escapeHtml(href)}">Try again</a>` : '';
  return `<p class="notice ${LOOKS[kind]}">${escapeHtml(text)}${retry}</p>`;
}

const LOOKS: Record<Notice['kind'], string> = {
  connected: 'ok" role="status',
  declined: 'calm" role="status',
  failed: 'bad" role="alert',
};

/** The page where callers must show who they are: of a tenant it shows nothing but how this browser's login ended. */
function guardedPage({ providers }: Config, notice: Notice | null, again: string | null): string {
  const isSetUp = Object.values(providers).some(({ app }) => app !== null);
  const hint = !isSetUp
    ? NOT_SET_UP
    : notice?.kind === 'connected'
      ? 'You can close this page.'
      : notice?.again
        ? 'To try again, open the link you were sent, or go back to where you started.'
        : ASK_FOR_A_LINK;
  return `${notice === null ? '' : noticeHtml(notice, again)}<h1>Connections</h1><p>${hint}</p>`;
}

function card(config: Config, provider: Provider, status: ConnectionStatus, tenant: string): string {
  const { connected, error } = status;
  const { app, missing, redirectUri } = config.providers[provider];
  const name = TITLES[provider];
  const site = status.base_url === null ? '' : ` Allow access to ${escapeHtml(status.base_url)} there.`;
  const facts = connected
    ? [status.account?.name, status.base_url, status.auth && WAYS[status.auth]]
        .filter((fact) => fact != null)
        .map(escapeHtml)
        .join('<br>')
    : error === null
      ? 'Not connected yet.'
      : `This connection no longer works. Connect again.${site}`;
  const action =
    app === null
      ? `<p>Not set up yet. Register an OAuth 2.0 (3LO) app in the Atlassian developer console with the callback URL
           <code>${escapeHtml(redirectUri)}</code>, set ${missing.map((setting) => `<code>${setting}</code>`).join(' and ')},
           and restart the service.</p>`
      : `<a class="button" href="${escapeHtml(loginPath(config, provider, tenant))}">${connected || error !== null ? 'Connect again' : `Connect ${name}`}</a>`;
  return `<section class="card">
    <h2>${name} <span class="badge ${connected ? 'ok' : 'off'}">${connected ? 'connected' : 'not connected'}</span></h2>
    ${app === null && !connected ? '' : `<p>${facts}</p>`}
    ${action}
  </section>`;
}
