import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';

const YEAR_SECONDS = 31_536_000;

const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  // The API documentation styles its elements by attributes.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'self'",
];

// The OWASP Secure Headers Project's, but for `Cross-Origin-Opener-Policy`, which would cut a login that a frontend opened
// in a popup off from its opener. That of resources, same-origin, binds only what is embedded without CORS.
const HEADERS = {
  // An answer is a tenant's, while a cache goes by the address alone: a browser that goes back would show the connection of
  // another tenant, or one that has ended.
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
  // The filter of old browsers can be used against a page.
  'x-xss-protection': '0',
};

/** Adds the headers that tell browsers what pages of this service may do. A route's own ones win. */
export function addSecurityHeaders(app: FastifyInstance, { publicBaseUrl }: Pick<Config, 'publicBaseUrl'>): void {
  // A browser that is told so would never again use plain http, which is all that a local installation speaks.
  const https = publicBaseUrl.startsWith('https:');
  const policy = [...CONTENT_SECURITY_POLICY, ...(https ? ['upgrade-insecure-requests'] : [])].join(';');
  const headers = {
    ...HEADERS,
    'content-security-policy': policy,
    ...(https ? { 'strict-transport-security': `max-age=${YEAR_SECONDS}` } : {}),
  };
  // The same for every answer, so they are written once: putting them together for each was 2 % of a search.
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
}
