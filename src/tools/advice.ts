import { DEFAULT_SCOPES } from '../app-settings.ts';
import type { Provider } from '../config.ts';
import type { AppStatus } from '../connections/connections.ts';
import { TITLES } from '../connections/providers.ts';
import { DEFAULT_TOOLS } from '../operations/catalogue.ts';
import type { Diagnosis } from '../operations/diagnosis.ts';

type Known = 'provider' | 'connected' | 'auth' | 'deployment' | 'site' | 'error' | 'check' | 'clock_skew';

/** What advice is given on. */
export interface Facts extends Pick<Diagnosis, Known | 'quota' | 'pause' | 'policy'> {
  tools: { name: string; missing: string[]; rule: unknown }[];
  isClockOff: boolean;
  app: AppStatus['status'];
  reconnectUrl: string;
}

/** What to do next, in plain words: first what keeps every call from being made, then what keeps some. */
export function adviceFor(facts: Facts): string[] {
  return [onApp, onConnection, onCheck, onError, onPause, onClock, onQuota, onScopes, onPolicy, onRequest].flatMap(
    (on) => on(facts),
  );
}

/** Confluence may have an app of its own. */
const settingsOf = (provider: Provider) =>
  provider === 'jira'
    ? 'ATLASSIAN_CLIENT_ID'
    : 'ATLASSIAN_CLIENT_ID (or CONFLUENCE_OAUTH_CLIENT_ID, where that is set)';

const isAppAtFault = ({ app, auth }: Pick<Facts, 'app' | 'auth'>) =>
  app === 'refused' && (auth === null || auth === 'oauth');

function onApp({ app, auth, provider }: Facts): string[] {
  if (!isAppAtFault({ app, auth })) return [];
  return [
    `Atlassian refuses this service's OAuth app: its operator must correct ${settingsOf(provider)} and the secret beside it. Nobody has to reconnect.`,
  ];
}

function onConnection({ connected, auth, error, app, provider, reconnectUrl }: Facts): string[] {
  if (connected) return [];
  const title = TITLES[provider];
  if (auth === null && app === 'not_configured') {
    return [
      `${title} is not connected, and this service has no OAuth app for it: its operator must set ${settingsOf(provider)} and the secret beside it, or connect with a token.`,
    ];
  }
  const how = `ask a person to connect ${title} at ${reconnectUrl}, or for a link from POST /connectors/${provider}/connect-link`;
  if (auth === null) return [`${title} is not connected for this tenant: ${how}.`];
  return [`${ended(error ?? `${title} is no longer connected`)} To make calls again, ${how}.`];
}

const ended = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

function onCheck(facts: Facts): string[] {
  const { connected, check, auth, site, deployment, provider, reconnectUrl } = facts;
  if (isAppAtFault(facts)) return [];
  const { ok, code, message } = check;
  if (!connected || ok !== false || code === null || message === null) return [];
  switch (code) {
    // What waits is told with the time that it takes.
    case 'RATE_LIMITED':
      return check.retry_after === null ? [ended(message)] : [];
    case 'UNAUTHORIZED':
    case 'TOKEN_EXPIRED':
      return auth === 'oauth'
        ? [`${ended(message)} A person of the tenant does that at ${reconnectUrl}.`]
        : [`${ended(message)} Make a new token in Atlassian and send it by PATCH /connectors/${provider}/connection.`];
    case 'VENDOR_ERROR':
      return [
        `${ended(message)} Try again in a minute; if it lasts, see whether ${site?.url ?? 'the site'} opens in a browser${deployment === 'cloud' ? ', and what https://status.atlassian.com says' : ''}.`,
      ];
    default:
      return [ended(message)];
  }
}

/** Such as a renewal that failed while the access token is still good. */
function onError(facts: Facts): string[] {
  const { connected, check, error, reconnectUrl } = facts;
  if (!connected || check.ok === false || error === null || isAppAtFault(facts)) return [];
  return [
    `${ended(error)} Calls still work; if this lasts, a person of the tenant should reconnect at ${reconnectUrl}.`,
  ];
}

