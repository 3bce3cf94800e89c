import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { callbackUrls } from '../config.ts';
import { TITLES } from '../connections/providers.ts';
import { AppError } from '../errors.ts';
import { sameOn } from '../http/callback-host.ts';
import { setLoginCookie } from '../http/cookies.ts';
import { escapeHtml, page, sendHtml } from '../http/html.ts';
import { callOf } from '../http/request-call.ts';
import type { RouteDeps } from '../http/route-deps.ts';
import { BODY_FAILURES, failures, json, ProviderParams, redirect, TenantHeaders } from '../http/schemas.ts';

export const LinkBody = z
  .strictObject({
    return_url: z.string().max(2_000).optional().meta({ description: 'Where the browser is sent in the end.' }),
  })
  .meta({ id: 'ConnectLinkRequest', examples: [{ return_url: 'https://app.example.com/settings' }] });

export const Link = z
  .object({
    url: z.string().meta({
      description:
        'For a person to open in a browser. Whoever has it can connect an account: share it with no one else.',
    }),
    expires_at: z.int().meta({ description: 'Epoch seconds.' }),
  })
  .meta({
    id: 'ConnectLink',
    examples: [{ url: 'http://localhost:3001/connect/link?token=…', expires_at: 1767226200 }],
  });

const token = z.string().max(200).default('');
const ConnectLinkForm = z.looseObject({ token }).meta({ id: 'ConnectLinkForm' });
const FORM = 'application/x-www-form-urlencoded';
const MAX_FORM_BYTES = 2_000;

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
        description:
          'Valid for 10 minutes and for one completed login; merely opening it does not use it up. Whoever has it can connect an Atlassian account to the tenant.',
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
        return reply.header('cache-control', 'no-store').redirect(sameOn(base, request), 307);
      }
      const { connected } = await connections.status({ tenantId, provider });
      const name = TITLES[provider];
      const title = `Connect ${name}`;
      return sendHtml(
        reply,
        page(
          title,
          `<h1>${title}</h1><p class="tenant">Tenant <code>${escapeHtml(tenantId)}</code></p>
           <section class="card">
             <p>You were asked to connect your ${name} account. Continue only if you know who sent you this link:
               they will be able to read and write in ${name} on your behalf.</p>
             ${connected ? `<p>${name} is already connected for this tenant. If you continue, your account replaces that connection.</p>` : ''}
             <form method="post" action="link">
               <input type="hidden" name="token" value="${escapeHtml(token)}">
               <button class="button" type="submit">Continue to Atlassian</button>
             </form>
           </section>`,
        ),
      );
    },
  );
};

/** Begins the login of a connect link. A plugin of its own, since of all routes only this one is sent by a form. */
export const connectLinkForm: FastifyPluginAsyncZod<RouteDeps> = async (app, { config, logins, links }) => {
  app.addContentTypeParser(FORM, { parseAs: 'string', bodyLimit: MAX_FORM_BYTES }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });
  app.post(
    '/connect/link',
    {
      config: { access: 'open', forPeople: true },
      schema: {
        tags: ['oauth'],
        operationId: 'beginLoginByConnectLink',
        summary: 'Begin the login of a connect link',
        consumes: [FORM],
        body: ConnectLinkForm,
        response: {
          200: {
            description: "A page that takes the browser on to Atlassian's consent page.",
            content: { 'text/html': { schema: z.string() } },
          },
          ...failures(400, 403, 404, ...BODY_FAILURES),
        },
      },
    },
    async (request, reply) => {
      checkOrigin(request.headers, [config.publicBaseUrl, ...callbackUrls(config)]);
      const { token } = request.body;
      const { id, tenantId, provider, returnUrl, caller: callerId, unauthenticated } = await links.open(token);
      const wish = { provider, tenantId, returnUrl, callerId, unauthenticated, link: { id, token } };
      const begun = await logins.begin({ ...wish, scopes: null, callerState: null });
      setLoginCookie(reply, begun);
      return sendHtml(reply, onwardPage(begun.url));
    },
  );
};

/** Takes the browser on by itself: a redirect that answers a form would be held to `form-action`. */
function onwardPage(url: string): string {
  const href = escapeHtml(url);
  return page(
    'Continue to Atlassian',
    `<h1>Taking you to Atlassian</h1>
     <section class="card">
       <p>Atlassian will ask whether you allow access. If nothing happens, press the button.</p>
       <a class="button" href="${href}">Continue to Atlassian</a>
     </section>`,
    `<meta http-equiv="refresh" content="0;url=${href}">`,
  );
}

/**
 * The page says what a link gives away, so nobody may press its button from a page of their own.
 * @throws AppError `FORBIDDEN`
 */
function checkOrigin({ host, origin }: IncomingHttpHeaders, ours: string[]): void {
  // Browsers tell the origin of every form; programs need not, and see no page anyway.
  if (origin === undefined) return;
  const hosts = [host, ...ours.map((url) => new URL(url).host)];
  if (URL.canParse(origin) && hosts.includes(new URL(origin).host)) return;
  throw new AppError('FORBIDDEN', 'Open the link itself and press the button on its page.', {
    details: { source: 'caller', reason: 'unknown_origin' },
  });
}
