import { containersOf, type Policy, refusedBy } from '../../access/policy.ts';
import type { Provider } from '../../config.ts';
import type { AppError } from '../../errors.ts';
import type { Narrowing } from '../operation.ts';
import { AllowedContainers } from './allowed-containers.ts';

const RULES: Record<Provider, string> = { jira: 'jira.projects', confluence: 'confluence.spaces' };

interface Named {
  name: string;
  /** Names that it had before: a policy may have been written when it had one of them. */
  aliases?: readonly string[];
  kind: 'read' | 'write';
}

/** Where an operation may go. @throws AppError `FORBIDDEN` naming the rule where it may not run at all. */
export function allowedContainers(
  operation: Named & { provider: Provider },
  policy: Policy,
  narrowing: Narrowing,
): AllowedContainers {
  const refused = policyRefusal(operation, policy, narrowing);
  if (refused) throw refused;
  return new AllowedContainers(RULES[operation.provider], containersOf(policy, operation.provider));
}

/** Why the operation may not run at all, or null. The strictest of policy and request wins. */
export function policyRefusal(
  { name, aliases = [], kind }: Named,
  policy: Policy,
  narrowing: Narrowing,
): AppError | null {
  const { allow, deny } = policy.tools;
  const names = [name, ...aliases];
  const among = (listed: readonly string[] | null | undefined) =>
    listed?.some((one) => names.includes(one) || names.includes(one.replace('_', '.')));
  const changes = kind === 'write';
  const rules: [string, boolean][] = [
    ['read_only', policy.read_only && changes],
    ['tools.deny', among(deny) === true],
    ['tools.allow', among(allow) === false],
    ['X-Read-Only', narrowing.readOnly && changes],
    ['X-Tools', among(narrowing.tools) === false],
  ];
  const [rule] = rules.find(([, broken]) => broken) ?? [];
  if (rule === undefined) return null;
  const whose = rule.startsWith('X-') ? 'The request itself forbids it' : "The tenant's policy does not allow this";
  return refusedBy(rule, `${whose} (${rule}): ${name}`);
}
