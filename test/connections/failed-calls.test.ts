import { describe, expect, it } from 'vitest';
import { AtlassianError, type AtlassianFailure } from '../../src/atlassian/wire/atlassian-error.ts';
import { AppError } from '../../src/errors.ts';
import { OFFLINE, ONLINE, type Parts, parts, REFUSED, SETTINGS, sharedTown, UNCLEAR } from './parts.ts';

const town = sharedTown();

const failed = (failure: Partial<AtlassianFailure>) =>
  new AtlassianError('GET /rest/api/3/thing', { kind: 'answer', ...failure });
const SCOPE = { messages: ['Unauthorized; scope does not match'] };
const CAPTCHA = { captcha: { loginUrl: null } };
/** Near enough to the end of an access token for a 403 or 404 to be suspect. */
const NEAR = 3_100;

/** Fails as often as there are errors, and counts. */
function failing(errors: unknown[]) {
  const seen = { runs: 0 };
  const run = async () => {
    const error = errors[seen.runs++];
    if (error) throw error;
    return 'done';
  };
  return { seen, run };
}

/** How one call of a tenant ends. */
async function outcomeOf({ calls, caller }: Parts, run: () => Promise<string>): Promise<string> {
  return calls.withClient(caller, 'jira', run).catch((error: unknown) => {
    return error instanceof AppError ? error.code : `thrown: ${error}`;
  });
}

interface Row {
  name: string;
  age?: number;
  scopes?: string[];
  errors: unknown[];
  fault?: typeof UNCLEAR;
  outcome: string;
  runs: number;
  exchanges: number;
  /** Whether the connection tells of it. */
  told?: boolean;
}

const ROWS: Row[] = [
  { name: 'a 401 is renewed and run again', errors: [failed({ status: 401 })], outcome: 'done', runs: 2, exchanges: 1 },
  {
    name: 'a 401 that stays is UNAUTHORIZED, and told by the connection',
    errors: [failed({ status: 401 }), failed({ status: 401 })],
    outcome: 'UNAUTHORIZED',
    runs: 2,
    exchanges: 1,
    told: true,
  },
  {
    name: 'a 401 for a missing scope is no reason to renew',
    errors: [failed({ status: 401, ...SCOPE })],
    outcome: 'FORBIDDEN',
    runs: 1,
    exchanges: 0,
  },
  {
    name: 'a 401 for a CAPTCHA is no reason to renew',
    errors: [failed({ status: 401, ...CAPTCHA })],
    outcome: 'UNAUTHORIZED',
    runs: 1,
    exchanges: 0,
    told: true,
  },
  {
    name: 'a 403 for a CAPTCHA near the end of the token is no reason to renew',
    age: NEAR,
    errors: [failed({ status: 403, ...CAPTCHA })],
    outcome: 'FORBIDDEN',
    runs: 1,
    exchanges: 0,
  },
  ...[403, 404].map((status) => ({
    name: `a ${status} near the end of the token is renewed and run again`,
    age: NEAR,
    errors: [failed({ status })],
    outcome: 'done',
    runs: 2,
    exchanges: 1,
  })),
  ...[400, 409, 410, 500].flatMap((status) =>
    [0, NEAR].map((age) => ({
      name: `a ${status} is what it is, ${age} s after the last renewal`,
      age,
      errors: [failed({ status })],
      outcome: { 400: 'VALIDATION', 409: 'CONFLICT' }[status] ?? 'VENDOR_ERROR',
      runs: 1,
      exchanges: 0,
    })),
  ),
  ...[
    { status: 403, outcome: 'FORBIDDEN' },
    { status: 404, outcome: 'NOT_FOUND' },
  ].flatMap(({ status, outcome }) => [
    {
      name: `a ${status} far from the end of the token is what it is`,
      errors: [failed({ status })],
      outcome,
      runs: 1,
      exchanges: 0,
    },
    {
      name: `a ${status} near the end is what it is where the renewal fails`,
      age: NEAR,
      errors: [failed({ status })],
      fault: UNCLEAR,
      outcome,
      runs: 1,
      exchanges: 1,
    },
    {
      name: `a ${status} near the end is what it is where the OAuth app is refused`,
      age: NEAR,
      errors: [failed({ status })],
      fault: SETTINGS,
      outcome,
      runs: 1,
      exchanges: 1,
    },
    {
      name: `a ${status} near the end ends the connection where the refresh token is refused`,
      age: NEAR,
      errors: [failed({ status })],
      fault: REFUSED,
      outcome: 'TOKEN_EXPIRED',
      runs: 1,
      exchanges: 1,
    },
  ]),
  {
    name: "a 404 of the service's own, near the end of the token, is no reason to renew",
    age: NEAR,
    errors: [new AppError('NOT_FOUND', 'There is no such space.')],
    outcome: 'NOT_FOUND',
    runs: 1,
    exchanges: 0,
  },
  {
    name: 'a bug stays one',
    errors: [new TypeError('not a function')],
    outcome: 'thrown: TypeError: not a function',
    runs: 1,
    exchanges: 0,
  },
  ...(['forbidden_host', 'forbidden_address'] as const).map((kind) => ({
    name: `${kind} is told by the connection, and not tried again`,
    errors: [failed({ kind })],
    outcome: kind === 'forbidden_host' ? 'FORBIDDEN' : 'VENDOR_ERROR',
    runs: 1,
    exchanges: 0,
    told: true,
  })),
  {
    name: 'a 401 without a refresh token is UNAUTHORIZED while the token has not expired',
    scopes: ONLINE,
    age: 3_599,
    errors: [failed({ status: 401 })],
    outcome: 'UNAUTHORIZED',
    runs: 1,
    exchanges: 0,
    told: true,
  },
];

