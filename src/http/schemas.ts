import { z } from 'zod';
import { TENANT_ID } from '../access/caller.ts';
import { PROVIDERS } from '../config.ts';
import { ERROR_STATUS, type ErrorCode } from '../errors.ts';
import { asWritten } from '../operations/tidy-input.ts';
import { holdsKnownSecret } from '../secret-text.ts';

/** The one shape of every error. */
export const ErrorSchema = z
  .object({
    status: z.literal('error'),
    code: z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]),
    message: z.string().meta({ description: 'Says what the caller can do.' }),
    retry_after: z.number().optional().meta({ description: 'Seconds; also in the header `Retry-After`.' }),
    details: z.record(z.string(), z.unknown()).optional(),
    request_id: z.string(),
  })
  .meta({ id: 'Error' });

type AnswerSchema = { description: string; content: { 'application/json': { schema: z.ZodType } } };

/** An answer of a route with its description. */
export function json<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { 'application/json': { schema } } };
}

/** An answer that sends the browser elsewhere. */
export function redirect(description: string) {
  const schema = z.null().meta({ description: 'See the header `Location`.' });
  return { description, content: { 'text/plain': { schema } } };
}

/** The error answers of a route, by status, as they are encoded. The document tells them together: `openapi/errors.ts`. */
export function failures(...statuses: number[]): Record<number, AnswerSchema> {
  return Object.fromEntries([...statuses, 500, 503].map((status) => [status, json('An error.', ErrorSchema)]));
}

/** What can go wrong with any call that asks Atlassian. */
export const UPSTREAM_FAILURES = [400, 401, 403, 404, 409, 429, 502, 504] as const;
/** What can go wrong with a body. */
export const BODY_FAILURES = [413, 415] as const;

const DEFAULT_TENANT = 'default';

export const tenantId = z
  .string()
  .transform((value) => value.trim() || DEFAULT_TENANT)
  .refine((value) => TENANT_ID.test(value), 'must be 1 to 128 of A-Z a-z 0-9 . _ : @ -')
  .refine((value) => !holdsKnownSecret(value), 'must not be a key or token')
  .default(DEFAULT_TENANT)
  .meta({
    type: 'string',
    description:
      'Whose connections; `default` if left out. Credentials of one tenant fix it. 1 to 128 of `A-Z a-z 0-9 . _ : @ -`.',
  });

/** `true`, `false`, `1` or `0`, and nothing else. */
export const queryBoolean = z
  .enum(['true', 'false', '1', '0'], 'must be true, false, 1 or 0')
  .register(asWritten, {})
  .transform((value) => value === 'true' || value === '1');

/**
 * Every route about connections and operations is of one tenant, and may be narrowed for a single request. Other headers
 * stay as they are.
 */
export const TenantHeaders = z.looseObject({
  'x-tenant-id': tenantId,
  'x-read-only': z
    .string()
    .transform((value) => value.trim().toLowerCase())
    .pipe(queryBoolean)
    .optional()
    .meta({
      type: 'string',
      enum: ['true', 'false', '1', '0'],
      description: '`true` forbids this request to change anything, whatever else would allow it.',
    }),
  'x-tools': z
    .string()
    .max(4_000)
    .transform((value) => value.split(',').map((name) => name.trim()))
    .optional()
    .meta({
      type: 'string',
      description:
        'The only operations this request may run, by name, separated by commas (`jira.search,jira.projects`); never more than the policy.',
    }),
});

export const TenantParams = z.object({ tenant: tenantId.unwrap().meta({ type: 'string' }) });

export const ProviderParams = z.object({
  provider: z.enum(PROVIDERS, `must be ${PROVIDERS.join(' or ')}`).register(asWritten, {}),
});
