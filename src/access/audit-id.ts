import { randomBytes } from 'node:crypto';

const COUNTER_END = 2 ** 32;

/**
 * Makes the ids of audit records: 12 hex digits of the time in milliseconds, 8 of a counter, 12 at random. So they grow
 * with time, records of one process stay in their order, and those of two processes never collide.
 */
export class AuditIds {
  private lastMs = 0;
  private count = 0;

  /** @param nowMs epoch milliseconds. */
  constructor(private readonly nowMs: () => number) {}

  next(): string {
    // A clock that is set back must not put a later record before an earlier one.
    this.lastMs = Math.max(this.lastMs, Math.floor(this.nowMs()));
    this.count = (this.count + 1) % COUNTER_END;
    return hex(this.lastMs, 12) + hex(this.count, 8) + randomBytes(6).toString('hex');
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
