import { describe, expect, it } from 'vitest';
import { AtlassianError, type AtlassianFailure } from '../../../src/atlassian/wire/atlassian-error.ts';

const CALL = 'GET /rest/api/3/myself';
const failed = (failure: Partial<AtlassianFailure>) => new AtlassianError(CALL, { kind: 'answer', ...failure });

/** What a caller is told. */
function told(failure: Partial<AtlassianFailure>, granted?: string[] | null) {
  const error = failed(failure);
  const { code, status, message, retryAfter, details, cause } = error.toAppError(granted);
  return { code, status, message, retryAfter, details, isCause: cause === error };
}

const vendor = (message: string, status = 502) => ({ code: 'VENDOR_ERROR', status, message });
const refused = (message: string) => ({ code: 'VALIDATION', status: 400, message });
const forbidden = (message: string) => ({ code: 'FORBIDDEN', status: 403, message });
const missing = (message: string) => ({ code: 'NOT_FOUND', status: 404, message });
const rejected = (message: string) => ({ code: 'UNAUTHORIZED', status: 401, message });
const conflict = (message: string) => ({ code: 'CONFLICT', status: 409, message });
const proxy = (what: string) =>
  vendor(
    `The proxy that calls to Atlassian go through ${what}: the operator of this service has to check HTTPS_PROXY or HTTP_PROXY.`,
  );
const PROXY_LOGIN = ' It asks for a user and password, or refuses the ones that are set.';
const webPage = (quoted: string) =>
  `A web page${quoted} came back instead of an answer from Atlassian's REST API: probably a login page, or one from a proxy or single sign-on. Check that base_url is the address of the site itself, including its context path, and that whatever sits in front of the site lets API calls through.`;
const deadLink = (quoted: string) =>
  `Atlassian did not find it: a web page${quoted} came back instead of an answer from the REST API. Check that the site still exists and that base_url is its address, including the context path.`;
const PERHAPS_DONE = ' The change may have been made all the same: check before you try again.';
const UNREADABLE = 'Atlassian sent an answer that could not be read.';
const EMPTY = 'Atlassian sent an unexpectedly empty answer.';
const REDIRECT =
  'Atlassian answered with a redirect, which is not followed: base_url must be the URL under which the REST API lives.';
const CAPTCHA = (where: string) =>
  `Atlassian requires a CAPTCHA after failed logins: log in once in a browser${where}, then try again.`;
const XSRF =
  " (The site mistook the call for a browser's: make the proxy in front of it pass the headers User-Agent, Origin and X-Atlassian-Token unchanged.)";
const NO_SCOPE = 'The connection lacks an OAuth scope that this call needs. Reconnect to grant it.';
const HINT = 'You may not be allowed to.';

