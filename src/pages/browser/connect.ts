// The script of the page of the connections: what a person can do there beside following its links.
import { type Client, type Connection, createClient } from '../../client/index.ts';
import { cardHtml, type Product } from '../card.ts';
import { connectedNotice, endedNotice, failureNotice } from '../connect-outcome.ts';
import { disconnectingMeans, noticeHtml, type PageData, tenantHtml } from '../connect-page.ts';
import { openInPopup } from './open-popup.ts';
import { localiseDates, part, show } from './parts.ts';
import { problemOf, refusalOf } from './problems.ts';
import { siteAddress } from './site-address.ts';
import { type Refusals, Trial } from './trial.ts';

type Provider = Product['provider'];

const main = document.querySelector('main') as HTMLElement;
const data = JSON.parse(main.dataset.page ?? '{}') as PageData;

/** Shows the connections of one tenant and does what its buttons say. */
class ConnectionsPage {
  private client: Client | null = null;
  private readonly trial = new Trial(part(main, 'try'), () => void this.refresh());
  /** The cards as they were made, by their place: not as they are, with what somebody has opened in them. */
  private readonly shown = [...part(main, 'cards').children].map(({ outerHTML }) => outerHTML);
  private refreshes = 0;
  /** The connections at the last look, in the order of the products. */
  private latest: Connection[] = [];
  /** Which products were connected at the last look, but for those that were disconnected here since. */
  private readonly wereConnected = new Set<Provider>();

  start(): void {
    document.documentElement.classList.add('scripted');
    localiseDates(main);
    main.addEventListener('submit', (event) => this.submitted(event));
    main.addEventListener('click', (event) => this.clicked(event));
    // A consent in another window or tab may have changed everything meanwhile.
    addEventListener('focus', () => void this.refresh());
    addEventListener('message', ({ origin, data: told }) => {
      if (origin === new URL(data.popupUrl).origin && told?.type === 'atlassian-connection') this.consented(told);
    });
    if (data.needsKey) {
      const named = new URLSearchParams(location.search).get('tenant_id');
      const field = main.querySelector<HTMLInputElement>('[name=tenant]');
      if (field && named) field.value = named;
      return;
    }
    this.client = createClient({ baseUrl: data.base, tenant: data.tenant ?? undefined });
    void this.refresh();
  }

  /** A login in a popup has ended. */
  private consented({ provider, status, error }: { provider: Provider; status: string; error?: string }): void {
    const name = data.products.find((product) => product.provider === provider)?.name ?? provider;
    const failed = status === 'success' ? null : failureNotice(error ?? '', name);
    const look = failed?.kind === 'declined' ? 'calm' : 'bad';
    part(main, 'notice').innerHTML = failed ? noticeHtml({ look, text: failed.text, againHref: null }) : '';
    void this.refresh();
  }

  /** Shows the connections as they are now, unless that has been asked anew before the answer came. */
  private async refresh(): Promise<void> {
    const { client } = this;
    if (client === null) return;
    this.refreshes += 1;
    const mine = this.refreshes;
    try {
      const all = await Promise.all(data.products.map(({ provider }) => client.connections.get(provider)));
      if (mine !== this.refreshes) return;
      this.latest = all;
      show(part(main, 'page-problem'), null);
      const notices = part(main, 'notice');
      const wasChoosing = notices.contains(document.activeElement);
      this.updateNotices(all);
      this.render(all);
      if (wasChoosing && !notices.contains(document.activeElement)) this.focusCard(data.choosing);
      const connected = data.products.flatMap((product, index) => {
        const status = all[index];
        // Another site or person has other projects.
        return status?.connected ? [{ product, mark: `${status.base_url} ${status.account?.id}` }] : [];
      });
      const offered = await Promise.all(
        connected.map(async (one) => ({ ...one, refused: await refusals(client, one.product) })),
      );
      if (mine !== this.refreshes) return;
      this.focusCard(this.trial.offer(client, offered));
    } catch (error) {
      if (mine === this.refreshes) show(part(main, 'page-problem'), problemOf(error));
    }
  }

