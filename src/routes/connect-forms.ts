import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { callbackUrls, PROVIDERS } from '../config.ts';
import { POPUP_PATH } from '../connections/login/destination.ts';
import { outcomeCookieName } from '../connections/login/login-cookie.ts';
import { AppError } from '../errors.ts';
import { setLoginCookie, setOutcomeCookie } from '../http/cookies.ts';
import type { RouteDeps } from '../http/route-deps.ts';
import { BODY_FAILURES, failures, tenantId } from '../http/schemas.ts';
import { sendHtml } from '../http/send-html.ts';
import { onwardPageHtml } from '../pages/connect-link-page.ts';
import { escapeHtml, page } from '../pages/html.ts';
import { basePathOf } from '../urls.ts';

const FORM = 'application/x-www-form-urlencoded';
const MAX_FORM_BYTES = 8_000;
/** The end of a popup, with what is told there. */
const LEADS_ON = new RegExp(`^${POPUP_PATH}\\?[!-~]*$`);

const ConnectLinkForm = z.looseObject({ token: z.string().max(200).default('') }).meta({ id: 'ConnectLinkForm' });
const SiteForm = z.looseObject({
  provider: z.enum(PROVIDERS),
  tenant_id: tenantId.unwrap(),
  /** One of the sites that the consent reaches. */
  base_url: z.string().max(2_000),
  /** Where the popup goes on. */
  next: z.string().max(4_000).optional(),
});

/** What the pages send by forms. A plugin of its own, since only these routes take what forms send. */
export const connectForms: FastifyPluginAsyncZod<RouteDeps> = async (app, { config, connections, logins, links }) => {
  app.addContentTypeParser(FORM, { parseAs: 'string', bodyLimit: MAX_FORM_BYTES }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });
  const base = basePathOf(config.publicBaseUrl);
  const ours = [config.publicBaseUrl, ...callbackUrls(config)];

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
      checkOrigin(request.headers, ours);
      const { token } = request.body;
      const { id, tenantId, provider, returnUrl, caller: callerId, unauthenticated } = await links.open(token);
      const wish = { provider, tenantId, returnUrl, callerId, unauthenticated, link: { id, token } };
      const begun = await logins.begin({ ...wish, scopes: null, callerState: null });
      setLoginCookie(reply, begun);
      // The browser goes on by itself: a redirect that answers a form would be held to `form-action`.
      const head = `<meta http-equiv="refresh" content="0;url=${escapeHtml(begun.url)}">`;
      return sendHtml(reply, page('Continue to Atlassian', onwardPageHtml(begun.url), { head }));
    },
  );

  app.post(
    '/connect/site',
    {
      config: { access: 'open', forPeople: true },
      // What a page of ours sends is no interface for programs.
      schema: { hide: true, body: SiteForm },
    },
    async (request, reply) => {
      checkOrigin(request.headers, ours);
      const { base_url: baseUrl, next, provider, tenant_id: tenantId } = request.body;
      const cookie = request.cookies[outcomeCookieName({ tenantId, provider })];
      const { callerId } = await logins.whoChooses({ tenantId, provider }, cookie, baseUrl);
      const { id: requestId, callContext: context } = request;
      await connections.change({ tenantId, callerId, requestId, context }, provider, { baseUrl });
      const told = new URLSearchParams({ tenant_id: tenantId, status: 'success', provider });
      const outcome = logins.siteChosen(cookie);
      setOutcomeCookie(reply, { outcome, location: config.publicBaseUrl, tenantId, provider });
      const path = next && LEADS_ON.test(next) ? next : `/connect?${told}`;
      return reply.redirect(base + path, 303);
    },
  );
};

/**
 * The pages say what pressing their buttons means, so nobody may press them from a page of their own.
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
