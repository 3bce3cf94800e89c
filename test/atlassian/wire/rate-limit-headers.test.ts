import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type Allowance,
  type AnswerHeaders,
  type RateLimitRefusal,
  readAllowance,
  readRefusal,
  readRetryAfter,
  readUsedUp,
  type Scope,
} from '../../../src/atlassian/wire/rate-limit-headers.ts';

/** Our clock, and that of whoever writes an answer with a date. */
const NOW = Date.UTC(2026, 2, 2, 10, 0, 0);
const DATE = 'Mon, 02 Mar 2026 09:00:00 GMT';
const QUOTA = 'jira-quota-tenant-based';

describe('Retry-After', () => {
  it.each<{ header: string | string[] | undefined; date?: string; seconds: number | undefined }>([
    { header: '30', seconds: 30 },
    { header: '0', seconds: 0 },
    { header: '999999', seconds: 999_999 },
    { header: '1000000', seconds: undefined },
    { header: '-5', seconds: undefined },
    { header: '1.5', seconds: undefined },
    { header: '5x', seconds: undefined },
    { header: 'x5', seconds: undefined },
    { header: '', seconds: undefined },
    { header: 'soon', seconds: undefined },
    { header: '2027', seconds: 2_027 },
    { header: '2027-03-02T10:00:00Z', seconds: undefined },
    { header: ['30', '40'], seconds: undefined },
    { header: ['30'], seconds: undefined },
    { header: undefined, seconds: undefined },
    { header: 'Mon, 02 Mar 2026 10:00:40 GMT', seconds: 40 },
    { header: 'Mon, 02 Mar 2026 09:59:40 GMT', seconds: 0 },
    { header: 'Mon, 02 Mar 2026 09:00:40 GMT', date: DATE, seconds: 40 },
    { header: 'Mon, 02 Mar 2026 10:00:40 GMT', date: 'no date', seconds: 40 },
    { header: 'Mon, 99 Mar 2026 10:00:40 GMT', seconds: undefined },
    { header: 'x Mon, 02 Mar 2026 10:00:40 GMT', seconds: undefined },
    { header: 'Mo, 02 Mar 2026 10:00:40 GMT', seconds: undefined },
    { header: 'Monday, 02-Mar-26 10:00:40 GMT', seconds: undefined },
  ])('$header of $date means $seconds seconds', ({ header, date, seconds }) => {
    expect(readRetryAfter({ 'retry-after': header, date }, NOW)).toBe(seconds);
  });

  it('as a date means whole seconds, and none too few', () => {
    expect(readRetryAfter({ 'retry-after': 'Mon, 02 Mar 2026 10:00:40 GMT' }, NOW + 100)).toBe(40);
  });
});

