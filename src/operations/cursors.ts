import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../errors.ts';

/** Where a list goes on. */
export interface Position {
  /** The site it is read from. */
  site: string;
  /** What the upstream API continues with. */
  next: string;
  /** Epoch seconds of the first page, so that relative times stay the same on every page. */
  now: number;
  /** What the list is of, where the query alone does not tell: its first page found out. */
  of?: string | undefined;
  /** Ids that the first page asked Jira to reconcile; each further page must name the same. */
  reconcile?: number[] | undefined;
}

const Payload = z.object({
  site: z.string(),
  next: z.string(),
  now: z.int(),
  of: z.string().optional(),
  reconcile: z.array(z.int()).optional(),
});

/** What a cursor is bound to: it is worthless for another tenant, operation or query. */
export interface Listing {
  tenantId: string;
  operation: string;
  query: unknown;
}

/** Makes and reads the opaque cursors of our lists. Signed, so a made-up one is refused before anything is sent. */
export class Cursors {
  constructor(private readonly key: Buffer) {}

  write(listing: Listing, position: Position): string {
    const payload = Buffer.from(JSON.stringify(position)).toString('base64url');
    return this.signed(listing, payload);
  }

  /** @throws AppError `VALIDATION` when the cursor was not made for this listing. */
  read(listing: Listing, cursor: string | undefined): Position | null {
    if (cursor === undefined) return null;
    const [payload = ''] = cursor.split('.');
    // As text, not as bytes: base64 has several spellings of the same bytes.
    const [given, expected] = [Buffer.from(cursor), Buffer.from(this.signed(listing, payload))];
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw foreignCursor();
    return Payload.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  }

  private signed({ tenantId, operation, query }: Listing, payload: string): string {
    const bound = JSON.stringify([tenantId, operation, query, payload]);
    return `${payload}.${createHmac('sha256', this.key).update(bound).digest('base64url')}`;
  }
}

export function foreignCursor(): AppError {
  return new AppError('VALIDATION', 'cursor: does not belong to this query; start again without a cursor', {
    details: { parameter: 'cursor' },
  });
}
