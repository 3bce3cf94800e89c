import type { Policy } from '../../access/policy.ts';
import { type CallContext, withTimeout } from '../../call-context.ts';
import type { Provider } from '../../config.ts';
import { AppError } from '../../errors.ts';
import { andThen, type MaybePromise } from '../../maybe-promise.ts';
import type { Call, Job, Operation, OperationDeps, ReadOperation } from '../operation.ts';
import { isExactly } from './exact-output.ts';
import { allowedContainers, containersIn, policyRefusal } from './policy.ts';
import { runRead, runReadRows } from './read.ts';
import { runState } from './state.ts';
import { runWrite } from './write.ts';

/** Milliseconds for a call that only tries the credentials: whoever asks why nothing works is not to wait long for that. */
const ATTEMPT_MS = 5_000;

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
  if (operation.kind === 'read') return encoded(operation, await runReading(deps, call, operation, input));
  const run = async () => runWrite(deps, call, await jobOf(deps, call, operation), operation, input);
  const { names, made } = operation;
  const answer = names ? deps.audit.recorded(call, operation.name, names(input), run, made) : run();
  return encoded(operation, await answer);
}

async function runReading<P extends Provider, Input, Output>(
  deps: OperationDeps,
  call: Call,
  operation: ReadOperation<P, Input, Output>,
  input: Input,
): Promise<Output> {
  if (operation.gives === 'state') {
    const { log, signal } = call.context;
    const within = async (context: CallContext) =>
      runState(deps, call, await jobOf(deps, { ...call, context }, operation), operation, input);
    return withTimeout(ATTEMPT_MS, log, within, signal);
  }
  const found = jobOf(deps, shared(call, operation.name), operation);
  const job = found instanceof Promise ? await found : found;
  if (operation.gives === 'one') return await runRead(job, operation, input);
  return (await runReadRows(job, operation, input)) as Output;
}

/** A call that shares its reads with the same caller's same operation. */
function shared({ tenantId, callerId, requestId, narrowing, context }: Call, operation: string): Call {
  const { signal, endsAt, log } = context;
  // The caller comes last: of the three, that name alone may hold anything.
  const sharedBy = `${operation}\n${tenantId}\n${callerId === null ? '' : `=${callerId}`}`;
  return { tenantId, callerId, requestId, narrowing, context: { signal, endsAt, log, sharedBy } };
}

/** @throws AppError that tells of a change all the same: whoever hears of a mere error would make it again. */
function encoded<P extends Provider, Input, Output>(operation: Operation<P, Input, Output>, answer: Output): Output {
  if (isExactly(operation.output, answer)) return answer;
  const { data, error: cause } = operation.output.safeParse(answer);
  if (!cause) return data as Output;
  if (operation.kind === 'read') throw cause;
  throw new AppError(
    'INTERNAL_ERROR',
    'The change was made, but the service could not tell what came of it. Look at it in Atlassian before you send it again.',
    { cause },
  );
}

/** What the operation has at hand. @throws AppError `FORBIDDEN` where it may not run at all. */
function jobOf<P extends Provider, Input, Output>(
  deps: OperationDeps,
  call: Call,
  operation: Operation<P, Input, Output>,
): MaybePromise<Job<P>> {
  return andThen(deps.policies.read(call.tenantId), (policy) => jobWithin(policy, deps, call, operation));
}

function jobWithin<P extends Provider, Input, Output>(
  policy: Policy,
  { calls, cursors, recentIssues, clock }: OperationDeps,
  call: Call,
  operation: Operation<P, Input, Output>,
): Job<P> {
  const { tenantId, narrowing } = call;
  // What is about the connection itself needs nothing of it, and its one call is left out where the scope is lacking.
  const needed = operation.kind === 'read' && operation.gives === 'state' ? operation.extras : operation.calls;
  return {
    cursors,
    recentIssues,
    clock,
    tenantId,
    allowed: allowedContainers(operation, policy, narrowing),
    allowedIn: (provider) => containersIn(provider, policy),
    mayRun: (other) => policyRefusal(other, policy, narrowing) === null,
    onSite: (work) => calls.withClient(call, operation.provider, work, needed),
  };
}