describe('A failed call is told', () => {
  it.each<{
    name: string;
    failure: Partial<AtlassianFailure>;
    expected: { code: string; status: number; message: string; retryAfter?: number };
  }>([
    {
      name: 'no answer in time',
      failure: { kind: 'timeout' },
      expected: vendor('Atlassian did not answer in time.', 504),
    },
    {
      name: 'an answer that stops in time',
      failure: { kind: 'timeout', status: 200 },
      expected: vendor('Atlassian did not answer in time.', 504),
    },
    {
      name: 'a lost connection',
      failure: { kind: 'network' },
      expected: vendor('Atlassian could not be reached or closed the connection.'),
    },
    {
      name: 'a caller who left',
      failure: { kind: 'aborted' },
      expected: vendor('The caller disconnected before Atlassian answered.'),
    },
    {
      name: 'too large an answer',
      failure: { kind: 'too_large', status: 200 },
      expected: vendor('Atlassian sent a larger answer than this service accepts.'),
    },
    { name: 'a proxy that is away', failure: { kind: 'proxy' }, expected: proxy('could not be reached') },
    {
      name: 'a proxy that refuses',
      failure: { kind: 'proxy', status: 403 },
      expected: proxy('refused the call with status 403'),
    },
    {
      name: 'a proxy that wants a login',
      failure: { kind: 'proxy', status: 407 },
      expected: vendor(proxy('refused the call with status 407').message + PROXY_LOGIN),
    },
    {
      name: 'an answer of a proxy that wants a login',
      failure: { status: 407 },
      expected: vendor(proxy('refused the call with status 407').message + PROXY_LOGIN),
    },
    { name: 'an unreadable answer', failure: { kind: 'unreadable', status: 200 }, expected: vendor(UNREADABLE) },
    {
      name: 'an unreadable answer to a write',
      failure: { kind: 'unreadable', status: 200, safe: false },
      expected: vendor(UNREADABLE + PERHAPS_DONE),
    },
    {
      name: 'a page in place of an answer',
      failure: { kind: 'unreadable', status: 200, page: 'Log in', safe: true },
      expected: vendor(webPage(' ("Log in")')),
    },
    {
      name: 'a page without a title',
      failure: { kind: 'unreadable', status: 200, page: '' },
      expected: vendor(webPage('')),
    },
    { name: 'an empty answer', failure: { kind: 'empty', status: 200 }, expected: vendor(EMPTY) },
    {
      name: 'an empty answer to a write',
      failure: { kind: 'empty', status: 200, safe: false },
      expected: vendor(EMPTY + PERHAPS_DONE),
    },
    ...[300, 301, 399].map((status) => ({ name: `status ${status}`, failure: { status }, expected: vendor(REDIRECT) })),
    ...[400, 413, 414, 422, 431].flatMap((status) => [
      { name: `status ${status}`, failure: { status }, expected: refused('Atlassian refused the request.') },
      {
        name: `status ${status} with words`,
        failure: { status, messages: ['One.', 'Two.'] },
        expected: refused('Atlassian refused the request: One. Two.'),
      },
    ]),
    {
      name: '2,000 characters of words',
      failure: { status: 400, messages: ['x'.repeat(2_000)] },
      expected: refused(`Atlassian refused the request: ${'x'.repeat(2_000)}`),
    },
    {
      name: 'the first 2,000 characters of more words',
      failure: { status: 400, messages: ['x'.repeat(2_001)] },
      expected: refused(`Atlassian refused the request: ${'x'.repeat(2_000)}…`),
    },
    {
      name: 'status 401',
      failure: { status: 401, messages: ['Unauthorized'] },
      expected: rejected('Atlassian rejects the stored credentials. Reconnect.'),
    },
    {
      name: 'a CAPTCHA with 401, and where',
      failure: { status: 401, captcha: { loginUrl: 'https://acme.example/login' } },
      expected: rejected(CAPTCHA(' at https://acme.example/login')),
    },
    {
      name: 'a CAPTCHA with 403, and not where',
      failure: { status: 403, captcha: { loginUrl: null }, messages: ['No.'] },
      expected: forbidden(CAPTCHA('')),
    },
    { name: 'status 403', failure: { status: 403 }, expected: forbidden('Atlassian forbids this.') },
    {
      name: 'status 403 with words',
      failure: { status: 403, messages: ['scope does not match'] },
      expected: forbidden('Atlassian forbids this: scope does not match'),
    },
    {
      name: 'an XSRF check',
      failure: { status: 403, messages: ['XSRF check failed'] },
      expected: forbidden(`Atlassian forbids this: XSRF check failed${XSRF}`),
    },
    { name: 'status 404', failure: { status: 404 }, expected: missing('Atlassian did not find it.') },
    {
      name: 'status 404 with words',
      failure: { status: 404, messages: ['Gone'] },
      expected: missing('Atlassian did not find it: Gone'),
    },
    {
      name: 'status 404 of the product, and what to do',
      failure: { status: 404, sender: 'product', ifMissing: HINT },
      expected: missing(`Atlassian did not find it. ${HINT}`),
    },
    ...['Gone', 'Gone.', 'Gone!', 'Gone?', 'Gone. Really'].map((words) => ({
      name: `${words} of the product, and what to do`,
      failure: { status: 404, sender: 'product' as const, ifMissing: HINT, messages: [words] },
      expected: missing(`Atlassian did not find it: ${words}${/\w$/.test(words) ? '.' : ''} ${HINT}`),
    })),
    {
      name: 'status 404 of the gateway',
      failure: { status: 404, sender: 'gateway', ifMissing: HINT, messages: ['Gone'] },
      expected: missing('Atlassian did not find it: Gone'),
    },
    {
      name: 'status 404 of the product without advice',
      failure: { status: 404, sender: 'product', messages: ['Gone'] },
      expected: missing('Atlassian did not find it: Gone'),
    },
    {
      name: 'a page with 404',
      failure: { status: 404, page: 'Dead link', ifMissing: HINT },
      expected: missing(deadLink(' ("Dead link")')),
    },
    { name: 'a page with 404 and no title', failure: { status: 404, page: '' }, expected: missing(deadLink('')) },
    { name: 'status 409', failure: { status: 409 }, expected: conflict('Atlassian reports a conflict.') },
    {
      name: 'status 409 with words',
      failure: { status: 409, messages: ['Version is old'] },
      expected: conflict('Atlassian reports a conflict: Version is old'),
    },
    {
      name: 'status 410',
      failure: { status: 410 },
      expected: vendor('Atlassian has removed the operation that this call relies on.'),
    },
    {
      name: 'status 429 without a time',
      failure: { status: 429 },
      expected: {
        code: 'RATE_LIMITED',
        status: 429,
        message: "Atlassian's rate limit has been reached.",
        retryAfter: 10,
      },
    },
    {
      name: 'status 429 with a time',
      failure: { status: 429, retryAfter: 0 },
      expected: {
        code: 'RATE_LIMITED',
        status: 429,
        message: "Atlassian's rate limit has been reached.",
        retryAfter: 0,
      },
    },
    { name: 'status 500', failure: { status: 500 }, expected: vendor('Atlassian failed with status 500.') },
    {
      name: 'status 503 with a time',
      failure: { status: 503, retryAfter: 7 },
      expected: { ...vendor('Atlassian failed with status 503.'), retryAfter: 7 },
    },
    { name: 'no status at all', failure: {}, expected: vendor('Atlassian failed with status unknown.') },
  ])('as $name', ({ failure, expected }) => {
    const { status } = failure;
    expect(told(failure)).toStrictEqual({
      retryAfter: undefined,
      ...expected,
      details: { source: 'atlassian', ...(status === undefined ? {} : { upstream_status: status }) },
      isCause: true,
    });
  });

  it.each<{ kind: AtlassianFailure['kind']; code: string; status: number; message: RegExp; reason: string }>([
    {
      kind: 'forbidden_host',
      code: 'FORBIDDEN',
      status: 403,
      message: /^This service no longer sends requests to the site's host: .* ALLOWED_BASE_URLS\.$/,
      reason: 'host_not_allowed',
    },
    {
      kind: 'forbidden_address',
      code: 'VENDOR_ERROR',
      status: 502,
      message: /^The site's host name resolves to an address that is not public.* ALLOWED_BASE_URLS\.$/,
      reason: 'address_not_allowed',
    },
  ])("as the service's own refusal: $kind", ({ kind, code, status, message, reason }) => {
    expect(told({ kind })).toStrictEqual({
      code,
      status,
      message: expect.stringMatching(message),
      retryAfter: undefined,
      details: { source: 'service', reason },
      isCause: true,
    });
  });

  it("with Atlassian's body and reason", () => {
    const upstream = { message: 'Because.' };
    const details = { source: 'atlassian', upstream };
    expect({
      refused: told({ status: 400, upstream }).details,
      limited: told({ status: 429, upstream, reason: 'jira-burst-based' }).details,
      mismatched: told({ status: 401, upstream, messages: ['Unauthorized; Scope does not match'] }).details,
    }).toStrictEqual({
      refused: { ...details, upstream_status: 400 },
      limited: { ...details, upstream_status: 429, reason: 'jira-burst-based' },
      mismatched: { ...details, upstream_status: 401 },
    });
  });
});

