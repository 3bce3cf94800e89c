import type { Provider } from '../../config.ts';
import { isNotFound } from '../missing.ts';
import type { Job, ReadOne, ReadRows } from '../operation.ts';
import type { Page } from '../shapes.ts';

/**
 * Finds one thing, and tells it if the policy lets it be seen: by the project or space that Atlassian reports.
 * @throws AppError `FORBIDDEN` for what lies outside, or may.
 */
export async function runRead<P extends Provider, Input, Found, Output>(
  job: Job<P>,
  { run, subject, within, present }: ReadOne<P, Input, Found, Output>,
  input: Input,
): Promise<Output> {
  const { allowed } = job;
  const found = await ofSubject(job, subject, input, () => run(job, input));
  if (!allowed.has(within(found, input))) throw allowed.refusal(subject.parameter);
  return present(found, input);
}

/** Lists the rows that the policy lets be seen. */
export async function runReadRows<P extends Provider, Input, Row, Item>(
  job: Job<P>,
  { run, subject, within, present }: ReadRows<P, Input, Row, Item>,
  input: Input,
): Promise<Page<Item>> {
  const { items, next_cursor } = await ofSubject(job, subject, input, () => run(job, input));
  const seen = items.filter((row) => job.allowed.has(within(row, input)));
  return { items: seen.map((row) => present(row, input)), next_cursor };
}

/** Runs a read of one thing. That there is no such thing is told only where it would lie in what the policy allows. */
async function ofSubject<P extends Provider, Input, T>(
  { allowed }: Job<P>,
  subject: ReadRows<P, Input, never, never>['subject'],
  input: Input,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (subject && isNotFound(error) && !allowed.has(subject.container(input))) {
      throw allowed.refusal(subject.parameter);
    }
    throw error;
  }
}
