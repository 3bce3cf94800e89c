import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * How lists end that do not: `true` gives a page the very cursor that it was asked with, `empty` gives the last page an
 * empty cursor in the place of none.
 */
export type CursorRepetition = boolean | 'empty';

/**
 * Opaque paging tokens. Each is sealed together with the query it belongs to, so that one of another query,
 * or a made-up one, is told apart from a real one.
 */
export class Cursors {
  readonly #key = randomBytes(32);
  readonly #repetition: () => CursorRepetition;

  constructor(repetition: () => CursorRepetition = () => false) {
    this.#repetition = repetition;
  }

  /**
   * The cursor that a page of a list names.
   *
   * @param asked the one it was asked with
   * @param end where the next page begins; null where there is none
   * @returns undefined where it names none
   */
  next(query: string, asked: string | null, end: number | null): string | undefined {
    const repetition = this.#repetition();
    if (repetition === true && asked !== null) return asked;
    if (end === null) return repetition === 'empty' ? '' : undefined;
    return this.seal(query, end);
  }

  /** The same for a list that counts; `last` tells whether the page has none after it. */
  nextOffset(start: number, end: number, last: boolean): number | undefined {
    if (this.#repetition() === true && start > 0) return start;
    return last ? undefined : end;
  }

  seal(query: string, offset: number): string {
    const text = `${offset}.${createHash('sha256').update(query).digest('base64url').slice(0, 16)}`;
    return Buffer.from(`${text}.${this.#sign(text)}`).toString('base64url');
  }

  /** @returns the offset, or null where the cursor is not one of this query */
  open(query: string, cursor: string): number | null {
    // Who goes on with an empty cursor begins anew, and so never ends.
    if (cursor === '' && this.#repetition() === 'empty') return 0;
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
