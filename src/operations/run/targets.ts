import { AppError } from '../../errors.ts';
import type { Target } from '../operation.ts';
import type { AllowedContainers } from './allowed-containers.ts';

/**
 * Checks what an operation is about before anything is done to it; nothing is looked up where everything is allowed.
 * @throws AppError `FORBIDDEN` for what lies outside, `NOT_FOUND` for what is not there.
 */
export async function checkTargets(allowed: AllowedContainers, lookup: () => Promise<Target[]>): Promise<void> {
  if (allowed.keys === null) return;
  for (const target of await lookup()) checkTarget(target, allowed);
}

function checkTarget({ parameter, asked, container }: Target, allowed: AllowedContainers): void {
  if (container === null && asked !== null && allowed.has(asked)) {
    // Only of what the policy allows may a caller learn that it does not exist.
    throw new AppError('NOT_FOUND', `${parameter}: there is no ${asked}, or the connected user cannot see it`, {
      details: { parameter },
    });
  }
  if (!allowed.has(container)) throw allowed.refusal(parameter);
}
