import { createPublicKey, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import type { Settings } from './settings.ts';
import { isLoopback } from './urls.ts';

/** How JSON Web Tokens of callers are checked: by one of the two sources of keys. */
export interface JwtConfig {
  jwksUrl: string | null;
  /** One PEM block: a public key (SPKI) or an X.509 certificate. */
  publicKey: string | null;
  issuer: string;
  /** A token must be for one of them. */
  audience: string[];
  /** The claim that names the one tenant a token is for, or the path to it, as `resource.tenant`. */
  tenantClaim: string;
  /** The same for the role. */
  roleClaim: string;
  /** Whether a token without the role is refused: where the claim was chosen, a wrong name must not make everybody an agent. */
  roleRequired: boolean;
}

export interface AuthConfig {
  /** Whether callers need not show who they are, and may do everything. */
  allowUnauthenticated: boolean;
  jwt: JwtConfig | null;
}

const MIN_RSA_BITS = 2_048;
const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
const MAX_PROXY_HOPS = 10;
const JWT_DETAILS = ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_TENANT_CLAIM', 'AUTH_ROLE_CLAIM'];

/** Who may call: the settings that begin with `AUTH_`, and `ALLOW_UNAUTHENTICATED`. */
export function readAuth(settings: Settings): AuthConfig {
  const allowUnauthenticated = settings.boolean('ALLOW_UNAUTHENTICATED');
  const sources = ['AUTH_JWKS_URL', 'AUTH_JWT_PUBLIC_KEY'].filter((name) => settings.text(name) !== null);
  const [source] = sources;
  if (source === undefined) {
    for (const name of JWT_DETAILS.filter((detail) => settings.text(detail) !== null)) {
      settings.problem(`${name} is set, but neither AUTH_JWKS_URL nor AUTH_JWT_PUBLIC_KEY, so no token can be checked`);
    }
    return { allowUnauthenticated, jwt: null };
  }
  if (sources.length > 1) settings.problem('AUTH_JWKS_URL and AUTH_JWT_PUBLIC_KEY are both set: keep one');
  const required = (name: string, why: string): string => {
    const value = settings.text(name);
    if (value === null)
      settings.problem(`${name} must be set with ${source}: without it, tokens ${why} would be accepted`);
    return value ?? '';
  };
  const jwt = {
    jwksUrl: readJwksUrl(settings),
    publicKey: readPublicKey(settings),
    issuer: required('AUTH_ISSUER', 'from any issuer'),
    audience: readAudiences(settings, required('AUTH_AUDIENCE', 'meant for other services')),
    tenantClaim: settings.text('AUTH_TENANT_CLAIM') ?? 'tenant_id',
    roleClaim: settings.text('AUTH_ROLE_CLAIM') ?? 'role',
    roleRequired: settings.text('AUTH_ROLE_CLAIM') !== null,
  };
  return { allowUnauthenticated, jwt };
}

function readAudiences(settings: Settings, text: string): string[] {
  const audiences = text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
  if (text !== '' && audiences.length === 0) {
    settings.problem(
      `AUTH_AUDIENCE is ${JSON.stringify(text)}: it must name an audience, or several separated by commas`,
    );
  }
  return audiences;
}

function readJwksUrl(settings: Settings): string | null {
  const text = settings.text('AUTH_JWKS_URL');
  if (text === null) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (url && safe && !url.username && !url.password && !url.hash) return url.href;
  settings.problem(
    'AUTH_JWKS_URL (masked: it may contain a password) must be an https URL, or http on loopback, without user info and fragment',
  );
  return null;
}

function readPublicKey(settings: Settings): string | null {
  const text = settings.text('AUTH_JWT_PUBLIC_KEY');
  if (text === null) return null;
  const pem = text.replaceAll('\\n', '\n').replaceAll('\r', '').trim();
  const problem = (what: string): null => {
    settings.problem(`AUTH_JWT_PUBLIC_KEY (masked) ${what}`);
    return null;
  };
  // Node would quietly derive the public key, and the private one would go on lying about in an environment.
  if (pem.includes('PRIVATE KEY')) {
    return problem(
      'contains a private key, which this service must never have: set the public key instead, and replace the key pair',
    );
  }
  const [, label] = /^-----BEGIN (PUBLIC KEY|CERTIFICATE)-----\n[^-]+\n-----END \1-----$/.exec(pem) ?? [];
  const key = label === undefined ? null : parseKey(pem);
  if (key === null) {
    return problem('must be one PEM block, BEGIN PUBLIC KEY or BEGIN CERTIFICATE; line ends may be written as \\n');
  }
  if (isStrongKey(key)) return pem;
  return problem(`must be RSA of at least ${MIN_RSA_BITS} bits, EC on P-256, P-384 or P-521, or Ed25519`);
}

function parseKey(pem: string): KeyObject | null {
  try {
    return createPublicKey(pem);
  } catch {
    // What is wrong with it is said by the sentence that asks for another.
    return null;
  }
}

function isStrongKey({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): boolean {
  if (type === 'rsa') return (details?.modulusLength ?? 0) >= MIN_RSA_BITS;
  return type === 'ed25519' || (type === 'ec' && CURVES.has(details?.namedCurve ?? ''));
}

/** What callers may ask for in a minute: null when it is not set, 0 for no limit. */
export function readRateLimit(settings: Settings): number | null {
  const name = 'RATE_LIMIT_PER_MINUTE';
  return settings.text(name) === null ? null : settings.integer(name, 0, 0, 1_000_000);
}

/** Whose `X-Forwarded-For` is believed: so many proxies before us, or those addresses; null for nobody's. */
export function readTrustProxy(settings: Settings): number | string[] | null {
  const text = settings.text('TRUST_PROXY');
  if (text === null) return null;
  if (/^\d+$/.test(text)) {
    const hops = Number(text);
    if (hops >= 1 && hops <= MAX_PROXY_HOPS) return hops;
  }
  const entries = text.split(',').map((entry) => entry.trim());
  if (entries.every(isNetwork)) return entries;
  const why =
    text.toLowerCase() === 'true'
      ? '; true would trust every caller’s own X-Forwarded-For, so anyone could choose the address they are counted under'
      : '';
  settings.problem(
    `TRUST_PROXY is ${JSON.stringify(text)}: it must be the number of proxies before the service (1 to ${MAX_PROXY_HOPS}), or their addresses and networks separated by commas, such as 10.0.0.0/8${why}`,
  );
  return null;
}

/** Whether `entry` is an IP address or a CIDR block; one of length 0 would be everybody. */
function isNetwork(entry: string): boolean {
  const [address = '', prefix, ...rest] = entry.split('/');
  const version = address.includes('%') ? 0 : isIP(address);
  if (version === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128);
}