describe('A refusal', () => {
  it.each<{ reason: string | string[] | undefined; scope: Scope | undefined }>([
    { reason: 'jira-quota-global-based', scope: 'shared' },
    { reason: 'JIRA-QUOTA-GLOBAL-BASED', scope: 'shared' },
    { reason: QUOTA, scope: 'own' },
    { reason: 'app-tenant', scope: 'own' },
    { reason: 'a-quota', scope: 'own' },
    { reason: 'jira-cost-based', scope: 'own' },
    { reason: 'jira-burst-based', scope: 'endpoint' },
    { reason: 'jira-per-issue-on-write', scope: 'path' },
    { reason: 'something-new', scope: undefined },
    { reason: undefined, scope: undefined },
    { reason: ['jira-burst-based', 'other'], scope: 'endpoint' },
  ])('because of $reason stops $scope', ({ reason, scope }) => {
    expect(readRefusal({ 'ratelimit-reason': reason }, NOW)).toEqual({
      scope,
      reason: Array.isArray(reason) ? reason.join(', ') : reason,
      waitMs: undefined,
    });
  });

  const reset = '2026-03-02T09:00:50Z';
  it.each<{ name: string; headers: AnswerHeaders; waitMs: RateLimitRefusal['waitMs'] }>([
    { name: 'Retry-After', headers: { 'retry-after': '7' }, waitMs: 7_000 },
    { name: 'no wait at all where it says so', headers: { 'retry-after': '0' }, waitMs: 0 },
    { name: 'the reset', headers: { date: DATE, 'x-ratelimit-reset': reset }, waitMs: 50_000 },
    {
      name: 'Retry-After and not the reset',
      headers: { date: DATE, 'retry-after': '7', 'x-ratelimit-reset': reset },
      waitMs: 7_000,
    },
    {
      name: 'the reset of a quota that is longer',
      headers: { date: DATE, 'retry-after': '7', 'x-ratelimit-reset': reset, 'ratelimit-reason': QUOTA },
      waitMs: 50_000,
    },
    {
      name: 'the reset of a quota of everybody that is longer',
      headers: {
        date: DATE,
        'retry-after': '7',
        'x-ratelimit-reset': reset,
        'ratelimit-reason': 'jira-quota-global-based',
      },
      waitMs: 50_000,
    },
    {
      name: 'Retry-After of a quota that is longer',
      headers: { date: DATE, 'retry-after': '70', 'x-ratelimit-reset': reset, 'ratelimit-reason': QUOTA },
      waitMs: 70_000,
    },
    {
      name: "the tenant's own entry",
      headers: {
        'ratelimit-reason': QUOTA,
        ratelimit: '"global-app-quota";r=1;t=900, "tenant-app-quota";r=0;t=600, "jira-burst-based";t=800',
      },
      waitMs: 600_000,
    },
    {
      name: "everybody's entry",
      headers: {
        'ratelimit-reason': 'jira-quota-global-based',
        ratelimit: '"global-app-quota";r=1;t=900, "tenant-app-quota";r=0;t=600',
      },
      waitMs: 900_000,
    },
    {
      name: 'no entry for a burst',
      headers: { 'ratelimit-reason': 'jira-burst-based', ratelimit: '"jira-burst-based";r=0;t=600' },
      waitMs: undefined,
    },
    { name: 'no entry without a reason', headers: { ratelimit: '"unknown";r=0;t=600' }, waitMs: undefined },
    {
      name: 'nothing of what only informs',
      headers: { 'beta-retry-after': '7', 'beta-ratelimit': '"quota";t=5' },
      waitMs: undefined,
    },
  ])('asks to wait for $name', ({ headers, waitMs }) => {
    expect(readRefusal(headers, NOW).waitMs).toBe(waitMs);
  });
});

describe('X-RateLimit-Reset', () => {
  // Most machines that run tests are in this zone themselves, and the result would not show it.
  it('without a zone is read as UTC wherever the service runs', () => {
    const parse = vi.spyOn(Date, 'parse');
    onTestFinished(() => parse.mockRestore());
    readRefusal({ 'x-ratelimit-reset': '2026-03-02T10:00:50' }, NOW);
    expect(parse.mock.calls.flat()).toContain('2026-03-02T10:00:50Z');
  });

  it.each<{ header: string | string[]; date?: string; ms: number | undefined }>([
    { header: '2026-03-02T10:00:50Z', ms: 50_000 },
    { header: ' 2026-03-02T10:00:50Z ', ms: 50_000 },
    { header: '2026-03-02T10:01Z', ms: 60_000 },
    { header: '2026-03-02T10:00:50', ms: 50_000 },
    { header: '2026-03-02T10:00:50.5Z', ms: 50_500 },
    { header: '2026-03-02T10:00:50.123456789Z', ms: 50_123 },
    { header: '2026-03-02T10:00:50.1234567891Z', ms: undefined },
    { header: '2026-03-02T12:00:50+02:00', ms: 50_000 },
    { header: '2026-03-02T08:00:50-02:00', ms: 50_000 },
    { header: '2026-03-02T09:59:50Z', ms: 0 },
    { header: '2026-03-02T09:00:50Z', date: DATE, ms: 50_000 },
    { header: '2026-13-02T10:00:50Z', ms: undefined },
    { header: '2026-03-02', ms: undefined },
    { header: '2026', ms: undefined },
    { header: 'soon', ms: undefined },
    { header: '', ms: undefined },
    { header: 'x2026-03-02T10:00:50Z', ms: undefined },
    { header: '2026-03-02T10:00:50Zx', ms: undefined },
    { header: ['2026-03-02T10:00:50Z', '2026-03-02T10:00:50Z'], ms: undefined },
  ])('$header of $date is in $ms ms', ({ header, date, ms }) => {
    expect(readRefusal({ 'x-ratelimit-reset': header, date }, NOW).waitMs).toBe(ms);
  });
});

