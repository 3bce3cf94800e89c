import { expect, it } from 'vitest';
import { sandboxPats } from '../../../src/sandbox/sandbox.ts';
import { Bench, jira } from '../harness.ts';

const CALLS = [
  { method: 'GET', path: '/issue/OPEN-1', write: false },
  { method: 'GET', path: '/issue/OPEN-1/comment', write: false },
  { method: 'GET', path: '/issue/OPEN-1/transitions', write: false },
  { method: 'PUT', path: '/issue/OPEN-1', write: true },
  { method: 'DELETE', path: '/issue/OPEN-1', write: true },
  { method: 'POST', path: '/issue/OPEN-1/comment', write: true },
  { method: 'POST', path: '/issue/OPEN-1/transitions', write: true },
];
const TYPE = { 'content-type': 'application/json' };
const openProject = { key: 'OPEN', name: 'Open', public: true, issues: [{ summary: 'For all to see' }] };

it.each(CALLS)('$method $path needs its scope on Cloud', async ({ method, path, write }) => {
  const bench = await Bench.start();
  bench.sandbox.addProject('acme', openProject);
  const { access_token } = await bench.connect('anna', `${write ? 'read' : 'write'}:jira-work read:jira-user`);
  const answer = await bench.send(method, jira(path), access_token, method === 'GET' ? undefined : '{}', TYPE);
  expect({ status: answer.status, body: answer.body }).toEqual({
    status: 401,
    body: { code: 401, message: 'Unauthorized; scope does not match' },
  });
  await bench.sandbox.close();
});

it.each(CALLS)('$method $path needs credentials on Data Center', async ({ method, path, write }) => {
  const bench = await Bench.start({ answerAsAnonymous: true });
  bench.sandbox.addProject('data-center', openProject);
  const send = (token: string | null) =>
    bench.send(method, `/dc/jira/rest/api/2${path}`, token, method === 'GET' ? undefined : '{}', TYPE);
  expect((await send(null)).status).toBe(401);
  bench.sandbox.revokeTokens('anna');
  const refused = await send(sandboxPats('anna').jira);
  expect({ status: refused.status, shape: 'errorMessages' in refused.body }).toEqual({
    status: write ? 401 : 200,
    shape: write,
  });
  await bench.sandbox.close();
});
