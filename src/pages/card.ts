import { escapeHtml } from './html.ts';
import { byProduct, isGranular, rightsOf } from './rights.ts';

/** A connection as `GET /connectors/{p}/connection` tells it: what the page shows of it. Times are epoch seconds. */
export interface CardStatus {
  connected: boolean;
  connected_at: number | null;
  scopes: string[] | null;
  auth: 'oauth' | 'pat' | 'api_token' | null;
  base_url: string | null;
  sites: { id: string; name: string; url: string }[];
  account: { id: string; name: string } | null;
  error: string | null;
  /** Whether whoever looks at it may connect, change and disconnect it. */
  may_change: boolean;
}

/** What an operator has to do before people can connect. */
export interface SetUp {
  settings: string[];
  redirectUri: string;
  /** To be allowed in the app's permissions. */
  scopes: string[];
}

/** A product of Atlassian's as the page offers it. */
export interface Product {
  provider: 'jira' | 'confluence';
  name: string;
  /**
   * Where it has no OAuth app yet: what to set, and the callback URL to register, or that the page says it for all. Null
   * where that is nobody's to know.
   */
  setUp: 'done' | 'above' | SetUp | null;
  /** Whether it can be connected by a Personal Access Token or an API token. */
  takesTokens: boolean;
  /** Where a link begins the login; null where the page's script does, or nothing can. */
  connectHref: string | null;
}

export interface CardView {
  product: Product;
  status: CardStatus;
  /** Whether the page asks for the site beside the cards. */
  siteIsAsked: boolean;
}

/** Who may do what this key may not. */
export const WHO_MAY = 'Use one with the role “app”, or ask whoever runs this service';

/** How a connection came about, where it was not by a consent. */
const WAYS = { oauth: '', pat: ', with a personal access token', api_token: ', with an API token' };

/** Our own marks: a check in a square for issues, and lines of a page. */
const MARKS = {
  jira: '<path d="M8 16.5 13.5 22 24 10.5" fill="none" stroke="#fff" stroke-width="3.4" stroke-linecap="round" stroke-linejoin="round"/>',
  confluence: '<path d="M9 11h14M9 16h14M9 21h8" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/>',
};

const dateFormat = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});
const listFormat = new Intl.ListFormat('en-GB');

/** A product with the state of its connection, and what can be done about it. Escaped. */
export function cardHtml(view: CardView): string {
  const { product, status } = view;
  const { provider, name } = product;
  const { connected } = status;
  // A connection that is there and works no more has an error; where there is none, nothing is wrong.
  const isBroken = !connected && status.error !== null;
  const [look, state] = connected
    ? ['ok', 'Connected']
    : isBroken
      ? ['bad', 'Needs attention']
      : ['off', 'Not connected'];
  return `<section class="card" data-provider="${provider}" aria-labelledby="${provider}-name">
    <header>
      <svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" fill="#1868db"/>${MARKS[provider]}</svg>
      <h2 id="${provider}-name">${escapeHtml(name)}</h2> <span class="badge ${look}">${state}</span>
    </header>
    ${connected ? connectedHtml(view) : isBroken ? brokenHtml(view) : missingHtml(view)}
    ${actionsHtml(view, isBroken)}
    <p class="problem" role="alert" data-part="problem" hidden></p>
  </section>`;
}

function connectedHtml(view: CardView): string {
  const { status } = view;
  return `<p>${whereHtml(status)}</p>${rightsHtml(view)}${sitesHtml(view)}`;
}

function whereHtml({ account, base_url: site, connected_at: since, auth }: CardStatus): string {
  const who = account === null ? 'Connected' : `Connected as <strong><bdi>${escapeHtml(account.name)}</bdi></strong>`;
  const where = site === null ? '' : ` to ${linkHtml(site)}`;
  const time = since === null ? null : new Date(since * 1_000);
  const when =
    time === null ? '' : ` since <time datetime="${time.toISOString()}">${dateFormat.format(time)} (UTC)</time>`;
  return `${who}${where}${when}${auth === null ? '' : WAYS[auth]}.`;
}

/** The address of a site, without what all have in common. */
function linkHtml(url: string): string {
  // In a tab of its own: a key that was entered here would be gone on the way back.
  return `<a href="${escapeHtml(url)}" target="_blank" rel="noopener noreferrer"><bdi>${escapeHtml(url.replace(/^https?:\/\//, ''))}</bdi></a>`;
}

/**
 * What a grant allows with the product, which may be that of the other as well; nothing where Atlassian does not tell, which
 * of tokens it never does.
 */
function rightsHtml({ product: { provider }, status: { scopes } }: CardView): string {
  if (scopes === null) return '';
  const other = provider === 'jira' ? 'Confluence' : 'Jira';
  const own = byProduct(scopes).flatMap((part) => (part.product === other ? [] : part.scopes));
  return `<details><summary>What it may do</summary>${rightsList(own)}</details>`;
}

export function rightsList(scopes: readonly string[]): string {
  const lines = rightsOf(scopes).map(
    ({ deed, things }) => `<li><strong>${deed}</strong> ${escapeHtml(listFormat.format(things))}</li>`,
  );
  return `<ul>${lines.join('')}</ul>`;
}

function brokenHtml(view: CardView): string {
  const { base_url: site, sites, auth, may_change: mayChange } = view.status;
  const isCovered = site === null || sites.some(({ url }) => url === site);
  const [what, then] = !isCovered
    ? [
        `The account that connected last was not given access to ${linkHtml(site)}.`,
        `Connect again and allow access to <bdi>${escapeHtml(site)}</bdi> there${sites.length > 0 ? ', or choose another site here' : ''}.`,
      ]
    : auth === 'oauth'
      ? [
          'This connection no longer works. The usual causes: access was withdrawn, nobody used the connection for 90 days, or the same Atlassian account has since connected another tenant.',
          `Connect again.${site === null ? '' : ` Allow access to ${escapeHtml(site)} there.`}`,
        ]
      : ['This connection no longer works: its token has expired or was deleted.', 'Connect again with a new one.'];
  return `<p class="problem">${what}${mayChange ? ` ${then}` : ''}</p>${isCovered ? '' : sitesHtml(view)}`;
}

