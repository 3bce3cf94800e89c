import { randomUUID } from 'node:crypto';
import type { Caller, Clock } from '../../access/caller.ts';
import type { AccountInfo } from '../../atlassian/shapes.ts';
import { AtlassianError } from '../../atlassian/wire/atlassian-error.ts';
import type { Hosts } from '../../atlassian/wire/hosts.ts';
import { type ProbedSite, probeSite } from '../../atlassian/wire/site-probe.ts';
import type { Transport } from '../../atlassian/wire/transport.ts';
import type { Config, Provider } from '../../config.ts';
import { AppError } from '../../errors.ts';
import type { Connection, Site, Store } from '../../stores/store.ts';
import { type ClientFactory, poolOf } from '../clients.ts';
import type { GrantKeeper } from '../grants/grant-keeper.ts';
import { otherOf, TITLES } from '../providers.ts';

/** How often a connection is stored anew because the tenant's other one changed under it. */
const SAVE_ATTEMPTS = 10;
/** Jira takes Personal Access Tokens since this version (Atlassian, "Using Personal Access Tokens"). */
const FIRST_JIRA_WITH_PAT = [8, 14];

/** A token that a person or an admin has made at Atlassian. */
export interface TokenLogin {
  /** A Personal Access Token of Data Center, or an API token of Cloud. */
  pat: string;
  /** Whose API token it is. */
  email: string | null;
  /** Where it belongs; else the site in use, else the configured one. */
  baseUrl: string | null;
}

export interface TokenLoginDeps {
  config: Config;
  store: Store;
  grants: GrantKeeper;
  clients: ClientFactory;
  hosts: Hosts;
  transport: Transport;
  clock: Clock;
}

/** How a token turned out to work. */
type Way = Pick<Connection, 'auth' | 'api'> & { account: AccountInfo };

/** Connects by a token instead of by OAuth. Nothing is stored unless Atlassian has accepted the token. */
export class TokenLogins {
  constructor(private readonly deps: TokenLoginDeps) {}

  /**
   * @throws AppError `VALIDATION` where such tokens are not enabled, or the login is not complete or not for this kind of
   *   site; `UNAUTHORIZED` for a token that Atlassian refuses; `FORBIDDEN` for one without the scopes to tell whose it is.
   */
  async connect(caller: Caller, provider: Provider, login: TokenLogin): Promise<void> {
    this.checkEnabled(provider);
    const baseUrl = await this.baseUrl(caller, provider, login.baseUrl);
    const ofPresent = login.baseUrl === null ? baseUrl : null;
    const isCloudHost = this.deps.hosts.isCloud(new URL(baseUrl));
    const probed = await this.probe(caller, provider, baseUrl, isCloudHost);
    checkFits(provider, login, probed);
    const site = { id: probed.cloudId ?? baseUrl, name: nameOf(baseUrl, probed), url: baseUrl };
    const secret = login.email === null ? login.pat : `${login.email}:${login.pat}`;
    const way = await this.verify(caller, provider, site, probed, secret);
    await this.save(caller, provider, site, secret, way, ofPresent);
    caller.context.log.info({ tenant: caller.tenantId, provider, auth: way.auth, api: way.api }, 'connected');
  }

  private checkEnabled(provider: Provider): void {
    const { enableJiraPat, enableConfluencePat } = this.deps.config;
    if ({ jira: enableJiraPat, confluence: enableConfluencePat }[provider]) return;
    throw new AppError('VALIDATION', 'pat: is not enabled; connect with OAuth instead', {
      details: { parameter: 'pat' },
    });
  }

  private async baseUrl({ tenantId }: Caller, provider: Provider, given: string | null): Promise<string> {
    const { config, store, hosts } = this.deps;
    const present = async () => (await store.readConnection({ tenantId, provider }))?.connection.site.url;
    const baseUrl = given ?? (await present()) ?? config.cloudBaseUrl;
    if (baseUrl !== null) return hosts.readBaseUrl(baseUrl);
    throw new AppError(
      'VALIDATION',
      'base_url: is missing, and there is no connected or configured site to use instead',
      {
        details: { parameter: 'base_url' },
      },
    );
  }

  private async probe({ tenantId, context }: Caller, provider: Provider, baseUrl: string, isCloudHost: boolean) {
    const pools = { own: poolOf(tenantId, provider, baseUrl), shared: null, unnamed: 'own' as const };
    try {
      return await probeSite(provider, baseUrl, isCloudHost, { transport: this.deps.transport, context, pools });
    } catch (error) {
      if (!(error instanceof AtlassianError)) throw error;
      if (error.isRedirect || error.status === 404 || error.kind === 'unreadable') {
        throw new AppError(
          'VALIDATION',
          `base_url: no ${TITLES[provider]} was found there; give the URL under which its REST API lives, including the context path if there is one`,
          { details: { parameter: 'base_url', reason: 'product_not_found' }, cause: error },
        );
      }
      throw error.toAppError();
    }
  }

