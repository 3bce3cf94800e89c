import { z } from 'zod';
import type { Provider } from '../config.ts';
import { AtlassianError } from './atlassian-error.ts';
import type { Deployment } from './site-api.ts';
import type { CallContext, Transport } from './transport.ts';

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

const ServerInfo = z.object({
  deploymentType: z.string().nullish(),
  serverTitle: z.string().nullish().catch(null),
  versionNumbers: z.array(z.number()).nullish().catch(null),
});
const TenantInfo = z.object({ cloudId: z.string().min(1) });

/**
 * Finds out what answers at `baseUrl`, without credentials: who asks does not know yet which ones belong there.
 * @param isCloudHost whether the host can be nothing but Cloud.
 * @throws AtlassianError, also where nothing answers like the provider's product.
 */
export async function probeSite(
  provider: Provider,
  baseUrl: string,
  isCloudHost: boolean,
  transport: Transport,
  context: CallContext,
): Promise<ProbedSite> {
  const get = <T>(path: string, schema: z.ZodType<T>) => getJson(baseUrl + path, schema, transport, context);
  // Not documented, so a site that does not know it is none the worse; only scoped API tokens need the id.
  const tenant = await get('/_edge/tenant_info', TenantInfo).catch(absent);
  const cloudId = tenant?.cloudId ?? null;
  if (provider === 'confluence') {
    return { deployment: isCloudHost || cloudId ? 'cloud' : 'data_center', cloudId, title: null, version: null };
  }
  // Open to everybody, as a rule; where it is not, the host tells.
  const info = await get('/rest/api/2/serverInfo', ServerInfo).catch(closed);
  // Data Center says "Server", on one node or on many.
  const isCloud = info === null ? isCloudHost : info.deploymentType === 'Cloud';
  return {
    deployment: isCloud ? 'cloud' : 'data_center',
    cloudId: isCloud ? cloudId : null,
    title: info?.serverTitle ?? null,
    version: info?.versionNumbers ?? null,
  };
}

async function getJson<T>(url: string, schema: z.ZodType<T>, transport: Transport, context: CallContext): Promise<T> {
  const target = new URL(url);
  const parsed = schema.safeParse(await transport.json({ method: 'GET', url: target, safe: true }, context));
  if (parsed.success) return parsed.data;
  throw new AtlassianError(`GET ${target.pathname}`, { kind: 'unreadable', status: 200 });
}

/** Null for an answer that only says that there is no such thing. */
function absent(error: unknown): null {
  if (error instanceof AtlassianError && (error.kind === 'unreadable' || (error.status ?? 500) < 500)) return null;
  throw error;
}

/** Null for an answer that asks for credentials. */
function closed(error: unknown): null {
  if (error instanceof AtlassianError && (error.status === 401 || error.status === 403)) return null;
  throw error;
}
