import { beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import { run as ask, setPolicy, WAYS, writesOf } from '../operations/policy-stage.ts';
import { type AccountKind, connectAs, connectBoth, TOKENS_ENABLED } from '../support/accounts.ts';
import { sent } from '../support/atlassian.ts';
import { type ErrorBody, type Stage, sharedStage } from '../support/harness.ts';
import { expectHealthy, json, READS, run, TOOL_READS, WRITES } from '../support/upstream.ts';

const page = (status: number, title: string): Fault => ({
  status,
  headers: { 'content-type': 'text/html;charset=UTF-8' },
  body: `<!DOCTYPE html>\n<html><head><title>\n ${title}\n</title></head><body>x</body></html>`,
});
const plain = (status: number, body: string): Fault => ({ status, headers: { 'content-type': 'text/plain' }, body });
const v1Error = (status: number, errors: unknown[], more: object = {}) =>
  json(status, { statusCode: status, data: { authorized: false, valid: true, errors, successful: false }, ...more });

describe("A failure's message", () => {
  const stage = sharedStage({}, connectBoth);

  const WORDS: { what: string; fault: Fault; status: number; message: string }[] = [
    {
      what: 'the translation of Confluence v1',
      fault: v1Error(403, [{ message: { key: 'not.permitted', args: [], translation: 'You may not.' } }]),
      status: 403,
      message: 'Atlassian forbids this: You may not.',
    },
    {
      what: 'the key of Confluence v1 without a translation',
      fault: v1Error(403, [{ message: { key: 'not.permitted.in.space', args: [] } }]),
      status: 403,
      message: 'Atlassian forbids this: not.permitted.in.space',
    },
    {
      what: 'all reasons of Confluence v1 behind its message',
      fault: v1Error(400, [{ message: { translation: 'One.' } }, { message: 'Two.' }, null, { message: null }], {
        message: 'Could not parse.',
      }),
      status: 400,
      message: 'Atlassian refused the request: Could not parse. One. Two.',
    },
    {
      what: 'plain text, and what to do about an XSRF check',
      fault: plain(403, 'XSRF check failed'),
      status: 403,
      message:
        "Atlassian forbids this: XSRF check failed (The site mistook the call for a browser's: make the proxy in front of it pass the headers User-Agent, Origin and X-Atlassian-Token unchanged.)",
    },
    {
      what: 'plain text of several lines in one',
      fault: plain(400, 'Bad\r\nrequest.\u0007\n'),
      status: 400,
      message: 'Atlassian refused the request: Bad request.',
    },
    {
      what: 'nothing of JSON that breaks off',
      fault: plain(400, '{"errorMessages":["Hal'),
      status: 400,
      message: 'Atlassian refused the request.',
    },
    {
      what: 'the title of a page that came with 404',
      fault: page(404, 'Oops, you&#39;ve found a dead link'),
      status: 404,
      message:
        'Atlassian did not find it: a web page ("Oops, you\'ve found a dead link") came back instead of an answer from the REST API. Check that the site still exists and that base_url is its address, including the context path.',
    },
    {
      what: "the edge's words on a site that is away",
      fault: json(404, { errorCode: 'OTHER', errorMessage: 'Site temporarily unavailable' }),
      status: 404,
      message: 'Atlassian did not find it: Site temporarily unavailable',
    },
    {
      what: 'words on a path that Data Center does not have',
      fault: json(404, { message: 'null for uri: https://jira.example/rest/api/2/x', 'status-code': 404 }),
      status: 404,
      message: 'Atlassian did not find it: null for uri: https://jira.example/rest/api/2/x',
    },
  ];
  // A tool leads to the same operation as its route: each of the words is told by one of the two.
  const cases = WORDS.flatMap((words, index) =>
    [...(index % 2 ? TOOL_READS : READS), ...WRITES].map(([name, operation]) => ({ ...words, name, operation })),
  );
  it.each(cases)('tells $what to $name', async ({ fault, status, message, operation }) => {
    const answer = await run(stage, operation, fault);
    expect({ status: answer.status, message: answer.body.message }).toEqual({ status, message });
    await expectHealthy(stage, operation);
  });

  it.each(READS.slice(0, 2))('names a login page that came with 200 to %s', async (_, operation) => {
    const answer = await run(stage, operation, page(200, 'Log in - <b> & more'));
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 502, code: 'VENDOR_ERROR' });
    expect(answer.body.message).toMatch(/^A web page \("Log in -"\) came back instead .*base_url/);
  });
});

