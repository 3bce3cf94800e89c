import { beforeEach, describe, expect, it } from 'vitest';
import { findTool } from '../../src/operations/catalogue.ts';
import { OPERATION_ROUTES } from '../../src/routes/connectors.ts';
import { CASES } from '../operations/cases/all.ts';
import { refusalIn, run, setPolicy, WAYS, type Way, writesOf } from '../operations/policy-stage.ts';
import { connectBoth } from '../support/accounts.ts';
import { type Answer, type ErrorBody, sharedStage } from '../support/harness.ts';
import { sendRaw } from '../support/raw-http.ts';

/** Those that have a door of their own beside that of the tools. */
const ALL = OPERATION_ROUTES.map(({ tool }) => tool);
const WRITES = ALL.filter((name) => findTool(name).kind === 'write');
const READS = ALL.filter((name) => !WRITES.includes(name));

let made = 0;
const inputOf = (name: string): Record<string, unknown> => {
  const good = CASES.get(name)?.good ?? {};
  return typeof good === 'function' ? good(1_000 + ++made) : good;
};

const REFUSED = { status: 403, code: 'FORBIDDEN', source: 'caller' };

describe('What may run', () => {
  const stage = sharedStage({}, (own) => connectBoth(own));
  beforeEach(() => stage.sandbox.clearRequests());

  const call = (way: Way, name: string, headers: Record<string, string> = {}) =>
    run(stage, way, name, inputOf(name), { headers });
  const outcome = async (way: Way, name: string, headers: Record<string, string> = {}) => {
    const answer = await call(way, name, headers);
    return answer.status === 200 ? 'runs' : refusalIn(answer);
  };
  /** What each of the tools comes to: `runs`, or the rule that refuses it. */
  const outcomes = async (way: Way, headers: Record<string, string> = {}) => {
    const found: Record<string, unknown> = {};
    for (const name of ALL) {
      const told = await outcome(way, name, headers);
      if (told !== 'runs') expect(told).toMatchObject(REFUSED);
      found[name] = told === 'runs' ? 'runs' : told.rule;
    }
    return found;
  };
  const where = (names: string[], told: string): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, told]));

  describe.each(WAYS)('by %s', (way) => {
    it.each([
      { name: 'is everything without a policy', policy: {}, expected: where(ALL, 'runs') },
      {
        name: 'is what reads under read_only',
        policy: { read_only: true },
        expected: { ...where(READS, 'runs'), ...where(WRITES, 'read_only') },
      },
      {
        name: 'is what is not denied',
        policy: { tools: { deny: ['jira.search', 'confluence.create'] } },
        expected: { ...where(ALL, 'runs'), ...where(['jira.search', 'confluence.create'], 'tools.deny') },
      },
      {
        name: 'is what is allowed',
        policy: { tools: { allow: ['jira.search', 'jira.create'] } },
        expected: { ...where(ALL, 'tools.allow'), ...where(['jira.search', 'jira.create'], 'runs') },
      },
      {
        name: 'is not what is both allowed and denied',
        policy: { tools: { allow: ['jira.search', 'jira.create'], deny: ['jira.create'] } },
        expected: { ...where(ALL, 'tools.allow'), 'jira.search': 'runs', 'jira.create': 'tools.deny' },
      },
      {
        name: 'is nothing where nothing is allowed',
        policy: { tools: { allow: [] } },
        expected: where(ALL, 'tools.allow'),
      },
      {
        name: 'is everything where nothing is denied',
        policy: { tools: { deny: [], allow: null } },
        expected: where(ALL, 'runs'),
      },
      {
        name: 'is not what writes under read_only, though it is allowed',
        policy: { read_only: true, tools: { allow: ['jira.create', 'jira.search'] } },
        expected: { ...where(ALL, 'tools.allow'), ...where(WRITES, 'read_only'), 'jira.search': 'runs' },
      },
    ])('$name: $policy', async ({ policy, expected }) => {
      await setPolicy(stage, policy);
      expect(await outcomes(way)).toEqual(expected);
      const writable = WRITES.filter((name) => (expected as Record<string, string>)[name] === 'runs');
      expect(writesOf(stage)).toHaveLength(writable.length);
    });

    it.each([
      {
        whose: 'the tenant',
        policy: { read_only: true },
        headers: {},
        told: "The tenant's policy does not allow this (read_only): jira.create",
      },
      {
        whose: 'the request',
        policy: {},
        headers: { 'x-read-only': 'true' },
        told: 'The request itself forbids it (X-Read-Only): jira.create',
      },
    ])('what $whose forbids is told in these words: $told', async ({ policy, headers, told }) => {
      await setPolicy(stage, policy);
      const answer = await run(stage, way, 'jira.create', { project: 'DEMO', summary: 'x' }, { headers });
      expect((answer.body as ErrorBody).message).toBe(told);
    });

    it.each(['true', '1', ' True ', 'TRUE'])('X-Read-Only: %s lets only reads through', async (value) => {
      await setPolicy(stage, {});
      expect(await outcomes(way, { 'x-read-only': value })).toEqual({
        ...where(READS, 'runs'),
        ...where(WRITES, 'X-Read-Only'),
      });
      expect(writesOf(stage)).toEqual([]);
    });

    it.each(['false', '0'])(
      'X-Read-Only: %s forbids nothing, and allows nothing that the policy forbids',
      async (value) => {
        await setPolicy(stage, {});
        expect(await outcomes(way, { 'x-read-only': value })).toEqual(where(ALL, 'runs'));
        await setPolicy(stage, { read_only: true });
        expect(await outcomes(way, { 'x-read-only': value })).toMatchObject(where(WRITES, 'read_only'));
      },
    );

    it.each(['yes', 'no', '', '2', 'true;', 'on', 'TRUEE', 'true,false'])(
      'X-Read-Only: %j is refused rather than guessed at',
      async (value) => {
        await setPolicy(stage, {});
        for (const name of ALL) {
          const { status, body } = await call(way, name, { 'x-read-only': value });
          expect({ status, code: (body as ErrorBody).code }).toEqual({ status: 400, code: 'VALIDATION' });
          expect((body as ErrorBody).details?.parameter).toBe('x-read-only');
        }
        expect(stage.sandbox.requests).toEqual([]);
      },
    );

    it.each([
      ['jira.search', ['jira.search']],
      [' jira.search , confluence.search ', ['jira.search', 'confluence.search']],
      ['jira.search,nothing.known', ['jira.search']],
      ['jira_search', ['jira.search']],
      ['nothing.known', []],
      ['', []],
      [' ', []],
      [',', []],
      ['*', []],
      ['JIRA.SEARCH', []],
      ['jira.search confluence.search', []],
    ])('X-Tools: %j lets %j through', async (value, allowed) => {
      await setPolicy(stage, {});
      expect(await outcomes(way, { 'x-tools': value })).toEqual({
        ...where(ALL, 'X-Tools'),
        ...where(allowed, 'runs'),
      });
      expect(writesOf(stage)).toEqual([]);
    });

    it('X-Tools never widens the policy, and is narrowed further by X-Read-Only', async () => {
      await setPolicy(stage, { tools: { allow: ['jira.search', 'jira.create'], deny: null } });
      const headers = { 'x-tools': 'jira.search,jira.create,confluence.search' };
      const allowed = { 'jira.search': 'runs', 'jira.create': 'runs' };
      expect(await outcomes(way, headers)).toEqual({ ...where(ALL, 'tools.allow'), ...allowed });
      expect(await outcome(way, 'jira.create', { ...headers, 'x-read-only': 'true' })).toEqual({
        ...REFUSED,
        rule: 'X-Read-Only',
      });
    });

    it('headers given twice narrow twice', async () => {
      await setPolicy(stage, {});
      const twice = async (name: string, ...headers: string[]) => {
        const [path, method, body] =
          way === 'tools/invoke'
            ? ['/connectors/tools/invoke', 'POST', JSON.stringify({ tool: name, args: inputOf(name) })]
            : WRITES.includes(name)
              ? [`/connectors/${name.replace('.', '/')}`, 'POST', JSON.stringify(inputOf(name))]
              : [`/connectors/${name.replace('.', '/')}`, 'GET', ''];
        const lines = [
          `${method} ${path} HTTP/1.1`,
          'Host: localhost',
          'Connection: close',
          ...(body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${body.length}`]),
          ...headers,
        ];
        const answer = await sendRaw(stage.url, `${lines.join('\r\n')}\r\n\r\n${body}`);
        if (answer.status === 200) return 'runs';
        const { code, details } = JSON.parse(answer.body) as ErrorBody;
        return answer.status === 403 ? details?.rule : code;
      };
      expect(await twice('jira.search', 'X-Tools: jira.search')).toBe('runs');
      expect(await twice('jira.search', 'X-Tools: jira.search', 'x-tools: jira.search,jira.projects')).toBe('runs');
      expect(await twice('jira.search', 'X-Tools: jira.search', 'X-Tools: jira_search')).toBe('runs');
      expect(await twice('jira.search', 'X-Tools: jira.search', 'X-Tools: jira.projects')).toBe('X-Tools');
      expect(await twice('jira.projects', 'X-Tools: jira.search', 'X-Tools: jira.projects')).toBe('X-Tools');
      expect(await twice('jira.search', 'X-Tools: jira.search', 'X-Tools:')).toBe('X-Tools');
      expect(await twice('jira.search', 'X-Tools:', 'X-Tools: jira.search')).toBe('X-Tools');
      expect(await twice('jira.create', 'X-Read-Only: true', 'X-Read-Only: true')).toBe('VALIDATION');
      for (const values of [
        ['true', 'false'],
        ['false', 'true'],
        ['0', '1'],
      ]) {
        const headers = values.map((value) => `X-Read-Only: ${value}`);
        expect(await twice('jira.create', ...headers)).toBe('VALIDATION');
      }
      expect(writesOf(stage)).toEqual([]);
    });
  });

  it('is the same for a tenant, and no other', async () => {
    await setPolicy(stage, { tools: { allow: [] } }, 'other');
    await setPolicy(stage, {});
    expect(await outcome('REST', 'jira.search')).toBe('runs');
    const answer: Answer = await run(stage, 'REST', 'jira.search', {}, { tenant: 'other' });
    expect(refusalIn(answer)).toEqual({ ...REFUSED, rule: 'tools.allow' });
  });
});
