import { createServer, type RequestListener } from 'node:http';
import { expect } from 'vitest';
import { type Client, type ClientOptions, createClient, type IntegrationError } from '../../src/client/index.ts';
import { listening } from '../support/listening.ts';

/** What a promise is rejected with; it fails where the promise is not. */
export const failureOf = (promise: Promise<unknown>): Promise<IntegrationError> =>
  promise.then(
    (answer) => expect.fail(`it was answered: ${JSON.stringify(answer)}`),
    (error: IntegrationError) => error,
  );

/** A client of something that stands where the service should. */
export const clientOf = async (handler: RequestListener, options: Partial<ClientOptions> = {}): Promise<Client> =>
  createClient({ baseUrl: await listening(createServer(handler)), tenant: 'acme', ...options });
