import { beforeEach, describe, expect, it } from 'vitest';
import { connectAs, connectBoth, TOKENS_ENABLED } from '../support/accounts.ts';
import { sent } from '../support/atlassian.ts';
import { type ErrorBody, sharedStage } from '../support/harness.ts';
import { JIRA_SEARCH, json, READS, run, TOOL_READS, WRITES } from '../support/upstream.ts';

/** What each read gets where nothing may be seen: well-formed, and wrong. */
const NOTHING = { issues: [], values: [], results: [], sections: [], isLast: true, total: 0 };
const REFUSED = { status: 401, code: 'UNAUTHORIZED', source: 'atlassian' };
const refusal = ({ status, body }: { status: number; body: ErrorBody }) => ({
  status,
  code: body.code,
  source: body.details?.source,
});
const HEADERS: Record<string, string>[] = [
  { 'X-Seraph-LoginReason': 'AUTHENTICATED_FAILED' },
  { 'X-Seraph-LoginReason': 'AUTHENTICATION_DENIED' },
  { 'X-Seraph-LoginReason': 'OUT' },
  { 'X-Seraph-LoginReason': 'OK, AUTHENTICATED_FAILED' },
  { 'X-AUSERNAME': 'anonymous' },
];

describe('An answer as to an anonymous user', () => {
  const stage = sharedStage({}, connectBoth);
  beforeEach(() => stage.sandbox.clearRequests());

  const cases = [...READS, ...TOOL_READS].flatMap(([name, operation]) =>
    HEADERS.map((headers) => ({ name, operation, headers })),
  );
  it.each(cases)('is UNAUTHORIZED and no empty list for $name with $headers', async ({ operation, headers }) => {
    const answer = await run(stage, operation, { ...json(200, NOTHING, headers), times: 2 });
    expect(refusal(answer)).toEqual(REFUSED);
    expect({ calls: answer.calls, sent: sent(stage).filter((call) => call === 'POST /oauth/token').length }).toEqual({
      calls: 2,
      sent: 1,
    });
  });

  it.each([...READS, ...TOOL_READS, ...WRITES])(
    'is healed by one refresh for %s, 400 and 404 included',
    async (_, operation) => {
      for (const status of [400, 404]) {
        stage.sandbox.clearRequests();
        const words = { errorMessages: ["The value 'DEMO' does not exist for the field 'project'."], errors: {} };
        const answer = await run(stage, operation, json(status, words, HEADERS[0]));
        expect({ status, answerStatus: answer.status, answerCalls: answer.calls }).toEqual({
          status,
          answerStatus: 200,
          answerCalls: 2,
        });
      }
    },
  );

  it.each([...READS, ...TOOL_READS, ...WRITES])('stays UNAUTHORIZED for %s as a 400', async (_, operation) => {
    const answer = await run(stage, operation, { ...json(400, { errorMessages: ['No.'] }, HEADERS[0]), times: 2 });
    expect(refusal(answer)).toEqual(REFUSED);
  });

  it.each(WRITES)('to %s that was done is no error, and not sent again', async (_, operation) => {
    const answer = await run(stage, operation, json(200, { id: '10999', key: 'DEMO-999' }, HEADERS[0]));
    expect({ status: answer.status, calls: answer.calls }).toEqual({ status: 200, calls: 1 });
  });

  it.each(READS)('is told from one with OK and a name, which is good for %s', async (_, operation) => {
    const headers = { 'X-Seraph-LoginReason': 'OK', 'X-AUSERNAME': 'anna' };
    const answer = await run(stage, operation, json(200, NOTHING, headers));
    expect({ status: answer.status, calls: answer.calls }).toEqual({ status: 200, calls: 1 });
  });
});

describe.each(['Cloud API token', 'Data Center PAT'] as const)('By a %s, an answer as to an anonymous user', (kind) => {
  const stage = sharedStage({ env: TOKENS_ENABLED }, async (own) => {
    await connectAs(own, kind, 'jira');
    await connectAs(own, kind, 'confluence');
  });

  it.each([
    ['/connectors/jira/projects', kind === 'Data Center PAT' ? [] : NOTHING],
    ['/connectors/jira/search?q=login', { ...NOTHING, startAt: 0 }],
    ['/connectors/confluence/spaces', NOTHING],
    ['/connectors/confluence/search?q=login', NOTHING],
  ])('is UNAUTHORIZED on %s, and is not asked for again', async (path, body) => {
    stage.sandbox.clearRequests();
    // A token that was refused is left alone for a while.
    stage.clock.advance(3_600);
    stage.sandbox.fault({ path: /rest|api/, ...json(200, body, { 'X-AUSERNAME': 'anonymous' }) });
    const answer = await stage.call<ErrorBody>(path);
    expect(refusal(answer)).toEqual(REFUSED);
    expect(stage.sandbox.requests).toHaveLength(1);
  });
});

describe('A CAPTCHA', () => {
  const stage = sharedStage({ env: TOKENS_ENABLED }, (own) => connectAs(own, 'Data Center PAT', 'jira'));
  const cloud = sharedStage({}, async (own) => {
    await own.connect('jira');
  });
  beforeEach(() => stage.sandbox.clearRequests());
  const denied = (status: number, loginUrl: string) => ({
    ...json(
      status,
      { errorMessages: [] },
      { 'X-Authentication-Denied-Reason': `CAPTCHA_CHALLENGE; login-url=${loginUrl}` },
    ),
  });
  const operation = { path: '/connectors/jira/search?q=login', options: {}, upstream: /2\/search$/ };

  it('is told as FORBIDDEN, with where to log in', async () => {
    const loginUrl = `${stage.sandbox.dataCenterUrl('jira')}/login.jsp`;
    const answer = await run(stage, operation, denied(403, loginUrl));
    expect({
      status: answer.status,
      code: answer.body.code,
      message: answer.body.message,
      calls: answer.calls,
    }).toEqual({
      status: 403,
      code: 'FORBIDDEN',
      message: `Atlassian requires a CAPTCHA after failed logins: log in once in a browser at ${loginUrl}, then try again.`,
      calls: 1,
    });
  });

  it.each(['https://evil.example/login.jsp', 'javascript:alert(1)', '', 'login.jsp', 'http://me@127.0.0.1/'])(
    'leads nobody to %j',
    async (loginUrl) => {
      const answer = await run(stage, operation, denied(403, loginUrl));
      expect(answer.body.message).toBe(
        'Atlassian requires a CAPTCHA after failed logins: log in once in a browser, then try again.',
      );
    },
  );

  it('is not asked for again by a renewal, whatever the status', async () => {
    for (const status of [401, 403]) {
      cloud.sandbox.clearRequests();
      const answer = await run(cloud, JIRA_SEARCH, denied(status, ''));
      expect({ status: answer.status, calls: answer.calls }).toEqual({ status, calls: 1 });
      expect(answer.body.message).toContain('CAPTCHA');
      expect(sent(cloud)).not.toContain('POST /oauth/token');
      cloud.clock.advance(120);
    }
  });
});
