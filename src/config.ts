import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { populate } from 'dotenv';
import { type AuthConfig, readAuth, readRateLimit, readTrustProxy } from './access-settings.ts';
import { type Provider, type ProviderConfig, readProviders } from './app-settings.ts';
import { type DatabaseConfig, readDatabaseUrl } from './database-url.ts';
import { type DoubtfulValue, readDotenvFile } from './dotenv.ts';
import { type ProxyConfig, readProxy } from './proxy-settings.ts';
import { type EncryptionKey, readEncryptionKeys, readStateSecret } from './secret-settings.ts';
import { type Environment, Settings, shown } from './settings.ts';
import { isLoopback } from './urls.ts';

export { type OAuthApp, PROVIDERS, type Provider, type ProviderConfig } from './app-settings.ts';
export type { EncryptionKey } from './secret-settings.ts';

export type { DatabaseConfig };

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
  /** How long a connection may stand idle between two requests. */
  keepAliveTimeoutMs: number;
  frontendUrl: string | null;
  corsOrigins: string[] | '*';
  /** Whether Personal Access Tokens and API tokens are taken. */
  enableJiraPat: boolean;
  enableConfluencePat: boolean;
  enablePkce: boolean;
  stateSecret: string | null;
  encryptionKeys: EncryptionKey[] | null;
  database: DatabaseConfig;
  /** How calls to Atlassian leave the network. */
  proxy: ProxyConfig;
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

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

const MAX_LINES_NAMED = 10;

const DOUBTS: Record<DoubtfulValue['because'], (name: string) => string> = {
  hash: (name) =>
    `the value of ${name} ends before the #, which begins a comment. If it belongs to the value, put the value in quotes`,
  quote: (name) => `the value of ${name} begins with a quote that is not closed at its end. Close it, or remove it`,
};

/**
 * The process environment, with what only `.env` sets added to it unless told otherwise. The only place that reads either.
 * @param options.warn takes a sentence about lines of `.env` that are ignored, or read otherwise than they look.
 * @throws Error when there is a `.env` that cannot be read.
 */
export function readEnvironment(options: { dotenv: boolean; warn?: (warning: string) => void }): Environment {
  const file = options.dotenv ? readDotenvFile(resolve('.env')) : null;
  if (file === null) return process.env;
  // Libraries read some of it by themselves, such as PGSSLROOTCERT.
  populate(process.env as Record<string, string>, file.values);
  const { ignoredLines: lines } = file;
  if (lines.length > 0) {
    const named = lines.slice(0, MAX_LINES_NAMED).join(', ') + (lines.length > MAX_LINES_NAMED ? ' and more' : '');
    options.warn?.(`.env: ignored line ${named}. Write a setting as NAME=value, and begin a comment with #`);
  }
  for (const { line, name, because } of file.doubtful.slice(0, MAX_LINES_NAMED)) {
    options.warn?.(`.env, line ${line}: ${DOUBTS[because](name)}`);
  }
  return process.env;
}

/**
 * Reads the settings from `env`; blank values count as unset.
 * @param found problems that were found before, to be told along.
 * @throws ConfigError naming every wrong setting.
 */
