import { describe, expect, it } from 'vitest';
import type { JiraClient } from '../../src/atlassian/jira/client.ts';
import { AppError } from '../../src/errors.ts';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import { OFFLINE, type Parts, parts, sharedTown } from './parts.ts';

const town = sharedTown();

/** Near enough to the end of an access token for a 403 or 404 to be suspect. */
const NEAR = 3_100;
const CREATE = /3\/issue$/;
const READ = /3\/issue\/DEMO-\d+$/;
const BODY = { fields: { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'Once only' } };

const json = (status: number, body: object) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** Writes, and then reads what came of it. */
async function createAndRead(jira: JiraClient): Promise<string> {
  const { key } = await jira.send(jira.createIssue(BODY));
  return (await jira.issue(key)).title;
}

/** How such a call ends, and how often each of its parts was sent. */
async function outcomeOf(own: Parts, work = createAndRead) {
  const { calls, caller } = own;
  const outcome = await calls.withClient(caller, 'jira', work).then(
    () => ({ code: 'done', message: '' }),
    (error: unknown) =>
      error instanceof AppError
        ? { code: error.code, message: error.message }
        : { code: `thrown: ${error}`, message: '' },
  );
  const sent = (path: RegExp, method: string) =>
    town.sandbox.requests.filter((request) => request.method === method && path.test(request.path)).length;
  return { ...outcome, writes: sent(CREATE, 'POST'), reads: sent(READ, 'GET') };
}

const own = async (age: number) => {
  const made = await parts(town, { requestTimeoutMs: 20_000 });
  await made.connect([...OFFLINE, 'write:jira-work']);
  town.clock.advance(age);
  return made;
};

describe('a call that reads after it has written', () => {
  it.each<{ name: string; age?: number; fault: Fault; code: string; reads?: number }>([
    { name: 'writes once where its read is answered with 401', fault: json(401, {}), code: 'UNAUTHORIZED' },
    {
      name: 'writes once where its read is answered with 403 near expiry',
      age: NEAR,
      fault: json(403, {}),
      code: 'FORBIDDEN',
    },
    {
      name: 'writes once where its read is answered with 404 near expiry',
      age: NEAR,
      fault: json(404, {}),
      code: 'NOT_FOUND',
    },
    { name: 'writes once where its read times out', fault: json(504, {}), code: 'VENDOR_ERROR', reads: 3 },
  ])('$name', async ({ age = 0, fault, code, reads = 1 }) => {
    const made = await own(age);
    town.sandbox.fault({ ...fault, path: READ, method: 'GET', times: 3 });
    const { message, ...counted } = await outcomeOf(made);
    expect(counted).toEqual({ code, writes: 1, reads });
    expect(message).toMatch(/The change was made before that: check before you try again/);
  });

  it('is not begun anew on the grant that its connection has moved to meanwhile', async () => {
    const made = await own(0);
    const moved = await outcomeOf(made, async (jira) => {
      const { key } = await jira.send(jira.createIssue(BODY));
      await made.connect([...OFFLINE, 'write:jira-work']);
      town.sandbox.fault({ ...json(401, {}), path: READ, method: 'GET' });
      return (await jira.issue(key)).title;
    });
    // `connect` forgets the requests before it, the first write among them.
    expect(moved).toMatchObject({ code: 'UNAUTHORIZED', writes: 0, reads: 1 });
  });
});

describe('a write', () => {
  it.each([
    { name: 'is sent again when it was refused with 401', age: 0, status: 401 },
    { name: 'is sent again when it was refused with 403 near expiry', age: NEAR, status: 403 },
    { name: 'is sent again when it was refused with 404 near expiry', age: NEAR, status: 404 },
  ])('$name', async ({ age, status }) => {
    const made = await own(age);
    town.sandbox.fault({ ...json(status, {}), path: CREATE, method: 'POST' });
    expect(await outcomeOf(made)).toEqual({ code: 'done', message: '', writes: 2, reads: 1 });
  });

  it('is the end of the call when it is refused after another that was done', async () => {
    const made = await own(0);
    town.sandbox.fault({ ...json(401, {}), path: CREATE, method: 'POST', skip: 1 });
    const twoIssues = async (jira: JiraClient) => {
      await jira.send(jira.createIssue(BODY));
      return (await jira.send(jira.createIssue(BODY))).key;
    };
    expect(await outcomeOf(made, twoIssues)).toMatchObject({ code: 'UNAUTHORIZED', writes: 2 });
  });
});

describe('a write whose outcome nobody knows', () => {
  it.each<{ name: string; age?: number; fault: Fault; code: string }>([
    { name: 'is sent once when the connection broke', fault: { after: true, reset: true }, code: 'VENDOR_ERROR' },
    { name: 'is sent once when its answer is cut off', fault: { truncate: true }, code: 'VENDOR_ERROR' },
    { name: 'is sent once when the gateway answered with 502', fault: json(502, {}), code: 'VENDOR_ERROR' },
    { name: 'is sent once when the gateway answered with 504', fault: json(504, {}), code: 'VENDOR_ERROR' },
    { name: 'is sent once when it failed with 500', fault: json(500, {}), code: 'VENDOR_ERROR' },
    { name: 'is sent once when its answer cannot be read', fault: json(201, []), code: 'VENDOR_ERROR' },
  ])('$name', async ({ age = NEAR, fault, code }) => {
    const made = await own(age);
    town.sandbox.fault({ ...fault, path: CREATE, method: 'POST' });
    const { message, ...counted } = await outcomeOf(made);
    expect(counted).toEqual({ code, writes: 1, reads: 0 });
    expect(message).toMatch(/The change may have been made all the same: check before you try again\./);
  });
});
