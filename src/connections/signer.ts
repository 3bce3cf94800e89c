import { createHmac, timingSafeEqual } from 'node:crypto';

/** Signs what passes through a browser, and reads it back: `<base64url of JSON>.<HMAC-SHA-256>`. */
export class Signer {
  constructor(private readonly key: Buffer) {}

  sign(value: unknown): string {
    const payload = Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${payload}.${this.signature(payload)}`;
  }

  /** What was signed, or null when it was not signed with this key. */
  read(text: string): unknown {
    const end = text.indexOf('.');
    const payload = text.slice(0, end);
    if (!sameText(text.slice(end + 1), this.signature(payload))) return null;
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  }

  private signature(payload: string): string {
    return createHmac('sha256', this.key).update(payload).digest('base64url');
  }
}

/** Compares in constant time. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
