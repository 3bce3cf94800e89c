import { type CardStatus, cardHtml, type Product, type SetUp, stepsHtml } from './card.ts';
import { escapeHtml } from './html.ts';

/** What the page's script is told. */
export interface PageData {
  /** The path below which the service is: empty at the root of a host. */
  base: string;
  /** Null where a key says it, or the page's own address. */
  tenant: string | null;
  /** Whether callers must show who they are, which a person does by an API key. */
  needsKey: boolean;
  products: Product[];
  /** The product whose site the page asks for. */
  choosing: Product['provider'] | null;
  /** Where a login that the script began in a popup ends. */
  popupUrl: string;
}

/** What became of a login, on the page that it ended on. */
export interface NoticeView {
  look: 'ok' | 'calm' | 'bad';
  text: string;
  /** Where the same login can be begun again. */
  againHref: string | null;
}

/** The sites of a consent that has just been given, for the person to choose from. */
export interface SiteChoice {
  product: string;
  used: string;
  sites: { name: string; url: string }[];
  /** What the form sends along. */
  fields: Record<string, string>;
}

export interface ConnectPage {
  data: PageData;
  notice: NoticeView | null;
  choice: SiteChoice | null;
  /** The tenant's connections, where they may be shown to whoever opens the page. */
  connections: CardStatus[] | null;
  /** What has to be done first, where that is the same for every product. */
  setUp: SetUp | null;
  /** What else a person can do who has no key. */
  hint: string;
}

/** The body of the page of the connections. */
export function connectPageHtml({ data, notice, choice, connections, setUp, hint }: ConnectPage): string {
  const shown = connections !== null;
  return `<main data-page="${escapeHtml(JSON.stringify(data))}">
    <h1>Connections</h1>
    <div data-part="notice">${notice === null ? '' : noticeHtml(notice)}${choice === null ? '' : choiceHtml(choice, `${data.base}/connect/site`)}</div>
    ${shown ? `${tenantHtml(data.tenant ?? '')}${setUp === null ? '' : firstRunHtml(setUp)}` : `<p data-part="hint">${escapeHtml(hint)}</p>${notice === null ? KEY_FORM : ''}`}
    <p class="problem" role="alert" data-part="page-problem" hidden></p>
    <div class="cards" data-part="cards">${(connections ?? []).map((status, index) => cardOf(data, index, status)).join('')}</div>
    <div class="scripted" data-part="try"></div>
    ${CONFIRMATION}
    <p class="foot"><a href="${escapeHtml(data.base)}/docs">API documentation</a></p>
  </main>`;
}

function cardOf({ products, choosing }: PageData, index: number, status: CardStatus): string {
  const product = products[index];
  return product === undefined ? '' : cardHtml({ product, status, siteIsAsked: choosing === product.provider });
}

export const tenantHtml = (tenant: string): string => `<p class="tenant">Tenant <code>${escapeHtml(tenant)}</code></p>`;

export function noticeHtml({ look, text, againHref }: NoticeView): string {
  const again = againHref === null ? '' : ` <a href="${escapeHtml(againHref)}">Try again</a>`;
  return `<p class="notice ${look}" role="${look === 'bad' ? 'alert' : 'status'}">${escapeHtml(text)}${again}</p>`;
}

/** Asks which of several sites is meant: a form that works without a script, for whoever has just consented. */
export function choiceHtml({ product, used, sites, fields }: SiteChoice, action: string): string {
  const choices = sites.map(
    ({ name, url }) =>
      `<label class="choice"><input type="radio" name="base_url" value="${escapeHtml(url)}"${url === used ? ' checked' : ''}> <span>${escapeHtml(name)}<br><span class="hint">${escapeHtml(url)}</span></span></label>`,
  );
  const hidden = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  return `<form class="card" method="post" action="${escapeHtml(action)}">
    ${hidden.join('')}
    <fieldset><legend>Which site should ${escapeHtml(product)} use?</legend>
      <p>Your account has access to ${sites.length} sites. You can switch to another one later.</p>
      ${choices.join('')}</fieldset>
    <div class="actions"><button type="submit">Use this site</button></div>
  </form>`;
}

/** Where nothing can be connected yet: what to do, and how to see it work all the same. */
function firstRunHtml(setUp: SetUp): string {
  return `<section class="card"><h2>Welcome</h2>
    <p>The service is running, but has no Atlassian app to connect with yet. To let people connect:</p>
    ${stepsHtml(setUp)}
    <p>To try everything first without an Atlassian account, stop the service and run <code>npm run demo</code>.</p>
  </section>`;
}

const KEY_FORM = `<form class="card scripted" data-action="use-key">
    <h2>Have an API key?</h2>
    <p>With an API key for this service, you can see and manage connections here. The key stays on this page and is forgotten when you leave it.</p>
    <label for="key">API key</label>
    <input id="key" name="key" type="password" autocomplete="off" spellcheck="false" required pattern="[!-~]+" title="The key exactly as you were given it, without spaces.">
    <label for="tenant">Tenant</label>
    <input id="tenant" name="tenant" autocomplete="off" spellcheck="false" maxlength="128" pattern="[A-Za-z0-9._:@\\-]+" title="Letters, digits and . _ : @ -" aria-describedby="tenant-hint">
    <span class="hint" id="tenant-hint">Only needed for a key that covers all tenants.</span>
    <div class="actions"><button type="submit">Show connections</button></div>
  </form>`;

/**
 * What it means to disconnect `product`.
 * @param other the tenant's other product, where it may have been connected by the same consent
 */
export function disconnectingMeans(product: string, other: string | null): string {
  const use = `Applications will no longer be able to use ${product} for this tenant.`;
  return other === null
    ? `${use} The stored credentials will be deleted.`
    : `${use} The stored credentials will be deleted, unless ${other} uses the same ones: then ${other} stays as it is, and they are deleted when you disconnect that, too.`;
}

const CONFIRMATION = `<dialog data-part="confirmation" aria-labelledby="confirmation-title">
    <h2 id="confirmation-title"></h2>
    <p data-part="consequence"></p>
    <p>Nothing changes at Atlassian. You can connect again at any time.</p>
    <form method="dialog" class="actions"><button value="yes" class="bad">Disconnect</button><button value="no" class="quiet" autofocus>Keep it</button></form>
  </dialog>`;

/** What the page that ends a login in a popup knows. */
export interface PopupPage {
  /** The origin of the page that is told. */
  opener: string;
  /** Where that page is, with how it ended; null where it is a page of this service. */
  backHref: string | null;
  /** How the login ended, where this browser has completed one. */
  notice: NoticeView | null;
  /** The question for the site, which comes first. */
  choice: string | null;
}

/** The body of the page that ends a login in a popup. */
export function popupPageHtml({ opener, backHref, notice, choice }: PopupPage): string {
  if (choice !== null) return `<main><h1>One more question</h1>${choice}</main>`;
  const back =
    backHref === null ? '' : `<p><a class="button" href="${escapeHtml(backHref)}">Go back to the application</a></p>`;
  return `<main data-opener="${escapeHtml(opener)}">
    <h1>You can close this window</h1>
    ${notice === null ? '' : noticeHtml(notice)}
    ${back}
  </main>`;
}
