import { AppError } from '../../errors.ts';
import type { Target } from '../operation.ts';
import type { Reach } from './reach.ts';

/**
 * Checks what an operation is about before anything is done to it; nothing is looked up where everything is allowed.
 * @throws AppError `FORBIDDEN` for what lies outside, `NOT_FOUND` for what is not there.
 */
export async function checkTargets(reach: Reach, lookup: () => Promise<Target[]>): Promise<void> {
  if (reach.keys === null) return;
  for (const target of await lookup()) checkTarget(target, reach);
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
