import { ERROR_STATUS, type ErrorBody, type ErrorCode } from '../../errors.ts';

type Schema = Record<string, unknown>;

const text = { type: 'string' };
const texts = { type: 'array', items: text };
const flag = { type: 'boolean' };
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const object = (properties: Schema) => ({ type: 'object', properties });

const reconnect = {
  reconnect_url: { ...text, description: 'Where a person connects again.' },
  connect: ref('WayToConnect'),
};

/** What `details` may hold beside what all errors may, by code. */
const DETAILS: Partial<Record<ErrorCode, Schema>> = {
  VALIDATION: {
    parameter: { ...text, description: 'The first wrong one.' },
    problems: {
      type: 'array',
      items: {
        ...object({ parameter: text, message: text, known: texts, nearest: text }),
        required: ['parameter', 'message'],
      },
    },
    missing: { ...texts, description: 'Settings that the operator has to make.' },
  },
  NOT_CONNECTED: { connect: reconnect.connect, site: ref('Site'), sites: { type: 'array', items: ref('Site') } },
  TOKEN_EXPIRED: reconnect,
  FORBIDDEN: {
    rule: { ...text, description: 'Of the policy, or of the request itself.' },
    role: { ...text, description: 'The lowest that may do this.' },
    tenant: text,
    parameter: { ...text, description: 'Names what lies outside the policy.' },
    missing_scope: text,
    missing_scopes: texts,
    reconnect_url: reconnect.reconnect_url,
  },
  NOT_FOUND: { parameter: text, allow: { ...texts, description: 'With 405.' } },
  RATE_LIMITED: { limit: { type: 'integer', description: 'Calls a minute.' } },
};

const PLAIN = Object.keys(ERROR_STATUS).filter((code) => !(code in DETAILS));

/** The schema of every error, by which programs know `details` once they have looked at `code`. */
export const ERROR_SCHEMAS: Record<string, Schema> = {
  Error: {
    type: 'object',
    required: ['status', 'message', 'request_id'],
    properties: {
      status: { const: 'error' },
      message: { ...text, description: 'Says what the caller can do.' },
      retry_after: { type: 'integer', description: 'Seconds; also in `Retry-After`.' },
      request_id: text,
    },
    oneOf: [
      ...Object.entries(DETAILS).map(([code, members]) => ({
        required: ['code'],
        properties: { code: { const: code }, details: { allOf: [ref('ErrorDetails'), object(members)] } },
      })),
      { required: ['code'], properties: { code: { enum: PLAIN }, details: ref('ErrorDetails') } },
    ],
  },
  ErrorDetails: object({
    source: { enum: ['caller', 'service', 'atlassian'], description: 'Who refused, or failed.' },
    provider: { enum: ['jira', 'confluence'] },
    reason: text,
    upstream_status: { type: 'integer', description: "Atlassian's." },
    upstream: { description: "Atlassian's own words." },
    retryable: { ...flag, description: 'Of a tool: whether the same call may succeed later and does no harm.' },
    hint: { ...text, description: 'Of a tool: what to do next.' },
    candidates: { type: 'array', items: {}, description: 'Of a tool: what was probably meant.' },
    change_made: { ...flag, description: 'A change was made before the failure.' },
  }),
  WayToConnect: {
    ...object({ method: text, path: text, role: text }),
    description: 'The call that gives a person a link.',
    required: ['method', 'path', 'role'],
  },
};

/**
 * Every error has one shape, and its code says more than its status: so all calls have one answer for errors, and which
 * status comes with which code stands in the introduction.
 */
export const FAILURE = {
  description: 'An error; `code` says which. Where a browser navigates, it may be a page.',
  headers: [
    ...['X-Request-Id', 'Retry-After', 'X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'],
    ...['WWW-Authenticate', 'Allow'],
  ],
  examples: [
    { code: 'VALIDATION', message: 'limit: must be at most 25', details: { parameter: 'limit' } },
    { code: 'NOT_CONNECTED', message: 'Jira is not connected for this tenant.' },
  ] satisfies (Pick<ErrorBody, 'code' | 'message'> & Partial<ErrorBody>)[],
};

/** Tools want to see an answer for callers' faults, some take no `4XX` for it, and `default` has all the others. */
export const FAILED_STATUSES = ['400', 'default'];
