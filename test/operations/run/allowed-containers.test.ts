import { describe, expect, it } from 'vitest';
import { AtlassianError } from '../../../src/atlassian/wire/atlassian-error.ts';
import { AllowedContainers } from '../../../src/operations/run/allowed-containers.ts';

const allowedContainers = (...keys: string[]) => new AllowedContainers('jira.projects', keys);
const answered = (status: number, sender: 'product' | 'gateway' = 'product') =>
  new AtlassianError('GET /', { kind: 'answer', status, sender, messages: [] });

describe('what a policy lets an operation reach', () => {
  it.each([
    { keys: null, container: null, allowed: true },
    { keys: null, container: 'DEMO', allowed: true },
    { keys: ['DEMO'], container: 'DEMO', allowed: true },
    { keys: ['demo'], container: 'DEMO', allowed: true },
    { keys: ['DEMO'], container: 'demo', allowed: true },
    { keys: ['DEMO'], container: 'DEMOS', allowed: false },
    { keys: ['DEMO'], container: null, allowed: false },
    { keys: ['DEMO'], container: [], allowed: false },
    { keys: ['DEMO'], container: ['OPS', 'DEMO'], allowed: true },
    { keys: [], container: 'DEMO', allowed: false },
  ])('with $keys is $container: $allowed', ({ keys, container, allowed }) => {
    expect(new AllowedContainers('jira.projects', keys).has(container)).toBe(allowed);
  });

  it('is a space by all its names once one of them is allowed, and no other', () => {
    const allowed = allowedContainers('ENG');
    allowed.learn(['ENG', 'Engineering']);
    allowed.learn(['HR', 'People']);
    expect({ alias: allowed.has('ENGINEERING'), other: allowed.has('People') }).toEqual({
      alias: true,
      other: false,
    });
  });

  /** What was searched for, with an Atlassian that refuses what `refuses` says. */
  async function narrowed(keys: string[] | null, seen: string[], refuses: (within: string[] | undefined) => unknown) {
    const asked: unknown[] = [];
    const search = async (within: string[] | undefined) => {
      asked.push(within);
      const error = refuses(within);
      if (error) throw error;
      return 'found';
    };
    const outcome = await new AllowedContainers('jira.projects', keys)
      .narrowed(search, async () => seen, 'none')
      .then(
        (found) => found,
        (error: AtlassianError) => error.status,
      );
    return { outcome, asked };
  }

  it.each([
    { what: 'everywhere without a policy', keys: null, outcome: 'found', asked: [undefined] },
    { what: 'nowhere with an empty one', keys: [], outcome: 'none', asked: [] },
    { what: 'within the keys', keys: ['A', 'B'], outcome: 'found', asked: [['A', 'B']] },
  ])('is searched $what', async ({ keys, outcome, asked }) => {
    expect(await narrowed(keys, [], () => null)).toEqual({ outcome, asked });
  });

  it.each([
    { what: 'those that are there', seen: ['A', 'C'], outcome: 'found', asked: [['A', 'GONE'], ['A']] },
    { what: 'nothing where none is', seen: ['C'], outcome: 'none', asked: [['A', 'GONE']] },
    { what: 'nothing more where all are', seen: ['A', 'GONE'], outcome: 400, asked: [['A', 'GONE']] },
  ])('is, after a refusal, $what', async ({ seen, outcome, asked }) => {
    const refuses = (within: string[] | undefined) => (within?.includes('GONE') ? answered(400) : null);
    expect(await narrowed(['A', 'GONE'], seen, refuses)).toEqual({ outcome, asked });
  });

  it.each([401, 403, 404, 500])('is not searched again after a %i', async (status) => {
    expect(await narrowed(['A', 'GONE'], ['A'], () => answered(status))).toEqual({
      outcome: status,
      asked: [['A', 'GONE']],
    });
  });
});
