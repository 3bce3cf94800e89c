import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'dotenv';
import { describe, expect, it } from 'vitest';
import { type Config, ConfigError, type Environment, loadConfig } from '../src/config.ts';
import { readDotenvFile } from '../src/dotenv.ts';
import { proxyFor } from '../src/proxy-settings.ts';
import { isLoopback } from '../src/urls.ts';
import { temporaryFolder } from './support/harness.ts';
import { keyOf, STATE_SECRET } from './support/secrets.ts';
import { problemsOf } from './support/settings.ts';

const APP = { ATLASSIAN_CLIENT_ID: 'id', ATLASSIAN_CLIENT_SECRET: 'secret' };

/** What instances on one PostgreSQL must have in common. */
const SHARED = { STATE_SIGNING_SECRET: STATE_SECRET, TOKEN_ENCRYPTION_KEYS: `k1:${keyOf(1)}` };

const DATABASE =
  'DATABASE_URL must be file:<path>, postgres://<user>:<password>@<host>/<database> or memory: (its value is not shown, it may contain a password)';

const UNCONFIGURED =
  "OAuth is not set up yet, so nobody can connect with it: set ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET, and register http://localhost:3001/api/oauth/atlassian/callback as the app's callback URL at https://developer.atlassian.com/console/myapps; or try npm run demo, which needs no account";

it('has a default for everything', () => {
  const jira = {
    app: null,
    missing: ['ATLASSIAN_CLIENT_ID', 'ATLASSIAN_CLIENT_SECRET'],
    redirectUri: 'http://localhost:3001/api/oauth/atlassian/callback',
    scopes: ['read:jira-work', 'write:jira-work', 'read:jira-user', 'offline_access'],
  };
  const confluence = {
    ...jira,
    redirectUri: 'http://localhost:3001/api/oauth/atlassian/callback',
    scopes: [
      'read:space:confluence',
      'read:page:confluence',
      'write:page:confluence',
      'search:confluence',
      'read:confluence-user',
      'offline_access',
    ],
  };
  expect(loadConfig({})).toEqual({
    port: 3001,
    host: '127.0.0.1',
    publicBaseUrl: 'http://localhost:3001',
    providers: { jira, confluence },
    authBaseUrl: 'https://auth.atlassian.com',
    apiBaseUrl: 'https://api.atlassian.com',
    cloudBaseUrl: null,
    allowedBaseUrls: [],
    requestTimeoutMs: 20_000,
    keepAliveTimeoutMs: 620_000,
    frontendUrl: null,
    corsOrigins: ['http://localhost:3000'],
    enableJiraPat: false,
    enableConfluencePat: false,
    enablePkce: false,
    stateSecret: null,
    encryptionKeys: null,
    database: { kind: 'sqlite', path: './data/integration.db' },
    proxy: { https: null, http: null, noProxy: [] },
    auth: { allowUnauthenticated: false, jwt: null },
    rateLimitPerMinute: null,
    trustProxy: null,
    auditRetentionDays: 90,
    refreshSweep: true,
    logLevel: 'info',
    warnings: [UNCONFIGURED],
  } satisfies Config);
});

it('cannot be changed afterwards', () => {
  expect(Object.isFrozen(loadConfig({}))).toBe(true);
});

describe('each setting', () => {
  it.each<[Environment, Partial<Config>]>([
    [{ PORT: '8080' }, { port: 8080, publicBaseUrl: 'http://localhost:8080' }],
    [{ PORT: ' 0 ' }, { port: 0 }],
    [{ HOST: '0.0.0.0' }, { host: '0.0.0.0' }],
    [{ PUBLIC_BASE_URL: 'https://api.example.com/base/' }, { publicBaseUrl: 'https://api.example.com/base' }],
    [{ ATLASSIAN_AUTH_BASE_URL: 'http://localhost:3002/' }, { authBaseUrl: 'http://localhost:3002' }],
    [{ ATLASSIAN_API_BASE_URL: 'http://localhost:3002' }, { apiBaseUrl: 'http://localhost:3002' }],
    [{ ATLASSIAN_CLOUD_BASE_URL: 'https://acme.atlassian.net/' }, { cloudBaseUrl: 'https://acme.atlassian.net' }],
    [
      { ALLOWED_BASE_URLS: 'https://jira.example.com/jira, https://wiki.example.com:8443 ,' },
      { allowedBaseUrls: ['https://jira.example.com', 'https://wiki.example.com:8443'] },
    ],
    [{ REQUEST_TIMEOUT_MS: '1500' }, { requestTimeoutMs: 1_500 }],
    [{ APP_FRONTEND_URL: 'https://app.example.com/x/' }, { frontendUrl: 'https://app.example.com/x' }],
    [{ APP_FRONTEND_URL: 'https://app.example.com/x' }, { corsOrigins: ['https://app.example.com'] }],
    [
      { BACKEND_CORS_ORIGINS: 'https://a.example.com, http://localhost:3000/', APP_FRONTEND_URL: 'https://b.example' },
      { corsOrigins: ['https://a.example.com', 'http://localhost:3000'] },
    ],
    [{ BACKEND_CORS_ORIGINS: ' * ' }, { corsOrigins: '*' }],
    [{ BACKEND_CORS_ORIGINS: 'https://a.example.com,*' }, { corsOrigins: '*' }],
    [{ ENABLE_JIRA_PAT: 'true' }, { enableJiraPat: true, enableConfluencePat: false, enablePkce: false }],
    [{ ENABLE_CONFLUENCE_PAT: 'true' }, { enableJiraPat: false, enableConfluencePat: true }],
    [{ ENABLE_OAUTH_PKCE: '1' }, { enableJiraPat: false, enablePkce: true }],
    [
      { ENABLE_JIRA_PAT: '0', ENABLE_OAUTH_PKCE: 'False' },
      { enableJiraPat: false, enablePkce: false },
    ],
    [{ STATE_SIGNING_SECRET: STATE_SECRET }, { stateSecret: STATE_SECRET }],
    [{ KEEP_ALIVE_TIMEOUT_MS: '65000' }, { keepAliveTimeoutMs: 65_000 }],
    [{ ALLOW_UNAUTHENTICATED: 'true' }, { auth: { allowUnauthenticated: true, jwt: null } }],
    [{ RATE_LIMIT_PER_MINUTE: '0' }, { rateLimitPerMinute: 0 }],
    [{ RATE_LIMIT_PER_MINUTE: '1200' }, { rateLimitPerMinute: 1_200 }],
    [{ TRUST_PROXY: '1' }, { trustProxy: 1 }],
    [{ TRUST_PROXY: '10' }, { trustProxy: 10 }],
    [
      { TRUST_PROXY: '10.0.0.0/8, 192.168.1.7,::1,fd00::/8' },
      { trustProxy: ['10.0.0.0/8', '192.168.1.7', '::1', 'fd00::/8'] },
    ],
    [{ AUDIT_RETENTION_DAYS: '3650' }, { auditRetentionDays: 3_650 }],
    [{ REFRESH_SWEEP: 'false' }, { refreshSweep: false }],
    [{ REFRESH_SWEEP: '0' }, { refreshSweep: false }],
    [{ REFRESH_SWEEP: 'TRUE' }, { refreshSweep: true }],
    [{ LOG_LEVEL: 'Debug' }, { logLevel: 'debug' }],
    [
      { TOKEN_ENCRYPTION_KEYS: `k-2:${keyOf(2)}, k_1:${keyOf(1)}` },
      {
        encryptionKeys: [
          { id: 'k-2', key: Buffer.from(keyOf(2), 'base64') },
          { id: 'k_1', key: Buffer.from(keyOf(1), 'base64') },
        ],
      },
    ],
  ])('%j', (env, expected) => {
    expect(loadConfig(env)).toMatchObject(expected);
  });

  it.each<[string, Config['database']]>([
    ['memory:', { kind: 'memory' }],
    ['file:./data/x.db', { kind: 'sqlite', path: './data/x.db' }],
    ['file:x.db', { kind: 'sqlite', path: 'x.db' }],
    ['file:../a b/x.db', { kind: 'sqlite', path: '../a b/x.db' }],
    ['file:/srv/x.db', { kind: 'sqlite', path: '/srv/x.db' }],
    ['file:///srv/x.db', { kind: 'sqlite', path: '/srv/x.db' }],
  ])('DATABASE_URL=%s', (url, database) => {
    expect(loadConfig({ DATABASE_URL: url }).database).toEqual(database);
  });

  it.each([
    'postgres://user:hunter2@db.example.com',
    'postgresql://user:hunter2@db.example.com/',
    'postgres://user:hunter2@db.example.com:port/x',
    'mysql://hunter2',
    'sqlite:hunter2.db',
    'file:',
    'file://hunter2/x.db',
    'file:////hunter2/x.db',
    'file:hunter2.db?mode=ro',
    'file::memory:',
    'memory',
    'hunter2.db',
  ])('DATABASE_URL=%s is refused without being shown', (url) => {
    expect(problemsOf({ DATABASE_URL: url })).toEqual([DATABASE]);
  });

  it.each([
    ['a hash in the password', 'postgres://user:hun#ter2@db.example.com/x'],
    ['a slash', 'postgres://user:hun/ter2@db.example.com/x'],
    ['a slash behind digits', 'postgres://user:12/hunter2@db.example.com/x'],
    ['a question mark', 'postgres://user:hun?ter2@db.example.com/x'],
    ['an @ and a slash', 'postgres://user:hun@ter/2@db.example.com/x'],
    ['a slash before a question mark', 'postgres://user:1/hunter?a=2@db.example.com/x'],
    ['a # in .env, where a comment begins', 'postgres://user:hunter2'],
    ['a blank', 'postgres://user:hunter%202%2F@db.example.com/x?options=-c a=b'],
    ['a percent sign', 'postgres://user:hunter2%@db.example.com/x'],
    ['a percent sign before other characters', 'postgres://user:hunter2%zz@db.example.com/x'],
  ])('DATABASE_URL with %s is refused with how to encode it, without being shown', (_name, url) => {
    expect(problemsOf({ DATABASE_URL: url })).toEqual([
      `DATABASE_URL cannot be read: percent-encode the user name and the password, in which blanks and # / ? @ % have another meaning; node -p "encodeURIComponent('…')" prints the encoded form (its value is not shown, it may contain a password)`,
    ]);
  });

  it.each([
    ['names several hosts', 'postgres://user:hunter2@a.example.com,b.example.com/x'],
    ['names several hosts', 'postgres://user:hunter2@a.example.com:5432,b.example.com:5432/x'],
    ['names several hosts', 'postgres://user:hunter2@/x?host=a.example.com,b.example.com'],
    ['has no host', 'postgres://user:hunter2@/x'],
    ['has an unknown sslmode', 'postgres://user:hunter2@db.example.com/x?sslmode=verify_full'],
  ])('DATABASE_URL that %s is refused without being shown: %s', (words, url) => {
    const [problem, ...more] = problemsOf({ DATABASE_URL: url });
    expect({ problem, more }).toEqual({ problem: expect.stringContaining(`DATABASE_URL ${words}`), more: [] });
    expect(problem).not.toMatch(/hunter|example/);
  });

  it.each([
    'postgres://user:hunter2@db.example.com/x',
    'postgres://user:hunter2@/x?host=/cloudsql/project:region:instance',
    'postgres:///x?host=/var/run/postgresql',
    'postgres://user:hun@ter2@db.example.com/x',
    'postgres://user:%2Fhunter2%23@db.example.com/x?application_name=a@b',
    'postgresql://user:hunter2@db.example.com:5433/x?sslmode=require',
  ])('DATABASE_URL=%s is taken as it is, with the secrets that all instances share', (url) => {
    const config = loadConfig({ DATABASE_URL: url, ...SHARED });
    expect(config.database).toEqual({ kind: 'postgres', url });
  });

  it.each(Object.keys(SHARED))('%s is required with PostgreSQL, for instances share no folder', (name) => {
    const env = { DATABASE_URL: 'postgres://user:hunter2@db.example.com/x', ...SHARED };
    const problem = `${name} must be set when PostgreSQL is used, to the same value on every instance`;
    expect(problemsOf({ ...env, [name]: undefined })).toEqual([problem]);
    expect(problemsOf({ ...env, [name]: ' ' })).toEqual([problem]);
    // An embedded database keeps what was not configured beside it.
    expect(problemsOf({ ...SHARED, [name]: undefined })).toEqual([]);
  });
});

