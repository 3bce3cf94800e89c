import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { sharedStage } from '../support/harness.ts';

const stage = sharedStage({}, (own) => own.connect('jira'));

const READERS: Record<string, (bytes: Buffer) => Buffer> = { br: brotliDecompressSync, gzip: gunzipSync };

async function get(path: string, headers: Record<string, string> = {}) {
  const answer = await request(stage.url + path, { headers: { 'x-tenant-id': 'default', ...headers } });
  const bytes = Buffer.from(await answer.body.arrayBuffer());
  const coding = answer.headers['content-encoding']?.toString();
  const text = (coding ? (READERS[coding]?.(bytes) ?? bytes) : bytes).toString();
  return { status: answer.statusCode, headers: answer.headers, coding, length: bytes.length, text };
}

describe('an answer of more than 8 KiB', () => {
  it.each([
    { path: '/openapi.json', accept: 'br', coding: 'br' },
    { path: '/openapi.json', accept: 'gzip, deflate', coding: 'gzip' },
    { path: '/openapi.json', accept: 'gzip, deflate, br', coding: 'br' },
    { path: '/openapi.json', accept: 'identity', coding: undefined },
    { path: '/openapi.json', accept: 'br;q=0, gzip', coding: 'gzip' },
    { path: '/docs/static/swagger-ui-bundle.js', accept: 'gzip', coding: 'gzip' },
    { path: '/docs/static/swagger-ui.css', accept: 'br', coding: 'br' },
    { path: '/connectors/tools', accept: 'gzip', coding: 'gzip' },
  ])('of $path is sent as $coding to who accepts $accept', async ({ path, accept, coding }) => {
    const plain = await get(path);
    const asked = await get(path, { 'accept-encoding': accept });
    expect({ plain: plain.coding, coding: asked.coding, same: asked.text === plain.text }).toEqual({
      plain: undefined,
      coding,
      same: true,
    });
    if (coding === undefined) return;
    expect(asked.length).toBeLessThan(plain.length / 2);
    expect(String(asked.headers.vary).toLowerCase()).toContain('accept-encoding');
  });
});

it.each([
  { name: 'a short answer', path: '/connectors/jira/search?limit=1', status: 200 },
  { name: 'an error', path: '/nowhere', status: 404 },
])('$name is sent as it is', async ({ path, status }) => {
  const answer = await get(path, { 'accept-encoding': 'br, gzip' });
  expect({ status: answer.status, coding: answer.coding }).toEqual({ status, coding: undefined });
});

describe('/openapi.json', () => {
  it.each([
    { name: 'its tag', ifNoneMatch: (tag: string) => tag, status: 304 },
    { name: 'its tag among others', ifNoneMatch: (tag: string) => `"other", ${tag}`, status: 304 },
    { name: 'its tag without the sign of a weak one', ifNoneMatch: (tag: string) => tag.slice(2), status: 304 },
    { name: 'any tag', ifNoneMatch: () => '*', status: 304 },
    { name: 'another tag', ifNoneMatch: () => '"other"', status: 200 },
  ])('is answered with $status to who has $name', async ({ ifNoneMatch, status }) => {
    const first = await get('/openapi.json');
    const again = await get('/openapi.json', {
      'if-none-match': ifNoneMatch(String(first.headers.etag)),
      'accept-encoding': 'gzip',
    });
    expect(String(again.headers.vary)).toMatch(/origin.*accept-encoding/i);
    expect({ status: again.status, isEmpty: again.length === 0, etag: again.headers.etag }).toEqual({
      status,
      isEmpty: status === 304,
      etag: first.headers.etag,
    });
  });
});
