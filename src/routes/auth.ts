import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Logins } from '../connections/login/logins.ts';
import { sameOn } from '../http/callback-host.ts';
import { setLoginCookie, setOutcomeCookie } from '../http/cookies.ts';
import { tenantOf } from '../http/request-call.ts';
import type { RouteDeps } from '../http/route-deps.ts';
import { failures, json, ProviderParams, queryBoolean, redirect, TenantHeaders, tenantId } from '../http/schemas.ts';

const LoginQuery = z.looseObject({
  redirect: queryBoolean
    .optional()
    .meta({ type: 'string', enum: ['true', 'false', '1', '0'], description: '`true` answers with a redirect.' }),
  state: z.string().max(2_000).optional().meta({ description: 'Returned unchanged.' }),
  scope: z
    .string()
    .max(4_000)
    .optional()
    .meta({ description: "Space-separated; replaces the provider's default scopes." }),
  return_url: z.string().max(2_000).optional().meta({ description: 'Where the browser is sent in the end.' }),
  tenant_id: tenantId
    .unwrap()
    .optional()
    .meta({ type: 'string', description: 'The tenant, where a browser navigates and can set no header.' }),
  moved: z.string().optional().meta({ description: 'Set by the redirect to the host of the callback URL.' }),
});

const LoginAnswer = z.object({ url: z.string() }).meta({
  id: 'Login',
});

const CallbackQuery = z.looseObject({
  code: z.string().max(8_192).optional(),
  // Whatever is no state of ours, a repeated one included, is refused as such (422), not as a wrong parameter.
  state: z
    .unknown()
    .optional()
    .transform((value) => (typeof value === 'string' ? value : undefined))
    .meta({ type: 'string' }),
  error: z.string().max(8_192).optional(),
  error_description: z.string().max(8_192).optional(),
});

/** A stranger who uses up the count of an address must not cost others behind it their consents. */
const CALLBACK_ACCESS = { access: 'open', counted: false, forPeople: true } as const;

/** The OAuth routes; registered once at the root and once below `/api`. */
export const authRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { logins }) => {
  app.get(
    '/auth/:provider/login',
    {
      config: {
        access: 'app',
        operation: 'connection.connect',
        tenant: { in: 'query', name: 'tenant_id' },
        forPeople: true,
      },
      exposeHeadRoute: false,
      schema: {
        tags: ['oauth'],
        operationId: 'beginLogin',
        summary: 'Begin a login',
        description:
          "Returns the URL of Atlassian's consent page and sets the login's cookie. Fetch it with `credentials:'include'` on the same site, or navigate with `redirect=true&tenant_id=…`. Where credentials are required, create a connect link instead.",
        headers: TenantHeaders,
        params: ProviderParams,
        querystring: LoginQuery,
        response: {
          200: json("Atlassian's consent page.", LoginAnswer),
          307: redirect('With `redirect=true`: to the consent page.'),
          ...failures(400, 404),
        },
      },
    },
    async (request, reply) => {
      const { provider } = request.params;
      const { redirect, state, scope, return_url: returnUrl, moved } = request.query;
      const tenant = tenantOf(request);
      const base = redirect && !moved ? logins.callbackBase(provider) : null;
      if (base && base.hostname !== request.hostname) {
        return reply.redirect(sameOn(base, request, { tenant_id: tenant }), 307);
      }
      const begun = await logins.begin({
        provider,
        tenantId: tenant,
        scopes: scope?.trim() ? scope.trim().split(/\s+/) : null,
        returnUrl: returnUrl || null,
        callerState: state ?? null,
        callerId: request.identity?.id ?? null,
        unauthenticated: request.identity?.kind === 'anonymous',
        link: null,
      });
      setLoginCookie(reply, begun);
      return redirect ? reply.redirect(begun.url, 307) : { url: begun.url };
    },
  );

  app.get(
    '/auth/:provider/callback',
    {
      config: CALLBACK_ACCESS,
      exposeHeadRoute: false,
      schema: {
        tags: ['oauth'],
        operationId: 'completeLogin',
        summary: 'Where Atlassian sends the browser back',
        description: 'Takes a login of either provider: the signed state names it.',
        params: ProviderParams,
        querystring: CallbackQuery,
        response: CALLBACK_ANSWERS,
      },
    },
    (request, reply) => complete(logins, request, reply),
  );
};

/** The callback URL that an app registers unless it names another: an app has only one, whatever its products. */
export const callbackRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, { logins }) => {
  app.get(
    '/oauth/atlassian/callback',
    {
      config: CALLBACK_ACCESS,
      exposeHeadRoute: false,
      schema: {
        tags: ['oauth'],
        operationId: 'completeLoginOfAnyProvider',
        summary: 'The callback URL to register at Atlassian',
        querystring: CallbackQuery,
        response: CALLBACK_ANSWERS,
      },
    },
    (request, reply) => complete(logins, request, reply),
  );
};

const CALLBACK_ANSWERS = {
  307: redirect('To `return_url`, with `status`, and of an error `error` and `message`.'),
  ...failures(400, 403, 404, 422, 429, 502, 504),
};

type CallbackRequest = FastifyRequest<{ Querystring: z.infer<typeof CallbackQuery> }>;

async function complete(logins: Logins, request: CallbackRequest, reply: FastifyReply) {
  const { callContext: context, id: requestId } = request;
  const completed = await logins.complete(request.query, request.cookies, { context, requestId });
  const { location, cookieName, error } = completed;
  reply.clearCookie(cookieName, { path: '/' });
  if (error && !acceptsHtml(request.headers.accept)) throw error;
  setOutcomeCookie(reply, completed);
  return reply.redirect(location, 307);
}

function acceptsHtml(accept: string | undefined): boolean {
  return accept === undefined || /(?:text\/(?:html|\*)|\*\/\*)/i.test(accept);
}
