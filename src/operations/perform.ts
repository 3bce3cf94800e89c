import { containersOf, type Policy } from '../access/policy.ts';
import type { Provider } from '../config.ts';
import { AppError } from '../errors.ts';
import type { Call, Job, Narrowing, Operation, Target, Workshop } from './operation.ts';
import { Reach, refusal } from './reach.ts';
import type { Page } from './shapes.ts';

const RULES: Record<Provider, string> = { jira: 'jira.projects', confluence: 'confluence.spaces' };

/**
 * Runs an operation for a caller: the one place that every call passes, by whatever route, and where the tenant's policy
 * holds. Writes are recorded, refused ones included.
 * @throws AppError `FORBIDDEN` naming the rule, or what the operation throws.
 */
export async function perform<P extends Provider, Input, Output>(
  workshop: Workshop,
  call: Call,
  operation: Operation<P, Input, Output>,
  input: Input,
): Promise<Output> {
  const { provider, confinement } = operation;
  const run = async (): Promise<Output> => {
    const policy = await workshop.policies.read(call.tenantId);
    const refused = refusalOf(operation, policy, call.narrowing);
    if (refused) throw refused;
    const reach = new Reach(RULES[provider], containersOf(policy, provider));
    const { cursors, recentIssues, clock } = workshop;
    const job: Job<P> = {
      cursors,
      recentIssues,
      clock,
      tenantId: call.tenantId,
      reach,
      onSite: (work) =>
        workshop.connections.withClient(call, provider, async (client, site) => {
          if (confinement.kind === 'targets' && reach.keys !== null) {
            for (const target of await confinement.targets(client, input)) checkTarget(target, reach);
          }
          return work(client, site);
        }),
    };
    const output = await operation.run(job, input);
    return confinement.kind === 'rows' ? withoutForbiddenRows(output, confinement.containerOf, reach) : output;
  };
  if (confinement.kind === 'rows') return run();
  return workshop.audit.recorded(call, operation.name, confinement.names(input), run, confinement.made);
}

/** Why the operation may not run at all, or null. The strictest of policy and request wins. */
function refusalOf(
  { name, readOnly }: Pick<Operation<Provider, never, unknown>, 'name' | 'readOnly'>,
  policy: Policy,
  narrowing: Narrowing,
): AppError | null {
  const { allow, deny } = policy.tools;
  const rules: [string, boolean][] = [
    ['read_only', policy.read_only && !readOnly],
    ['tools.deny', deny?.includes(name) === true],
    ['tools.allow', allow?.includes(name) === false],
    ['X-Read-Only', narrowing.readOnly && !readOnly],
    ['X-Tools', narrowing.tools?.includes(name) === false],
  ];
  const [rule] = rules.find(([, broken]) => broken) ?? [];
  if (rule === undefined) return null;
  const whose = rule.startsWith('X-') ? 'The request itself forbids it' : "The tenant's policy does not allow this";
  return refusal(rule, `${whose} (${rule}): ${name}`);
}

function checkTarget({ parameter, asked, container }: Target, reach: Reach): void {
  if (container === null && asked !== null && reach.allows(asked)) {
    // Only of what the policy allows may a caller learn that it does not exist.
    throw new AppError('NOT_FOUND', `${parameter}: there is no ${asked}, or the connected user cannot see it`, {
      details: { parameter },
    });
  }
  if (!reach.allows(container)) throw reach.refusal(parameter);
}

function withoutForbiddenRows<Output>(
  output: Output,
  containerOf: (row: never) => string | null,
  reach: Reach,
): Output {
  if (reach.keys === null) return output;
  const page = output as Page<never>;
  return { ...page, items: page.items.filter((row) => reach.allows(containerOf(row))) } as Output;
}