/** What is said of a secret that somebody may guess. */
const weakSecret = (name: string, why: string) =>
  `${name} (masked) ${why}: whoever guesses it can forge logins for every tenant. Create one with: openssl rand -base64 48`;

describe('further names', () => {
  const jiraApp = (env: Environment) => loadConfig({ ...APP, ...env }).providers.jira.app;
  const confluenceApp = (env: Environment) => loadConfig({ ...APP, ...env }).providers.confluence.app;
  const OWN = { CONFLUENCE_OAUTH_CLIENT_ID: 'own', CONFLUENCE_OAUTH_CLIENT_SECRET: 'own secret' };

  // The first name wins; each later one counts only while all before it are unset.
  it.each<[string[], (env: Environment) => unknown]>([
    [
      [
        'ATLASSIAN_CLIENT_ID',
        'NEXT_PUBLIC_ATLASSIAN_CLIENT_ID',
        'JIRA_OAUTH_CLIENT_ID',
        'NEXT_PUBLIC_JIRA_OAUTH_CLIENT_ID',
      ],
      (env) => jiraApp(env)?.clientId,
    ],
    [
      [
        'ATLASSIAN_CLIENT_SECRET',
        'NEXT_PUBLIC_ATLASSIAN_CLIENT_SECRET',
        'JIRA_OAUTH_CLIENT_SECRET',
        'NEXT_PUBLIC_JIRA_OAUTH_CLIENT_SECRET',
      ],
      (env) => jiraApp(env)?.clientSecret,
    ],
    [
      ['ATLASSIAN_REDIRECT_URI', 'NEXT_PUBLIC_ATLASSIAN_REDIRECT_URI', 'JIRA_REDIRECT_URI'],
      (env) => jiraApp(env)?.redirectUri,
    ],
    [
      ['CONFLUENCE_OAUTH_CLIENT_ID', 'NEXT_PUBLIC_CONFLUENCE_OAUTH_CLIENT_ID'],
      (env) => confluenceApp({ ...OWN, ...env })?.clientId,
    ],
    [
      ['CONFLUENCE_OAUTH_CLIENT_SECRET', 'NEXT_PUBLIC_CONFLUENCE_OAUTH_CLIENT_SECRET'],
      (env) => confluenceApp({ ...OWN, ...env })?.clientSecret,
    ],
    [
      ['CONFLUENCE_OAUTH_REDIRECT_URI', 'NEXT_PUBLIC_CONFLUENCE_OAUTH_REDIRECT_URI'],
      (env) => confluenceApp({ ...OWN, ...env })?.redirectUri,
    ],
    [['ATLASSIAN_CLOUD_BASE_URL', 'NEXT_PUBLIC_ATLASSIAN_CLOUD_BASE_URL'], (env) => loadConfig(env).cloudBaseUrl],
    [['APP_FRONTEND_URL', 'NEXT_PUBLIC_APP_FRONTEND_URL'], (env) => loadConfig(env).frontendUrl],
    [
      ['BACKEND_CORS_ORIGINS', 'NEXT_PUBLIC_BACKEND_CORS_ORIGINS'],
      (env) => (loadConfig(env).corsOrigins as string[])[0],
    ],
    [['STATE_SIGNING_SECRET', 'APP_SECRET_KEY', 'SECRET_KEY'], (env) => loadConfig(env).stateSecret],
  ])('are read in the order %j', (names, read) => {
    const random = (name: string) => createHash('sha256').update(name).digest('hex').slice(0, 32);
    const addressOf = (name: string) => `https://${random(name)}.example.com`;
    for (const [index, name] of names.entries()) {
      const blank = Object.fromEntries(names.slice(0, index).map((earlier) => [earlier, ' ']));
      const set = Object.fromEntries(names.slice(index).map((later) => [later, addressOf(later)]));
      expect(read({ ...blank, ...set })).toBe(addressOf(name));
    }
  });
});

