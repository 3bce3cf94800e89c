import type { Provider } from '../../config.ts';
import type { Call, Job, Operation, OperationDeps } from '../operation.ts';
import { allowedContainers } from './policy.ts';
import { runRead, runReadRows } from './read.ts';
import { runWrite } from './write.ts';

/**
 * Runs an operation for a caller: the one place that every call passes, by whatever route, and where the tenant's policy
 * holds. Writes are recorded, refused ones included.
 * @returns the answer as `operation.output` encodes it.
 * @throws AppError `FORBIDDEN` naming the rule, or what the operation throws.
 */
export async function runOperation<P extends Provider, Input, Output>(
  deps: OperationDeps,
  call: Call,
  operation: Operation<P, Input, Output>,
  input: Input,
): Promise<Output> {
  const run = async (): Promise<Output> => {
    const job = await jobOf(deps, call, operation);
    if (operation.kind === 'write') return runWrite(deps, call, job, operation, input);
    if (operation.gives === 'one') return runRead(job, operation, input);
    return runReadRows(job, operation, input) as Promise<Output>;
  };
  const { names, made } = operation.kind === 'write' ? operation : {};
  const answer = names ? deps.audit.recorded(call, operation.name, names(input), run, made) : run();
  return operation.output.parse(await answer) as Output;
}

/** What the operation has at hand. @throws AppError `FORBIDDEN` where it may not run at all. */
async function jobOf<P extends Provider, Input, Output>(
  { calls, policies, cursors, recentIssues, clock }: OperationDeps,
  call: Call,
  operation: Operation<P, Input, Output>,
): Promise<Job<P>> {
  const { tenantId, narrowing } = call;
  const allowed = allowedContainers(operation, await policies.read(tenantId), narrowing);
  return {
    ...{ cursors, recentIssues, clock, tenantId, allowed },
    onSite: (work) => calls.withClient(call, operation.provider, work),
  };
}