function onPause({ pause, check }: Facts): string[] {
  const waits = [pause?.seconds ?? 0, check.code === 'RATE_LIMITED' ? (check.retry_after ?? 0) : 0];
  const seconds = Math.max(...waits);
  return seconds === 0
    ? []
    : [`Atlassian's rate limit has been reached: wait ${seconds} seconds, and send fewer calls.`];
}

function onClock({ isClockOff, clock_skew, deployment, site }: Facts): string[] {
  if (!isClockOff || clock_skew === null) return [];
  if (deployment === 'data_center') {
    // Either may be the one that is wrong.
    return [
      `The clocks of this service and of ${site?.url ?? 'the site'} are ${Math.abs(clock_skew)} seconds apart: their operators must set them (NTP).`,
    ];
  }
  const direction = clock_skew > 0 ? 'ahead of' : 'behind';
  return [
    `The clock of this service is ${Math.abs(clock_skew)} seconds ${direction} Atlassian's: its operator must set it (NTP).`,
  ];
}

function onQuota({ quota, pause }: Facts): string[] {
  if (pause !== null || !quota?.nearly_used_up) return [];
  const left = quota.remaining === null ? '' : `: ${quota.remaining} calls were left`;
  return [`Atlassian's rate limit is nearly used up${left}. Send fewer calls.`];
}

/** Of the tools that are offered where nobody asks for others. */
const isUsual = ({ name }: Facts['tools'][number]) => DEFAULT_TOOLS.has(name);

/** Those beyond the default ones are told with each tool: few connections need them. */
function onScopes({ connected, tools, provider, reconnectUrl }: Facts): string[] {
  const usual = DEFAULT_SCOPES[provider].split(' ');
  const lacking = tools.filter(({ missing }) => missing.some((scope) => usual.includes(scope)));
  if (!connected || lacking.length === 0) return [];
  const missing = lacking.flatMap((tool) => tool.missing).filter((scope) => usual.includes(scope));
  const scopes = [...new Set(missing)].sort().join(', ');
  const setting = `${provider.toUpperCase()}_SCOPES`;
  return [
    `The grant lacks scopes that ${namesOf(lacking)} need: ${scopes}. Reconnect at ${reconnectUrl} to grant them; where ${setting} is set, its operator must first add them there, and to the app in Atlassian's developer console.`,
  ];
}

function onPolicy({ tools, policy, provider }: Facts): string[] {
  const forbidden = tools.filter(({ rule }) => typeof rule === 'string' && !isOfCaller(rule));
  const advice =
    forbidden.length === 0
      ? []
      : [
          `The tenant's policy forbids ${namesOf(forbidden)} (${rulesOf(forbidden)}): only whoever operates this service can change it.`,
        ];
  const { containers } = policy;
  if (containers === null) return advice;
  const what = provider === 'jira' ? 'projects' : 'spaces';
  const only = containers.length === 0 ? `no ${what}` : `only the ${what} ${containers.join(', ')}`;
  return [...advice, `The tenant's policy allows ${only}: nothing else is found or changed.`];
}

function onRequest({ tools }: Facts): string[] {
  const excluded = tools.filter(isUsual).filter(({ rule }) => typeof rule === 'string' && isOfCaller(rule));
  if (excluded.length === 0) return [];
  const rules = rulesOf(excluded);
  return rules.startsWith('--')
    ? [`The command was started without ${namesOf(excluded)} (${rules}): start it without the flag to use them.`]
    : [`The request itself forbids ${namesOf(excluded)} (${rules}): leave the header out to use them.`];
}

/** Whether it is the caller's own header or flag, rather than the tenant's policy. */
const isOfCaller = (rule: string) => /^(?:X-|--)/.test(rule);

/** More names would hide what is to be done; `tools` has them all. */
const MAX_NAMES = 6;

function namesOf(tools: Facts['tools']): string {
  const names = tools.slice(0, MAX_NAMES).map(({ name }) => name);
  const others = tools.length - names.length;
  return others === 0 ? names.join(', ') : `${names.join(', ')} and ${others} other tools`;
}

const rulesOf = (tools: Facts['tools']) => [...new Set(tools.map(({ rule }) => String(rule)))].join(', ');