describe('the OAuth apps', () => {
  const CALLBACK = 'http://localhost:3001/api/oauth/atlassian/callback';

  it('share the Atlassian app, and its callback is on the public base URL', () => {
    const app = { clientId: 'id', clientSecret: 'secret', redirectUri: CALLBACK };
    const { jira, confluence } = loadConfig(APP).providers;
    expect({
      jiraApp: jira.app,
      jiraMissing: jira.missing,
      confluenceApp: confluence.app,
      confluenceMissing: confluence.missing,
    }).toEqual({ jiraApp: app, jiraMissing: [], confluenceApp: app, confluenceMissing: [] });
    expect(loadConfig({ ...APP, PUBLIC_BASE_URL: 'https://api.example.com' }).providers.jira.app?.redirectUri).toBe(
      'https://api.example.com/api/oauth/atlassian/callback',
    );
  });

  it.each<{ env: Environment; jira: string[]; confluence: string[] }>([
    { env: { ATLASSIAN_CLIENT_ID: 'id' }, jira: ['ATLASSIAN_CLIENT_SECRET'], confluence: ['ATLASSIAN_CLIENT_SECRET'] },
    { env: { ATLASSIAN_CLIENT_SECRET: 's' }, jira: ['ATLASSIAN_CLIENT_ID'], confluence: ['ATLASSIAN_CLIENT_ID'] },
    {
      env: { CONFLUENCE_OAUTH_CLIENT_ID: 'own', CONFLUENCE_OAUTH_CLIENT_SECRET: 'own secret' },
      jira: ['ATLASSIAN_CLIENT_ID', 'ATLASSIAN_CLIENT_SECRET'],
      confluence: [],
    },
    { env: { ...APP, CONFLUENCE_OAUTH_CLIENT_ID: 'own' }, jira: [], confluence: ['CONFLUENCE_OAUTH_CLIENT_SECRET'] },
    { env: { ...APP, CONFLUENCE_OAUTH_CLIENT_ID: 'id' }, jira: [], confluence: [] },
  ])('name what is missing: $env', ({ env, jira, confluence }) => {
    const { providers } = loadConfig(env);
    expect({ jiraMissing: providers.jira.missing, confluenceMissing: providers.confluence.missing }).toEqual({
      jiraMissing: jira,
      confluenceMissing: confluence,
    });
    expect({ jiraApp: providers.jira.app === null, confluenceApp: providers.confluence.app === null }).toEqual({
      jiraApp: jira.length > 0,
      confluenceApp: confluence.length > 0,
    });
  });

  it("do not lend an own Confluence app the Atlassian app's secret, only its callback", () => {
    const env = { ...APP, CONFLUENCE_OAUTH_CLIENT_ID: 'own', ATLASSIAN_REDIRECT_URI: 'https://x.example.com/cb' };
    expect(loadConfig(env).providers.confluence.app).toBeNull();
    const { providers } = loadConfig({ ...env, CONFLUENCE_OAUTH_CLIENT_SECRET: 'own secret' });
    expect(providers.confluence.app).toEqual({
      clientId: 'own',
      clientSecret: 'own secret',
      redirectUri: 'https://x.example.com/cb',
    });
    expect(providers.jira.app).toMatchObject({ clientId: 'id', clientSecret: 'secret' });
  });

  it('keep a redirect URI to the letter', () => {
    for (const redirectUri of ['https://x.example.com/cb/', 'HTTPS://X.example.com', 'http://127.0.0.1:3001/cb']) {
      const { providers } = loadConfig({ ...APP, ATLASSIAN_REDIRECT_URI: redirectUri });
      expect(providers.jira.app?.redirectUri).toBe(redirectUri);
    }
  });

  it.each<[Environment, string]>([
    [{ ATLASSIAN_REDIRECT_URI: 'http://x.example.com/cb' }, 'ATLASSIAN_REDIRECT_URI is http://x.example.com/cb'],
    [{ JIRA_REDIRECT_URI: 'http://x.example.com/cb' }, 'JIRA_REDIRECT_URI is http://x.example.com/cb'],
    [{ CONFLUENCE_OAUTH_REDIRECT_URI: 'http://10.0.0.1/cb' }, 'CONFLUENCE_OAUTH_REDIRECT_URI is http://10.0.0.1/cb'],
    [
      { PUBLIC_BASE_URL: 'http://x.example.com' },
      'ATLASSIAN_REDIRECT_URI is http://x.example.com/api/oauth/atlassian/callback',
    ],
  ])('need https beyond this machine: %j', (env, problem) => {
    const hint = ': Atlassian accepts https, or http on localhost (set it, or PUBLIC_BASE_URL)';
    expect(problemsOf({ ...APP, ...env })).toEqual([problem + hint]);
    // Without an app nobody is redirected.
    expect(problemsOf(env)).toEqual([]);
  });

  it.each([
    ['JIRA_SCOPES', 'jira'],
    ['CONFLUENCE_SCOPES', 'confluence'],
  ] as const)('take %s, offline_access always added, each once', (name, provider) => {
    const other = provider === 'jira' ? 'confluence' : 'jira';
    const { providers } = loadConfig({ [name]: ' read:a  write:b read:a ' });
    expect(providers[provider].scopes).toEqual(['read:a', 'write:b', 'offline_access']);
    expect(providers[other].scopes).toEqual(loadConfig({}).providers[other].scopes);
    expect(loadConfig({ [name]: 'offline_access read:a' }).providers[provider].scopes).toEqual([
      'offline_access',
      'read:a',
    ]);
  });

  it.each([
    ['NEXT_PUBLIC_ATLASSIAN_CLIENT_SECRET', 'ATLASSIAN_CLIENT_SECRET'],
    ['NEXT_PUBLIC_JIRA_OAUTH_CLIENT_SECRET', 'ATLASSIAN_CLIENT_SECRET'],
    ['NEXT_PUBLIC_CONFLUENCE_OAUTH_CLIENT_SECRET', 'CONFLUENCE_OAUTH_CLIENT_SECRET'],
  ])('draw one warning when the secret comes from %s', (name, better) => {
    const { warnings } = loadConfig({
      ATLASSIAN_CLIENT_ID: 'id',
      CONFLUENCE_OAUTH_CLIENT_ID: 'own',
      [name]: 'hunter2',
    });
    expect(warnings.filter((warning) => warning.includes('NEXT_PUBLIC_'))).toEqual([
      `${name} contains a client secret, but front-end builds publish NEXT_PUBLIC_ variables: move it to ${better} and create a new secret`,
    ]);
  });

  it('draw no warning for a public client id, nor for a public secret that is not used', () => {
    const env = { NEXT_PUBLIC_ATLASSIAN_CLIENT_ID: 'id', NEXT_PUBLIC_ATLASSIAN_CLIENT_SECRET: 'x' };
    expect(loadConfig({ ...env, ATLASSIAN_CLIENT_SECRET: 's' }).warnings).toEqual([]);
  });
});