describe('A create that finds nothing', () => {
  const stage = sharedStage({}, connectBoth);

  it.each(WRITES)('or something asks to be let past the XSRF check: %s', async (_, operation) => {
    await stage.call(operation.path, operation.options);
    expect(stage.sandbox.requests.at(-1)?.headers['x-atlassian-token']).toBe('no-check');
  });

  it.each([
    {
      provider: 'jira',
      body: { project: 'DEMO', summary: 'x' },
      path: /3\/issue$/,
      words: /may not create issues in it: ask a project administrator/,
    },
    {
      provider: 'confluence',
      body: { space: 'ENG', title: 'x' },
      path: /v2\/pages$/,
      words: /may not create pages there: ask a space administrator/,
    },
  ])('in $provider says that the user may not be allowed to', async ({ provider, body, path, words }) => {
    stage.sandbox.fault({ path, ...json(404, { errors: [{ title: 'Not Found' }] }) });
    const answer = await stage.call<ErrorBody>(`/connectors/${provider}/create`, { body });
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 404, code: 'NOT_FOUND' });
    expect(answer.body.message).toMatch(/^Atlassian did not find it: Not Found\. /);
    expect(answer.body.message).toMatch(words);
  });
});

describe('Every status that Atlassian fails with', () => {
  const stage = sharedStage({}, connectBoth);
  const OF_THE_REQUEST = { status: 400, code: 'VALIDATION' };
  const KNOWN: Record<number, { status: number; code: string }> = {
    400: OF_THE_REQUEST,
    401: { status: 401, code: 'UNAUTHORIZED' },
    403: { status: 403, code: 'FORBIDDEN' },
    404: { status: 404, code: 'NOT_FOUND' },
    409: { status: 409, code: 'CONFLICT' },
    413: OF_THE_REQUEST,
    414: OF_THE_REQUEST,
    422: OF_THE_REQUEST,
    429: { status: 429, code: 'RATE_LIMITED' },
    431: OF_THE_REQUEST,
  };
  const OTHERS = { status: 502, code: 'VENDOR_ERROR' };
  const toldOf = (statuses: number[]) =>
    Object.fromEntries(statuses.map((status) => [status, KNOWN[status] ?? OTHERS]));
  const failure = (status: number) => json(status, { code: status, message: 'Because.' });
  /** From 500 on a read is repeated, which takes its time. */
  const SOME = [...Object.keys(KNOWN).map(Number), 402, 405, 406, 410, 418, 424, 451];

  it.each([...WRITES, ...READS, ...TOOL_READS])('has one code, for %s', async (_, operation) => {
    const told: typeof KNOWN = {};
    for (const status of SOME) {
      const answer = await run(stage, operation, { ...failure(status), times: status === 401 ? 2 : 1 });
      told[status] = { status: answer.status, code: answer.body.code };
      if (status === 429) stage.clock.advance(10);
    }
    expect(told).toEqual(toldOf(SOME));
  });

  it('has one code, from 400 to 599', async () => {
    // One is followed by another try, and one by a pause; both are above.
    const statuses = Array.from({ length: 200 }, (_, index) => 400 + index).filter(
      (status) => ![401, 429].includes(status),
    );
    const [[, create] = []] = WRITES;
    if (!create) throw new Error('there is no write');
    for (const status of statuses) stage.sandbox.fault({ path: create.upstream, ...failure(status) });
    const answers = await Promise.all(statuses.map(() => stage.call<ErrorBody>(create.path, create.options)));
    const told = answers.map(({ status, body }) => [body.details?.upstream_status, { status, code: body.code }]);
    expect(Object.fromEntries(told)).toEqual(toldOf(statuses));
  });
});

