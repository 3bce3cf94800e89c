import { expect, it } from 'vitest';
import { AuditIds } from '../../src/access/audit-id.ts';

it('ids of one millisecond are 32 hex digits that grow, and begin with the time', () => {
  const ids = new AuditIds(() => 1_780_000_000_123.9);
  const made = Array.from({ length: 300 }, () => ids.next());
  for (const id of made) expect(id).toMatch(/^019e7044887b[0-9a-f]{20}$/);
  expect(made).toEqual(made.toSorted());
  expect(new Set(made).size).toBe(300);
});

it('ids grow with time, and do not shrink when the clock is set back', () => {
  let now = 1_000;
  const ids = new AuditIds(() => now);
  const made = [ids.next()];
  for (const at of [1_001, 2_000, 1_500, 2_001]) {
    now = at;
    made.push(ids.next());
  }
  expect(made).toEqual(made.toSorted());
  expect(made.map((id) => Number.parseInt(id.slice(0, 12), 16))).toEqual([1_000, 1_001, 2_000, 2_000, 2_001]);
});

it('ids of two processes differ in the same millisecond', () => {
  const [a, b] = [new AuditIds(() => 1_000), new AuditIds(() => 1_000)];
  expect(a.next()).not.toBe(b.next());
});
