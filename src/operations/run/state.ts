import type { Provider } from '../../config.ts';
import { AppError } from '../../errors.ts';
import type { Check } from '../diagnosis.ts';
import type { Call, Job, OperationDeps, ReadState, StateJob } from '../operation.ts';

/** Tells of the connection itself, whether it works or not. */
export function runState<P extends Provider, Input, Output>(
  { doctor }: OperationDeps,
  call: Call,
  { onSite }: Job<P>,
  { provider, run }: ReadState<P, Input, Output>,
  input: Input,
): Promise<Output> {
  const job: StateJob<P> = {
    onSite,
    diagnose: async (attempt) => doctor.diagnose(call, provider, await checked(attempt)),
  };
  return run(job, input);
}

/** How an attempt came out. @throws what is a fault of ours. */
async function checked(attempt: () => Promise<unknown>): Promise<Check> {
  try {
    await attempt();
    return { ok: true, code: null, message: null, retry_after: null };
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'INTERNAL_ERROR') throw error;
    const { code, message, details, retryAfter = null } = error;
    const isMade = code !== 'NOT_CONNECTED' && details?.missing_scopes === undefined;
    return { ok: isMade ? false : null, code, message, retry_after: retryAfter };
  }
}