describe('a call that fails', () => {
  it.each(ROWS)('$name', async ({ age = 0, scopes = OFFLINE, errors, fault, ...expected }) => {
    const own = await parts(town);
    await own.connect(scopes);
    town.clock.advance(age);
    if (fault) town.sandbox.fault(fault);
    const { seen, run } = failing(errors);
    const outcome = await outcomeOf(own, run);
    const told = (await own.entry()).connection.lastError !== null;
    const { runs, exchanges, told: isTold = false, outcome: wanted } = expected;
    expect({ outcome, runs: seen.runs, exchanges: own.exchanges(), told }).toEqual({
      outcome: wanted,
      runs,
      exchanges,
      told: isTold,
    });
  });

  it('with 401 because its access token has just expired is TOKEN_EXPIRED without a refresh token', async () => {
    const own = await parts(town);
    await own.connect(ONLINE);
    town.clock.advance(3_599);
    const run = async () => {
      town.clock.advance(1);
      throw failed({ status: 401 });
    };
    expect(await outcomeOf(own, run)).toBe('TOKEN_EXPIRED');
  });

  it('near the end of its token while the connection is removed is NOT_CONNECTED', async () => {
    const own = await parts(town);
    await own.connect();
    town.clock.advance(NEAR);
    const run = async () => {
      await own.connections.remove(own.caller, 'jira');
      throw failed({ status: 404 });
    };
    expect(await outcomeOf(own, run)).toBe('NOT_CONNECTED');
  });

  it('is run on the grant that its connection has moved to meanwhile', async () => {
    const own = await parts(town);
    await own.connect();
    let runs = 0;
    const run = async () => {
      if (runs++ > 0) return 'done';
      await own.connect();
      throw failed({ status: 401 });
    };
    expect({ outcome: await outcomeOf(own, run), runs, exchanges: own.exchanges() }).toEqual({
      outcome: 'done',
      runs: 2,
      exchanges: 0,
    });
  });
});

