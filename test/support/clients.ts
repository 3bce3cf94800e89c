import { Hosts } from '../../src/atlassian/wire/hosts.ts';
import { Transport } from '../../src/atlassian/wire/transport.ts';
import type { Provider } from '../../src/config.ts';
import { ClientFactory, type Clients, type ConnectionAddress } from '../../src/connections/clients.ts';
import { SANDBOX_SITES, sandboxApiTokens, sandboxPats } from '../../src/sandbox/sandbox.ts';
import { type AccountKind, siteUrl } from './accounts.ts';
import { silentContext } from './context.ts';
import { APP, type Stage } from './harness.ts';

/** A client with Anna's credentials for the site `acme`, or for the Data Center. */
export async function openClient<P extends Provider>(
  stage: Stage,
  kind: AccountKind,
  provider: P,
): Promise<Clients[P]> {
  const { url } = stage.sandbox;
  const hosts = new Hosts({ trusted: [url], allowed: [url] });
  const factory = new ClientFactory(new Transport({ hosts }), url);
  const cloud = { id: SANDBOX_SITES[0].cloudId, name: 'acme', url: siteUrl(stage, 'acme') };
  const base = stage.sandbox.dataCenterUrl(provider);
  const { email, unscoped, scoped } = sandboxApiTokens('anna');
  const ways: Record<AccountKind, Pick<ConnectionAddress, 'auth' | 'api' | 'site'>> = {
    'Cloud OAuth': { auth: 'oauth', api: 'gateway', site: cloud },
    'Cloud API token': { auth: 'api_token', api: 'site', site: cloud },
    'Cloud scoped API token': { auth: 'api_token', api: 'gateway', site: cloud },
    'Data Center PAT': { auth: 'pat', api: 'data_center', site: { id: base, name: base, url: base } },
  };
  const secrets: Record<AccountKind, () => Promise<string> | string> = {
    'Cloud OAuth': () => accessToken(stage, provider),
    'Cloud API token': () => `${email}:${unscoped}`,
    'Cloud scoped API token': () => `${email}:${scoped}`,
    'Data Center PAT': () => String(sandboxPats('anna')[provider]),
  };
  const target = { tenantId: 'default', provider, clientId: null, ...ways[kind] };
  return factory.open(target, await secrets[kind](), silentContext());
}

/** A token like the service's: of the same user, application and scopes. */
export async function accessToken(stage: Stage, provider: Provider): Promise<string> {
  const { authorizeUrl } = await stage.begin(provider);
  const code = new URL(await stage.sandbox.consent(authorizeUrl, 'anna')).searchParams.get('code');
  const response = await fetch(`${stage.sandbox.url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'authorization_code',
      client_id: APP.clientId,
      client_secret: APP.clientSecret,
      redirect_uri: new URL(authorizeUrl).searchParams.get('redirect_uri'),
      code,
    }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}
