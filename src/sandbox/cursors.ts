import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Opaque paging tokens. Each is sealed together with the query it belongs to, so that one of another query,
 * or a made-up one, is told apart from a real one.
 */
export class Cursors {
  readonly #key = randomBytes(32);

  seal(query: string, offset: number): string {
    const text = `${offset}.${createHash('sha256').update(query).digest('base64url').slice(0, 16)}`;
    return Buffer.from(`${text}.${this.#sign(text)}`).toString('base64url');
  }

  /** @returns the offset, or null where the cursor is not one of this query */
  open(query: string, cursor: string): number | null {
    const offset = Number(Buffer.from(cursor, 'base64url').toString('utf8').split('.')[0]);
    if (!Number.isSafeInteger(offset)) return null;
    const expected = Buffer.from(this.seal(query, offset));
    const given = Buffer.from(cursor);
    return given.length === expected.length && timingSafeEqual(given, expected) ? offset : null;
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}
