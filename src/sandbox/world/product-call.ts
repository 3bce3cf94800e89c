import type { Call } from '../http/call.ts';
import type { Cursors } from '../http/cursors.ts';
import type { SandboxUser } from './accounts.ts';
import type { Edition } from './edition.ts';
import type { Site } from './records.ts';
import type { Rules } from './rules.ts';
import type { Analyser } from './text-index.ts';
import type { World } from './world.ts';

/** A call that reached a product: who asks, on which site of which edition, and when. */
export interface ProductCall extends Call {
  user: SandboxUser;
  site: Site;
  edition: Edition;
  /** What a person's browser opens, without a trailing slash. */
  siteUrl: string;
  /** What the API's own links begin with, such as `https://api.atlassian.com/ex/jira/{cloudId}`. */
  apiUrl: string;
  world: World;
  cursors: Cursors;
  analyser: Analyser;
  /** Epoch milliseconds. */
  now: number;
  /** How long a created issue stays out of the index. */
  indexLagMs: number;
  rules: Readonly<Rules>;
}
