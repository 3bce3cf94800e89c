import { containersOf, type Policy, refusedBy } from '../../access/policy.ts';
import type { Provider } from '../../config.ts';
import type { AppError } from '../../errors.ts';
import type { Narrowing } from '../operation.ts';
import { AllowedContainers } from './allowed-containers.ts';

/** What the two ways of narrowing are called. */
const NARROWED = {
  headers: { readOnly: 'X-Read-Only', tools: 'X-Tools', whose: 'The request itself forbids it' },
  flags: {
    readOnly: '--read-only',
    tools: '--tools',
    whose: 'The command that serves the tools was started without it',
  },
} as const;

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
  return containersIn(operation.provider, policy);
}

/** The projects or spaces that a policy allows. */
export function containersIn(provider: Provider, policy: Policy): AllowedContainers {
  return new AllowedContainers(RULES[provider], containersOf(policy, provider));
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
  const own = NARROWED[narrowing.by ?? 'headers'];
  const rules: [string, boolean][] = [
    ['read_only', policy.read_only && changes],
    ['tools.deny', among(deny) === true],
    ['tools.allow', among(allow) === false],
    [own.readOnly, narrowing.readOnly && changes],
    [own.tools, among(narrowing.tools) === false],
  ];
  const [rule] = rules.find(([, broken]) => broken) ?? [];
  if (rule === undefined) return null;
  const whose = rule === own.readOnly || rule === own.tools ? own.whose : "The tenant's policy does not allow this";
  return refusedBy(rule, `${whose} (${rule}): ${name}`);
}
