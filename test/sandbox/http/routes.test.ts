import { expect, it } from 'vitest';
import { type Call, noContent, Refused } from '../../../src/sandbox/http/call.ts';
import { dispatch, type Route } from '../../../src/sandbox/http/routes.ts';

const told = (text: string) => () => ({ status: 200, body: text });
const ROUTES: readonly Route<Call>[] = [
  { method: 'GET', path: '/thing/:id', handle: told('read') },
  { method: 'POST', path: '/thing/:id', handle: told('added to') },
  { method: 'PUT', path: '/thing/:id', query: { quietly: 'boolean' }, handle: ({ params }) => told(`${params.id}`)() },
  { method: 'DELETE', path: '/thing/:id', handle: noContent },
  { method: 'GET', path: '/read-only', handle: told('read') },
];
const send = (method: string, path: string, query = '') => {
  const call = { method, path, params: {}, query: new URLSearchParams(query), headers: {}, body: Buffer.alloc(0) };
  try {
    return dispatch(ROUTES, path, call, (matched) => matched);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { status: error.status, headers: error.headers };
  }
};

it.each([
  { method: 'GET', reply: { status: 200, body: 'read' } },
  { method: 'POST', reply: { status: 200, body: 'added to' } },
  { method: 'PUT', reply: { status: 200, body: '7' } },
  { method: 'DELETE', reply: { status: 204 } },
  { method: 'PATCH', reply: { status: 405, headers: { allow: 'GET, POST, PUT, DELETE' } } },
])('one path has a handler for each method, and says which methods it has: $method', ({ method, reply }) => {
  expect(send(method, '/thing/7')).toEqual(reply);
});

it.each(['PUT', 'DELETE'])('%s is refused where it is not defined', (method) => {
  expect({ there: send(method, '/read-only'), nowhere: send(method, '/nowhere') }).toEqual({
    there: { status: 405, headers: { allow: 'GET' } },
    nowhere: { status: 404, headers: {} },
  });
});

it('the query of a PUT is checked like any other', () => {
  expect([send('PUT', '/thing/7', 'quietly=true'), send('PUT', '/thing/7', 'loudly=true')]).toMatchObject([
    { status: 200 },
    { status: 400 },
  ]);
});
