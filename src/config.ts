import { config as readDotenv } from 'dotenv';
import { isLoopback, withoutTrailingSlashes } from './urls.ts';

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
  enableJiraPat: boolean;
  enablePkce: boolean;
  stateSecret: string | null;
  encryptionKeys: EncryptionKey[] | null;
  database: DatabaseConfig;
  /** Whether grants that nobody uses are refreshed before Atlassian ends them. */
  refreshSweep: boolean;
  logLevel: string;
  sandboxPort: number;
  /** Sentences to log once at start. */
  warnings: string[];
}

export type Environment = Record<string, string | undefined>;

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
    allowedBaseUrls: settings.origins('ALLOWED_BASE_URLS') ?? [],
    requestTimeoutMs: settings.integer('REQUEST_TIMEOUT_MS', 20_000, 100, 600_000),
    frontendUrl,
    corsOrigins: readCorsOrigins(settings, frontendUrl),
    enableJiraPat: settings.boolean('ENABLE_JIRA_PAT'),
    enablePkce: settings.boolean('ENABLE_OAUTH_PKCE'),
    stateSecret: settings.text('STATE_SIGNING_SECRET', 'APP_SECRET_KEY', 'SECRET_KEY'),
    encryptionKeys: readEncryptionKeys(settings),
    database: readDatabase(settings),
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

/** A URL for a message; what stands before an `@` may be a password, also in what no URL parser takes. */
function shown(url: string): string {
  return url.includes('@') ? '(masked: it may hold a password)' : JSON.stringify(url);
}

/** Reads settings by name and collects what is wrong with them. */
class Settings {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];

  constructor(private readonly env: Environment) {}

  problem(text: string): void {
    if (!this.problems.includes(text)) this.problems.push(text);
  }

  private find(names: readonly string[]): { name: string; value: string } | null {
    for (const name of names) {
      const value = this.env[name]?.trim();
      if (value) return { name, value };
    }
    return null;
  }

  text(...names: string[]): string | null {
    return this.find(names)?.value ?? null;
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    const value = this.text(name);
    if (value === null) return fallback;
    const number = Number(value);
    if (/^\d{1,9}$/.test(value) && number >= min && number <= max) return number;
    this.problem(`${name} is ${JSON.stringify(value)}: it must be a whole number from ${min} to ${max}`);
    return fallback;
  }

  boolean(name: string, fallback: 'true' | 'false' = 'false'): boolean {
    const value = this.text(name)?.toLowerCase() ?? fallback;
    if (!['true', 'false', '1', '0'].includes(value)) {
      this.problem(`${name} is ${JSON.stringify(value)}: it must be true, false, 1 or 0`);
    }
    return value === 'true' || value === '1';
  }

  choice(name: string, allowed: string[], fallback: string): string {
    const value = this.text(name)?.toLowerCase() ?? fallback;
    if (allowed.includes(value)) return value;
    this.problem(`${name} is ${JSON.stringify(value)}: it must be one of ${allowed.join(', ')}`);
    return fallback;
  }

  scopes(name: string, fallback: string): string[] {
    const scopes = (this.text(name) ?? fallback).split(/\s+/);
    if (!scopes.every((scope) => /^[A-Za-z0-9:._-]+$/.test(scope))) {
      this.problem(`${name} is ${JSON.stringify(scopes.join(' '))}: it must be OAuth scopes separated by spaces`);
    }
    return [...new Set([...scopes, 'offline_access'])];
  }

  /** An absolute http(s) URL without its trailing slash, user info, query or fragment. */
  url(...names: string[]): string | null {
    const found = this.find(names);
    if (found === null) return null;
    const url = URL.canParse(found.value) ? new URL(found.value) : null;
    const plain = url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
    if (url && plain) return withoutTrailingSlashes(url.href);
    this.problem(
      `${found.name} is ${shown(found.value)}: it must be an http(s) URL without user info, query or fragment`,
    );
    return null;
  }

  origins(...names: string[]): string[] | null {
    const found = this.find(names);
    if (found === null) return null;
    const entries = found.value
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean);
    const origins = entries.map((entry) => (URL.canParse(entry) ? new URL(entry).origin : 'null'));
    for (const [index, origin] of origins.entries()) {
      if (!/^https?:/.test(origin)) {
        this.problem(
          `${found.name} holds ${shown(entries[index] ?? '')}: each entry must be an origin such as https://app.example.com`,
        );
      }
    }
    return origins;
  }

  /** Client id, secret and redirect URI of one OAuth app, each from the first of its names that is set. */
  app(prefix: string, [ids, secrets, redirects]: [string[], string[], string[]]) {
    const secret = this.find(secrets);
    if (secret?.name.startsWith('NEXT_PUBLIC_')) {
      this.warnings.push(
        `${secret.name} holds a client secret, but front-end builds publish NEXT_PUBLIC_ names: move it to ${secrets[0]} and make a new secret`,
      );
    }
    return {
      prefix,
      clientId: this.text(...ids),
      clientSecret: secret?.value ?? null,
      redirect: this.redirect(redirects),
    };
  }

  /** The redirect URI is kept to the letter, since Atlassian compares it so. */
  private redirect(names: string[]): { name: string; value: string } | null {
    return this.url(...names) === null ? null : this.find(names);
  }
}
