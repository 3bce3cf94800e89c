import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TOOLS } from '../../src/operations/catalogue.ts';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { hideThings, listAll, placeOf, refusalIn, run, setPolicy, WAYS, writesOf } from './policy-stage.ts';

type Input = Record<string, unknown>;
type Case =
  /** What it lists, of things inside and outside, asked for so that both would come. */
  | { kind: 'rows'; input: Input; inside: string; outside: string }
  /** What it writes: something inside, and everything outside that it may be told to write to. */
  | { kind: 'targets'; rule: string; inside: Input; outside: Input[] };

const INSIDE = { jira: { projects: ['DEMO'] }, confluence: { spaces: ['ENG'] } };
const RAW_BODY = { representation: 'storage', value: '<p>Hello</p>' };

// Each operation has its case here, so that none is added without one.
const CASES: Record<string, Case> = {
  'jira.search': { kind: 'rows', input: { q: 'login' }, inside: 'DEMO', outside: 'SECRET' },
  'jira.projects': { kind: 'rows', input: {}, inside: 'DEMO', outside: 'SECRET' },
  'confluence.search': { kind: 'rows', input: { q: 'login' }, inside: 'ENG', outside: 'VAULT' },
  'confluence.spaces': { kind: 'rows', input: {}, inside: 'ENG', outside: 'VAULT' },
  'jira.create': {
    kind: 'targets',
    rule: 'jira.projects',
    inside: { project: 'DEMO', summary: 'Inside' },
    outside: [
      { project: 'SECRET', summary: 'By key' },
      { project: '10003', summary: 'By id' },
      { project: 'DEMO', summary: 'Below', type: 'Sub-task', parent: 'SECRET-1' },
      { fields: { project: { key: 'SECRET' }, issuetype: { name: 'Task' }, summary: 'Raw' } },
    ],
  },
  'confluence.create': {
    kind: 'targets',
    rule: 'confluence.spaces',
    inside: { space: 'ENG', title: 'Inside' },
    outside: [
      { space: 'VAULT', title: 'By key' },
      { space: '32771', title: 'By id' },
      { space: 'ENG', title: 'Below', parent_id: '65816' },
      { spaceId: '32771', title: 'Raw', body: RAW_BODY },
      { spaceId: '32769', title: 'Raw, below', body: RAW_BODY, parentId: '65816' },
    ],
  },
};

describe('Every operation', () => {
  const tools = [...TOOLS.values()];

  it('has a case here', () => {
    expect(Object.keys(CASES).sort()).toEqual([...TOOLS.keys()].sort());
  });

  it.each(tools)('$name is looked at by its targets if it writes', ({ name, kind }) => {
    expect(CASES[name]?.kind === 'targets').toBe(kind === 'write');
  });
});

describeAccounts(
  'An operation under a policy',
  ({ kind, stage }) => {
    beforeAll(() => void hideThings(stage, kind));
    beforeEach(() => stage.sandbox.clearRequests());

    for (const way of WAYS) {
      for (const [name, given] of Object.entries(CASES)) {
        if (given.kind === 'rows') {
          it(`${name} by ${way} shows only what is inside, of what it would show`, async () => {
            await setPolicy(stage, {});
            const places = async (limit: number) =>
              new Set((await listAll(stage, way, name, { ...given.input, limit })).map(placeOf));
            const everywhere = await places(25);
            expect({
              everywhereHasInside: everywhere.has(given.inside),
              everywhereHasOutside: everywhere.has(given.outside),
            }).toEqual({ everywhereHasInside: true, everywhereHasOutside: true });
            await setPolicy(stage, INSIDE);
            expect([...(await places(25))]).toEqual([given.inside]);
            expect([...(await places(1))]).toEqual([given.inside]);
          });
          continue;
        }
        it.each(given.outside)(
          `${name} by ${way} is refused outside, before anything is written: %j`,
          async (input) => {
            await setPolicy(stage, INSIDE);
            expect(refusalIn(await run(stage, way, name, input))).toEqual({
              status: 403,
              code: 'FORBIDDEN',
              source: 'caller',
              rule: given.rule,
            });
            expect(writesOf(stage)).toEqual([]);
          },
        );
        it(`${name} by ${way} writes inside`, async () => {
          await setPolicy(stage, INSIDE);
          const input = { ...given.inside, ...('title' in given.inside ? { title: `Inside by ${way}` } : {}) };
          expect((await run(stage, way, name, input)).status).toBe(200);
          expect(writesOf(stage)).toHaveLength(1);
        });
      }
    }
  },
  DEPLOYMENT_KINDS,
);
