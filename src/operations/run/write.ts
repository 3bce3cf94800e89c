import type { Write } from '../../atlassian/wire/endpoint.ts';
import type { Provider } from '../../config.ts';
import type { Run } from '../../connections/calls.ts';
import { AppError } from '../../errors.ts';
import type { Site } from '../../stores/store.ts';
import type { Call, Job, OperationDeps, WriteOperation } from '../operation.ts';
import { checkTargets } from './targets.ts';

/**
 * Runs a write: plans it, sends it once, and reads again what it changed. Each part has the connection for itself, so
 * that credentials are renewed for it alone: nothing that comes after the request, or before it, sends it again.
 * @throws AppError
 */
export async function runWrite<P extends Provider, Input, Ready, Sent, Output>(
  { calls }: OperationDeps,
  call: Call,
  job: Job<P>,
  operation: WriteOperation<P, Input, Ready, Sent, Output>,
  input: Input,
): Promise<Output> {
  const { provider } = operation;
  const ready = operation.prepare(input);
  const plan: Run<P, { site: Site; write: Write<Sent> }> = async (client, site) => {
    await checkTargets(job.allowed, () => operation.targets(client, input));
    return { site, write: await operation.plan({ job, client, site, input, ready }) };
  };
  const planned = await calls.withClient(call, provider, plan, operation.calls);
  const answer = await calls.withClient(call, provider, async (client, site) => {
    assertSame(site, planned.site);
    const { write } = planned;
    return operation.answer(await client.send(write), { job, client, site, input, ready, write });
  });
  const { verify } = operation;
  if (!verify) return answer;
  try {
    return await calls.withClient(call, provider, (client, site) => {
      assertSame(site, planned.site);
      return verify(answer, { job, client, site, input, ready });
    });
  } catch (error) {
    // The change was made, and whoever hears of an error would make it again.
    call.context.log.warn({ err: error, operation: operation.name }, 'what was changed could not be read again');
    return answer;
  }
}

/** What was looked up on one site means nothing on another. */
function assertSame(site: Site, planned: Site): void {
  if (site.id === planned.id) return;
  throw new AppError('CONFLICT', 'The connection was moved to another site meanwhile. Try again.');
}
