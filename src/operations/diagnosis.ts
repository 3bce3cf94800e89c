import { z } from 'zod';
import { PROVIDERS } from '../config.ts';
import { ERROR_STATUS, type ErrorCode } from '../errors.ts';
import { seconds as epoch, Named, Site } from './shapes.ts';

const codes = z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]).meta({ id: 'ErrorCode' });
const seconds = z.int().nullable();
const names = z.array(z.string());

/** How a call to Atlassian that only tries the credentials came out. */
export const Check = z.object({
  ok: z.boolean().nullable().meta({
    description: 'Null where no call was made: without a connection or a scope, or when one was refused just now.',
  }),
  code: codes.nullable(),
  message: z.string().nullable(),
  retry_after: seconds,
});
export type Check = z.output<typeof Check>;

const EXAMPLE = {
  ok: false,
  advice: [
    'The refresh token was refused. To make calls again, ask a person to connect Jira at https://api.example.com/connect, or for a link from POST /connectors/jira/connect-link.',
  ],
  provider: 'jira',
  connected: false,
  auth: 'oauth',
  deployment: 'cloud',
  site: { id: '11223344-a1b2-3b33-c444-def123456789', name: 'acme', url: 'https://acme.atlassian.net' },
  sites: [{ id: '11223344-a1b2-3b33-c444-def123456789', name: 'acme', url: 'https://acme.atlassian.net' }],
  account: { id: '5b10ac8d82e05b22cc7d4ef5', name: 'Anna Muster' },
  error: 'The refresh token was refused.',
  check: {
    ok: false,
    code: 'TOKEN_EXPIRED',
    message: 'The refresh token was refused. The user must reconnect.',
    retry_after: null,
  },
  scopes: ['read:jira-work', 'read:jira-user', 'offline_access'],
  tools: [
    {
      name: 'jira.create',
      available: false,
      reason: 'The refresh token was refused.',
      needs: ['read:jira-work', 'write:jira-work'],
      missing: ['write:jira-work'],
    },
  ],
  token: {
    age: 86_400,
    expires_at: 1767229200,
    expires_in: -82_800,
    refreshed_at: 1767225600,
    refresh_token_expires_at: null,
  },
  last_failure: {
    at: 1767312000,
    code: 'TOKEN_EXPIRED',
    message: 'The refresh token was refused. The user must reconnect.',
    upstream_status: null,
  },
  clock_skew: 0,
  quota: { remaining: 80, nearly_used_up: false, told_at: 1767225600 },
  pause: null,
  policy: { read_only: false, tools: { allow: null, deny: null }, containers: ['DEMO'] },
} as const;

/** All there is to know of a connection. Never a secret. */
export const Diagnosis = z
  .object({
    ok: z
      .boolean()
      .meta({ description: 'Whether calls can be made now; what a policy or a scope forbids is no fault.' }),
    advice: names.meta({ description: 'What to do next, in plain words; empty when all is well.' }),
    provider: z.enum(PROVIDERS),
    connected: z.boolean(),
    auth: z.enum(['oauth', 'pat', 'api_token']).nullable(),
    deployment: z.enum(['cloud', 'data_center']).nullable(),
    site: Site.nullable().meta({ description: 'The site in use.' }),
    sites: z.array(Site).meta({ description: 'Those that the grant reaches.' }),
    account: Named.nullable().meta({ description: 'Who consented.' }),
    error: z.string().nullable().meta({ description: 'What is wrong with the connection itself.' }),
    check: Check.meta({ description: 'Whether Atlassian takes the credentials now: one call was made to see.' }),
    scopes: names.nullable().meta({ description: 'Granted; null where Atlassian does not say.' }),
    tools: z
      .array(
        z.object({
          name: z.string(),
          available: z.boolean(),
          reason: z.string().nullable().meta({ description: 'Why not.' }),
          needs: names.meta({ description: 'Its scopes on Cloud.' }),
          missing: names.meta({ description: 'Those that the grant lacks.' }),
        }),
      )
      .meta({ description: 'The tools of this product, for this caller.' }),
    token: z
      .object({
        age: z.int().meta({ description: 'Seconds since it was received.' }),
        expires_at: epoch,
        expires_in: seconds.meta({ description: 'Seconds; negative once it has expired.' }),
        refreshed_at: epoch,
        refresh_token_expires_at: epoch,
      })
      .nullable()
      .meta({ description: 'The access token, or the token that was given.' }),
    last_failure: z
      .object({ at: epoch, code: codes, message: z.string(), upstream_status: z.int().nullable() })
      .nullable()
      .meta({ description: 'How a call last failed at Atlassian, as far as this process knows.' }),
    clock_skew: seconds.meta({
      description: "Seconds by which this service's clock is ahead of Atlassian's.",
    }),
    quota: z
      .object({ remaining: z.int().nullable(), nearly_used_up: z.boolean(), told_at: epoch })
      .nullable()
      .meta({ description: 'The rate limit, as Atlassian last reported it; null if it did not.' }),
    pause: z
      .object({ seconds: z.int(), reason: z.string().nullable() })
      .nullable()
      .meta({ description: 'A rate limit of Atlassian that holds now.' }),
    policy: z
      .object({
        read_only: z.boolean(),
        tools: z.object({ allow: names.nullable(), deny: names.nullable() }),
        containers: names.nullable().meta({ description: 'The only projects or spaces; null: all.' }),
      })
      .meta({ description: "What of the tenant's policy concerns this product." }),
  })
  .meta({ id: 'Diagnosis', examples: [EXAMPLE] });
export type Diagnosis = z.output<typeof Diagnosis>;

/** Nothing needs to be said. */
export const NO_INPUT = z.strictObject({});
