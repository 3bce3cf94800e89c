import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import type { FastifyInstance } from 'fastify';

/** Shorter answers fit into a few packets as they are. */
const MIN_BYTES = 8 * 1024;
/** Made for every answer anew: what the best quality saves, it costs the process ten times over. */
const BROTLI_QUALITY = 4;

/** Compresses long answers for callers that say they can read it. What they send is read uncompressed only. */
export async function compressAnswers(app: FastifyInstance): Promise<void> {
  await app.register(compress, {
    threshold: MIN_BYTES,
    encodings: ['br', 'gzip'],
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
    globalDecompression: false,
  });
}
