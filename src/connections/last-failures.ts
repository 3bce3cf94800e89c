import type { Clock } from '../access/caller.ts';
import { AtlassianError } from '../atlassian/wire/atlassian-error.ts';
import type { AppError, ErrorCode } from '../errors.ts';
import type { ConnectionKey } from '../stores/store.ts';

/** Connections whose failure is remembered at a time; the one that failed first is forgotten first. */
const MAX_REMEMBERED = 10_000;
/** Those that say something about Atlassian or the connection; the rest is about what was asked. */
const TELLING: ReadonlySet<ErrorCode> = new Set([
  'UNAUTHORIZED',
  'TOKEN_EXPIRED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'VENDOR_ERROR',
]);

export interface LastFailure {
  /** Epoch seconds. */
  at: number;
  code: ErrorCode;
  message: string;
  upstreamStatus: number | null;
}

/** How calls on each connection last failed at Atlassian. Kept per process. */
export class LastFailures {
  private readonly failures = new Map<string, LastFailure>();

  constructor(private readonly clock: Clock) {}

  note(connection: ConnectionKey, { code, message, details, cause }: AppError): void {
    const left = cause instanceof AtlassianError && cause.kind === 'aborted';
    if (!TELLING.has(code) || left) return;
    const status = details?.upstream_status;
    const name = nameOf(connection);
    this.failures.delete(name);
    this.failures.set(name, {
      at: this.clock(),
      code,
      // Atlassian's words about what was forbidden are for whoever asked for it.
      message: code === 'FORBIDDEN' ? 'Atlassian forbade a call.' : message,
      upstreamStatus: typeof status === 'number' ? status : null,
    });
    if (this.failures.size <= MAX_REMEMBERED) return;
    for (const first of this.failures.keys()) {
      this.failures.delete(first);
      break;
    }
  }

  of(connection: ConnectionKey): LastFailure | null {
    return this.failures.get(nameOf(connection)) ?? null;
  }
}

function nameOf({ tenantId, provider }: ConnectionKey): string {
  return `${tenantId}\n${provider}`;
}
