import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { Policy, PolicyInput } from '../access/policy.ts';
import { AppError } from '../errors.ts';
import { callOf, tenantOf } from '../http/request-call.ts';
import type { RouteDeps } from '../http/route-deps.ts';
import { BODY_FAILURES, failures, json, TenantHeaders, TenantParams } from '../http/schemas.ts';
import { findTool } from '../operations/catalogue.ts';

const PolicyAnswer = Policy.meta({ id: 'Policy' });

export const tenantRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { policies, audit }) => {
  const tenant = { in: 'params', name: 'tenant' } as const;
  const shared = { tags: ['tenants'], headers: TenantHeaders, params: TenantParams };

  app.get(
    '/tenants/:tenant/policy',
    {
      config: { access: 'admin', tenant },
      schema: {
        ...shared,
        operationId: 'getTenantPolicy',
        summary: "A tenant's policy",
        description: 'What may be done on its behalf. `null` is unrestricted; an empty list allows nothing.',
        response: { 200: json('The policy.', PolicyAnswer), ...failures(400, 403) },
      },
    },
    (request) => policies.read(tenantOf(request)),
  );

  app.put(
    '/tenants/:tenant/policy',
    {
      config: { access: 'operator', operation: 'policy.replace', tenant },
      preValidation: async ({ body }) => {
        // Elsewhere no body and null count as an empty one; here that would lift every restriction by mistake.
        if (body === undefined || body === null)
          throw new AppError('VALIDATION', 'body: is missing', { details: { parameter: 'body' } });
      },
      schema: {
        ...shared,
        operationId: 'replaceTenantPolicy',
        summary: "Replace a tenant's policy",
        description: 'Replaces it as a whole, from the next call on: whatever is omitted or null is unrestricted.',
        body: PolicyInput,
        response: { 200: json('The policy as it is now.', PolicyAnswer), ...failures(400, 403, ...BODY_FAILURES) },
      },
    },
    async (request) => {
      const call = callOf(request);
      const { tenantId } = call;
      const policy = withToolNames(request.body);
      await audit.recorded(call, 'policy.replace', tenantId, () => policies.write(tenantId, policy));
      return policy;
    },
  );
};

/**
 * The policy with every tool by its present name. A misspelt one would forbid or allow something else than it was written
 * for.
 */
function withToolNames({ tools, ...others }: Policy): Policy {
  const named = (list: 'allow' | 'deny') => tools[list]?.map((name) => findTool(name, `tools.${list}`).name) ?? null;
  return { ...others, tools: { allow: named('allow'), deny: named('deny') } };
}
