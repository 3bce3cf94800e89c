import { AtlassianError } from '../atlassian/wire/atlassian-error.ts';
import { TokenError } from '../atlassian/wire/oauth.ts';
import type { Provider } from '../config.ts';
import { AppError } from '../errors.ts';
import { holdsKnownSecret, mayBeSecret } from '../secret-text.ts';
import type { AccessStore, AuditQuery, AuditRecord } from '../stores/access-store.ts';
import type { AuditIds } from './audit-id.ts';
import type { Actor, Clock } from './caller.ts';

/** What is recorded: changes of connections, policies and keys, and every operation that writes at Atlassian. */
export type AuditedOperation =
  | 'connection.connect'
  | 'connection.change'
  | 'connection.rotate'
  | 'connection.refresh'
  | 'connection.disconnect'
  | 'connect_link.create'
  | 'policy.replace'
  | 'key.create'
  | 'key.revoke'
  /** Refused before the tool was known. */
  | 'tools.invoke'
  | `${Provider}.${string}`;

/** Who makes and revokes keys, as the audit names callers; no JWT may have this subject, nor a key's id. */
export const COMMAND_CALLER = 'command';

interface Log {
  warn(facts: object, message: string): void;
}

export interface AuditDeps {
  store: AccessStore;
  clock: Clock;
  ids: AuditIds;
  log: Log;
}

/** What keys, ids, tenants and providers look like. */
const NAME = /^[\p{L}\p{N}~_.:@-]{1,255}$/u;

/** The record of who did what. Only ever added to; it holds names and outcomes, never bodies or secrets. */
export class Audit {
  constructor(private readonly deps: AuditDeps) {}

  /**
   * Does `work`, recorded from before it begins: what was done is on record also when this process dies in the middle,
   * then with an unknown outcome, and nothing is done that cannot be recorded.
   * @param target what it is about, as far as that is known before.
   * @param targetOf what it was about, as the result tells.
   * @throws what `work` throws; AppError `INTERNAL_ERROR` 503 when the record cannot be begun.
   */
  async recorded<T>(
    actor: Actor,
    operation: AuditedOperation,
    target: string | null,
    work: () => Promise<T>,
    targetOf: (result: T) => string | null = () => target,
  ): Promise<T> {
    const record = this.record(actor, operation, target, null);
    await this.deps.store.appendAudit(record);
    try {
      const result = await work();
      await this.settle(record, targetOf(result), 'ok');
      return result;
    } catch (error) {
      await this.settle(record, target, outcomeOf(error));
      throw error;
    }
  }

  /** Records what has happened already. A record that cannot be kept is told to the log: nothing is undone by that. */
  async note(actor: Actor, operation: AuditedOperation, target: string | null, outcome: string): Promise<void> {
    const record = this.record(actor, operation, target, outcome);
    try {
      await this.deps.store.appendAudit(record);
    } catch (error) {
      this.deps.log.warn({ audit: record, err: error }, 'an audit record could not be stored');
    }
  }

  /** Records, newest first. */
  list(query: AuditQuery): Promise<AuditRecord[]> {
    return this.deps.store.listAudit(query);
  }

  private record(actor: Actor, operation: string, target: string | null, outcome: string | null): AuditRecord {
    const { tenantId, callerId, requestId } = actor;
    const { ids, clock } = this.deps;
    const name = nameOrNull(target, tenantId);
    return { id: ids.next(), at: clock(), tenantId, caller: callerId, operation, target: name, outcome, requestId };
  }

  private async settle(record: AuditRecord, target: string | null, outcome: string): Promise<void> {
    const name = nameOrNull(target, record.tenantId);
    try {
      await this.deps.store.settleAudit(record.id, name, outcome);
    } catch (error) {
      // It was done, and the caller must hear so; the record stays, with an unknown outcome.
      this.deps.log.warn(
        { audit: { ...record, target: name, outcome }, err: error },
        'the outcome of an audit record could not be stored',
      );
    }
  }
}

/**
 * A caller may write anything where a name belongs: what is none, or may be a secret, is left out. A tenant's id may look
 * like one, and is on the record in any case.
 */
function nameOrNull(target: string | null, tenantId: string): string | null {
  if (target === null || !NAME.test(target)) return null;
  const isSecret = target === tenantId ? holdsKnownSecret(target) : mayBeSecret(target);
  return isSecret ? null : target;
}

/** An error as the audit names it: by its code. */
export function outcomeOf(error: unknown): string {
  const told = error instanceof AtlassianError || error instanceof TokenError ? error.toAppError() : error;
  return told instanceof AppError ? told.code : 'INTERNAL_ERROR';
}