describe('JSON Web Tokens', () => {
  const BOTH = { AUTH_ISSUER: 'https://login.example.com/', AUTH_AUDIENCE: 'us' };
  const KEYS_URL = 'https://login.example.com/keys';
  const pemOf = (key: { publicKey: { export(options: { type: 'spki'; format: 'pem' }): string | Buffer } }) =>
    key.publicKey.export({ type: 'spki', format: 'pem' }).toString().trim();
  const ED25519 = generateKeyPairSync('ed25519');
  const PEM = pemOf(ED25519);
  const CERTIFICATE = [
    '-----BEGIN CERTIFICATE-----',
    'MIIBbzCCARWgAwIBAgIUAf3ftDj7ZGCEfHx5YZsaQlWUgxIwCgYIKoZIzj0EAwIw',
    'DDEKMAgGA1UEAwwBdDAgFw0yNjExMjUwODE5NDVaGA8yMTI2MTEwMTA4MTk0NVow',
    'DDEKMAgGA1UEAwwBdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABONtukr9dV+m',
    'L/Zj29gAZ7QpG5PH0Spcgybootmdb/9xxmHBgyY3pNUpVo+2MKpNjEtkYmInv7WJ',
    'hR6cBX/gw/SjUzBRMB0GA1UdDgQWBBRjVbv/CRjaS9OxkJOTZ9bUBqXGVjAfBgNV',
    'HSMEGDAWgBRjVbv/CRjaS9OxkJOTZ9bUBqXGVjAPBgNVHRMBAf8EBTADAQH/MAoG',
    'CCqGSM49BAMCA0gAMEUCIQDTMVBC9uDniuuPynEQImTPH9u5z4ZTtqOVcnDeu6T8',
    'kgIgF11lVEdf5f60nmkuJM9cPM1SxQTZ3MYu65FHRkLl/VY=',
    '-----END CERTIFICATE-----',
  ].join('\n');
  const NO_BLOCK =
    'AUTH_JWT_PUBLIC_KEY (masked) must be one PEM block, BEGIN PUBLIC KEY or BEGIN CERTIFICATE; line ends may be written as \\n';
  const PRIVATE =
    'AUTH_JWT_PUBLIC_KEY (masked) contains a private key, which this service must never have: set the public key instead, and replace the key pair';
  const WEAK =
    'AUTH_JWT_PUBLIC_KEY (masked) must be RSA of at least 2048 bits, EC on P-256, P-384 or P-521, or Ed25519';
  const NO_JWKS =
    'AUTH_JWKS_URL (masked: it may contain a password) must be an https URL, or http on loopback, without user info and fragment';

  it('are checked by the keys of a JWKS or by one public key', () => {
    const names = { tenantClaim: 'tenant_id', roleClaim: 'role', roleRequired: false };
    const jwt = { issuer: 'https://login.example.com/', audience: ['us'], ...names };
    const claims = { AUTH_TENANT_CLAIM: 'https://x.example/tenant', AUTH_ROLE_CLAIM: 'roles' };
    expect(loadConfig({ ...BOTH, AUTH_JWKS_URL: KEYS_URL }).auth.jwt).toEqual({
      ...jwt,
      jwksUrl: KEYS_URL,
      publicKey: null,
    });
    expect(loadConfig({ ...BOTH, ...claims, AUTH_JWT_PUBLIC_KEY: PEM }).auth.jwt).toEqual({
      ...jwt,
      jwksUrl: null,
      publicKey: PEM,
      tenantClaim: 'https://x.example/tenant',
      roleClaim: 'roles',
      roleRequired: true,
    });
  });

  it.each([
    'https://login.example.com/a/b?c=d',
    'http://localhost:8080/keys',
    'http://127.0.0.1:8080/keys',
    'http://[::1]:8080/keys',
  ])('have their keys at %s', (url) => {
    expect(loadConfig({ ...BOTH, AUTH_JWKS_URL: url }).auth.jwt?.jwksUrl).toBe(url);
  });

  it.each([
    'http://login.example.com/keys',
    'https://u:hunter2@login.example.com/keys',
    'https://login.example.com/keys#hunter2',
    'file:///hunter2',
    'hunter2',
  ])('have no keys at %s, which is not shown', (url) => {
    expect(problemsOf({ ...BOTH, AUTH_JWKS_URL: url })).toEqual([NO_JWKS]);
  });

  it.each([
    ['RSA of 2048 bits', pemOf(generateKeyPairSync('rsa', { modulusLength: 2_048 }))],
    ['P-256', pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }))],
    ['P-384', pemOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }))],
    ['P-521', pemOf(generateKeyPairSync('ec', { namedCurve: 'P-521' }))],
    ['Ed25519', PEM],
    ['a certificate', CERTIFICATE],
  ])('take a key of %s, its line ends written out or not', (_kind, pem) => {
    for (const text of [pem, `${pem}\n`, pem.replaceAll('\n', '\\n'), pem.replaceAll('\n', '\r\n')]) {
      expect(loadConfig({ ...BOTH, AUTH_JWT_PUBLIC_KEY: text }).auth.jwt?.publicKey).toBe(pem);
    }
  });

  it.each([
    { kind: 'RSA of 1024 bits', pem: pemOf(generateKeyPairSync('rsa', { modulusLength: 1_024 })), problem: WEAK },
    { kind: 'secp256k1', pem: pemOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' })), problem: WEAK },
    { kind: 'X25519', pem: pemOf(generateKeyPairSync('x25519')), problem: WEAK },
    { kind: 'RSA-PSS', pem: pemOf(generateKeyPairSync('rsa-pss', { modulusLength: 2_048 })), problem: WEAK },
    { kind: 'no key', pem: 'hunter2', problem: NO_BLOCK },
    { kind: 'a broken block', pem: PEM.replace('MCow', 'AAAA'), problem: NO_BLOCK },
    { kind: 'two blocks', pem: `${PEM}\n${PEM}`, problem: NO_BLOCK },
    {
      kind: 'a private key',
      pem: ED25519.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      problem: PRIVATE,
    },
    {
      kind: 'a private key of its own form',
      pem: generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .privateKey.export({ type: 'sec1', format: 'pem' })
        .toString(),
      problem: PRIVATE,
    },
    {
      kind: 'both halves',
      pem: `${PEM}\n${ED25519.privateKey.export({ type: 'pkcs8', format: 'pem' })}`,
      problem: PRIVATE,
    },
    {
      kind: 'a private key on one line',
      pem: ED25519.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().replaceAll('\n', '\\n'),
      problem: PRIVATE,
    },
  ])('take no key of $kind', ({ pem, problem }) => {
    expect(problemsOf({ ...BOTH, AUTH_JWT_PUBLIC_KEY: pem })).toEqual([problem]);
  });

  it('may be for one of several audiences', () => {
    const env = { ...BOTH, AUTH_JWKS_URL: KEYS_URL };
    expect(loadConfig({ ...env, AUTH_AUDIENCE: 'us, https://us.example.com ,' }).auth.jwt?.audience).toEqual([
      'us',
      'https://us.example.com',
    ]);
    expect(problemsOf({ ...env, AUTH_AUDIENCE: ' , ' })).toEqual([
      'AUTH_AUDIENCE is ",": it must name an audience, or several separated by commas',
    ]);
  });

  it.each<[Environment, string[]]>([
    [
      { ...BOTH, AUTH_JWKS_URL: KEYS_URL, AUTH_JWT_PUBLIC_KEY: PEM },
      ['AUTH_JWKS_URL and AUTH_JWT_PUBLIC_KEY are both set: keep one'],
    ],
    [
      { AUTH_JWKS_URL: KEYS_URL },
      [
        'AUTH_ISSUER must be set with AUTH_JWKS_URL: without it, tokens from any issuer would be accepted',
        'AUTH_AUDIENCE must be set with AUTH_JWKS_URL: without it, tokens meant for other services would be accepted',
      ],
    ],
    [
      { AUTH_ISSUER: 'x', AUTH_JWT_PUBLIC_KEY: PEM },
      [
        'AUTH_AUDIENCE must be set with AUTH_JWT_PUBLIC_KEY: without it, tokens meant for other services would be accepted',
      ],
    ],
    [
      { ...BOTH, AUTH_TENANT_CLAIM: 't', AUTH_ROLE_CLAIM: 'r' },
      ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_TENANT_CLAIM', 'AUTH_ROLE_CLAIM'].map(
        (name) => `${name} is set, but neither AUTH_JWKS_URL nor AUTH_JWT_PUBLIC_KEY, so no token can be checked`,
      ),
    ],
  ])('need one source of keys, an issuer and an audience: %#', (env, problems) => {
    expect(problemsOf(env)).toEqual(problems);
  });
});