describe('A scope that does not match', () => {
  const messages = ['Unauthorized', 'Scope does not match'];
  it.each<{ name: string; scope?: string; granted?: string[] | null; named?: string }>([
    {
      name: 'is named where the grant lacks it',
      scope: 'read:jira-work',
      granted: ['offline_access'],
      named: 'read:jira-work',
    },
    { name: 'is named where the grant does not tell', scope: 'read:jira-work', granted: null, named: 'read:jira-work' },
    { name: 'is not named where the grant has it', scope: 'read:jira-work', granted: ['read:jira-work'] },
    { name: 'is not named where nobody knows the grant', scope: 'read:jira-work' },
    { name: 'is not named where nobody knows the scope', granted: [] },
  ])('$name', ({ scope, granted, named }) => {
    expect(told({ status: 401, messages, ...(scope === undefined ? {} : { scope }) }, granted)).toStrictEqual({
      ...forbidden(NO_SCOPE),
      retryAfter: undefined,
      details: {
        source: 'atlassian',
        upstream_status: 401,
        ...(named === undefined ? {} : { missing_scope: named }),
      },
      isCause: true,
    });
  });

  it('is what 401 says, and no other status', () => {
    const of = (status: number, words: string) => failed({ status, messages: [words] }).isScopeMismatch;
    expect({
      401: of(401, 'scope does not match'),
      403: of(403, 'scope does not match'),
      other: of(401, 'No'),
    }).toStrictEqual({
      401: true,
      403: false,
      other: false,
    });
  });
});