  /** Says which connections have ended since the last look, and takes back what was said or asked and holds no longer. */
  private updateNotices(all: Connection[]): void {
    const notices = part(main, 'notice');
    for (const [index, { provider, name }] of data.products.entries()) {
      const { connected = false, error = null } = all[index] ?? {};
      const ended = endedNotice(name, error !== null).text;
      const untrue = connected
        ? [true, false].map((isBroken) => endedNotice(name, isBroken).text)
        : [connectedNotice(name).text];
      for (const notice of notices.querySelectorAll('.notice')) {
        if (untrue.includes(notice.textContent ?? '')) notice.remove();
      }
      if (connected) {
        this.wereConnected.add(provider);
        continue;
      }
      if (data.choosing === provider) notices.querySelector('form')?.remove();
      if (!this.wereConnected.delete(provider)) continue;
      notices.insertAdjacentHTML('afterbegin', noticeHtml({ look: 'bad', text: ended, againHref: null }));
    }
  }

  /** Leads on whoever was at something of a product that is there no more. */
  private focusCard(provider: Provider | null): void {
    const card = part(main, 'cards').querySelector<HTMLElement>(`[data-provider="${provider}"]`);
    if (card) focusNext(card);
  }

  private render(all: Connection[]): void {
    const cards = part(main, 'cards');
    for (const [index, product] of data.products.entries()) {
      const status = all[index];
      if (!status) continue;
      const siteIsAsked = data.choosing === product.provider && part(main, 'notice').querySelector('form') !== null;
      const made = document.createElement('template');
      made.innerHTML = cardHtml({ product, status, siteIsAsked });
      const card = made.content.firstElementChild as HTMLElement;
      if (this.shown[index] === card.outerHTML) continue;
      this.shown[index] = card.outerHTML;
      localiseDates(card);
      const before = cards.children[index];
      const focused = before?.contains(document.activeElement) ? document.activeElement : null;
      if (before) before.replaceWith(card);
      else cards.append(card);
      if (focused) focusLike(card, focused);
    }
  }

  private submitted(event: SubmitEvent): void {
    const form = event.target as HTMLFormElement;
    const { action } = form.dataset;
    if (action === undefined) return;
    event.preventDefault();
    const fields = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
    const { client } = this;
    if (action === 'use-key') return void this.useKey(form, fields);
    const provider = providerOf(form);
    if (client === null || provider === null) return;
    const { base_url, email, pat } = fields;
    if (action === 'choose-site') void this.perform(form, () => client.connections.change(provider, { base_url }));
    if (action === 'connect-by-token') {
      const site = siteAddress(base_url ?? '');
      (form.elements.namedItem('base_url') as HTMLInputElement).value = site;
      const change = { base_url: site, pat, ...(email ? { email } : {}) };
      void this.perform(form, () => client.connections.change(provider, change));
    }
  }

  private clicked(event: MouseEvent): void {
    const button = (event.target as Element).closest<HTMLButtonElement>('button[data-action]');
    const { client } = this;
    const action = button?.dataset.action;
    if (!button || action === undefined) return;
    if (action === 'copy') return void copy(button);
    const provider = providerOf(button);
    if (client === null || provider === null) return;
    if (action === 'connect') void this.connect(client, provider, button);
    if (action === 'disconnect') void this.disconnect(client, provider, button);
  }

  private async useKey(form: HTMLFormElement, { key, tenant }: Record<string, string>): Promise<void> {
    let client: Client;
    let connection: Connection;
    unmark(form);
    show(part(main, 'page-problem'), null);
    try {
      client = createClient({ baseUrl: data.base, apiKey: key, tenant: tenant || undefined });
      connection = await client.connections.get('jira');
    } catch (error) {
      return show(part(main, 'page-problem'), problemOf(error, { form }));
    }
    this.client = client;
    form.remove();
    // Whose connections these are, a key says that is made for one tenant.
    part(main, 'hint').outerHTML = tenantHtml(connection.tenant_id);
    await this.refresh();
    const heading = main.querySelector('h1') as HTMLElement;
    heading.tabIndex = -1;
    (part(main, 'cards').querySelector<HTMLElement>('button, a, summary') ?? heading).focus();
  }

  private async connect(client: Client, provider: Provider, button: HTMLButtonElement): Promise<void> {
    await this.perform(button, () =>
      openInPopup({
        name: `atlassian-${provider}`,
        address: async () => (await client.connections.createLink(provider, { return_url: data.popupUrl })).url,
        onClosed: () => void this.refresh(),
      }),
    );
  }