  /** Finds out how the token works: on Cloud an unscoped one only on the site's URL, a scoped one only at the gateway. */
  private async verify(caller: Caller, provider: Provider, site: Site, probed: ProbedSite, secret: string) {
    const ask = async (auth: Connection['auth'], api: Connection['api']): Promise<Way> => {
      const target = { tenantId: caller.tenantId, provider, auth, api, site, clientId: null };
      return { auth, api, account: await this.deps.clients.open(target, secret, caller.context).myself() };
    };
    if (probed.deployment === 'data_center') return ask('pat', 'data_center').catch(refused(provider));
    try {
      return await ask('api_token', 'site');
    } catch (error) {
      // Measured as 401; a 403 is taken for the same.
      const unlike = error instanceof AtlassianError && (error.status === 401 || error.status === 403);
      if (!unlike || probed.cloudId === null) return refused(provider)(error);
      return ask('api_token', 'gateway').catch(refused(provider));
    }
  }

  /** @param ofPresent the base URL where it was taken from the present connection, which must not move meanwhile. */
  private async save(
    caller: Caller,
    provider: Provider,
    site: Site,
    secret: string,
    way: Way,
    ofPresent: string | null,
  ): Promise<void> {
    const { store, grants, clock } = this.deps;
    const { tenantId } = caller;
    const grant = grants.newStaticGrant(tenantId, randomUUID(), secret);
    const otherKey = { tenantId, provider: otherOf(provider) };
    for (let attempt = 1; attempt <= SAVE_ATTEMPTS; attempt++) {
      const own = await store.readConnection({ tenantId, provider });
      if (ofPresent !== null && (await this.baseUrl(caller, provider, null)) !== ofPresent) {
        throw new AppError('CONFLICT', 'The site in use was changed in the meantime. Try again, or set base_url.');
      }
      const other = await store.readConnection(otherKey);
      const connection = { tenantId, provider, grantId: grant.id, site, sites: [site], lastError: null, ...way };
      const stored = await store.saveLogin({
        grant,
        connection: { ...connection, connectedAt: clock() },
        replaces: ofPresent === null ? undefined : (own?.connection ?? null),
        other: { key: otherKey, ifNow: other?.connection ?? null, moveTo: null },
      });
      if (stored) return;
    }
    throw new AppError('CONFLICT', 'The connections kept changing while this one was being saved. Try again.');
  }
}

/** Refuses a login that cannot work on the site it is for. */
function checkFits(provider: Provider, { email }: TokenLogin, { deployment, version }: ProbedSite): void {
  const title = TITLES[provider];
  const wrong = (parameter: string, why: string, details: { reason?: string } = {}) =>
    new AppError('VALIDATION', `${parameter}: ${why}`, { details: { parameter, ...details } });
  if (deployment === 'cloud') {
    if (email === null) {
      throw wrong(
        'email',
        `is missing: ${title} Cloud requires an API token together with the email address of its account`,
      );
    }
    return;
  }
  if (email !== null) {
    throw wrong(
      'email',
      `${title} Data Center was found there, which takes Personal Access Tokens without an email address`,
    );
  }
  if (version === null) return;
  const [major = 0, minor = 0] = version;
  const [firstMajor = 0, firstMinor = 0] = FIRST_JIRA_WITH_PAT;
  if (major < firstMajor || (major === firstMajor && minor < firstMinor)) {
    throw wrong(
      'base_url',
      `Jira ${version.join('.')} was found there; Personal Access Tokens need ${FIRST_JIRA_WITH_PAT.join('.')} or later`,
      { reason: 'version_too_old' },
    );
  }
}

/** What becomes of a failed verification. */
function refused(provider: Provider): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof AtlassianError)) throw error;
    // An API token does not tell its scopes, so the operation's is the one that is missing.
    const failure = error.toAppError(null);
    if (failure.code !== 'UNAUTHORIZED') throw failure;
    const { details } = failure;
    const message = `${TITLES[provider]} rejects this token. Check the token, its owner and base_url. Nothing was changed.`;
    throw new AppError('UNAUTHORIZED', message, { cause: error, ...(details ? { details } : {}) });
  };
}

function nameOf(baseUrl: string, { deployment, title }: ProbedSite): string {
  const { hostname } = new URL(baseUrl);
  // The site's name is the first label of its host, as OAuth's list of sites has it.
  if (deployment === 'cloud') return hostname.split('.')[0] ?? hostname;
  return title ?? hostname;
}
