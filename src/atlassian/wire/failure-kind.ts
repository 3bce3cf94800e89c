import { errors } from 'undici';
import { DeadlineExceeded, type EndSignal } from '../../call-context.ts';
import type { FailureKind } from './atlassian-error.ts';
import { AddressRefused } from './network.ts';

/** What became of a call that its caller ended. */
export function endKind({ reason }: EndSignal): 'timeout' | 'aborted' {
  return reason instanceof DeadlineExceeded ? 'timeout' : 'aborted';
}

/** What kept the answer of a call from being read. */
export function failureKind(cause: unknown, signal: EndSignal): FailureKind {
  if (signal.aborted) return endKind(signal);
  if (cause instanceof AddressRefused) return 'forbidden_address';
  if (cause instanceof errors.ResponseExceededMaxSizeError) return 'too_large';
  const slow = [errors.ConnectTimeoutError, errors.HeadersTimeoutError, errors.BodyTimeoutError];
  return slow.some((type) => cause instanceof type) ? 'timeout' : 'network';
}