  private async disconnect(client: Client, provider: Provider, button: HTMLButtonElement): Promise<void> {
    const name = data.products.find((product) => product.provider === provider)?.name ?? provider;
    const dialog = part(main, 'confirmation') as HTMLDialogElement;
    (dialog.querySelector('h2') as HTMLElement).textContent = `Disconnect ${name}?`;
    part(dialog, 'consequence').textContent = disconnectingMeans(name, this.sharerOf(provider));
    dialog.returnValue = 'no';
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
    button.focus();
    if (dialog.returnValue !== 'yes') return;
    await this.perform(button, async () => {
      await client.connections.remove(provider);
      this.wereConnected.delete(provider);
    });
  }

  /** The other product, where the credentials may be its, too: both connected by OAuth, as the same person. */
  private sharerOf(provider: Provider): string | null {
    const index = data.products.findIndex((product) => product.provider !== provider);
    const [other, own] = [this.latest[index], this.latest[1 - index]];
    const mayShare = own?.auth === 'oauth' && other?.auth === 'oauth' && own.account?.id === other.account?.id;
    return mayShare ? (data.products[index]?.name ?? null) : null;
  }

  /** Does it once, shows what it failed with beside what was pressed, and the connections as they are then. */
  private async perform(pressed: HTMLElement, deed: () => Promise<unknown>): Promise<void> {
    const card = pressed.closest<HTMLElement>('[data-provider]');
    if (card === null || card.getAttribute('aria-busy') === 'true') return;
    card.setAttribute('aria-busy', 'true');
    const buttons = [...card.querySelectorAll('button')];
    // They stay where the focus can be.
    for (const button of buttons) button.setAttribute('aria-disabled', 'true');
    unmark(pressed);
    show(part(card, 'problem'), null);
    try {
      await deed();
      // What was said and asked before is over.
      part(main, 'notice').replaceChildren();
    } catch (error) {
      const { name = '' } = data.products.find((product) => product.provider === providerOf(card)) ?? {};
      show(part(card, 'problem'), problemOf(error, { product: name, form: pressed }));
    }
    card.removeAttribute('aria-busy');
    for (const button of buttons) button.removeAttribute('aria-disabled');
    await this.refresh();
  }
}

function providerOf(element: Element): Provider | null {
  const named = element.closest<HTMLElement>('[data-provider]')?.dataset.provider;
  return (named as Provider | undefined) ?? null;
}

function unmark(form: HTMLElement): void {
  for (const field of form.querySelectorAll('[aria-invalid]')) field.removeAttribute('aria-invalid');
}

/** Puts the focus where it was, in a card that was made anew: on the same control, else on what is next. */
function focusLike(card: HTMLElement, focused: Element): void {
  const { id } = focused;
  const action = focused.closest<HTMLElement>('[data-action]')?.dataset.action;
  const same =
    (id && card.querySelector<HTMLElement>(`#${id}`)) ||
    (action && card.querySelector<HTMLElement>(`button[data-action="${action}"], [data-action="${action}"] button`));
  if (same) same.focus();
  else focusNext(card);
}

/** Puts the focus on what somebody would do next with a card; where there is nothing, on its heading. */
function focusNext(card: HTMLElement): void {
  const begins = card.querySelector<HTMLElement>('a.button, [data-action=connect]');
  const next = begins ?? card.querySelector<HTMLElement>('summary, button');
  const heading = card.querySelector('h2') as HTMLElement;
  if (next === null) heading.tabIndex = -1;
  (next ?? heading).focus();
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const copied = part(button.parentElement as HTMLElement, 'copied');
  try {
    await navigator.clipboard.writeText(copied.textContent ?? '');
    button.textContent = 'Copied';
  } catch {
    // Without leave to write there, the person can.
    getSelection()?.selectAllChildren(copied);
  }
}

/** Why a search or a form is not offered, where the rights of the caller, the tenant or the connection say so. */
async function refusals(client: Client, { provider, name }: Product): Promise<Refusals> {
  const [search, create] = await Promise.all([
    client.tools.get(`${provider}.search`),
    client.tools.get(`${provider}.create`),
  ]);
  const created = provider === 'jira' ? 'issues' : 'pages';
  return {
    search: refusalOf(search, { product: name, deed: `search ${name}` }),
    create: refusalOf(create, { product: name, deed: `create ${created} in ${name}` }),
  };
}

new ConnectionsPage().start();
