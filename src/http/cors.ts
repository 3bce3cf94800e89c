import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';

type CorsConfig = Pick<Config, 'corsOrigins'>;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** What a page may read of an answer besides its body. */
const EXPOSED = [
  ...['X-Next-Cursor', 'Link', 'X-Request-Id', 'Retry-After', 'Idempotency-Replayed', 'WWW-Authenticate'],
  ...['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'],
];
const PREFLIGHT_SECONDS = 600;

/** Lets the pages of the configured origins call, with credentials unless any origin may. */
export async function addCors(app: FastifyInstance, { corsOrigins }: CorsConfig): Promise<void> {
  await app.register(cors, {
    origin: corsOrigins,
    credentials: corsOrigins !== '*',
    methods: METHODS,
    exposedHeaders: EXPOSED.join(', '),
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: false,
  });
}

/**
 * The same headers for the answer to what could not be read as a request, as far as its origin can be told.
 * @param packet the piece of it that came last, if any is known.
 */
export function corsHeadersOfPacket({ corsOrigins }: CorsConfig, packet: unknown): string[] {
  const expose = `Access-Control-Expose-Headers: ${EXPOSED.join(', ')}`;
  if (corsOrigins === '*') return ['Access-Control-Allow-Origin: *', expose];
  const named = /\norigin:([^\r\n]*)/i.exec(Buffer.isBuffer(packet) ? packet.toString('latin1') : '')?.[1]?.trim();
  // Browsers compare it with the origin of the page, so naming the only one there is tells nobody else anything.
  const origin = named ?? (corsOrigins.length === 1 ? corsOrigins[0] : undefined);
  if (origin === undefined || !corsOrigins.includes(origin)) return ['Vary: Origin'];
  return [`Access-Control-Allow-Origin: ${origin}`, 'Access-Control-Allow-Credentials: true', expose, 'Vary: Origin'];
}
