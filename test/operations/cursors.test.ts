import { describe, expect, it } from 'vitest';
import type { Provider } from '../../src/config.ts';
import { AppError } from '../../src/errors.ts';
import { Cursors, type Listing, type Position } from '../../src/operations/cursors.ts';
import { openList } from '../../src/operations/lists.ts';
import type { Job } from '../../src/operations/operation.ts';
import { AllowedContainers } from '../../src/operations/run/allowed-containers.ts';

const cursors = new Cursors(Buffer.alloc(32, 1));
const LISTING: Listing = {
  tenantId: 'acme',
  operation: 'jira.search',
  query: ['login bug', { project: ['DEMO'], updated_since: 5 }],
};
const POSITION: Position = { site: 'cloud-1', next: 'upstream/token?=+ "\u{1f600}"', now: 1_780_000_000 };
const MESSAGE = 'cursor: does not belong to this query; start again without a cursor';

function expectRefused(cursor: string, listing = LISTING, reader = cursors): void {
  let thrown: unknown = 'accepted';
  try {
    reader.read(listing, cursor);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(AppError);
  expect(thrown).toMatchObject({
    code: 'VALIDATION',
    status: 400,
    message: MESSAGE,
    details: { parameter: 'cursor' },
  });
}

it('gives the position back, also to another instance with the same key', () => {
  const cursor = cursors.write(LISTING, POSITION);
  expect(cursors.read(LISTING, cursor)).toEqual(POSITION);
  expect(new Cursors(Buffer.alloc(32, 1)).read(structuredClone(LISTING), cursor)).toEqual(POSITION);
});

it('is no position where there is no cursor', () => {
  expect(cursors.read(LISTING, undefined)).toBeNull();
});

it('goes into a URL and a header as it is', () => {
  expect(cursors.write(LISTING, POSITION)).toMatch(/^[A-Za-z0-9_.-]+$/);
});

describe('refuses with 400', () => {
  it.each<[string, Listing]>([
    ['tenant', { ...LISTING, tenantId: 'globex' }],
    ['operation', { ...LISTING, operation: 'confluence.search' }],
    ['query', { ...LISTING, query: ['login', LISTING.query] }],
    ['filter', { ...LISTING, query: ['login bug', { project: ['OPS'], updated_since: 5 }] }],
    ['lack of a query', { ...LISTING, query: undefined }],
    ['cut between tenant and operation', { ...LISTING, tenantId: 'acm', operation: 'ejira.search' }],
  ])('the cursor of another %s', (_name, listing) => {
    expectRefused(cursors.write(LISTING, POSITION), listing);
    expectRefused(cursors.write(listing, POSITION));
  });

  it('the cursor of another key', () => {
    expectRefused(cursors.write(LISTING, POSITION), LISTING, new Cursors(Buffer.alloc(32, 2)));
  });

  it.each([
    '',
    '.',
    'a',
    'a.b',
    'eyJzaXRlIjoiYSJ9',
    'null.null',
    '%',
    '\u0000',
    '\u{1f600}.\u{1f600}',
    'x'.repeat(8_192),
  ])('the made-up cursor %j', (cursor) => expectRefused(cursor));

  it('a cursor cut short or with a tail', () => {
    const cursor = cursors.write(LISTING, POSITION);
    for (let length = 0; length < cursor.length; length++) expectRefused(cursor.slice(0, length));
    for (const tail of ['=', '.', '.x', 'A', ' ', '!']) expectRefused(cursor + tail);
  });

  it('a cursor with any one bit of any character flipped', () => {
    const cursor = cursors.write(LISTING, POSITION);
    for (let at = 0; at < cursor.length; at++) {
      for (let bit = 0; bit < 7; bit++) {
        const flipped = String.fromCharCode(cursor.charCodeAt(at) ^ (1 << bit));
        expectRefused(cursor.slice(0, at) + flipped + cursor.slice(at + 1));
      }
    }
  });

  it('a position of our making under the signature of another', () => {
    const [, signature] = cursors.write(LISTING, POSITION).split('.');
    const [payload] = cursors.write(LISTING, { ...POSITION, site: 'cloud-2' }).split('.');
    expectRefused(`${payload}.${signature}`);
  });
});

it('a list goes on at the site where it was begun, and at no other', () => {
  const job = { cursors, clock: () => 5, tenantId: 'acme', allowed: new AllowedContainers('jira.projects', null) };
  const open = (cursor?: string) =>
    openList(job as unknown as Job<Provider>, { operation: 'jira.search', query: ['x'], cursor });
  const cursor = open().page({ id: 'cloud-1' }, { items: [], next: 'token' }).next_cursor ?? '';
  expect(open(cursor).from({ id: 'cloud-1' })).toBe('token');
  expect(() => open(cursor).from({ id: 'cloud-2' })).toThrow(MESSAGE);
});
