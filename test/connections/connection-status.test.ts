import { describe, expect, it } from 'vitest';
import { notConnected, siteNotGranted, statusOf, toldHowToConnect } from '../../src/connections/connection-status.ts';
import { AppError } from '../../src/errors.ts';
import type { Connection, Grant } from '../../src/stores/store.ts';
import { connectionOf, grantOf, SITE, SITE_2 } from '../stores/records.ts';

const KEY = { tenantId: 'acme', provider: 'jira' } as const;
const ENDED = 'The access token has expired and there is no refresh token.';
const DAYS_90 = 90 * 86_400;
const { expiresAt, refreshedAt } = grantOf('acme', 'g') as { expiresAt: number; refreshedAt: number };

const entryOf = (grant: Partial<Grant>, connection: Partial<Connection> = {}) => ({
  grant: { ...grantOf('acme', 'g'), version: 1, ...grant },
  connection: { ...connectionOf(KEY, 'g'), version: 1, ...connection },
});

describe('the status of a connection', () => {
  const rows: {
    name: string;
    grant: Partial<Grant>;
    connection?: Partial<Connection>;
    now: number;
    told: { connected: boolean; error: string | null; refresh_token_expires_at: number | null };
  }[] = [
    {
      name: 'with a refresh token outlives its access token',
      grant: {},
      now: expiresAt + 1,
      told: { connected: true, error: null, refresh_token_expires_at: refreshedAt + DAYS_90 },
    },
    {
      name: 'without a refresh token lives until the last second of its access token',
      grant: { refreshToken: null },
      now: expiresAt - 1,
      told: { connected: true, error: null, refresh_token_expires_at: null },
    },
    {
      name: 'without a refresh token ends with its access token',
      grant: { refreshToken: null },
      now: expiresAt,
      told: { connected: false, error: ENDED, refresh_token_expires_at: null },
    },
    {
      name: 'whose credentials have no known end never ends',
      grant: { refreshToken: null, expiresAt: null },
      now: expiresAt + DAYS_90,
      told: { connected: true, error: null, refresh_token_expires_at: null },
    },
    {
      name: 'that has ended tells why, and no end of its refresh token',
      grant: { deadReason: 'It was ended.' },
      connection: { lastError: 'Something else.', sites: [] },
      now: expiresAt,
      told: { connected: false, error: 'It was ended.', refresh_token_expires_at: null },
    },
    {
      name: 'whose last call failed is connected, and tells of it',
      grant: {},
      connection: { lastError: 'It failed.' },
      now: expiresAt - 1,
      told: { connected: true, error: 'It failed.', refresh_token_expires_at: refreshedAt + DAYS_90 },
    },
  ];

  it.each(rows)('$name', ({ grant, connection, now, told }) => {
    const { connected, error, refresh_token_expires_at } = statusOf(entryOf(grant, connection), now);
    expect({ connected, error, refresh_token_expires_at }).toEqual(told);
  });
});

describe('a site that the consent does not cover', () => {
  const others = [
    { ...SITE, id: 'cloud-3', url: 'https://one.atlassian.net' },
    { ...SITE, id: 'cloud-4', url: 'https://two.atlassian.net' },
  ];

  it.each([
    { name: 'names the sites to choose from', sites: others, end: ` (${others.map(({ url }) => url).join(', ')}).` },
    { name: 'names none where there is none', sites: [], end: '.' },
  ])('$name', ({ sites, end }) => {
    const problem = siteNotGranted({ ...KEY, site: SITE_2, sites });
    expect({ code: problem?.code, message: problem?.message }).toEqual({
      code: 'NOT_CONNECTED',
      message: `The consent for Jira no longer covers ${SITE_2.url}: reconnect with access to it, or choose another site with base_url${end}`,
    });
  });

  it('is none while its id is among those that are covered, whatever its name', () => {
    expect(siteNotGranted({ ...KEY, site: SITE_2, sites: [SITE, { ...SITE_2, name: 'renamed' }] })).toBeNull();
  });
});

describe('an error for which reconnecting is the way out', () => {
  const connect = { method: 'POST', path: '/connectors/confluence/connect-link', role: 'app' };

  it('of a tenant that is not connected says how to connect', () => {
    const { code, message, details } = notConnected('confluence');
    expect({ code, message, details }).toEqual({
      code: 'NOT_CONNECTED',
      message: 'Confluence is not connected for this tenant.',
      details: { provider: 'confluence', connect },
    });
  });

  it('of a grant that has ended keeps what it says and adds how to connect', () => {
    const cause = new Error('why');
    const ended = new AppError('TOKEN_EXPIRED', 'Ended.', { details: { reconnect_url: '/connect' }, cause });
    const told = toldHowToConnect(ended, 'confluence', () => '/connect') as AppError;
    expect({ code: told.code, status: told.status, message: told.message, details: told.details }).toEqual({
      code: 'TOKEN_EXPIRED',
      status: 401,
      message: 'Ended.',
      details: { reconnect_url: '/connect', connect },
    });
    expect(told.cause).toBe(cause);
  });

  it.each([new AppError('FORBIDDEN', 'No.', { details: { source: 'atlassian' } }), new Error('a bug'), 'a word'])(
    'is not made of %s',
    (error) => {
      expect(toldHowToConnect(error, 'confluence', () => '/connect')).toBe(error);
    },
  );
});
