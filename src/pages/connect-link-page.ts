import { rightsList } from './card.ts';
import { escapeHtml } from './html.ts';
import { byProduct } from './rights.ts';

/** What a person is told who opens a connect link, before Atlassian asks them. */
export interface LinkPage {
  product: string;
  /** The tenant's other product, where the consent asks for its rights too. */
  other: string | null;
  tenant: string;
  /** What the consent will ask for. */
  scopes: readonly string[];
  /** Whether the tenant has such a connection already, which is replaced. */
  isConnected: boolean;
  token: string;
  /** Where the form is sent. */
  action: string;
}

/** The body of the page of a connect link. */
export function linkPageHtml({ product, other, tenant, scopes, isConnected, token, action }: LinkPage): string {
  const name = escapeHtml(product);
  const parts = byProduct(scopes);
  const covered = parts.flatMap((part) => part.product ?? []).join(' and ') || name;
  return `<main><h1>Connect ${name}</h1><p class="tenant">Tenant <code>${escapeHtml(tenant)}</code></p>
    <section class="card">
      <p>You were asked to connect your ${name} account. Continue only if you know who sent you this link: they will be
        able to use ${covered} on your behalf.</p>
      <h2>Atlassian will ask you to allow this</h2>
      ${parts.map((part) => `${parts.length === 1 ? '' : `<h3>${part.product ?? 'Other'}</h3>`}${rightsList(part.scopes)}`).join('')}
      ${other === null ? '' : `<p>${escapeHtml(other)} is included because it is already connected for this tenant. Atlassian may end that connection when you allow a new one, so this one asks for both, and both keep working.</p>`}
      ${isConnected ? `<p>${name} is already connected for this tenant. If you continue, your account replaces that connection.</p>` : ''}
      <p>Access lasts until you withdraw it, which you can do at any time in your Atlassian account, under Connected apps.</p>
      <form method="post" action="${escapeHtml(action)}">
        <input type="hidden" name="token" value="${escapeHtml(token)}">
        <button type="submit">Continue to Atlassian</button>
      </form>
    </section></main>`;
}

/**
 * The body of the page that leads on to Atlassian.
 * @param url of the consent page, on whose host nothing of ours depends
 */
export function onwardPageHtml(url: string): string {
  return `<main><h1>Taking you to Atlassian</h1>
    <section class="card">
      <p>Atlassian will ask whether you allow access. If nothing happens, press the button.</p>
      <a class="button" href="${escapeHtml(url)}">Continue to Atlassian</a>
    </section></main>`;
}
