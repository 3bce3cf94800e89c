// The service as it is deployed, with two tenants' worth of records: `bench` is connected, `other` is not.
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ApiKeys } from '../../dist/modules/access/api-keys.js';
import { loadConfig } from '../../dist/modules/config.js';
import { GrantTokens } from '../../dist/modules/connections/grants/grant-tokens.js';
import { Vault } from '../../dist/modules/connections/grants/vault.js';
import { openStore } from '../../dist/modules/stores/open.js';

export const SITE_ID = '11223344-a1b2-4b33-8c44-def123456789';

/**
 * Fills the database and gives the environment of the service on it, and the headers of its callers.
 * @param database the value of DATABASE_URL
 */
export async function prepareService({ database, upstream, folder }) {
  const env = {
    NODE_ENV: 'production',
    PORT: '0',
    LOG_LEVEL: 'info',
    DATABASE_URL: database,
    RATE_LIMIT_PER_MINUTE: '0',
    STATE_SIGNING_SECRET: randomBytes(32).toString('hex'),
    TOKEN_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    ATLASSIAN_CLIENT_ID: 'bench',
    ATLASSIAN_CLIENT_SECRET: 'bench-secret',
    ATLASSIAN_REDIRECT_URI: 'http://localhost:3001/api/oauth/atlassian/callback',
    ATLASSIAN_AUTH_BASE_URL: upstream,
    ATLASSIAN_API_BASE_URL: upstream,
  };
  const config = loadConfig(env);
  const store = await openStore(config.database);
  const clock = () => Math.floor(Date.now() / 1_000);
  const tokens = new GrantTokens(new Vault(config.encryptionKeys));
  const site = { id: SITE_ID, name: 'bench', url: 'https://bench.atlassian.net' };
  for (const provider of ['jira', 'confluence']) {
    const id = randomUUID();
    const pair = {
      accessToken: randomBytes(1_875).toString('base64url'),
      refreshToken: randomBytes(1_125).toString('base64url'),
    };
    const scopes = SCOPES[provider];
    await store.saveLogin({
      grant: {
        ...{ id, tenantId: 'bench', clientId: 'bench', scopes, deadReason: null, generation: 1 },
        ...tokens.sealed({ tenantId: 'bench', id }, { ...pair, expiresIn: 36_000, scopes }, clock()),
      },
      connection: {
        ...{ tenantId: 'bench', provider, auth: 'oauth', api: 'gateway', grantId: id, site, sites: [site] },
        ...{ account: { id: 'anna', name: 'Anna' }, lastError: null, connectedAt: clock() },
      },
      other: {
        key: { tenantId: 'bench', provider: provider === 'jira' ? 'confluence' : 'jira' },
        ifNow: await markOf(store, provider),
        moveTo: null,
      },
    });
  }
  const keys = new ApiKeys({ store: store.access, clock, log: console });
  const wish = { role: 'app', name: null, expiresAt: null };
  const [own, other] = [
    await keys.create({ ...wish, tenantId: 'bench' }),
    await keys.create({ ...wish, tenantId: 'other' }),
  ];
  await store.close();
  return { env, cwd: folder, log: join(folder, 'service.log'), keys: { bench: own.key, other: other.key } };
}

const SCOPES = {
  jira: ['read:jira-work', 'write:jira-work', 'read:jira-user', 'offline_access'],
  confluence: [
    'search:confluence',
    'read:space:confluence',
    'read:page:confluence',
    'write:page:confluence',
    'offline_access',
  ],
};

async function markOf(store, provider) {
  const entry = await store.readConnection({
    tenantId: 'bench',
    provider: provider === 'jira' ? 'confluence' : 'jira',
  });
  return entry?.connection ?? null;
}
