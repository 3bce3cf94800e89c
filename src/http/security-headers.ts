import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';

const YEAR_SECONDS = 31_536_000;

// Browsers hold every redirect after a form to `form-action`, and Atlassian's consent lies on hosts that nobody can list:
// so no form of ours is answered with a redirect.
export const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** Adds the headers that tell browsers what pages of this service may do. A route's own ones win. */
export async function addSecurityHeaders(app: FastifyInstance, config: Config): Promise<void> {
  // A browser that is told so would never again use plain http, which is all that a local installation speaks.
  const https = config.publicBaseUrl.startsWith('https:');
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // The API documentation styles its elements by attributes.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
        ...(https ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    strictTransportSecurity: https ? { maxAge: YEAR_SECONDS, includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' },
    // It would cut a login that a frontend opened in a popup off from its opener.
    crossOriginOpenerPolicy: false,
    // Helmet's policy for resources, same-origin, binds only what is embedded without CORS: listed origins fetch with it.
  });
}
