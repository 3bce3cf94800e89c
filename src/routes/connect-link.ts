import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { otherOf, TITLES } from '../connections/providers.ts';
import { sameOn } from '../http/callback-host.ts';
import { callOf } from '../http/request-call.ts';
import type { RouteDeps } from '../http/route-deps.ts';
import { BODY_FAILURES, failures, json, ProviderParams, redirect, TenantHeaders } from '../http/schemas.ts';
import { sendHtml } from '../http/send-html.ts';
import { linkPageHtml } from '../pages/connect-link-page.ts';
import { page } from '../pages/html.ts';
import { basePathOf } from '../urls.ts';

export const LinkBody = z
  .strictObject({
    return_url: z.string().max(2_000).optional().meta({ description: 'Where the browser is sent in the end.' }),
  })
  .meta({ id: 'ConnectLinkRequest', examples: [{}] });

export const Link = z
  .object({
    url: z.string().meta({
      description: 'To open in a browser. Whoever has it can connect an account: share it with no one else.',
    }),
    expires_at: z.int().meta({ description: 'Epoch seconds.' }),
  })
  .meta({
    id: 'ConnectLink',
    examples: [{ url: 'http://localhost:3001/connect/link?token=…', expires_at: 1767226200 }],
  });

const token = z.string().max(200).default('');
/** Links that let a person connect a tenant's account without credentials of this service. */
export const connectLinkRoutes: FastifyPluginAsyncZod<RouteDeps> = async (
  app,
  { config, connections, logins, links, audit },
) => {
  app.post(
    '/connectors/:provider/connect-link',
    {
      config: { access: 'app', operation: 'connect_link.create' },
      schema: {
        tags: ['connectors'],
        operationId: 'createConnectLink',
        summary: 'A one-time link by which a person connects this tenant',
        description: 'Valid for 10 minutes and for one completed login; opening it does not use it up.',
        headers: TenantHeaders,
        params: ProviderParams,
        body: LinkBody,
        response: { 200: json('The link.', Link), ...failures(400, 404, ...BODY_FAILURES) },
      },
    },
    async (request) => {
      const call = callOf(request);
      const { provider } = request.params;
      const { tenantId, callerId: caller } = call;
      const returnUrl = request.body.return_url || null;
      // Told to who makes the link, and not to the person who opens it.
      logins.check(provider, returnUrl);
      const { token, expiresAt } = await audit.recorded(call, 'connect_link.create', provider, () =>
        links.issue({ tenantId, provider, returnUrl, caller, unauthenticated: request.identity?.kind === 'anonymous' }),
      );
      const url = `${config.publicBaseUrl}/connect/link?${new URLSearchParams({ token })}`;
      return { url, expires_at: expiresAt };
    },
  );

  app.get(
    '/connect/link',
    {
      config: { access: 'open', forPeople: true },
      schema: {
        tags: ['oauth'],
        operationId: 'showConnectLink',
        summary: 'The page of a connect link, with the button that begins the login',
        querystring: z.looseObject({ token, moved: z.string().optional() }),
        response: {
          200: { description: 'The page.', content: { 'text/html': { schema: z.string() } } },
          307: redirect('To the host of the callback URL.'),
          ...failures(400, 404),
        },
      },
    },
    async (request, reply) => {
      const { token, moved } = request.query;
      const { tenantId, provider } = await links.open(token);
      const base = moved ? null : logins.callbackBase(provider);
      if (base && base.hostname !== request.hostname) {
        return reply.redirect(sameOn(base, request), 307);
      }
      const { connected } = await connections.status({ tenantId, provider });
      const { scopes, forBoth } = await logins.scopesToAsk({ provider, tenantId, scopes: null });
      const body = linkPageHtml({
        product: TITLES[provider],
        other: forBoth ? TITLES[otherOf(provider)] : null,
        tenant: tenantId,
        scopes,
        isConnected: connected,
        token,
        action: `${basePathOf(config.publicBaseUrl)}/connect/link`,
      });
      return sendHtml(reply, page(`Connect ${TITLES[provider]}`, body));
    },
  );
};
