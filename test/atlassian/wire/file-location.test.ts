import { expect, it } from 'vitest';
import { fileLocation } from '../../../src/atlassian/wire/file-location.ts';

const call = { url: new URL('https://api.atlassian.com/ex/confluence/1/download'), mayBeElsewhere: true };
const KEPT = 'https://api.media.atlassian.com/file/1';
const answer = (location: string | string[] | undefined, status = 302) => ({ status, headers: { location } });

it.each(['https://api.media.atlassian.com/file/1/binary?token=a', 'https://API.media.atlassian.com/file/1'])(
  'a file is at %s',
  (location) => {
    expect(fileLocation(call, answer(location))?.href).toBe(new URL(location).href);
    expect(fileLocation(call, answer(location, 303))).not.toBeNull();
  },
);

it('a file is at a path of the origin that was asked where that is the sandbox', () => {
  const sandbox = { ...call, url: new URL('http://localhost:4000/ex/confluence/1/download') };
  expect(fileLocation(sandbox, answer('/file/1'))?.href).toBe('http://localhost:4000/file/1');
  expect(fileLocation(sandbox, answer('http://localhost:4001/file/1'))).toBeNull();
});

it.each([
  'http://api.media.atlassian.com/file/1',
  'https://api.media.atlassian.com:8443/file/1',
  'https://user@api.media.atlassian.com/file/1',
  'https://api.media.atlassian.com.example.com/file/1',
  'https://media.atlassian.com/file/1',
  'https://api.atlassian.com/login',
  '/login',
  'https://acme.atlassian.net/file/1',
  'http://169.254.169.254/latest/meta-data',
  'http://localhost/file',
  'file:///etc/passwd',
  '//example.com/file',
  'https://',
])('no file is at %s', (location) => {
  expect(fileLocation(call, answer(location))).toBeNull();
});

it.each([200, 301, 304, 307, 308])('%d is no redirect to a file', (status) => {
  expect(fileLocation(call, answer(KEPT, status))).toBeNull();
});

it('nothing else leads anywhere', () => {
  expect(fileLocation(call, answer(undefined))).toBeNull();
  expect(fileLocation(call, answer(['/a', '/b']))).toBeNull();
  expect(fileLocation({ url: call.url }, answer(KEPT))).toBeNull();
});