describe('An allowance', () => {
  const told = (allowance: Partial<Allowance>) => ({
    remaining: undefined,
    near: false,
    resetMs: undefined,
    ...allowance,
  });
  it.each<{ name: string; headers: AnswerHeaders; allowance: Allowance | null }>([
    { name: 'nothing where nothing is told', headers: {}, allowance: null },
    { name: 'nothing of a limit alone', headers: { 'x-ratelimit-limit': '10' }, allowance: null },
    { name: 'what remains', headers: { 'x-ratelimit-remaining': '3' }, allowance: told({ remaining: 3 }) },
    {
      name: 'what remains between blanks',
      headers: { 'x-ratelimit-remaining': ' 3 ' },
      allowance: told({ remaining: 3 }),
    },
    { name: 'nothing', headers: { 'x-ratelimit-remaining': '0' }, allowance: told({ remaining: 0 }) },
    {
      name: 'nine digits',
      headers: { 'x-ratelimit-remaining': '123456789' },
      allowance: told({ remaining: 123_456_789 }),
    },
    ...['1234567890', 'many', '', '-1', '1.5', 'x1', '1x'].map((header) => ({
      name: `no number of ${JSON.stringify(header)}`,
      headers: { 'x-ratelimit-remaining': header },
      allowance: null,
    })),
    { name: 'no number of two', headers: { 'x-ratelimit-remaining': ['1', '2'] }, allowance: null },
    { name: 'that a limit is near', headers: { 'x-ratelimit-nearlimit': 'True' }, allowance: told({ near: true }) },
    { name: 'no near limit of another word', headers: { 'x-ratelimit-nearlimit': 'false' }, allowance: null },
    {
      name: 'less than a fifth as near',
      headers: { 'x-ratelimit-remaining': '19', 'x-ratelimit-limit': '100' },
      allowance: told({ remaining: 19, near: true }),
    },
    {
      name: 'a fifth as far',
      headers: { 'x-ratelimit-remaining': '20', 'x-ratelimit-limit': '100' },
      allowance: told({ remaining: 20 }),
    },
    {
      name: 'that it is near whatever the numbers say',
      headers: { 'x-ratelimit-nearlimit': 'true', 'x-ratelimit-remaining': '90', 'x-ratelimit-limit': '100' },
      allowance: told({ remaining: 90, near: true }),
    },
    {
      name: "the burst's entry where no other number is told",
      headers: { ratelimit: '"tenant-app-quota";r=9;t=60, "jira-burst-based";r=5;t=60' },
      allowance: told({ remaining: 5 }),
    },
    {
      name: 'the number of its own before the entry',
      headers: { 'x-ratelimit-remaining': '3', ratelimit: '"jira-burst-based";r=5;t=60' },
      allowance: told({ remaining: 3 }),
    },
    { name: 'nothing of the entry of a quota', headers: { ratelimit: '"tenant-app-quota";r=9;t=60' }, allowance: null },
    {
      name: 'when there is more',
      headers: { 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': '2026-03-02T10:00:50Z' },
      allowance: told({ remaining: 3, resetMs: 50_000 }),
    },
  ])('tells $name', ({ headers, allowance }) => {
    expect(readAllowance(headers, NOW)).toEqual(allowance);
  });
});

describe('The header RateLimit', () => {
  it.each<{ header: string | string[] | undefined; usedUp: { scope: Scope; waitMs: number }[] }>([
    { header: undefined, usedUp: [] },
    { header: '"tenant-app-quota";r=0;t=60', usedUp: [{ scope: 'own', waitMs: 60_000 }] },
    { header: ' "tenant-app-quota" ; t=60 ; r=0', usedUp: [{ scope: 'own', waitMs: 60_000 }] },
    {
      header: '"global-app-quota";r=0;t=9, "tenant-app-quota";r=1;t=60,"jira-burst-based";r=0;t=2',
      usedUp: [
        { scope: 'shared', waitMs: 9_000 },
        { scope: 'endpoint', waitMs: 2_000 },
      ],
    },
    {
      header: ['"tenant-app-quota";r=0;t=60', '"jira-burst-based";r=0;t=2'],
      usedUp: [
        { scope: 'own', waitMs: 60_000 },
        { scope: 'endpoint', waitMs: 2_000 },
      ],
    },
    { header: '"tenant-app-quota";r=0;t=0', usedUp: [] },
    { header: '"tenant-app-quota";r=0', usedUp: [] },
    { header: '"tenant-app-quota";t=60', usedUp: [] },
    { header: '"something-new";r=0;t=60', usedUp: [] },
    { header: 'tenant-app-quota;r=0;t=60', usedUp: [] },
    { header: 'x"tenant-app-quota";r=0;t=60', usedUp: [] },
    { header: '"";r=0;t=60', usedUp: [] },
    { header: '";;r==,"x";t=-1,,"y"', usedUp: [] },
  ])('$header names as used up $usedUp', ({ header, usedUp }) => {
    expect(readUsedUp({ ratelimit: header })).toEqual(usedUp);
  });
});
