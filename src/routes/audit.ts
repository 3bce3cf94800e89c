import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { sendPage } from '../http/paging.ts';
import { tenantOf } from '../http/request-call.ts';
import type { RouteDeps } from '../http/route-deps.ts';
import { failures, json, TenantHeaders, tenantId } from '../http/schemas.ts';
import { cursor, limit } from '../operations/input-fields.ts';
import { ANY_TENANT } from '../stores/access-store.ts';

const AuditEntry = z
  .object({
    at: z.int().meta({ description: 'Epoch seconds.' }),
    tenant: z.string().meta({ description: '`*` for records that concern all tenants.' }),
    caller: z.string().nullable().meta({
      description: "An API key's id, a JWT's subject, or `command`; null for nobody.",
    }),
    operation: z.string(),
    target: z.string().nullable().meta({ description: 'An issue key, a page id, a provider, a key id.' }),
    outcome: z.string().meta({
      description: '`ok`, an error code, or `unknown`: in progress, or the process died.',
    }),
    request_id: z.string().nullable(),
  })
  .meta({
    id: 'AuditEntry',
  });

const MAX_SECONDS = 253_402_300_799;

const AuditQuery = z.strictObject({
  tenant: z
    .string()
    .transform((value) => value.trim() || undefined)
    .pipe(tenantId.unwrap().optional())
    .optional()
    .meta({
      type: 'string',
      description: "By default, the credentials' tenant, else the header's, else all.",
    }),
  since: z
    .preprocess(
      (value) => (typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value),
      z.int('must be a time in epoch seconds').min(0).max(MAX_SECONDS),
    )
    .optional()
    .meta({ type: 'integer', description: 'Epoch seconds; only what happened from then on.' }),
  limit: limit(200, 50),
  cursor,
});

const Position = z.tuple([z.int(), z.string()]);

export const auditRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { config, audit, operations }) => {
  app.get(
    '/audit',
    {
      config: { access: 'admin', tenant: { in: 'query', name: 'tenant', otherwise: ANY_TENANT } },
      schema: {
        tags: ['tenants'],
        operationId: 'listAuditRecords',
        summary: 'Who did what',
        description: 'Changes of connections, policies and keys, and every write, refused ones included; newest first.',
        headers: TenantHeaders,
        querystring: AuditQuery,
        response: { 200: json('The records.', z.array(AuditEntry)), ...failures(400, 403) },
      },
    },
    async (request, reply) => {
      const { since = null, limit, cursor } = request.query;
      const tenant = tenantOf(request);
      const tenantId = tenant === ANY_TENANT ? null : tenant;
      const listing = { tenantId: tenant, operation: 'audit', query: [since] };
      const position = operations.cursors.read(listing, cursor);
      const [at, id] = position ? Position.parse(JSON.parse(position.next)) : [];
      const before = at === undefined || id === undefined ? null : { at, id };
      // One more than asked for tells whether more follows.
      const records = await audit.list({ tenantId, since, before, limit: limit + 1 });
      const items = records.slice(0, limit);
      const last = records.length > limit ? items.at(-1) : undefined;
      const next = last && { site: '', next: JSON.stringify([last.at, last.id]), now: 0 };
      return sendPage(request, reply, config, {
        items: items.map(({ at, tenantId: tenant, caller, operation, target, outcome, requestId }) => {
          return { at, tenant, caller, operation, target, outcome: outcome ?? 'unknown', request_id: requestId };
        }),
        next_cursor: next ? operations.cursors.write(listing, next) : null,
      });
    },
  );
};
