import type { Dispatcher } from 'undici';
import type { EndSignal } from '../../call-context.ts';
import type { AnswerHeaders } from './rate-limit-headers.ts';

/** The whole of an answer. */
export interface RawAnswer {
  status: number;
  headers: AnswerHeaders;
  contentType: string;
  /** Whoever has read them lets go of them here. */
  bytes: Buffer;
}

/** The body is longer than was wanted. */
export class BodyTooLong extends Error {
  override readonly name = 'BodyTooLong';

  constructor(
    /** As the answer announces it, or null. */
    readonly length: number | null,
  ) {
    super('the body is longer than was wanted');
  }
}

/**
 * Sends one request and collects its whole answer, by undici's events: its `request` makes a stream of each body, which
 * takes 5 % of a search where the body is wanted whole anyway.
 * @param answered told of status and headers as soon as they are here, whatever becomes of the body.
 *   What it gives back is how long the body may be: a longer one is not read to its end.
 * @throws BodyTooLong, what undici reports, or the reason of `signal`; a request that still waits for a connection then is never sent.
 */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  signal: EndSignal,
  answered: (status: number, headers: AnswerHeaders) => number,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(reasonOf(signal));
    const chunks: Buffer[] = [];
    let status = 0;
    let headers: AnswerHeaders = {};
    let most = Number.POSITIVE_INFINITY;
    let length = 0;
    let controller: Dispatcher.DispatchController | null = null;
    const abort = () => {
      controller?.abort(reasonOf(signal));
      fail(reasonOf(signal));
    };
    const fail = (error: unknown) => {
      signal.removeEventListener('abort', abort);
      reject(error);
    };
    signal.addEventListener('abort', abort);
    dispatcher.dispatch(request, {
      onRequestStart(sending) {
        if (signal.aborted) sending.abort(reasonOf(signal));
        controller = sending;
      },
      onResponseStart(sending, code, fields) {
        // What comes before the answer itself, such as 103, tells nothing of it.
        if (code < 200) return;
        status = code;
        headers = fields;
        most = answered(code, fields);
        const announced = announcedLength(fields);
        if (announced !== null && announced > most) sending.abort(new BodyTooLong(announced));
      },
      onResponseData(sending, chunk) {
        length += chunk.length;
        if (length > most) sending.abort(new BodyTooLong(null));
        else chunks.push(chunk);
      },
      onResponseEnd() {
        signal.removeEventListener('abort', abort);
        const [first] = chunks;
        const bytes = chunks.length === 1 && first ? first : Buffer.concat(chunks);
        chunks.length = 0;
        resolve({ status, headers, contentType: String(headers['content-type'] ?? ''), bytes });
      },
      onResponseError(_sending, error) {
        fail(error);
      },
    });
  });
}

function announcedLength({ 'content-length': length }: AnswerHeaders): number | null {
  return typeof length === 'string' && /^\d+$/.test(length) ? Number(length) : null;
}

const reasonOf = ({ reason }: EndSignal): Error => reason ?? new Error('the call was ended');