export function loadConfig(env: Environment, found: readonly string[] = []): Config {
  const settings = new Settings(env);
  const { problems } = settings;
  for (const problem of found) settings.problem(problem);

  const port = settings.integer('PORT', 3001, 0, 65_535);
  const publicBaseUrl = settings.url('PUBLIC_BASE_URL') ?? `http://localhost:${port}`;
  const frontendUrl = settings.url('APP_FRONTEND_URL', 'NEXT_PUBLIC_APP_FRONTEND_URL');
  const providers = readProviders(settings, publicBaseUrl);

  const config: Config = {
    port,
    host: readHost(settings),
    publicBaseUrl,
    providers,
    authBaseUrl: settings.url('ATLASSIAN_AUTH_BASE_URL') ?? 'https://auth.atlassian.com',
    apiBaseUrl: settings.url('ATLASSIAN_API_BASE_URL') ?? 'https://api.atlassian.com',
    cloudBaseUrl: settings.url('ATLASSIAN_CLOUD_BASE_URL', 'NEXT_PUBLIC_ATLASSIAN_CLOUD_BASE_URL'),
    allowedBaseUrls: readAllowedBaseUrls(settings),
    requestTimeoutMs: settings.integer('REQUEST_TIMEOUT_MS', 20_000, 100, 600_000),
    // Google's load balancers keep an idle connection for 600 s, which cannot be changed, and must be first to close it.
    keepAliveTimeoutMs: settings.integer('KEEP_ALIVE_TIMEOUT_MS', 620_000, 100, 7_200_000),
    frontendUrl,
    corsOrigins: readCorsOrigins(settings, frontendUrl),
    enableJiraPat: settings.boolean('ENABLE_JIRA_PAT'),
    enableConfluencePat: settings.boolean('ENABLE_CONFLUENCE_PAT'),
    enablePkce: settings.boolean('ENABLE_OAUTH_PKCE'),
    stateSecret: readStateSecret(settings),
    encryptionKeys: readEncryptionKeys(settings),
    database: readDatabase(settings),
    proxy: readProxy(settings),
    auth: readAuth(settings),
    rateLimitPerMinute: readRateLimit(settings),
    trustProxy: readTrustProxy(settings),
    auditRetentionDays: settings.integer('AUDIT_RETENTION_DAYS', 90, 1, 3_650),
    refreshSweep: settings.boolean('REFRESH_SWEEP', 'true'),
    logLevel: settings.choice('LOG_LEVEL', LOG_LEVELS, 'info'),
    warnings: settings.warnings,
  };
  if (config.database.kind === 'postgres') {
    // Instances share no folder, so what one made for itself the others could not read.
    const required = {
      STATE_SIGNING_SECRET: config.stateSecret,
      TOKEN_ENCRYPTION_KEYS: settings.text('TOKEN_ENCRYPTION_KEYS'),
    };
    for (const [name, value] of Object.entries(required)) {
      if (value === null)
        settings.problem(`${name} must be set when PostgreSQL is used, to the same value on every instance`);
    }
  }
  settings.warnOfMisspellings(['SANDBOX_PORT']);
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

function readHost(settings: Settings): string {
  const host = settings.text('HOST') ?? '127.0.0.1';
  if (isIP(host) === 0 && !/^[\w.-]+$/.test(host)) {
    settings.problem(
      `HOST is ${shown(host)}: it must be a host name or an address such as 0.0.0.0, without http://, port or path`,
    );
  }
  return host;
}

function readAllowedBaseUrls(settings: Settings): string[] {
  const { origins } = settings.origins('ALLOWED_BASE_URLS') ?? { origins: [] };
  for (const origin of origins) {
    const plain = URL.canParse(origin) && origin.startsWith('http:') && !isLoopback(new URL(origin).hostname);
    if (plain) settings.problem(`ALLOWED_BASE_URLS holds ${origin}: it must be https, or http on loopback`);
  }
  return origins;
}

function readCorsOrigins(settings: Settings, frontendUrl: string | null): string[] | '*' {
  const names = ['BACKEND_CORS_ORIGINS', 'NEXT_PUBLIC_BACKEND_CORS_ORIGINS'];
  const set = settings.find(names);
  const entries = set?.value.split(',').map((entry) => entry.trim()) ?? [];
  if (entries.includes('*')) {
    if (entries.length > 1) {
      settings.warning(`${set?.name} holds * beside other origins: it lets any origin in, and none with credentials`);
    }
    return '*';
  }
  const listed = settings.origins(...names);
  for (const entry of listed?.longer ?? []) {
    settings.warning(
      `${set?.name} holds ${JSON.stringify(entry)}: an origin has no path, so every page of ${new URL(entry).origin} may call`,
    );
  }
  return listed?.origins ?? [frontendUrl === null ? 'http://localhost:3000' : new URL(frontendUrl).origin];
}

function readDatabase(settings: Settings): DatabaseConfig {
  const read = readDatabaseUrl(settings.text('DATABASE_URL') ?? 'file:./data/integration.db');
  if (!('problem' in read)) return read;
  settings.problem(`DATABASE_URL ${read.problem}`);
  return { kind: 'memory' };
}