describe('what is wrong in silence', () => {
  const warningsOf = (env: Environment) => loadConfig({ ...APP, ...env }).warnings;

  it.each<[Environment, string]>([
    [{ ATLASSIAN_CLIENT_ID: '"abc"' }, 'ATLASSIAN_CLIENT_ID'],
    [{ JIRA_OAUTH_CLIENT_SECRET: "'hunter2'" }, 'JIRA_OAUTH_CLIENT_SECRET'],
    [{ PORT: '"3001"' }, 'PORT'],
    [{ PUBLIC_BASE_URL: ' "https://api.example.com" ' }, 'PUBLIC_BASE_URL'],
    [{ DATABASE_URL: "'memory:'" }, 'DATABASE_URL'],
    [{ AUTH_ISSUER: '""' }, 'AUTH_ISSUER'],
    [{ ATLASSIAN_CLIENT_ID: '\u201cabc\u201d' }, 'ATLASSIAN_CLIENT_ID'],
    [{ CONFLUENCE_OAUTH_CLIENT_SECRET: '\u2018hunter2\u2019' }, 'CONFLUENCE_OAUTH_CLIENT_SECRET'],
    [{ HOST: '\u201e0.0.0.0\u201c' }, 'HOST'],
    [{ LOG_LEVEL: '`info`' }, 'LOG_LEVEL'],
    [{ TOKEN_ENCRYPTION_KEYS: `"k1:${keyOf(1)}"` }, 'TOKEN_ENCRYPTION_KEYS'],
  ])('a value in quotes is refused without being shown: %j', (env, name) => {
    expect(problemsOf(env)).toEqual([`${name} is in quotes, which are taken as part of the value: remove them`]);
  });

  it.each<[Environment, string]>([
    [{ ATLASSIAN_CLIENT_SECRET: '"hunter2' }, 'ATLASSIAN_CLIENT_SECRET'],
    [{ ATLASSIAN_CLIENT_ID: "hunter2'" }, 'ATLASSIAN_CLIENT_ID'],
    [{ PUBLIC_BASE_URL: '\u201dhttps://api.example.com' }, 'PUBLIC_BASE_URL'],
    [{ PORT: '3001"' }, 'PORT'],
  ])('a quote at one end is refused without the value being shown: %j', (env, name) => {
    expect(problemsOf(env)).toEqual([`${name} has a quote at one end, which is taken as part of the value: remove it`]);
  });

  it.each(['STATE_SIGNING_SECRET', 'APP_SECRET_KEY', 'SECRET_KEY'])('a random %s may end in a quote', (name) => {
    expect(loadConfig({ [name]: `${STATE_SECRET}'` }).stateSecret).toBe(`${STATE_SECRET}'`);
  });

  it.each<{ env: Environment; name: string; code: string }>([
    { env: { ATLASSIAN_CLIENT_SECRET: 'hunter2\u200b' }, name: 'ATLASSIAN_CLIENT_SECRET', code: '200B' },
    { env: { ATLASSIAN_CLIENT_ID: 'a\ufeffb' }, name: 'ATLASSIAN_CLIENT_ID', code: 'FEFF' },
    { env: { CONFLUENCE_OAUTH_CLIENT_ID: 'a\u00a0b' }, name: 'CONFLUENCE_OAUTH_CLIENT_ID', code: '00A0' },
    { env: { PORT: '\u200e3001' }, name: 'PORT', code: '200E' },
    { env: { HOST: '0.0.0.0\u0007' }, name: 'HOST', code: '0007' },
    { env: { AUTH_ISSUER: 'https://login\u00ad.example.com' }, name: 'AUTH_ISSUER', code: '00AD' },
    { env: { STATE_SIGNING_SECRET: `${STATE_SECRET}\u2060` }, name: 'STATE_SIGNING_SECRET', code: '2060' },
    { env: { TOKEN_ENCRYPTION_KEYS: `k1:\u200b${keyOf(1)}` }, name: 'TOKEN_ENCRYPTION_KEYS', code: '200B' },
    { env: { DATABASE_URL: 'memory:\u200b' }, name: 'DATABASE_URL', code: '200B' },
  ])('a character that cannot be seen is refused: %#', ({ env, name, code }) => {
    expect(problemsOf(env).filter((problem) => !problem.includes('so no token can be checked'))).toEqual([
      `${name} contains a character that cannot be seen (U+${code}): type the value again by hand`,
    ]);
  });

  it('line ends and tabs may separate the entries of a list', () => {
    const { corsOrigins } = loadConfig({ BACKEND_CORS_ORIGINS: 'https://a.example.com,\n\thttps://b.example.com\r\n' });
    expect(corsOrigins).toEqual(['https://a.example.com', 'https://b.example.com']);
  });

  it.each([
    'your-client-id',
    'your client secret',
    'YOUR_CLIENT_SECRET',
    '<your secret>',
    '<client-id>',
    '{{ atlassian_client_secret }}',
    '$' + '{ATLASSIAN_CLIENT_SECRET}',
    'client_secret',
    'atlassian-client-id',
    'changeme',
    'replace-me',
    'xxxxxxxx',
    'TODO',
  ])('a placeholder in the place of a client id or secret draws a warning: %s', (value) => {
    for (const name of ['ATLASSIAN_CLIENT_ID', 'JIRA_OAUTH_CLIENT_SECRET', 'CONFLUENCE_OAUTH_CLIENT_SECRET']) {
      expect(loadConfig({ [name]: value }).warnings).toContain(
        `${name} (masked) is a placeholder: set it to the value at https://developer.atlassian.com/console/myapps, or leave it empty until you have registered an app`,
      );
    }
  });

  it('what Atlassian issues is no placeholder', () => {
    for (let number = 0; number < 2_000; number++) {
      const [id = '', secret = ''] = [keyOf(number).replace(/\W/g, '').slice(0, 32), `ATOA${keyOf(number)}`];
      const { app } = loadConfig({ ATLASSIAN_CLIENT_ID: id, ATLASSIAN_CLIENT_SECRET: secret }).providers.jira;
      expect(app).toMatchObject({ clientId: id, clientSecret: secret });
    }
  });

  it.each(['http://0.0.0.0', '0.0.0.0:3001', 'localhost/', '[::]', 'a b', '0.0.0.0,::'])(
    'HOST=%s is refused',
    (HOST) => {
      expect(problemsOf({ HOST })).toEqual([
        `HOST is ${JSON.stringify(HOST)}: it must be a host name or an address such as 0.0.0.0, without http://, port or path`,
      ]);
    },
  );

  it.each(['0.0.0.0', '::', '::1', 'fe80::1%eth0', 'localhost', 'api_1.internal'])('HOST=%s is taken', (HOST) => {
    expect(loadConfig({ HOST }).host).toBe(HOST);
  });

  it.each([
    'https://a.b;https://c.d',
    'https://a.b https://c.d',
    'https://a.b\nhttps://c.d',
    'https://a.b|https://c.d',
  ])('origins that are not separated with commas are refused: %j', (value) => {
    for (const name of ['BACKEND_CORS_ORIGINS', 'ALLOWED_BASE_URLS']) {
      expect(problemsOf({ [name]: value })).toEqual([
        `${name} holds ${JSON.stringify(value)}: separate the origins with commas`,
      ]);
    }
  });

  it('a quote inside a value is part of it', () => {
    expect(loadConfig({ ...APP, ATLASSIAN_CLIENT_SECRET: 'a"b' }).providers.jira.app?.clientSecret).toBe('a"b');
  });

  it('a path in a CORS origin is told, since every page of that origin may call', () => {
    const env = { BACKEND_CORS_ORIGINS: 'https://a.example.com/app,https://b.example.com/' };
    expect(loadConfig(env).corsOrigins).toEqual(['https://a.example.com', 'https://b.example.com']);
    expect(warningsOf(env)).toEqual([
      'BACKEND_CORS_ORIGINS holds "https://a.example.com/app": an origin has no path, so every page of https://a.example.com may call',
    ]);
  });

  it('* beside CORS origins is told, since it takes their credentials away', () => {
    expect(warningsOf({ NEXT_PUBLIC_BACKEND_CORS_ORIGINS: 'https://a.example.com,*' })).toEqual([
      'NEXT_PUBLIC_BACKEND_CORS_ORIGINS holds * beside other origins: it lets any origin in, and none with credentials',
    ]);
    expect(warningsOf({ BACKEND_CORS_ORIGINS: '*' })).toEqual([]);
  });

  it('a value that Kubernetes sets for a Service is refused with its cause', () => {
    expect(problemsOf({ PORT: 'tcp://10.0.0.1:80' })).toEqual([
      'PORT is "tcp://10.0.0.1:80": it must be a whole number from 0 to 65535. Kubernetes sets such values for a Service of that name: set the variable in the container yourself, or enableServiceLinks: false in the pod',
    ]);
  });

  it('what only the demo reads does not hinder the service', () => {
    expect(warningsOf({ SANDBOX_PORT: 'tcp://10.0.0.1:80' })).toEqual([]);
  });

  it('an OAuth app of which only a half is set is told', () => {
    const half = (missing: string, set: string) =>
      `${missing} is not set, only the client ${set} is, so nobody can connect through this app`;
    expect(loadConfig({ ATLASSIAN_CLIENT_ID: 'id' }).warnings).toEqual([half('ATLASSIAN_CLIENT_SECRET', 'id')]);
    expect(loadConfig({ ATLASSIAN_CLIENT_SECRET: 's' }).warnings).toEqual([half('ATLASSIAN_CLIENT_ID', 'secret')]);
    expect(warningsOf({ CONFLUENCE_OAUTH_CLIENT_ID: 'own' })).toEqual([half('CONFLUENCE_OAUTH_CLIENT_SECRET', 'id')]);
  });

  it('no OAuth app at all is told, with the callback URL to register, unless tokens are taken', () => {
    expect(loadConfig({}).warnings).toEqual([UNCONFIGURED]);
    const callback = 'https://api.example.com/x/api/oauth/atlassian/callback';
    expect(loadConfig({ PUBLIC_BASE_URL: 'https://api.example.com/x/' }).warnings.join()).toContain(callback);
    expect(loadConfig({ ENABLE_JIRA_PAT: 'true' }).warnings).toEqual([]);
  });

  it.each<[string, string]>([
    ['ATLASSIAN_CLIENTID', 'ATLASSIAN_CLIENT_ID'],
    ['atlassian_client_id', 'ATLASSIAN_CLIENT_ID'],
    ['ATLASSIAN_SECRET', 'ATLASSIAN_CLIENT_SECRET'],
    ['TOKEN_ENCRYPTION_KEY', 'TOKEN_ENCRYPTION_KEYS'],
    ['STATE_SIGINNG_SECRET', 'STATE_SIGNING_SECRET'],
    ['CONFLUENCE_CLIENT_ID', 'CONFLUENCE_OAUTH_CLIENT_ID'],
    ['BACKEND_CORS_ORIGIN', 'BACKEND_CORS_ORIGINS'],
    ['ALLOWED_BASE_URL', 'ALLOWED_BASE_URLS'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['SANDBOX_PROT', 'SANDBOX_PORT'],
  ])('%s, which looks like %s, is told and read as nothing', (name, meant) => {
    const { warnings } = loadConfig({ [name]: 'hunter2' });
    expect(warnings.filter((warning) => warning !== UNCONFIGURED)).toEqual([
      `${name} is set, but this service has no such setting. Did you mean ${meant}?`,
    ]);
    expect(loadConfig({ [name]: ' ' }).warnings).toEqual([UNCONFIGURED]);
  });

  it('names of other programs are passed over', () => {
    const names = [
      ...['PATH', 'HOME', 'HOSTNAME', 'USER', 'PWD', 'SHLVL', 'LANG', 'TERM', 'NODE_ENV', 'NODE_OPTIONS', 'TZ'],
      ...['npm_config_cache', 'npm_package_name', 'AWS_SECRET_KEY', 'API_SECRET_KEY', 'AWS_SECRET_ACCESS_KEY'],
      ...['JIRA_URL', 'JIRA_USERNAME', 'JIRA_API_TOKEN', 'JIRA_BASE_URL', 'CONFLUENCE_URL', 'ATLASSIAN_API_TOKEN'],
      ...['AUTH_SECRET', 'AUTH_URL', 'AUTH_TRUST_HOST', 'NEXTAUTH_URL', 'DATABASE_HOST', 'DATABASE_USER', 'REDIS_URL'],
      ...['SANDBOX_SERVICE_HOST', 'SANDBOX_SERVICE_PORT', 'SANDBOX_PORT_80_TCP', 'KUBERNETES_PORT', 'PROXY_HOST', 'x'],
      ...['NEXT_PUBLIC_APP_BACKEND_URL', 'VITE_FRONTEND_URL', 'PUBLIC_URL', 'BASE_URL', 'PORTS', 'LOGS', 'GHOST'],
    ];
    expect(warningsOf(Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual([]);
  });
});

describe('the redirect URI', () => {
  const redirect = (ATLASSIAN_REDIRECT_URI: string, PUBLIC_BASE_URL: string) =>
    ({ ...APP, ATLASSIAN_REDIRECT_URI, PUBLIC_BASE_URL }) satisfies Environment;

  it.each([
    ['https://x.example.com/api/oauth/atlassian/callback', 'https://x.example.com'],
    ['https://x.example.com/auth/jira/callback', 'https://x.example.com'],
    ['https://x.example.com/auth/confluence/callback', 'https://x.example.com'],
    ['https://x.example.com/api/auth/jira/callback', 'https://x.example.com'],
    ['https://x.example.com/base/api/auth/jira/callback', 'https://x.example.com/base'],
    ['https://x.example.com/api/auth/confluence/callback', 'https://x.example.com/base'],
    ['https://login.example.com/api/auth/confluence/callback', 'https://x.example.com/base'],
    ['http://localhost:3001/api/oauth/atlassian/callback', 'https://x.example.com'],
  ])('%s is a callback of the service at %s', (uri, base) => {
    expect(loadConfig(redirect(uri, base)).warnings).toEqual([]);
  });

  it.each([
    ['https://x.example.com/', 'https://x.example.com'],
    ['https://x.example.com/callback', 'https://x.example.com'],
    ['https://x.example.com/oauth/jira', 'https://x.example.com/base'],
    ['https://x.example.com/auth/github/callback', 'https://x.example.com'],
    ['https://x.example.com/Auth/jira/callback', 'https://x.example.com'],
    ['https://x.example.com/auth/jira/callback/', 'https://x.example.com'],
  ])('%s is refused where the service is at %s', (uri, base) => {
    expect(problemsOf(redirect(uri, base))).toEqual([
      `ATLASSIAN_REDIRECT_URI is ${uri}, which is not a callback URL of this service: use ${base}/api/oauth/atlassian/callback, here and as the app's callback URL at Atlassian`,
    ]);
    expect(problemsOf({ ...redirect(uri, base), ATLASSIAN_CLIENT_ID: '' })).toEqual([]);
  });

  it.each([
    ['https://app.example.com/oauth/return', 'https://x.example.com'],
    ['https://x.example.com/proxied/api/oauth/atlassian/callback', 'https://x.example.com'],
  ])('%s is told where the service is at %s, since only a proxy can make it work', (uri, base) => {
    expect(loadConfig(redirect(uri, base)).warnings).toEqual([
      `ATLASSIAN_REDIRECT_URI is ${uri}, which is not a callback URL below PUBLIC_BASE_URL. Unless a proxy passes it on to /api/oauth/atlassian/callback of this service, use ${base}/api/oauth/atlassian/callback, here and as the app's callback URL at Atlassian`,
    ]);
  });
});

describe('a .env file', () => {
  const TEXT = '\uFEFFPORT=4000\r\nAPP_FRONTEND_URL="https://caf\u00e9.example"\n';
  const VALUES = { PORT: '4000', APP_FRONTEND_URL: 'https://caf\u00e9.example' };
  const written = (content: string | Buffer): string => {
    const path = join(temporaryFolder(), '.env');
    writeFileSync(path, content);
    return path;
  };

  it.each([
    ['UTF-8', Buffer.from(TEXT.slice(1))],
    ['UTF-8 with a byte order mark', Buffer.from(TEXT)],
    ['UTF-16, little-endian', Buffer.from(TEXT, 'utf16le')],
    ['UTF-16, big-endian', Buffer.from(TEXT, 'utf16le').swap16()],
  ])('is read in %s', (_encoding, bytes) => {
    expect(readDotenvFile(written(bytes))).toEqual({ values: VALUES, ignoredLines: [], doubtful: [] });
  });

  it('that does not exist is none', () => {
    expect(readDotenvFile(join(temporaryFolder(), '.env'))).toBeNull();
  });

  it.each<{ what: string; make: (path: string) => void; problem: string }>([
    {
      what: 'in UTF-16 without a byte order mark',
      make: (path) => writeFileSync(path, TEXT.slice(1), 'utf16le'),
      problem: 'is neither UTF-8 nor UTF-16: save it as UTF-8',
    },
    {
      what: 'in Latin-1',
      make: (path) => writeFileSync(path, TEXT.slice(1), 'latin1'),
      problem: 'is neither UTF-8 nor UTF-16: save it as UTF-8',
    },
    {
      what: 'of an odd number of bytes in UTF-16',
      make: (path) => writeFileSync(path, Buffer.from('\uFEFFA=1', 'utf16le').subarray(0, 7)),
      problem: 'is neither UTF-8 nor UTF-16: save it as UTF-8',
    },
    {
      what: 'that is a directory',
      make: (path) => mkdirSync(path),
      problem: 'is a directory, not a file: remove it (Docker creates one when the file to mount is missing)',
    },
    {
      what: 'that links to itself',
      make: (path) => symlinkSync(path, path),
      problem: 'is a symbolic link that points back to itself: replace it with a file, or remove it',
    },
    {
      what: 'that links to nothing',
      make: (path) => symlinkSync(`${path}.gone`, path),
      problem: 'is a symbolic link to a file that does not exist: create that file, or remove the link',
    },
  ])('$what stops the start, and is named', ({ make, problem }) => {
    const path = join(temporaryFolder(), '.env');
    make(path);
    expect(() => readDotenvFile(path)).toThrow(`${path} ${problem}`);
  });

  it('tells the lines that count for nothing, and no others', () => {
    const lines = [
      '# a comment',
      '',
      'A=1',
      '  export B = 2 # two',
      'C: 3',
      'hunter2',
      'MY KEY=4',
      'D="one',
      'no=setting, but text',
      'end"',
      "E='x' # y",
      '=5',
      'F=`a',
      'b`',
      'export G',
      'H="never closed',
      'I=',
    ];
    const { values, ignoredLines } = readDotenvFile(written(lines.join('\n'))) ?? {};
    expect(ignoredLines).toEqual([6, 7, 12, 15]);
    expect(Object.keys(values ?? {})).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'H', 'I']);
    // Without them nothing else is read.
    const rest = lines.filter((_line, index) => !ignoredLines?.includes(index + 1));
    expect(parse(rest.join('\n'))).toEqual(values);
  });

  it.each<{ text: string; value: string | undefined; because: ReadonlyArray<'hash' | 'quote'> }>([
    { text: 'A=aB3#xYz9', value: 'aB3', because: ['hash'] },
    { text: 'A=postgres://u:p#w@db/app', value: 'postgres://u:p', because: ['hash'] },
    { text: 'export A=x# a comment', value: 'x', because: ['hash'] },
    { text: 'A: x#y', value: 'x', because: ['hash'] },
    { text: 'A=#x', value: '', because: ['hash'] },
    { text: 'A=x #y', value: 'x', because: [] },
    { text: 'A=x\t# y#z', value: 'x', because: [] },
    { text: 'A= # y', value: '', because: [] },
    { text: 'A="x#y"', value: 'x#y', because: [] },
    { text: "A='x#y' # z", value: 'x#y', because: [] },
    { text: 'A="x\\"#y"', value: 'x\\"#y', because: [] },
    { text: 'A="x#y" # "z"', value: 'x#y', because: [] },
    { text: 'A="x', value: '"x', because: ['quote'] },
    { text: "A='x#y", value: "'x", because: ['quote'] },
    { text: 'A=`x', value: '`x', because: ['quote'] },
    { text: 'A="x" y', value: '"x" y', because: ['quote'] },
    { text: 'A="x\nB=2\nC="y"', value: '"x', because: ['quote'] },
    { text: 'A="x\ny#z"', value: 'x\ny#z', because: [] },
    { text: 'A=x"', value: 'x"', because: [] },
  ])('$text is read as $value, and told where it looks otherwise', ({ text, value, because }) => {
    const { values, doubtful } = readDotenvFile(written(`Z=1\n${text}\n`)) ?? {};
    expect({ A: values?.A, doubtful }).toEqual({
      A: value,
      doubtful: because.map((why) => ({ line: 2, name: 'A', because: why })),
    });
  });
});

describe('the documents of the settings', () => {
  const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
  const asked = new Set<string>();
  loadConfig(new Proxy<Environment>({}, { get: (_env, name) => void asked.add(String(name)) }));
  /** Each row of the tables: the names of its first cell, and its default. */
  const [tables = ''] = read('docs/settings.md').split('## Names of the backend');
  const rows = [...tables.matchAll(/^\| (`[A-Z].*?) \| (.*?) \|/gm)].map(([, names = '', fallback = '']) => ({
    names: [...names.matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => name),
    fallback,
  }));

  it('explain settings by the names they are read from, in .env.example', () => {
    const named = [...read('.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((name) => !asked.has(name))).toEqual([]);
  });

  it('name every setting that is read, and no other, in docs/settings.md', () => {
    const inBackticks = [...read('docs/settings.md').matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name = '']) => name);
    const unsaid = [...asked].filter((name) => /^[A-Z]/.test(name) && !/^ALL_PROXY$/.test(name));
    expect(unsaid.filter((name) => !inBackticks.includes(name))).toEqual([]);
    const ofTables = rows.flatMap(({ names }) => names);
    expect(ofTables.length).toBeGreaterThan(40);
    expect(ofTables.filter((name) => !asked.has(name) && name !== 'SANDBOX_PORT')).toEqual([]);
  });

  it('tell the defaults as they are, in docs/settings.md', () => {
    const jwt = { AUTH_JWKS_URL: 'https://x.example/keys', AUTH_ISSUER: 'https://x.example', AUTH_AUDIENCE: 'x' };
    const base = loadConfig({ ...APP, ...jwt });
    // Where it is set, tokens must have the claim, so that it makes a difference.
    const decides = ['AUTH_ROLE_CLAIM'];
    const told = rows.flatMap(({ names: [name = '', ...others], fallback }) => {
      const value = /^(?:`([^`]+)`|([\w.]+))$/.exec(fallback)?.slice(1).find(Boolean);
      return value === undefined || value === 'none' || others.length > 0 || decides.includes(name)
        ? []
        : [{ name, value }];
    });
    expect(told.length).toBeGreaterThan(12);
    const filled = (value: string) =>
      value.replace('$PORT', '3001').replace('$PUBLIC_BASE_URL', 'http://localhost:3001');
    const wrong = told.filter(({ name, value }) => {
      const config = loadConfig({ ...APP, ...jwt, [name]: filled(value) });
      return !isDeepStrictEqual(config, base);
    });
    expect(wrong).toEqual([]);
  });
});

describe('blank values', () => {
  it('count as unset, for every setting', () => {
    const names = [
      ...['PORT', 'HOST', 'PUBLIC_BASE_URL', 'ATLASSIAN_CLIENT_ID', 'ATLASSIAN_CLIENT_SECRET'],
      ...['ATLASSIAN_REDIRECT_URI', 'CONFLUENCE_OAUTH_CLIENT_ID', 'CONFLUENCE_OAUTH_CLIENT_SECRET'],
      ...['CONFLUENCE_OAUTH_REDIRECT_URI', 'ATLASSIAN_CLOUD_BASE_URL', 'ATLASSIAN_AUTH_BASE_URL'],
      ...['ATLASSIAN_API_BASE_URL', 'ALLOWED_BASE_URLS', 'JIRA_SCOPES', 'CONFLUENCE_SCOPES', 'REQUEST_TIMEOUT_MS'],
      ...['APP_FRONTEND_URL', 'BACKEND_CORS_ORIGINS', 'ENABLE_JIRA_PAT', 'ENABLE_CONFLUENCE_PAT', 'ENABLE_OAUTH_PKCE'],
      ...['STATE_SIGNING_SECRET', 'TOKEN_ENCRYPTION_KEYS', 'DATABASE_URL', 'LOG_LEVEL', 'KEEP_ALIVE_TIMEOUT_MS'],
      ...['REFRESH_SWEEP', 'ALLOW_UNAUTHENTICATED', 'AUTH_JWKS_URL', 'AUTH_JWT_PUBLIC_KEY', 'AUTH_ISSUER'],
      ...['AUTH_AUDIENCE', 'AUTH_TENANT_CLAIM', 'AUTH_ROLE_CLAIM', 'RATE_LIMIT_PER_MINUTE', 'TRUST_PROXY'],
      'AUDIT_RETENTION_DAYS',
    ];
    for (const blank of ['', ' ', '\t\n']) {
      expect(loadConfig(Object.fromEntries(names.map((name) => [name, blank])))).toEqual(loadConfig({}));
    }
  });
});

describe('bad values', () => {
  const integer = (name: string, value: string, min: number, max: number) =>
    `${name} is ${JSON.stringify(value)}: it must be a whole number from ${min} to ${max}`;
  const boolean = (name: string, value: string) => `${name} is "${value}": it must be true, false, 1 or 0`;
  const url = (name: string, shown: string) =>
    `${name} is ${shown}: it must be an http(s) URL without user info, query or fragment`;
  const origin = (name: string, shown: string) =>
    `${name} holds ${shown}: each entry must be an origin such as https://app.example.com`;
  const proxies = (value: string) =>
    `TRUST_PROXY is ${JSON.stringify(value)}: it must be the number of proxies before the service (1 to 10), or their addresses and networks separated by commas, such as 10.0.0.0/8`;
  const KEYS =
    'TOKEN_ENCRYPTION_KEYS (masked) must be a comma-separated list of id:base64key, each id once (1-32 of A-Z a-z 0-9 _ -), each key 32 bytes (openssl rand -base64 32)';
  const MASKED = '(masked: it may contain a password)';

  it.each<[Environment, string[]]>([
    [{ PORT: '65536' }, [integer('PORT', '65536', 0, 65_535)]],
    [{ PORT: '-1' }, [integer('PORT', '-1', 0, 65_535)]],
    [{ PORT: '3001x' }, [integer('PORT', '3001x', 0, 65_535)]],
    [{ PORT: '0x10' }, [integer('PORT', '0x10', 0, 65_535)]],
    [{ PORT: '1e3' }, [integer('PORT', '1e3', 0, 65_535)]],
    [{ KEEP_ALIVE_TIMEOUT_MS: '99' }, [integer('KEEP_ALIVE_TIMEOUT_MS', '99', 100, 7_200_000)]],
    [{ REQUEST_TIMEOUT_MS: '99' }, [integer('REQUEST_TIMEOUT_MS', '99', 100, 600_000)]],
    [{ REQUEST_TIMEOUT_MS: '600001' }, [integer('REQUEST_TIMEOUT_MS', '600001', 100, 600_000)]],
    [{ ENABLE_JIRA_PAT: 'yes' }, [boolean('ENABLE_JIRA_PAT', 'yes')]],
    [
      { ALLOWED_BASE_URLS: 'http://localhost:3002,http://127.0.0.1:3002,http://[::1]:3002,http://jira.internal' },
      ['ALLOWED_BASE_URLS holds http://jira.internal: it must be https, or http on loopback'],
    ],
    [{ REFRESH_SWEEP: 'off' }, [boolean('REFRESH_SWEEP', 'off')]],
    [{ ENABLE_OAUTH_PKCE: 'on' }, [boolean('ENABLE_OAUTH_PKCE', 'on')]],
    [{ ALLOW_UNAUTHENTICATED: 'yes' }, [boolean('ALLOW_UNAUTHENTICATED', 'yes')]],
    [{ RATE_LIMIT_PER_MINUTE: '-1' }, [integer('RATE_LIMIT_PER_MINUTE', '-1', 0, 1_000_000)]],
    [{ RATE_LIMIT_PER_MINUTE: '1000001' }, [integer('RATE_LIMIT_PER_MINUTE', '1000001', 0, 1_000_000)]],
    [{ AUDIT_RETENTION_DAYS: '0' }, [integer('AUDIT_RETENTION_DAYS', '0', 1, 3_650)]],
    [{ AUDIT_RETENTION_DAYS: '3651' }, [integer('AUDIT_RETENTION_DAYS', '3651', 1, 3_650)]],
    [{ TRUST_PROXY: '0' }, [proxies('0')]],
    [{ TRUST_PROXY: '11' }, [proxies('11')]],
    [{ TRUST_PROXY: 'loopback' }, [proxies('loopback')]],
    [{ TRUST_PROXY: 'proxy.example.com' }, [proxies('proxy.example.com')]],
    [{ TRUST_PROXY: '10.0.0.0/33' }, [proxies('10.0.0.0/33')]],
    [{ TRUST_PROXY: '0.0.0.0/0' }, [proxies('0.0.0.0/0')]],
    [{ TRUST_PROXY: '10.0.0.1,' }, [proxies('10.0.0.1,')]],
    [
      { TRUST_PROXY: 'True' },
      [
        `${proxies('True')}; true would trust every caller’s own X-Forwarded-For, so anyone could choose the address they are counted under`,
      ],
    ],
    [{ LOG_LEVEL: 'loud' }, ['LOG_LEVEL is "loud": it must be one of trace, debug, info, warn, error, fatal, silent']],
    [{ PUBLIC_BASE_URL: 'localhost:3001' }, [url('PUBLIC_BASE_URL', '"localhost:3001"')]],
    [{ PUBLIC_BASE_URL: 'api.example.com' }, [url('PUBLIC_BASE_URL', '"api.example.com"')]],
    [{ PUBLIC_BASE_URL: 'https://x.example.com/?a=b' }, [url('PUBLIC_BASE_URL', '"https://x.example.com/?a=b"')]],
    [{ PUBLIC_BASE_URL: 'https://x.example.com/#a' }, [url('PUBLIC_BASE_URL', '"https://x.example.com/#a"')]],
    [{ APP_FRONTEND_URL: 'ftp://x.example.com' }, [url('APP_FRONTEND_URL', '"ftp://x.example.com"')]],
    [{ NEXT_PUBLIC_APP_FRONTEND_URL: 'x' }, [url('NEXT_PUBLIC_APP_FRONTEND_URL', '"x"')]],
    [{ ATLASSIAN_AUTH_BASE_URL: 'javascript:x' }, [url('ATLASSIAN_AUTH_BASE_URL', '"javascript:x"')]],
    [{ ATLASSIAN_API_BASE_URL: 'https://u:hunter2@x.example' }, [url('ATLASSIAN_API_BASE_URL', MASKED)]],
    [{ ATLASSIAN_CLOUD_BASE_URL: 'https://hunter2@x.example' }, [url('ATLASSIAN_CLOUD_BASE_URL', MASKED)]],
    [{ ATLASSIAN_REDIRECT_URI: 'http//u:hunter2@x.example' }, [url('ATLASSIAN_REDIRECT_URI', MASKED)]],
    [{ CONFLUENCE_OAUTH_REDIRECT_URI: '/cb' }, [url('CONFLUENCE_OAUTH_REDIRECT_URI', '"/cb"')]],
    [
      { ALLOWED_BASE_URLS: 'https://ok.example,jira.example.com,ftp://u:hunter2@x.example' },
      [origin('ALLOWED_BASE_URLS', '"jira.example.com"'), origin('ALLOWED_BASE_URLS', MASKED)],
    ],
    [{ BACKEND_CORS_ORIGINS: 'localhost:3000' }, [origin('BACKEND_CORS_ORIGINS', '"localhost:3000"')]],
    [
      { BACKEND_CORS_ORIGINS: 'https://*.example.com, null' },
      [
        `${origin('BACKEND_CORS_ORIGINS', '"https://*.example.com"')}, without wildcards`,
        origin('BACKEND_CORS_ORIGINS', '"null"'),
      ],
    ],
    [
      { ALLOWED_BASE_URLS: 'https://*.example.com' },
      [`${origin('ALLOWED_BASE_URLS', '"https://*.example.com"')}, without wildcards`],
    ],
    [{ BACKEND_CORS_ORIGINS: 'https://u:hunter2@x.example' }, [origin('BACKEND_CORS_ORIGINS', MASKED)]],
    [
      { JIRA_SCOPES: 'read:a,write:b' },
      ['JIRA_SCOPES is "read:a,write:b": it must be OAuth scopes separated by spaces'],
    ],
    [{ TOKEN_ENCRYPTION_KEYS: 'hunter2' }, [KEYS]],
    [{ TOKEN_ENCRYPTION_KEYS: `${keyOf(1)}` }, [KEYS]],
    [{ TOKEN_ENCRYPTION_KEYS: `k1:${keyOf(1)},` }, [KEYS]],
    [{ TOKEN_ENCRYPTION_KEYS: `k1:${keyOf(1)},k1:${keyOf(2)}` }, [KEYS]],
    [{ TOKEN_ENCRYPTION_KEYS: `k.1:${keyOf(1)}` }, [KEYS]],
    [{ TOKEN_ENCRYPTION_KEYS: `:${keyOf(1)}` }, [KEYS]],
    [{ TOKEN_ENCRYPTION_KEYS: `k1:${Buffer.alloc(31).toString('base64')}` }, [KEYS]],
    [{ TOKEN_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('hex')}` }, [KEYS]],
  ])('%j', (env, problems) => {
    expect(problemsOf(env)).toEqual(problems);
  });

  it('are all named in one message, and no secret is in it', () => {
    const env = {
      ...APP,
      PORT: 'x',
      ENABLE_JIRA_PAT: 'maybe',
      PUBLIC_BASE_URL: 'https://u:hunter2@x.example',
      ATLASSIAN_CLIENT_SECRET: 'hunter2',
      SECRET_KEY: 'hunter2',
      TOKEN_ENCRYPTION_KEYS: 'k1:hunter2',
      DATABASE_URL: 'postgres://u:hunter2@db',
    };
    expect(() => loadConfig(env)).toThrow(
      new ConfigError([
        integer('PORT', 'x', 0, 65_535),
        url('PUBLIC_BASE_URL', MASKED),
        boolean('ENABLE_JIRA_PAT', 'maybe'),
        weakSecret('SECRET_KEY', 'must have at least 32 characters'),
        KEYS,
        DATABASE,
      ]),
    );
    expect(new ConfigError(['a', 'b']).message).toBe('The configuration is wrong:\n  - a\n  - b');
    expect(problemsOf(env).join()).not.toContain('hunter2');
  });
});

it.each([
  ['localhost', true],
  ['app.localhost', true],
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['[::1]', true],
  ['localhost.example.com', false],
  ['127.0.0.1.example.com', false],
  ['10.0.0.1', false],
  ['0.0.0.0', false],
  ['', false],
])('isLoopback(%j) is %j', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

describe('outbound proxies', () => {
  const ATLASSIAN = ['https://acme.atlassian.net', 'https://atlassian.net', 'https://acme.atlassian.net:8443'];

  it('are read in upper and lower case, their user info apart', () => {
    expect(
      loadConfig({ HTTPS_PROXY: 'http://u:p%40ss@proxy.example:3128/', http_proxy: 'proxy.example:3129' }).proxy,
    ).toEqual({
      https: {
        url: 'http://proxy.example:3128',
        authorization: `Basic ${Buffer.from('u:p@ss').toString('base64')}`,
      },
      http: { url: 'http://proxy.example:3129', authorization: null },
      noProxy: [],
    });
  });

  it.each([
    'socks5://u:hunter2@proxy.example:1080',
    'http://u:hunter2@proxy.example:x',
    'http://u:hunter2%@proxy.example:3128',
    'http://u:hunter2@proxy.example:3128/path',
    'ftp://hunter2',
    'hunter2 hunter2',
  ])('are none at %s, which is not shown', (value) => {
    for (const name of ['HTTPS_PROXY', 'http_proxy']) {
      const load = () => loadConfig({ [name]: value });
      expect(load).toThrow(`${name.toUpperCase()} (masked: it may contain a password) must be http://<host>:<port>`);
      expect(load).not.toThrow('hunter2');
    }
  });

  it.each([
    ['', []],
    ['*', []],
    ['other.example, *', []],
    ['atlassian.net', ATLASSIAN],
    ['.atlassian.net', ATLASSIAN],
    ['*.Atlassian.net', ATLASSIAN],
    ['lassian.net', []],
    ['acme.atlassian.net:443', ['https://acme.atlassian.net']],
    ['acme.atlassian.net:8443', ['https://acme.atlassian.net:8443']],
    ['localhost 127.0.0.1', ['http://localhost:3002', 'http://127.0.0.1:3002']],
    ['127.0.0.1:3002', ['http://127.0.0.1:3002']],
    ['::1', ['http://[::1]:3002']],
    ['[::1]:3002', ['http://[::1]:3002']],
  ])('are passed by for NO_PROXY=%s', (NO_PROXY, direct) => {
    const { proxy } = loadConfig({ HTTPS_PROXY: 'http://p.example:1', HTTP_PROXY: 'http://p.example:1', NO_PROXY });
    const urls = [
      'https://acme.atlassian.net',
      'https://atlassian.net',
      'https://acme.atlassian.net:8443',
      'https://api.example',
      'http://localhost:3002',
      'http://127.0.0.1:3002',
      'http://[::1]:3002',
    ];
    const passedBy = urls.filter((url) => proxyFor(proxy, new URL(url)) === null);
    const isAll = NO_PROXY === '*' || NO_PROXY.endsWith(', *');
    expect(passedBy).toEqual(isAll ? urls : direct);
  });

  it.each(['false', 'TRUE', 'none', 'off', '0', 'null'])('are none at %s, which is no address', (value) => {
    for (const name of ['HTTPS_PROXY', 'HTTP_PROXY']) {
      expect(problemsOf({ [name]: value })).toEqual([
        `${name} is "${value}": it must be the address of a proxy. Remove the setting to call without one`,
      ]);
    }
  });

  it('are told of when NO_PROXY holds what matches nothing', () => {
    const NO_PROXY = 'localhost,10.0.0.0/8,.example.com,https://jira.example.com,http://u:hunter2@x,a.*.b,*.c.example';
    const env = { ...APP, HTTPS_PROXY: 'http://p.example:1', NO_PROXY };
    expect(loadConfig(env).warnings).toEqual([
      'NO_PROXY holds "10.0.0.0/8", "https://jira.example.com", (masked: it may contain a password), "a.*.b", which matches nothing: list host names and addresses, such as jira.example.com, .example.com or 10.0.0.7; URLs, networks and other wildcards are not supported',
    ]);
    expect(loadConfig({ ...env, HTTPS_PROXY: '' }).warnings).toEqual([]);
  });

  it.each(['ALL_PROXY', 'all_proxy'])('are told of when only %s is set, which is not read', (name) => {
    const env = { ...APP, [name]: 'socks5://u:hunter2@p.example:1' };
    expect(loadConfig(env).warnings).toEqual([
      'ALL_PROXY is set, but this service does not read it: set HTTPS_PROXY to call through that proxy',
    ]);
    expect(loadConfig({ ...env, HTTPS_PROXY: 'http://p.example:1' }).warnings).toEqual([]);
  });

  it('stand for their own scheme only', () => {
    const { proxy } = loadConfig({ HTTP_PROXY: 'http://p.example:1' });
    expect(proxyFor(proxy, new URL('https://acme.atlassian.net'))).toBeNull();
    expect(proxyFor(proxy, new URL('http://localhost:3002'))).not.toBeNull();
  });
});
