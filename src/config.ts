import { config as readDotenv } from 'dotenv';
import { type AuthConfig, readAuth, readRateLimit, readTrustProxy } from './access-settings.ts';
import { type Environment, Settings } from './settings.ts';
import { isLoopback } from './urls.ts';

export const PROVIDERS = ['jira', 'confluence'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** The Atlassian OAuth app a provider's logins go through. */
export interface OAuthApp {
  clientId: string;
  clientSecret: string;
  redirectUri: string;
}

export interface ProviderConfig {
  /** Null until client id and secret are set; `missing` then names the settings. */
  app: OAuthApp | null;
  missing: string[];
  scopes: string[];
}

export type DatabaseConfig = { kind: 'sqlite'; path: string } | { kind: 'postgres'; url: string } | { kind: 'memory' };

export interface EncryptionKey {
  id: string;
  /** 32 bytes. */
  key: Buffer;
}

export interface Config {
  port: number;
  host: string;
  publicBaseUrl: string;
  providers: Record<Provider, ProviderConfig>;
  authBaseUrl: string;
  apiBaseUrl: string;
  /** The site to prefer when a grant reaches several. */
  cloudBaseUrl: string | null;
  allowedBaseUrls: string[];
  requestTimeoutMs: number;
  frontendUrl: string | null;
  corsOrigins: string[] | '*';
  /** Whether Personal Access Tokens and API tokens are taken. */
  enableJiraPat: boolean;
  enableConfluencePat: boolean;
  enablePkce: boolean;
  stateSecret: string | null;
  encryptionKeys: EncryptionKey[] | null;
  database: DatabaseConfig;
  /** Who may call. */
  auth: AuthConfig;
  /** Calls a minute of one caller for one tenant; 0 is no limit, null leaves it to whether callers must show who they are. */
  rateLimitPerMinute: number | null;
  /** Whose `X-Forwarded-For` is believed: so many proxies before us, or these addresses and networks. */
  trustProxy: number | string[] | null;
  auditRetentionDays: number;
  /** Whether grants that nobody uses are refreshed before Atlassian ends them. */
  refreshSweep: boolean;
  logLevel: string;
  sandboxPort: number;
  /** Sentences to log once at start. */
  warnings: string[];
}

export type { Environment };

/** Where Atlassian sends browsers back, of every app that is configured. */
export function callbackUrls({ providers }: Pick<Config, 'providers'>): string[] {
  return Object.values(providers).flatMap(({ app }) => (app ? [app.redirectUri] : []));
}

/** Names every wrong setting in one message; secret values are masked. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

// Jira: classic scopes, since granular ones need whole bundles. Confluence: v2 operations take granular scopes only,
// CQL search and the current user take classic ones (the operations' security sections in Atlassian's OpenAPI documents).
const DEFAULT_SCOPES: Record<Provider, string> = {
  jira: 'read:jira-work write:jira-work read:jira-user offline_access',
  confluence:
    'read:space:confluence read:page:confluence write:page:confluence search:confluence read:confluence-user offline_access',
};

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** The process environment, `.env` included unless told otherwise. The only place that reads it. */
export function readEnvironment(options: { dotenv: boolean }): Environment {
  if (options.dotenv) readDotenv({ quiet: true });
  return process.env;
}

/**
 * Reads the settings from `env`; blank values count as unset.
 * @throws ConfigError naming every wrong setting.
 */
export function loadConfig(env: Environment): Config {
  const settings = new Settings(env);
  const { problems } = settings;

  const port = settings.integer('PORT', 3001, 0, 65_535);
  const publicBaseUrl = settings.url('PUBLIC_BASE_URL') ?? `http://localhost:${port}`;
  const frontendUrl = settings.url('APP_FRONTEND_URL', 'NEXT_PUBLIC_APP_FRONTEND_URL');
  const providers = readProviders(settings, publicBaseUrl);

  const config: Config = {
    port,
    host: settings.text('HOST') ?? '127.0.0.1',
    publicBaseUrl,
    providers,
    authBaseUrl: settings.url('ATLASSIAN_AUTH_BASE_URL') ?? 'https://auth.atlassian.com',
    apiBaseUrl: settings.url('ATLASSIAN_API_BASE_URL') ?? 'https://api.atlassian.com',
    cloudBaseUrl: settings.url('ATLASSIAN_CLOUD_BASE_URL', 'NEXT_PUBLIC_ATLASSIAN_CLOUD_BASE_URL'),
    allowedBaseUrls: readAllowedBaseUrls(settings),
    requestTimeoutMs: settings.integer('REQUEST_TIMEOUT_MS', 20_000, 100, 600_000),
    frontendUrl,
    corsOrigins: readCorsOrigins(settings, frontendUrl),
    enableJiraPat: settings.boolean('ENABLE_JIRA_PAT'),
    enableConfluencePat: settings.boolean('ENABLE_CONFLUENCE_PAT'),
    enablePkce: settings.boolean('ENABLE_OAUTH_PKCE'),
    stateSecret: settings.text('STATE_SIGNING_SECRET', 'APP_SECRET_KEY', 'SECRET_KEY'),
    encryptionKeys: readEncryptionKeys(settings),
    database: readDatabase(settings),
    auth: readAuth(settings),
    rateLimitPerMinute: readRateLimit(settings),
    trustProxy: readTrustProxy(settings),
    auditRetentionDays: settings.integer('AUDIT_RETENTION_DAYS', 90, 1, 3_650),
    refreshSweep: settings.boolean('REFRESH_SWEEP', 'true'),
    logLevel: settings.choice('LOG_LEVEL', LOG_LEVELS, 'info'),
    sandboxPort: settings.integer('SANDBOX_PORT', 3002, 0, 65_535),
    warnings: settings.warnings,
  };
  if (config.database.kind === 'postgres') {
    // Instances share no folder, so what one made for itself the others could not read.
    const required = {
      STATE_SIGNING_SECRET: config.stateSecret,
      TOKEN_ENCRYPTION_KEYS: settings.text('TOKEN_ENCRYPTION_KEYS'),
    };
    for (const [name, value] of Object.entries(required)) {
      if (value === null) settings.problem(`${name} must be set with PostgreSQL, the same for every instance`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

function readProviders(settings: Settings, publicBaseUrl: string): Record<Provider, ProviderConfig> {
  const jira = settings.app('ATLASSIAN', [
    [
      'ATLASSIAN_CLIENT_ID',
      'NEXT_PUBLIC_ATLASSIAN_CLIENT_ID',
      'JIRA_OAUTH_CLIENT_ID',
      'NEXT_PUBLIC_JIRA_OAUTH_CLIENT_ID',
    ],
    [
      'ATLASSIAN_CLIENT_SECRET',
      'NEXT_PUBLIC_ATLASSIAN_CLIENT_SECRET',
      'JIRA_OAUTH_CLIENT_SECRET',
      'NEXT_PUBLIC_JIRA_OAUTH_CLIENT_SECRET',
    ],
    ['ATLASSIAN_REDIRECT_URI', 'NEXT_PUBLIC_ATLASSIAN_REDIRECT_URI', 'JIRA_REDIRECT_URI'],
  ]);
  const own = settings.app('CONFLUENCE_OAUTH', [
    ['CONFLUENCE_OAUTH_CLIENT_ID', 'NEXT_PUBLIC_CONFLUENCE_OAUTH_CLIENT_ID'],
    ['CONFLUENCE_OAUTH_CLIENT_SECRET', 'NEXT_PUBLIC_CONFLUENCE_OAUTH_CLIENT_SECRET'],
    ['CONFLUENCE_OAUTH_REDIRECT_URI', 'NEXT_PUBLIC_CONFLUENCE_OAUTH_REDIRECT_URI'],
  ]);
  // An app of its own does not inherit the other app's secret: the pair would never work.
  const ownApp = own.clientId !== null && own.clientId !== jira.clientId;
  const confluence = {
    prefix: ownApp ? own.prefix : jira.prefix,
    clientId: own.clientId ?? jira.clientId,
    clientSecret: own.clientSecret ?? (ownApp ? null : jira.clientSecret),
    redirect: own.redirect ?? jira.redirect,
  };
  const provider = (name: Provider, raw: typeof jira): ProviderConfig => {
    const { clientId, clientSecret } = raw;
    const redirect = raw.redirect ?? {
      name: `${raw.prefix}_REDIRECT_URI`,
      value: `${publicBaseUrl}/api/oauth/atlassian/callback`,
    };
    const redirectUri = redirect.value;
    const missing = [
      ...(clientId === null ? [`${raw.prefix}_CLIENT_ID`] : []),
      ...(clientSecret === null ? [`${raw.prefix}_CLIENT_SECRET`] : []),
    ];
    const { protocol, hostname } = new URL(redirectUri);
    if (clientId !== null && protocol !== 'https:' && !isLoopback(hostname)) {
      settings.problem(
        `${redirect.name} is ${redirectUri}: Atlassian takes https, or http on localhost (set it, or PUBLIC_BASE_URL)`,
      );
    }
    const scopes = settings.scopes(`${name.toUpperCase()}_SCOPES`, DEFAULT_SCOPES[name]);
    return {
      app: clientId !== null && clientSecret !== null ? { clientId, clientSecret, redirectUri } : null,
      missing,
      scopes,
    };
  };
  return { jira: provider('jira', jira), confluence: provider('confluence', confluence) };
}

function readAllowedBaseUrls(settings: Settings): string[] {
  const origins = settings.origins('ALLOWED_BASE_URLS') ?? [];
  for (const origin of origins) {
    const plain = URL.canParse(origin) && origin.startsWith('http:') && !isLoopback(new URL(origin).hostname);
    if (plain) settings.problem(`ALLOWED_BASE_URLS holds ${origin}: it must be https, or http on loopback`);
  }
  return origins;
}

function readCorsOrigins(settings: Settings, frontendUrl: string | null): string[] | '*' {
  const names = ['BACKEND_CORS_ORIGINS', 'NEXT_PUBLIC_BACKEND_CORS_ORIGINS'] as const;
  if (
    settings
      .text(...names)
      ?.split(',')
      .some((entry) => entry.trim() === '*')
  )
    return '*';
  return settings.origins(...names) ?? [frontendUrl === null ? 'http://localhost:3000' : new URL(frontendUrl).origin];
}

function readEncryptionKeys(settings: Settings): EncryptionKey[] | null {
  const text = settings.text('TOKEN_ENCRYPTION_KEYS');
  if (text === null) return null;
  const keys = text.split(',').map((entry) => {
    const [id = '', encoded = ''] = entry.trim().split(/:(.*)/s);
    return { id, encoded, key: Buffer.from(encoded, 'base64') };
  });
  const wellFormed = keys.every(({ id, key }) => /^[A-Za-z0-9_-]{1,32}$/.test(id) && key.length === 32);
  if (!wellFormed || new Set(keys.map(({ id }) => id)).size !== keys.length) {
    settings.problem(
      'TOKEN_ENCRYPTION_KEYS (masked) must be a comma-separated list of id:base64key, each id once (1-32 of A-Z a-z 0-9 _ -), each key 32 bytes (openssl rand -base64 32)',
    );
    return null;
  }
  return keys.map(({ id, key }) => ({ id, key }));
}

function readDatabase(settings: Settings): DatabaseConfig {
  const database = parseDatabaseUrl(settings.text('DATABASE_URL') ?? 'file:./data/integration.db');
  if (database) return database;
  // The value may hold a password, so it is not repeated.
  settings.problem(
    'DATABASE_URL must be file:<path>, postgres://<user>:<password>@<host>/<database> or memory: (its value is not shown, it may hold a password)',
  );
  return { kind: 'memory' };
}

/** The database that a URL names, or null when it names none. */
export function parseDatabaseUrl(url: string): DatabaseConfig | null {
  if (url === 'memory:') return { kind: 'memory' };
  if (/^postgres(ql)?:\/\//.test(url))
    return URL.canParse(url) && /^\/./.test(new URL(url).pathname) ? { kind: 'postgres', url } : null;
  // In `file://data/x.db` data would be a host, and `:memory:` would be the engine's own name for no file at all.
  const path = /^file:(?:\/\/(?=\/(?!\/)))?((?!\/\/|:memory:)[^?]+)$/.exec(url)?.[1];
  return path === undefined ? null : { kind: 'sqlite', path };
}
