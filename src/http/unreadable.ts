import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';
import { valuesOf } from './guard.ts';

/** The longest value in a path. */
const PARAM_CHARACTERS = 512;
/** A name or address (RFC 9112, 3.2), and a port. Empty where the request's target has none. */
const HOST = /^(?:(?:[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::\d{0,5})?)?$/i;
/** Of these Node keeps the first, and something before us may have looked at another. */
const SINGLE_HEADERS = ['Host', 'Content-Type'];

/**
 * The URL by which a request finds its route. The router would refuse a path that it cannot decode before any header of
 * ours is set, and the preflight of such a call with it: so it gets one that says the same and can be decoded.
 */
export function routableUrl({ url = '/' }: { url?: string | undefined }): string {
  const [path = '', ...query] = url.split('?');
  return isDecodable(path) ? url : [path.replaceAll('%', '%25'), ...query].join('?');
}

/** Refuses what can be read in several ways, or in none. Comes after CORS, so that a frontend may read the refusal. */
export function refuseUnreadable(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const repeated = SINGLE_HEADERS.find((name) => valuesOf(request.raw, name.toLowerCase()).length > 1);
    if (repeated) throw new AppError('VALIDATION', `The header ${repeated} is sent more than once.`);
    const { host } = request.headers;
    if (host === undefined && request.raw.httpVersion === '1.1') {
      throw new AppError('VALIDATION', 'The header Host is missing.');
    }
    if (!HOST.test(host ?? '')) throw new AppError('VALIDATION', 'The header Host is not a valid host.');
    if (!isDecodable(request.originalUrl)) {
      throw new AppError('VALIDATION', 'The URL is not valid percent-encoded UTF-8.');
    }
    const params = request.is404 ? [] : Object.values((request.params ?? {}) as Record<string, string>);
    if (params.some((value) => value.length > PARAM_CHARACTERS)) {
      throw new AppError('VALIDATION', 'The URL is too long.', { status: 414 });
    }
    done();
  });
  app.addHook('preParsing', (request, reply, payload, done) => {
    if (!hasBody(request) || !isEncoded(request)) return done(null, payload);
    reply.header('accept-encoding', 'identity');
    throw new AppError('VALIDATION', 'The body is compressed. Send it uncompressed, without Content-Encoding.', {
      status: 415,
      details: { parameter: 'content-encoding' },
    });
  });
}

/** Whether every percent sign begins an encoded piece of UTF-8. */
function isDecodable(url: string): boolean {
  if (!url.includes('%')) return true;
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function isEncoded({ headers }: FastifyRequest): boolean {
  const codings = (headers['content-encoding'] ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  return codings.some((coding) => coding !== '' && coding !== 'identity');
}
