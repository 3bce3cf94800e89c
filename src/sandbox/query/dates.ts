import type { Value } from './parser.ts';

const MINUTE = 60_000;
const UNITS: Readonly<Record<string, number>> = {
  m: MINUTE,
  h: 60 * MINUTE,
  d: 24 * 60 * MINUTE,
  w: 7 * 24 * 60 * MINUTE,
};

/**
 * Reads a date of JQL or CQL, in UTC: `yyyy-MM-dd`, `yyyy-MM-dd HH:mm` (or with slashes), `now()`, `startOfDay()` and
 * its kin with an offset such as `"-1d"`; with `bare` also an offset alone, as JQL has it and CQL has not.
 *
 * @returns epoch milliseconds, or null where it is none of these
 */
export function readDate(value: Value, now: number, bare: boolean): number | null {
  if (value.kind === 'empty') return null;
  if (value.kind === 'literal') return absolute(value.text) ?? (bare ? shifted(now, value.text) : null);
  const [offset, ...more] = value.args;
  if (more.length > 0) return null;
  const name = value.name.toLowerCase();
  const start = name === 'now' ? now : boundary(name, now);
  if (start === null) return null;
  return offset === undefined ? start : shifted(start, offset, boundaryUnit(name));
}

function absolute(text: string): number | null {
  const match = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}):(\d{2}))?$/.exec(text.trim());
  if (!match) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = match.slice(1).map((part) => Number(part ?? 0));
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute));
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60;
  return real ? date.getTime() : null;
}

/** @param unit what a number without a unit counts */
function shifted(start: number, offset: string, unit?: string): number | null {
  const match = /^([+-]?)((?:\d+[yMwdhm]\s*)+|\d+)$/.exec(offset.trim());
  if (!match) return null;
  const sign = match[1] === '-' ? -1 : 1;
  const date = new Date(start);
  const whole = match[2] ?? '';
  if (/^\d+$/.test(whole) && unit === undefined) return null;
  for (const [, count = '', letter] of whole.matchAll(/(\d+)([yMwdhm]?)/g)) {
    const amount = sign * Number(count);
    const kind = letter || (unit ?? '');
    if (kind === 'y') date.setUTCFullYear(date.getUTCFullYear() + amount);
    else if (kind === 'M') date.setUTCMonth(date.getUTCMonth() + amount);
    else date.setTime(date.getTime() + amount * (UNITS[kind] ?? 0));
  }
  return Number.isNaN(date.getTime()) ? null : date.getTime();
}

function boundaryUnit(name: string): string | undefined {
  return { day: 'd', week: 'w', month: 'M', year: 'y' }[name.replace(/^(?:start|end)of/, '')];
}

function boundary(name: string, now: number): number | null {
  const unit = boundaryUnit(name);
  if (unit === undefined || !/^(?:start|end)of/.test(name)) return null;
  const date = new Date(now);
  date.setUTCHours(0, 0, 0, 0);
  if (unit === 'w') date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  if (unit === 'M' || unit === 'y') date.setUTCDate(1);
  if (unit === 'y') date.setUTCMonth(0);
  const start = date.getTime();
  if (name.startsWith('startof')) return start;
  const next = shifted(start, `1${unit}`);
  return next === null ? null : next - 1;
}
