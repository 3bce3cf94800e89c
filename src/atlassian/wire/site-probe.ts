import type { CallContext } from '../../call-context.ts';
import type { Provider } from '../../config.ts';
import { titleLine } from '../text/plain-text.ts';
import { AtlassianError } from './atlassian-error.ts';
import type { Deployment } from './endpoint.ts';
import type { RatePools } from './rate-limits.ts';
import { isObject, text, word } from './read.ts';
import type { Transport } from './transport.ts';

/** What answers at a base URL. */
export interface ProbedSite {
  deployment: Deployment;
  /** Null on Data Center, and where Cloud does not tell. */
  cloudId: string | null;
  /** What the site calls itself, if it does. */
  title: string | null;
  /** Jira's, such as `[10, 3, 24]`. */
  version: number[] | null;
}

/**
 * Finds out what answers at `baseUrl`, without credentials: who asks does not know yet which ones belong there.
 * @param isCloudHost whether the host can be nothing but Cloud.
 * @throws AtlassianError, also where nothing answers like the provider's product.
 */
export async function probeSite(
  provider: Provider,
  baseUrl: string,
  isCloudHost: boolean,
  ask: Asker,
): Promise<ProbedSite> {
  if (provider === 'confluence') {
    const cloudId = await cloudIdOf(baseUrl, ask, isCloudHost);
    return { deployment: isCloudHost || cloudId ? 'cloud' : 'data_center', cloudId, title: null, version: null };
  }
  // Open to everybody, as a rule; where it is not, the host tells.
  const info = await getJson(`${baseUrl}/rest/api/2/serverInfo`, ask).catch(closed);
  // Data Center says "Server", on one node or on many.
  const isCloud = info === null ? isCloudHost : info.deploymentType === 'Cloud';
  const version = info?.versionNumbers;
  return {
    deployment: isCloud ? 'cloud' : 'data_center',
    cloudId: isCloud ? await cloudIdOf(baseUrl, ask, true) : null,
    title: titleLine(text(info?.serverTitle)),
    version: isVersion(version) ? version : null,
  };
}

/** Longer ones are no version, and would be told to the caller whole. */
function isVersion(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 8 && value.every((part) => Number.isSafeInteger(part));
}

/** What a probe asks with, and whose rate limits that counts against. */
export interface Asker {
  transport: Transport;
  context: CallContext;
  pools: RatePools;
}

/**
 * The id of a Cloud site; null where there is none to be had. Its path is not documented, so a site that does not know it
 * is none the worse: only scoped API tokens need the id.
 * @param isCloud whether a failure is one of Cloud, and not of some server that has never heard of the path.
 */
async function cloudIdOf(baseUrl: string, ask: Asker, isCloud: boolean): Promise<string | null> {
  try {
    return word((await getJson(`${baseUrl}/_edge/tenant_info`, ask)).cloudId);
  } catch (error) {
    if (!(error instanceof AtlassianError)) throw error;
    const { kind, status = 0 } = error;
    const absent =
      kind === 'unreadable' || kind === 'empty' || (status >= 300 && status < 500 && status !== 408 && status !== 429);
    const failedThere = !isCloud && kind === 'answer' && status >= 500;
    if (absent || failedThere) return null;
    throw error;
  }
}

async function getJson(url: string, { transport, context, pools }: Asker): Promise<Record<string, unknown>> {
  const target = new URL(url);
  const body = await transport.json({ method: 'GET', url: target, safe: true, pools }, context);
  if (isObject(body)) return body;
  throw new AtlassianError(`GET ${target.pathname}`, { kind: 'unreadable', status: 200 });
}

/** Null for an answer that asks for credentials. */
function closed(error: unknown): null {
  if (error instanceof AtlassianError && (error.status === 401 || error.status === 403)) return null;
  throw error;
}
