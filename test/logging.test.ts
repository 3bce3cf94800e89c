import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { AppError } from '../src/errors.ts';
import { answeredLog, createLogger } from '../src/logging.ts';
import { leastCpuMs } from './support/cpu.ts';

const MIB = 1024 * 1024;

/** What stands in the log about a request or an error. */
function logged(facts: object): string {
  let text = '';
  createLogger('info', {
    write: (line) => {
      text += line;
    },
  }).info(facts, 'test');
  return text;
}

function withStack(stack: unknown): Error {
  return Object.assign(new Error('x'), { stack });
}

function chain(length: number): Error {
  let error = new Error('the first');
  for (let count = 0; count < length; count++) error = new Error('m'.repeat(10_000), { cause: error });
  return error;
}

it.each<[string, object]>([
  ['a path of 64 KB', { req: { method: 'GET', url: `/${'a/'.repeat(32 * 1024)}` } }],
  ['a message of 1 MiB', { err: new Error('word '.repeat(MIB / 5)) }],
  ['a message of 1 MiB without a gap', { err: new Error('x'.repeat(MIB)) }],
  ['a code that is an object', { err: Object.assign(new Error('x'), { code: { all: 'y'.repeat(MIB) } }) }],
  ['a code of 1 MiB', { err: Object.assign(new Error('x'), { code: 'E '.repeat(MIB / 2) }) }],
  ['a name of 1 MiB', { err: Object.assign(new Error('x'), { name: 'N '.repeat(MIB / 2) }) }],
  ['a message that is no text', { err: Object.assign(new Error('x'), { message: { all: 'y'.repeat(MIB) } }) }],
  ['a stack of 1 MiB', { err: withStack('    at somewhere (file.ts:1:1)\n'.repeat(MIB / 31)) }],
  ['a frame of 1 MiB', { err: withStack(`    at ${'f'.repeat(MIB)}`) }],
  ['a stack that is no text', { err: withStack({ all: 'y'.repeat(MIB) }) }],
  ['a thousand causes', { err: chain(1_000) }],
  [
    'a thousand errors in one',
    { err: new AggregateError(Array.from({ length: 1_000 }, () => new Error('m '.repeat(1_000)))) },
  ],
  [
    'a cause that is the error itself',
    {
      err: (() => {
        const error = new Error('m'.repeat(5_000));
        error.cause = error;
        return error;
      })(),
    },
  ],
  ['an error of ours with a long message', { err: new AppError('VALIDATION', 'word '.repeat(MIB / 5)) }],
])('no log line is built from all of %s', (_name, facts) => {
  const line = logged(facts);
  expect(line.length).toBeLessThan(16 * 1024);
  expect(leastCpuMs(250, () => logged(facts))).toBeLessThan(250);
  expect(JSON.parse(line)).toMatchObject({ msg: 'test' });
});

it('an error made of several is logged with the code of each', () => {
  const refused = (address: string) =>
    Object.assign(new Error(`connect ECONNREFUSED ${address}`), { code: 'ECONNREFUSED' });
  const several = Object.assign(new AggregateError([refused('::1'), refused('127.0.0.1')]), { code: 'ECONNREFUSED' });
  const { err } = JSON.parse(logged({ err: new Error('failed', { cause: several }) }));
  expect(err.cause).toMatchObject({
    type: 'AggregateError',
    problem: 'ECONNREFUSED',
    errors: [{ message: 'connect ECONNREFUSED ::1' }, { message: 'connect ECONNREFUSED 127.0.0.1' }],
  });
});

it('a number as code is kept', () => {
  expect(JSON.parse(logged({ err: Object.assign(new Error('x'), { code: 7 }) })).err.problem).toBe(7);
});

it.each([
  'authorization',
  'x-api-key',
  'cookie',
  'set-cookie',
  'access_token',
  'accessToken',
  'refresh_token',
  'refreshToken',
  'client_secret',
  'clientSecret',
  'code',
  'code_verifier',
  'state',
  'pat',
  'token',
  'apiKey',
  'password',
])('no log line holds the member %s of an object, of one in it, or of its headers', (name) => {
  const holder = { [name]: 'sec-ret-123' };
  const lines = {
    'of the object': logged(holder),
    'of one in it': logged({ answer: holder }),
    'of its headers': logged({ answer: { headers: holder } }),
  };
  const told = Object.entries(lines).filter(([, line]) => line.includes('sec-ret-123') || !line.includes('[redacted]'));
  expect(Object.fromEntries(told)).toEqual({});
});

it('an object that is logged stays as it was', () => {
  const facts = { token: 'sec-ret-123', answer: { headers: { cookie: 'sec-ret-123' } } };
  logged(facts);
  expect(facts).toEqual({ token: 'sec-ret-123', answer: { headers: { cookie: 'sec-ret-123' } } });
});

it.each([
  ['/connectors/jira/search?q=secret', 'aik_0123456789abcdef'],
  ['/connectors/jira/search?q=secret', null],
  ['/tenants/acme/policy', 'user "of" a\nJWT'],
  [`/x/aik_0123456789abcdef_${'k'.repeat(43)}`, 'a'],
  [`/x/${'é/'.repeat(2_000)}`, 'a'],
])('the line of an answered request is as any other: %s, %s', (url, caller) => {
  const lines: string[] = [];
  const log = createLogger('info', { write: (line) => void lines.push(line) });
  const request = { id: 'mine-1', method: 'GET', url, log: log.child({ request_id: 'mine-1' }) };
  answeredLog(log)(request, { statusCode: 200 }, 7, caller);
  const facts = { req: request, res: { statusCode: 200 }, ms: 7 };
  request.log.info(caller === null ? facts : { ...facts, caller }, 'answered');
  const [ours, pinos] = lines.map((line) =>
    line.replace(/"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/, '"time":""'),
  );
  expect(ours).toBe(pinos);
});

it('no line tells of an answered request where the level is higher', () => {
  const lines: string[] = [];
  const log = createLogger('warn', { write: (line) => void lines.push(line) });
  answeredLog(log)({ id: 'a', method: 'GET', url: '/', log }, { statusCode: 200 }, 7, null);
  expect(lines).toEqual([]);
});

it('of the URLs that were told without their queries, nothing is kept but their paths', () => {
  const log = createLogger('info', { write: () => {} });
  const answered = answeredLog(log);
  const heapMib = () => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed / MIB;
  };
  setFlagsFromString('--expose-gc');
  globalThis.gc ??= runInNewContext('gc') as typeof globalThis.gc;
  const before = heapMib();
  for (let nth = 0; nth < 500; nth++) {
    const url = `/connectors/jira/issues/KEY-${nth}?q=${String(nth).repeat(10_000)}`;
    answered({ id: 'a', method: 'GET', url, log }, { statusCode: 200 }, 7, null);
  }
  expect(heapMib() - before).toBeLessThan(4);
});
