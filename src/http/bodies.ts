import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';
import { jsonExcess } from '../json.ts';
import { TurnQueue } from '../turn-queue.ts';

/** A longer body can take some tenths of a second to read, so that several at once would keep everybody else waiting. */
const LONG_BYTES = 64 * 1024;

const EXCESS = { values: 'The body contains too many values.', levels: 'The body is nested too deeply.' };

/** JSON is the only body read; an empty one counts as none. Of long ones, one is read in each turn of the event loop. */
export function readJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const queue = new TurnQueue();
  const refused = (message: string, cause?: unknown) =>
    new AppError('VALIDATION', message, { details: { parameter: 'body' }, cause });
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, bytes: Buffer) => {
      if (bytes.length > LONG_BYTES) await queue.turn();
      let text: string;
      try {
        text = utf8.decode(bytes);
      } catch (cause) {
        throw refused('The body is not UTF-8.', cause);
      }
      if (text === '') return undefined;
      const excess = jsonExcess(text);
      if (excess !== null) throw refused(EXCESS[excess]);
      return new Promise<unknown>((resolve, reject) => {
        parse(request, text, (error, parsed) => {
          // The parser's message repeats a piece of the body, which may be a secret.
          if (error) reject(refused('The body is not valid JSON.'));
          else resolve(parsed);
        });
      });
    },
  );
}