describe('A 404 of the gateway under a policy', () => {
  const stage = sharedStage({}, async (own) => {
    await connectBoth(own);
    await setPolicy(own, { jira: { projects: ['DEMO'] }, confluence: { spaces: ['ENG'] } });
  });
  beforeEach(() => stage.sandbox.clearRequests());
  const GATEWAY = json(404, { code: 404, message: 'No product found' });
  const issue = { project: 'DEMO', summary: 'x' };
  const linked = {
    fields: { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'x' },
    update: { issuelinks: [{ add: { type: { name: 'Relates' }, inwardIssue: { key: 'DEMO-1' } } }] },
  };
  const raw = { spaceId: '32769', body: { representation: 'storage', value: '' } };
  let titles = 0;
  const titled = () => ({ title: `Beside the gateway ${++titles}` });
  const CASES = [
    { what: 'the project', name: 'jira.create', input: () => issue, lookup: /3\/project\/DEMO$/ },
    { what: 'the linked issue', name: 'jira.create', input: () => linked, lookup: /3\/issue\/DEMO-1$/ },
    { what: 'the issue', name: 'jira.search', input: () => ({ q: '#DEMO-1' }), lookup: /3\/issue\/DEMO-1$/ },
    {
      what: 'the space',
      name: 'confluence.create',
      input: () => ({ space: 'ENG', ...titled() }),
      lookup: /v2\/spaces$/,
    },
    {
      what: 'the space by id',
      name: 'confluence.create',
      input: () => ({ ...raw, ...titled() }),
      lookup: /v2\/spaces$/,
    },
    {
      what: 'the parent page',
      name: 'confluence.create',
      input: () => ({ space: 'ENG', parent_id: '65605', ...titled() }),
      lookup: /v2\/pages\/65605$/,
    },
  ].flatMap((row) => WAYS.map((way) => ({ ...row, way })));

  it.each(CASES)("is the site's own error, and none of $what for $name by $way", async (row) => {
    stage.sandbox.fault({ path: row.lookup, ...GATEWAY });
    const { status, body } = await ask(stage, row.way, row.name, row.input());
    const { code, message, details } = body as ErrorBody;
    expect({ status, code, message, source: details?.source }).toEqual({
      status: 404,
      code: 'NOT_FOUND',
      message: 'Atlassian did not find it: No product found',
      source: 'atlassian',
    });
    expect(writesOf(stage)).toEqual([]);
  });

  it.each(CASES)('is followed by a renewal near the end of the token, for $what of $name by $way', async (row) => {
    await stage.call('/connectors/jira/connection', { method: 'PATCH', body: { rotate: true } });
    stage.clock.advance(3_200);
    stage.sandbox.clearRequests();
    stage.sandbox.fault({ path: row.lookup, ...GATEWAY });
    expect((await ask(stage, row.way, row.name, row.input())).status).toBe(200);
    expect(sent(stage).filter((call) => call === 'POST /oauth/token')).toHaveLength(1);
  });
});

describe('A web page with 404 under a policy', () => {
  const prepare = (kind: AccountKind) => async (own: Stage) => {
    await connectBoth(own, { kind });
    await setPolicy(own, { jira: { projects: ['DEMO'] }, confluence: { spaces: ['ENG'] } });
  };
  const stages = {
    Cloud: sharedStage({}, prepare('Cloud OAuth')),
    'Data Center': sharedStage({ env: TOKENS_ENABLED }, prepare('Data Center PAT')),
  };
  const issue = { project: 'DEMO', summary: 'x' };
  const content = { space: 'ENG', title: 'Beside a web page' };

  it.each([
    { of: 'Cloud', name: 'jira.create', input: issue, lookup: /3\/project\/DEMO$/ },
    { of: 'Cloud', name: 'confluence.create', input: content, lookup: /v2\/spaces$/ },
    { of: 'Data Center', name: 'jira.create', input: issue, lookup: /2\/project\/DEMO$/ },
    { of: 'Data Center', name: 'confluence.create', input: content, lookup: /rest\/api\/space(?:\/ENG)?$/ },
  ] as const)('is about the address and not about what $name asks for ($of)', async ({ of, name, input, lookup }) => {
    const stage = stages[of];
    for (const way of WAYS) {
      stage.sandbox.fault({ path: lookup, ...page(404, 'Dead link') });
      const { status, body } = await ask(stage, way, name, input);
      const { code, message } = body as ErrorBody;
      expect({ way, status, code, message }).toEqual({
        way,
        status: 404,
        code: 'NOT_FOUND',
        message:
          'Atlassian did not find it: a web page ("Dead link") came back instead of an answer from the REST API. Check that the site still exists and that base_url is its address, including the context path.',
      });
    }
    expect(writesOf(stage)).toEqual([]);
  });
});

describe('Only the 404 in JSON of Cloud on a search of projects', () => {
  const stage = sharedStage({ env: TOKENS_ENABLED }, connectBoth);
  const dataCenter = sharedStage({ env: TOKENS_ENABLED }, (own) => connectAs(own, 'Data Center PAT', 'jira'));
  const NONE = json(404, { errorMessages: ['No projects.'], errors: {} });

  it('means that there are none', async () => {
    stage.sandbox.fault({ path: /project\/search$/, ...NONE });
    const answer = await stage.call('/connectors/jira/projects');
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: [] });
  });

  it.each([
    ['a page', page(404, 'Site unavailable')],
    ['an empty body', { status: 404 }],
    ['the gateway', json(404, { code: 404, message: 'No' })],
  ])('does so, and not that of %s', async (_, fault) => {
    stage.sandbox.fault({ path: /project\/search$/, ...fault });
    expect((await stage.call('/connectors/jira/projects')).status).toBe(404);
  });

  it('does so, and not that of Data Center', async () => {
    for (const fault of [NONE, page(404, 'Dead link')]) {
      dataCenter.sandbox.fault({ path: /2\/project$/, ...fault });
      expect((await dataCenter.call('/connectors/jira/projects')).status).toBe(404);
    }
  });
});