describe('What kind of failure it was', () => {
  it.each([
    { status: undefined, sender: 'product', isMissing: false, isRedirect: false },
    { status: 299, sender: 'product', isMissing: false, isRedirect: false },
    { status: 300, sender: 'product', isMissing: false, isRedirect: true },
    { status: 399, sender: 'product', isMissing: false, isRedirect: true },
    { status: 400, sender: 'product', isMissing: false, isRedirect: false },
    { status: 404, sender: 'product', isMissing: true, isRedirect: false },
    { status: 404, sender: 'gateway', isMissing: false, isRedirect: false },
    { status: 404, sender: undefined, isMissing: false, isRedirect: false },
  ] as const)('is told by status $status of $sender', ({ status, sender, isMissing, isRedirect }) => {
    const error = failed({ ...(status === undefined ? {} : { status }), ...(sender === undefined ? {} : { sender }) });
    expect({ isMissing: error.isMissing, isRedirect: error.isRedirect, isCaptcha: error.isCaptcha }).toStrictEqual({
      isMissing,
      isRedirect,
      isCaptcha: false,
    });
  });

  it('is a CAPTCHA wherever it is to be solved', () => {
    expect(failed({ status: 401, captcha: { loginUrl: null } }).isCaptcha).toBe(true);
  });
});

describe('A write that failed', () => {
  const coded = (code: string) => Object.assign(new Error(code), { code });
  const never = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'];
  const statuses = (...all: number[]) =>
    all.map((status): { name: string; failure: AtlassianFailure } => ({
      name: `is answered with ${status}`,
      failure: { kind: 'answer', status },
    }));
  const kinds = (...all: AtlassianFailure['kind'][]) =>
    all.map((kind) => ({ name: `ends as ${kind}`, failure: { kind } }));
  const possible: { name: string; failure: AtlassianFailure }[] = [
    ...kinds('timeout', 'network', 'aborted', 'too_large', 'empty', 'unreadable'),
    ...statuses(200, 408, 500, 502, 503, 504, 599),
    { name: 'loses its connection', failure: { kind: 'network', cause: coded('ECONNRESET') } },
    { name: 'loses its connection within an answer', failure: { kind: 'network', status: 409 } },
  ];
  const impossible: { name: string; failure: AtlassianFailure }[] = [
    ...kinds('proxy', 'forbidden_host', 'forbidden_address'),
    ...statuses(300, 307, 399, 400, 401, 403, 404, 407, 409, 410, 422, 429, 499),
    ...never.map((code) => ({
      name: `finds no connection (${code})`,
      failure: { kind: code.startsWith('UND') ? ('timeout' as const) : ('network' as const), cause: coded(code) },
    })),
  ];

  it.each([
    ...possible.map((row) => ({ ...row, safe: false, told: true })),
    ...possible.map((row) => ({ ...row, name: `as a read ${row.name}`, safe: true, told: false })),
    ...impossible.map((row) => ({ ...row, safe: false, told: false })),
  ])('that $name tells whether it may have been done', ({ failure, safe, told }) => {
    const error = new AtlassianError('POST /issue', { ...failure, safe });
    expect({ itself: error.mayHaveChanged, words: error.toAppError().message.endsWith(PERHAPS_DONE) }).toEqual({
      itself: told,
      words: told,
    });
  });

  it('is taken for a read unless it says otherwise', () => {
    expect(new AtlassianError('POST /issue', { kind: 'timeout' }).mayHaveChanged).toBe(false);
  });
});

describe('The log names a failed call', () => {
  const coded = (code: unknown) => Object.assign(new Error('x'), { code });
  const several = (...errors: unknown[]) => Object.assign(new AggregateError(errors), { code: 'OF_ALL' });
  it.each<{ name: string; failure: Partial<AtlassianFailure>; says: string }>([
    { name: 'with its status', failure: { status: 502 }, says: '502' },
    { name: 'with its kind where there is no status', failure: { kind: 'network' }, says: 'network' },
    {
      name: 'with the code of its cause',
      failure: { kind: 'network', cause: coded('ECONNREFUSED') },
      says: 'network (ECONNREFUSED)',
    },
    {
      name: 'with the first cause of several',
      failure: { kind: 'network', cause: several(coded('FIRST'), coded('B')) },
      says: 'network (FIRST)',
    },
    {
      name: 'with the code of several of which none is told',
      failure: { kind: 'network', cause: several() },
      says: 'network (OF_ALL)',
    },
    { name: 'without a code that is no text', failure: { kind: 'network', cause: coded(5) }, says: 'network' },
    { name: 'without a cause', failure: { kind: 'network', cause: null }, says: 'network' },
    {
      name: 'with 100 characters of a code',
      failure: { kind: 'network', cause: coded('x'.repeat(101)) },
      says: `network (${'x'.repeat(100)})`,
    },
  ])('$name', ({ failure, says }) => {
    const error = failed(failure);
    expect({ message: error.message, name: error.name, cause: error.cause }).toStrictEqual({
      message: `${CALL}: ${says}`,
      name: 'AtlassianError',
      cause: failure.cause,
    });
  });
});