describe('credentials that nothing renews', () => {
  it.each([
    { name: 'rest for half a minute after a 401', error: failed({ status: 401 }), rests: true },
    { name: 'do not rest after a 403', error: failed({ status: 403 }), rests: false },
    { name: 'do not rest after a 404', error: failed({ status: 404 }), rests: false },
    { name: 'do not rest after a bug', error: new TypeError('not a function'), rests: false },
  ])('$name', async ({ error, rests }) => {
    const own = await parts(town);
    await own.connect(ONLINE);
    const first = await outcomeOf(own, failing([error]).run);
    const now = failing([]);
    const outcome = await outcomeOf(own, now.run);
    expect({ outcome, runs: now.seen.runs }).toEqual(
      rests ? { outcome: first, runs: 0 } : { outcome: 'done', runs: 1 },
    );
    town.clock.advance(29);
    const before = failing([]);
    await outcomeOf(own, before.run);
    town.clock.advance(1);
    const after = failing([]);
    await outcomeOf(own, after.run);
    expect({ before: before.seen.runs, after: after.seen.runs }).toEqual({ before: rests ? 0 : 1, after: 1 });
  });

  it('are known one by one', async () => {
    const own = await parts(town);
    await own.connect(ONLINE);
    await outcomeOf(own, failing([failed({ status: 401 })]).run);
    await own.connect(ONLINE);
    expect(await outcomeOf(own, failing([]).run)).toBe('done');
  });
});

describe('what the connection tells of the last call', () => {
  const withError = async (own: Parts) => {
    const { connection } = await own.entry();
    await own.store.updateConnection(connection, connection, { lastError: 'It failed.' });
  };
  const lastError = async (own: Parts) => (await own.entry()).connection.lastError;
  const success = failing([]).run;

  it('is cleared by a call that succeeds', async () => {
    const own = await parts(town);
    await own.connect();
    await withError(own);
    expect({ outcome: await outcomeOf(own, success), error: await lastError(own) }).toEqual({
      outcome: 'done',
      error: null,
    });
  });

  it('stays while another process tries to renew the credentials', async () => {
    const own = await parts(town);
    const { id, version } = await own.connect();
    await withError(own);
    town.clock.advance(3_500);
    await own.store.leaseGrant('default', id, version, 'another process', 60_000);
    expect({ outcome: await outcomeOf(own, success), error: await lastError(own) }).toEqual({
      outcome: 'done',
      error: 'It failed.',
    });
  });

  it.each([
    { name: 'is why an early renewal failed', fault: UNCLEAR, told: true },
    { name: 'is nothing of the settings of the OAuth app', fault: SETTINGS, told: false },
  ])('$name', async ({ fault, told }) => {
    const own = await parts(town);
    await own.connect();
    town.clock.advance(3_500);
    town.sandbox.fault(fault);
    expect({ outcome: await outcomeOf(own, success), told: (await lastError(own)) !== null }).toEqual({
      outcome: 'done',
      told,
    });
  });

  it('is written once for one failure that repeats itself', async () => {
    const own = await parts(town);
    await own.connect();
    const gone = () => failing([failed({ kind: 'forbidden_host' })]).run;
    await outcomeOf(own, gone());
    const { version } = (await own.entry()).connection;
    await outcomeOf(own, gone());
    expect((await own.entry()).connection.version).toBe(version);
  });

  it('is lost, and logged, where it cannot be stored: the call ends as it would', async () => {
    const own = await parts(town);
    await own.connect();
    own.hooks.updateConnection = () => async () => {
      throw new Error('disk full');
    };
    expect(await outcomeOf(own, failing([failed({ kind: 'forbidden_host' })]).run)).toBe('FORBIDDEN');
    expect(own.lines.filter(({ message }) => message === 'last_error could not be stored')).toEqual([
      expect.objectContaining({ level: 'warn', facts: { provider: 'jira', err: new Error('disk full') } }),
    ]);
  });
});
