import type { Settings } from './settings.ts';
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
  /** The callback URL to register at Atlassian, whether or not the app is configured yet. */
  redirectUri: string;
  scopes: string[];
}

// Jira: classic scopes, since granular ones need whole bundles. Confluence: v2 operations take granular scopes only,
// CQL search and the current user take classic ones (the operations' security sections in Atlassian's OpenAPI documents).
export const DEFAULT_SCOPES: Record<Provider, string> = {
  jira: 'read:jira-work write:jira-work read:jira-user offline_access',
  confluence:
    'read:space:confluence read:page:confluence write:page:confluence search:confluence read:confluence-user offline_access',
};

/** The callback URL to register at Atlassian unless another is configured, below `PUBLIC_BASE_URL`. */
const DEFAULT_CALLBACK_PATH = '/api/oauth/atlassian/callback';
/** Every path here that takes what Atlassian sends a browser back with. */
const CALLBACK_PATHS = [
  DEFAULT_CALLBACK_PATH,
  ...PROVIDERS.flatMap((provider) => [`/auth/${provider}/callback`, `/api/auth/${provider}/callback`]),
];

/** The OAuth apps: the settings that end in `_CLIENT_ID`, `_CLIENT_SECRET`, `_REDIRECT_URI` and `_SCOPES`. */
export function readProviders(settings: Settings, publicBaseUrl: string): Record<Provider, ProviderConfig> {
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
      value: publicBaseUrl + DEFAULT_CALLBACK_PATH,
    };
    const redirectUri = redirect.value;
    const missing = [
      ...(clientId === null ? [`${raw.prefix}_CLIENT_ID`] : []),
      ...(clientSecret === null ? [`${raw.prefix}_CLIENT_SECRET`] : []),
    ];
    if (clientId !== null) checkRedirectUri(settings, redirect, publicBaseUrl);
    if (missing.length === 1) {
      const set = missing[0]?.endsWith('_ID') ? 'secret' : 'id';
      settings.warning(`${missing[0]} is not set, only the client ${set} is, so nobody can connect through this app`);
    }
    const scopes = settings.scopes(`${name.toUpperCase()}_SCOPES`, DEFAULT_SCOPES[name]);
    return {
      app: clientId !== null && clientSecret !== null ? { clientId, clientSecret, redirectUri } : null,
      missing,
      redirectUri,
      scopes,
    };
  };
  const providers = { jira: provider('jira', jira), confluence: provider('confluence', confluence) };
  const nothingIsSet = Object.values(providers).every(({ missing }) => missing.length === 2);
  if (nothingIsSet && !settings.boolean('ENABLE_JIRA_PAT') && !settings.boolean('ENABLE_CONFLUENCE_PAT')) {
    const callback = jira.redirect?.value ?? publicBaseUrl + DEFAULT_CALLBACK_PATH;
    settings.warning(
      `OAuth is not set up yet, so nobody can connect with it: set ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET, and register ${callback} as the app's callback URL at https://developer.atlassian.com/console/myapps; or try npm run demo, which needs no account`,
    );
  }
  return providers;
}

function checkRedirectUri(settings: Settings, redirect: { name: string; value: string }, publicBaseUrl: string): void {
  const { name, value } = redirect;
  const { protocol, hostname, origin, pathname } = new URL(value);
  if (protocol !== 'https:' && !isLoopback(hostname)) {
    settings.problem(`${name} is ${value}: Atlassian accepts https, or http on localhost (set it, or PUBLIC_BASE_URL)`);
  }
  const base = new URL(publicBaseUrl);
  // A proxy may have taken a path of its own away before a request comes here.
  const prefixes = CALLBACK_PATHS.filter((path) => pathname.endsWith(path)).map((path) =>
    pathname.slice(0, -path.length),
  );
  if (prefixes.some((prefix) => prefix === '' || prefix === base.pathname)) return;
  const advice = `use ${publicBaseUrl}${DEFAULT_CALLBACK_PATH}, here and as the app's callback URL at Atlassian`;
  if (prefixes.length === 0 && origin === base.origin) {
    settings.problem(`${name} is ${value}, which is not a callback URL of this service: ${advice}`);
  } else {
    settings.warning(
      `${name} is ${value}, which is not a callback URL below PUBLIC_BASE_URL. Unless a proxy passes it on to ${DEFAULT_CALLBACK_PATH} of this service, ${advice}`,
    );
  }
}
