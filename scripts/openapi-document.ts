import { loadConfig } from '../src/config.ts';
import { createLogger } from '../src/logging.ts';
import { createService } from '../src/service.ts';

// Made while this module is loaded: who loads it from TypeScript can load nothing more afterwards.
const config = loadConfig({ DATABASE_URL: 'memory:', PORT: '0' });
const service = await createService(config, { log: createLogger('error', { write: () => undefined }) });

/** The OpenAPI document as a service without settings serves it. */
export const openApiDocument: string = (await service.app.inject('/openapi.json')).body;

await service.stop();
