import type { Audit } from '../access/audit.ts';
import type { ConnectLinks } from '../access/connect-links.ts';
import type { Gatekeeper } from '../access/gatekeeper.ts';
import type { Policies } from '../access/policy.ts';
import type { Config } from '../config.ts';
import type { Connections } from '../connections/connections.ts';
import type { Logins } from '../connections/login/logins.ts';
import type { LogState } from '../log-output.ts';
import type { OperationDeps } from '../operations/operation.ts';

/** What route plugins are built with. */
export interface RouteDeps {
  config: Config;
  connections: Connections;
  logins: Logins;
  gatekeeper: Gatekeeper;
  policies: Policies;
  links: ConnectLinks;
  audit: Audit;
  operations: OperationDeps;
  /** Whether the log is being written. */
  logState: () => LogState;
}
