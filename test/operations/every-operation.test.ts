import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Provider } from '../../src/config.ts';
import { TOOLS } from '../../src/operations/catalogue.ts';
import type { Diagnosis } from '../../src/operations/diagnosis.ts';
import { type AccountKind, DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import type { Answer, CallOptions, ErrorBody, Stage } from '../support/harness.ts';
import { ALL_SCOPES } from '../support/scopes.ts';
import { json } from '../support/upstream.ts';
import { CASES } from './cases/all.ts';
import type { Case, Input } from './cases/case.ts';
import { hideThings, listAll, placeOf, refusalIn, run, setPolicy, type Way, waysOf, writesOf } from './policy-stage.ts';

const INSIDE = { jira: { projects: ['DEMO'] }, confluence: { spaces: ['ENG'] } };

it('is what every case is of, and has one', () => {
  expect([...CASES.keys()].sort()).toEqual([...TOOLS.keys()].sort());
});

let count = 0;
const filled = (input: Input | ((count: number) => Input)): Input =>
  typeof input === 'function' ? input(++count) : input;

/** Those without a case are told above. */
const OPERATIONS = [...TOOLS.values()].flatMap((tool) => {
  const given: Case | undefined = CASES.get(tool.name);
  return given ? [{ tool, given }] : [];
});

const deployment = (kind: AccountKind) => (kind === 'Data Center PAT' ? 'data_center' : 'cloud');
const callsTo = (stage: Stage, upstream: RegExp) =>
  stage.sandbox.requests.filter(({ method, path }) => upstream.test(`${method} ${path}`)).length;

describeAccounts(
  'Every operation',
  ({ kind, stage }) => {
    beforeAll(() => void hideThings(stage, kind));
    beforeEach(async () => {
      await setPolicy(stage, {});
      stage.sandbox.clearRequests();
    });

    describe.each(OPERATIONS)('$tool.name', ({ tool, given }) => {
      const { name, kind: changes, output } = tool;
      const provider = TOOLS.get(given.leadsTo ?? name)?.provider ?? 'jira';
      const upstream = given.upstream[deployment(kind)];
      const usual = filled(given.good);
      const onEachWay = async <T>(ask: (way: Way) => Promise<T>, input = usual): Promise<Record<string, T>> => {
        const told: Record<string, T> = {};
        for (const way of waysOf(name, input)) told[way] = await ask(way);
        return told;
      };
      const alike = <T>(told: T, input = usual) => Object.fromEntries(waysOf(name, input).map((way) => [way, told]));
      const call = (way: Way, input: Input, options: Pick<CallOptions, 'headers' | 'tenant'> = {}) =>
        run(stage, way, name, input, options as never) as Promise<Answer<ErrorBody>>;

      it('answers with what it declares, and nothing else', async () => {
        const answer = await stage.call('/connectors/tools/invoke', { body: { tool: name, args: filled(given.good) } });
        expect({ status: answer.status, body: answer.body }).toEqual({
          status: 200,
          body: z.strictObject({}).passthrough().parse(answer.body),
        });
        expect(output.parse(answer.body)).toEqual(answer.body);
      });

      it('sends what changes something once, and else nothing that does', async () => {
        const writes = await onEachWay(async (way) => {
          stage.sandbox.clearRequests();
          const { status } = await call(way, filled(given.good));
          return { status, writes: writesOf(stage).length };
        });
        expect(writes).toEqual(alike({ status: 200, writes: changes === 'write' ? 1 : 0 }));
      });

      it('calls no endpoint but those that it declares', async () => {
        await stage.call('/connectors/tools/invoke', { body: { tool: name, args: filled(given.good) } });
        const declared = [...tool.calls, ...tool.extras].flatMap(({ method, path }) => {
          const own = path[deployment(kind)];
          return own === undefined ? [] : [new RegExp(`^${method} .*${own.replace(/\{\w+\}/g, '[^/]+')}$`)];
        });
        // Where a file is kept is told by the endpoint that was asked for it.
        const calls = stage.sandbox.requests.filter(({ path }) => !path.startsWith('/media/'));
        const sent = calls.map(({ method, path }) => `${method} ${path}`);
        expect(sent.filter((one) => !declared.some((endpoint) => endpoint.test(one)))).toEqual([]);
        expect(sent).not.toEqual([]);
      });

      it.each(given.bad)('refuses $input for its $parameter, and asks nothing', async ({ input, parameter }) => {
        const told = await onEachWay(async (way) => {
          const { status, body } = await call(way, input);
          return { status, code: body.code, parameter: String(body.details?.parameter).replace(/^args\./, '') };
        }, input);
        expect(told).toEqual(alike({ status: 400, code: 'VALIDATION', parameter }, input));
        expect(writesOf(stage)).toEqual([]);
      });

      it('is not connected for another tenant', async () => {
        const told = await onEachWay(async (way) => {
          const { body } = await call(way, filled(given.good), { tenant: 'other' });
          return tool.gives === 'state' ? (body as unknown as Diagnosis).check.code : body.code;
        });
        expect(told).toEqual(alike('NOT_CONNECTED'));
        expect(stage.sandbox.requests).toEqual([]);
      });

      it('is refused where the policy or the request forbids it', async () => {
        const refused = async (policy: object, headers: Record<string, string> = {}) => {
          await setPolicy(stage, policy);
          return onEachWay(async (way) => refusalIn(await call(way, filled(given.good), { headers })).rule ?? null);
        };
        expect({
          denied: await refused({ tools: { deny: [name] } }),
          notAllowed: await refused({ tools: { allow: [] } }),
          narrowed: await refused({}, { 'x-tools': 'some.other' }),
          readOnly: await refused({ read_only: true }),
          asReadOnly: await refused({}, { 'x-read-only': 'true' }),
        }).toEqual({
          denied: alike('tools.deny'),
          notAllowed: alike('tools.allow'),
          narrowed: alike('X-Tools'),
          readOnly: alike(changes === 'write' ? 'read_only' : null),
          asReadOnly: alike(changes === 'write' ? 'X-Read-Only' : null),
        });
      });

      it.each([
        { status: 400, code: 'VALIDATION', answer: 400 },
        { status: 403, code: 'FORBIDDEN', answer: 403 },
        { status: 409, code: 'CONFLICT', answer: 409 },
        { status: 410, code: 'VENDOR_ERROR', answer: 502 },
        { status: 500, code: 'VENDOR_ERROR', answer: 502 },
      ])(
        'tells $status of Atlassian as $code, and sends what changes something once',
        async ({ status, code, answer }) => {
          const told = await onEachWay(async (way) => {
            stage.sandbox.clearRequests();
            stage.sandbox.fault({
              path: upstreamPath(upstream),
              method: upstreamMethod(upstream),
              ...json(status, { message: 'No.' }),
            });
            const { status: told, body } = await call(way, filled(given.good));
            const failure = tool.gives === 'state' ? (body as unknown as Diagnosis).check : body;
            return { told, code: failure.code, calls: callsTo(stage, upstream) };
          });
          // What tells of the connection tells of that, too.
          expect(told).toEqual(alike({ told: tool.gives === 'state' ? 200 : answer, code, calls: 1 }));
        },
      );

      const { policy } = given;
      if (policy === 'site-wide') {
        it('tells the same under a policy of places', async () => {
          const all = await onEachWay(async (way) => (await call(way, filled(given.good))).body);
          await setPolicy(stage, INSIDE);
          expect(await onEachWay(async (way) => (await call(way, filled(given.good))).body)).toEqual(all);
        });
      } else if (policy === 'nowhere') {
        it('is refused under a policy of places, and asks nothing', async () => {
          await setPolicy(stage, INSIDE);
          const told = await onEachWay(async (way) => refusalIn(await call(way, filled(given.good))));
          expect(told).toEqual(alike({ status: 403, code: 'FORBIDDEN', source: 'caller', rule: ruleOf(provider) }));
          expect(stage.sandbox.requests).toEqual([]);
        });
      } else if ('input' in policy) {
        it('shows only what lies inside, of what it would show', async () => {
          const places = async (way: Way, limit: number) =>
            new Set((await listAll(stage, way, name, { ...policy.input, limit })).map(placeOf));
          const everywhere = await onEachWay(async (way) => {
            const seen = await places(way, 25);
            return { inside: seen.has(policy.inside), outside: seen.has(policy.outside) };
          });
          expect(everywhere).toEqual(alike({ inside: true, outside: true }));
          await setPolicy(stage, INSIDE);
          const seen = await onEachWay(async (way) => [[...(await places(way, 25))], [...(await places(way, 1))]]);
          expect(seen).toEqual(alike([[policy.inside], [policy.inside]]));
        });
      } else {
        const rule = ruleOf(provider);
        it.each(policy.outside)('is refused outside, before anything is written: %j', async (input) => {
          await setPolicy(stage, INSIDE);
          const told = await onEachWay(async (way) => refusalIn(await call(way, input)), input);
          expect(told).toEqual(alike({ status: 403, code: 'FORBIDDEN', source: 'caller', rule }, input));
          expect(writesOf(stage)).toEqual([]);
        });

        it('is done inside', async () => {
          await setPolicy(stage, INSIDE);
          const inside = filled(policy.inside);
          const told = await onEachWay(async (way) => (await call(way, filled(policy.inside))).status, inside);
          expect(told).toEqual(alike(200, inside));
        });
      }
    });
  },
  DEPLOYMENT_KINDS,
  ALL_SCOPES,
);

const ruleOf = (provider: Provider) => (provider === 'jira' ? 'jira.projects' : 'confluence.spaces');

/** The path of a pattern `^METHOD path$`. */
const upstreamPath = ({ source }: RegExp) => new RegExp(source.replace(/^\^\w+ /, ''));
const upstreamMethod = ({ source }: RegExp) => /^\^(\w+) /.exec(source)?.[1] ?? '';
