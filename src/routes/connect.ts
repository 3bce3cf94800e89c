import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { TITLES } from '../connections/providers.ts';
import { sendHtml } from './browser.ts';
import { namedTenantOf, type RouteDeps } from './call.ts';
import { escapeHtml, page } from './html.ts';
import { failures, TenantHeaders, tenantId } from './schemas.ts';

/** How a connection came about, where it was not by this page. */
const WAYS = { oauth: null, pat: 'by a Personal Access Token', api_token: 'by an API token' };

const ConnectQuery = z.looseObject({
  tenant_id: tenantId.unwrap().optional().meta({ type: 'string' }),
  status: z.string().optional(),
  provider: z.string().optional(),
  error: z.string().max(100).optional(),
  message: z.string().max(2_000).optional(),
});

export const connectRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { config, connections, gatekeeper }) => {
  app.get(
    '/connect',
    {
      config: { access: 'open', forPeople: true },
      schema: {
        tags: ['oauth'],
        summary: 'A page that shows the connections and connects',
        headers: TenantHeaders,
        querystring: ConnectQuery,
        response: {
          200: { description: 'The page.', content: { 'text/html': { schema: z.string() } } },
          ...failures(400),
        },
      },
    },
    async (request, reply) => {
      // Nobody has shown who they are here, so where that counts nothing is shown of any tenant.
      if (gatekeeper.wasOn) {
        const hint =
          'Connections are made here by links. Ask for one where you came from: your application, or whoever runs it.';
        return sendHtml(
          reply,
          config,
          page('Connections', `${outcome(request.query)}<h1>Connections</h1><p>${hint}</p>`),
        );
      }
      const tenant = namedTenantOf(request);
      const entries = await connections.list(tenant);
      const cards = entries.map(({ provider, status }) => {
        const href = `/auth/${provider}/login?${new URLSearchParams({ redirect: 'true', tenant_id: tenant })}`;
        const facts = status.connected
          ? [status.account?.name, status.base_url, status.auth && WAYS[status.auth]]
              .filter((fact) => fact != null)
              .map(escapeHtml)
              .join('<br>')
          : escapeHtml(status.error ?? 'Not connected yet.');
        return `<section class="card">
          <h2>${TITLES[provider]} <span class="badge ${status.connected ? 'ok' : 'off'}">${status.connected ? 'connected' : 'not connected'}</span></h2>
          <p>${facts}</p>
          <a class="button" href="${escapeHtml(href)}">${status.connected || status.error ? 'Connect again' : `Connect ${TITLES[provider]}`}</a>
        </section>`;
      });
      return sendHtml(
        reply,
        config,
        page(
          'Connections',
          `${outcome(request.query)}<h1>Connections</h1><p class="tenant">Tenant <code>${escapeHtml(tenant)}</code></p>
           <main>${cards.join('')}</main>
           <p class="foot"><a href="/docs">API documentation</a></p>`,
        ),
      );
    },
  );
};

/** What the login that led here came to. */
function outcome({ status, message, provider }: z.output<typeof ConnectQuery>): string {
  if (status === 'success') {
    const name = Object.entries(TITLES).find(([id]) => id === provider)?.[1] ?? 'Atlassian';
    return `<p class="notice ok" role="status">${name} is connected.</p>`;
  }
  if (status !== 'error') return '';
  // The code of the error is for programs.
  return `<p class="notice bad" role="alert">${escapeHtml(message || 'The login failed.')}</p>`;
}