function missingHtml({ product: { setUp, name } }: CardView): string {
  if (setUp === 'done') return `<p>${escapeHtml(name)} is not connected yet.</p>`;
  if (setUp === null)
    return '<p>This service is not set up to connect to Atlassian yet. Please tell whoever runs it.</p>';
  return setUp === 'above'
    ? '<p>Not set up yet.</p>'
    : `<p>Not set up yet. To let people connect:</p>${stepsHtml(setUp)}`;
}

/** How an app is registered and told to the service. */
export function stepsHtml({ settings, redirectUri, scopes }: SetUp): string {
  return `<ol>
      <li>Create an OAuth 2.0 (3LO) app in the <a href="https://developer.atlassian.com/console/myapps/" target="_blank" rel="noopener noreferrer">Atlassian developer console</a>.</li>
      <li>Under <strong>Authorization</strong>, set this callback URL: <code data-part="copied">${escapeHtml(redirectUri)}</code>
        <button type="button" class="quiet scripted" data-action="copy">Copy</button></li>
      <li>Under <strong>Permissions</strong>, add these scopes:<ul>${scopesHtml(scopes)}</ul></li>
      <li>Under <strong>Distribution</strong>, enable sharing if anyone but you will connect.</li>
      <li>Set ${settings.map(codeHtml).join(' and ')} in <code>.env</code> to what the app shows under <strong>Settings</strong>, and restart the service.</li>
    </ol>`;
}

/** The scopes as the console has them: by API, and classic and granular ones on two tabs. */
function scopesHtml(scopes: readonly string[]): string {
  const lines = byProduct(scopes).flatMap(({ product, scopes: own }) =>
    [false, true].flatMap((granular) => {
      const listed = own.filter((scope) => isGranular(scope) === granular);
      const where = `${product === null ? 'Other APIs' : `${product} API`}, ${granular ? 'granular' : 'classic'}`;
      return listed.length === 0 ? [] : [`<li>${where}: ${listed.map(codeHtml).join(', ')}</li>`];
    }),
  );
  return lines.join('');
}

const codeHtml = (text: string): string => `<code>${escapeHtml(text)}</code>`;

/** Lets one of several sites be chosen. */
function sitesHtml({ product: { provider, name }, status, siteIsAsked }: CardView): string {
  const { sites, base_url: used } = status;
  if (siteIsAsked || !status.may_change) return '';
  if (sites.length === 0 || (sites.length === 1 && sites[0]?.url === used)) return '';
  const options = sites.map(
    ({ name: called, url }) =>
      `<option value="${escapeHtml(url)}"${url === used ? ' selected' : ''}>${escapeHtml(called)} · ${escapeHtml(url.replace(/^https?:\/\//, ''))}</option>`,
  );
  return `<form class="scripted" data-action="choose-site">
    <div class="row"><div class="grow"><label for="${provider}-site">Site</label>
      <select id="${provider}-site" name="base_url">${options.join('')}</select></div>
      <button type="submit" class="quiet" aria-label="Use this site for ${escapeHtml(name)}">Use this site</button></div>
  </form>`;
}

function actionsHtml({ product, status }: CardView, isBroken: boolean): string {
  const { provider, name, setUp, takesTokens, connectHref } = product;
  if (!status.may_change) {
    if (status.connected) return `<p class="hint">This key may use the connection, but not change it. ${WHO_MAY}.</p>`;
    const canBegin = setUp === 'done' || takesTokens;
    return canBegin ? `<p class="hint">This key may not connect ${escapeHtml(name)}. ${WHO_MAY} for a link.</p>` : '';
  }
  const words = `${isBroken ? 'Reconnect' : 'Connect'} ${escapeHtml(name)}`;
  const begins =
    connectHref === null
      ? `<button type="button" class="scripted" data-action="connect">${words}</button>`
      : `<a class="button" href="${escapeHtml(connectHref)}">${words}</a>`;
  const connect = setUp === 'done' && !status.connected ? begins : '';
  const disconnect =
    status.connected || isBroken
      ? `<button type="button" class="quiet scripted" data-action="disconnect" aria-label="Disconnect ${escapeHtml(name)}">Disconnect</button>`
      : '';
  const actions = connect || disconnect ? `<div class="actions">${connect}${disconnect}</div>` : '';
  return `${actions}${takesTokens && !status.connected ? tokenHtml(provider) : ''}`;
}

function tokenHtml(provider: Product['provider']): string {
  const field = (name: string, label: string, type: string, hint: string) =>
    `<label for="${provider}-${name}">${label}</label>
     <input id="${provider}-${name}" name="${name}" type="${type}" autocomplete="off" spellcheck="false" aria-describedby="${provider}-${name}-hint"${name === 'email' ? '' : ' required'}>
     <span class="hint" id="${provider}-${name}-hint">${hint}</span>`;
  return `<details class="scripted"><summary>Connect with a token instead</summary>
    <form data-action="connect-by-token">
      ${field('base_url', 'Site address', 'url', 'For example https://acme.atlassian.net, or the address of your Data Center.')}
      ${field('email', 'E-mail address', 'email', 'Only for an Atlassian Cloud API token.')}
      ${field('pat', 'Token', 'password', 'A Data Center personal access token, or an Atlassian Cloud API token.')}
      <div class="actions"><button type="submit">Connect</button></div>
    </form></details>`;
}
