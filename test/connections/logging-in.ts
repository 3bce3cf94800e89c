import { ApiKeys } from '../../src/access/api-keys.ts';
import { ConnectLinks } from '../../src/access/connect-links.ts';
import { Gatekeeper } from '../../src/access/gatekeeper.ts';
import type { Provider } from '../../src/config.ts';
import { deriveKey } from '../../src/connections/grants/vault.ts';
import { Consents } from '../../src/connections/login/consents.ts';
import { LoginOutcomes } from '../../src/connections/login/login-outcome.ts';
import { LoginStates } from '../../src/connections/login/login-state.ts';
import { type BeginInput, type BegunLogin, type CallbackQuery, Logins } from '../../src/connections/login/logins.ts';
import { type Parts, type PartsOptions, parts, type Town } from './parts.ts';

/** What completes logins, put together as the service does. */
export interface LoginParts extends Parts {
  logins: Logins;
  links: ConnectLinks;
  keys: ApiKeys;
  /** What Atlassian sends the browser back with, for a login that was begun. */
  back(begun: BegunLogin, as?: string): Promise<CallbackQuery>;
  complete(begun: BegunLogin, query: CallbackQuery): ReturnType<Logins['complete']>;
  /** A whole login. */
  login(input?: Partial<BeginInput>, as?: string): ReturnType<Logins['complete']>;
}

export const INPUT: BeginInput = {
  provider: 'jira',
  tenantId: 'default',
  scopes: null,
  returnUrl: null,
  callerState: null,
  callerId: null,
  unauthenticated: true,
  link: null,
};

export async function loginParts(town: Town, options: PartsOptions = {}): Promise<LoginParts> {
  const own = await parts(town, options);
  const { config, hookedStore: store, vault, oauth, clients, grants, audit, caller } = own;
  const clock = town.clock.seconds;
  const { access } = store;
  const { log } = caller.context;
  const keys = new ApiKeys({ store: access, clock, log });
  const gatekeeper = new Gatekeeper({ keys, jwt: null, allowUnauthenticated: false });
  const links = new ConnectLinks({ store: access, keys, gatekeeper, clock });
  const states = new LoginStates(deriveKey('a secret', 'login state'), clock);
  const outcomes = new LoginOutcomes(deriveKey('a secret', 'login outcome'), clock);
  const consents = new Consents({ store, oauth, grants, clients, cloudBaseUrl: config.cloudBaseUrl, clock });
  const logins = new Logins({
    ...{ config, store, vault, states, oauth, consents, links, keys, gatekeeper, outcomes, audit, clock },
  });
  const back = async ({ url }: BegunLogin, as = 'anna') =>
    Object.fromEntries(new URL(await town.sandbox.consent(url, as)).searchParams);
  const complete = ({ cookie }: BegunLogin, query: CallbackQuery) =>
    logins.complete(query, { [cookie.name]: cookie.value }, { context: caller.context, requestId: 'a-request' });
  const login = async (input: Partial<BeginInput> = {}, as?: string) => {
    const begun = await logins.begin({ ...INPUT, ...input });
    return complete(begun, await back(begun, as));
  };
  return { ...own, logins, links, keys, back, complete, login };
}

/** The tenant's connection as it is stored. */
export async function stored({ store }: Parts, provider: Provider, tenantId = 'default') {
  return (await store.readConnection({ tenantId, provider }))?.connection ?? null;
}
