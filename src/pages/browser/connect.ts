// The script of the page of the connections: what a person can do there beside following its links.
import { type Client, createClient } from '../../client/index.ts';
import { type CardStatus, cardHtml, type Product } from '../card.ts';
import type { PageData } from '../connect-page.ts';
import { openInPopup } from './open-popup.ts';
import { part, problemOf, show } from './parts.ts';
import { Trial } from './trial.ts';

type Provider = Product['provider'];

const main = document.querySelector('main') as HTMLElement;
const data = JSON.parse(main.dataset.page ?? '{}') as PageData;

/** Shows the connections of one tenant and does what its buttons say. */
class ConnectionsPage {
  private client: Client | null = null;
  private readonly trial = new Trial(part(main, 'try'));
  /** What was connected here a moment ago, so that its site is asked for. */
  private justConnected: Provider | null = null;
  /** The cards as this script has made them, by their place. */
  private readonly shown: string[] = [];

  start(): void {
    document.documentElement.classList.add('scripted');
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

  private consented({ provider, status }: { provider: Provider; status: string }): void {
    if (status === 'success') this.justConnected = provider;
    void this.refresh();
  }

  /** Shows the connections as they are now. */
  private async refresh(): Promise<void> {
    const { client } = this;
    if (client === null) return;
    try {
      const all = await Promise.all(data.products.map(({ provider }) => client.connections.get(provider)));
      show(part(main, 'page-problem'), null);
      this.render(all);
      this.trial.offer(
        client,
        data.products.filter((_product, index) => all[index]?.connected),
      );
    } catch (error) {
      show(part(main, 'page-problem'), problemOf(error));
    }
  }

  private render(all: CardStatus[]): void {
    const cards = part(main, 'cards');
    const html = data.products.map((product, index) => {
      const status = all[index] as CardStatus;
      const asks = this.justConnected === product.provider && status.sites.length > 1;
      const sites = data.choosing === product.provider ? 'elsewhere' : asks ? 'asks' : 'offers';
      return cardHtml({ product, status, loginHref: this.loginHref(product), sites });
    });
    for (const [index, text] of html.entries()) {
      // What is the same stays, with what somebody has opened, is typing into, or has the focus on.
      if (this.shown[index] === text) continue;
      this.shown[index] = text;
      const made = document.createElement('template');
      made.innerHTML = text;
      const card = made.content.firstElementChild as HTMLElement;
      const before = cards.children[index];
      if (before?.isEqualNode(card)) continue;
      const hasFocus = before?.contains(document.activeElement);
      if (before) before.replaceWith(card);
      else cards.append(card);
      if (hasFocus) card.querySelector<HTMLElement>(':is(.button, button)')?.focus();
    }
  }

  /** A browser that navigates sends no key: then the script makes a link first. */
  private loginHref({ provider, setUp }: Product): string | null {
    if (data.needsKey || setUp !== 'done' || this.client === null) return null;
    return this.client.connections.loginUrl(provider);
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
    if (action === 'choose-site') {
      const { base_url } = fields;
      void this.perform(form, () => client.connections.change(provider, { base_url }));
      this.justConnected = null;
    }
    if (action === 'connect-by-token') {
      const { base_url, email, pat } = fields;
      const change = { base_url, pat, ...(email ? { email } : {}) };
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
    const client = createClient({
      baseUrl: data.base,
      apiKey: key,
      ...(tenant ? { tenant } : {}),
    });
    try {
      await client.connections.list();
    } catch (error) {
      return show(part(main, 'page-problem'), problemOf(error));
    }
    this.client = client;
    form.remove();
    await this.refresh();
    part(main, 'cards').querySelector<HTMLElement>('button, a')?.focus();
  }

  private async connect(client: Client, provider: Provider, button: HTMLButtonElement): Promise<void> {
    await this.perform(button, () =>
      openInPopup(async () => {
        const link = await client.connections.createLink(provider, { return_url: data.popupUrl });
        return link.url;
      }),
    );
  }

  private async disconnect(client: Client, provider: Provider, button: HTMLButtonElement): Promise<void> {
    const name = data.products.find((product) => product.provider === provider)?.name ?? provider;
    const dialog = part(main, 'confirmation') as HTMLDialogElement;
    (dialog.querySelector('h2') as HTMLElement).textContent = `Disconnect ${name}?`;
    dialog.returnValue = 'no';
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
    if (dialog.returnValue !== 'yes') return button.focus();
    await this.perform(button, () => client.connections.remove(provider));
    main.querySelector<HTMLElement>(`[data-provider=${provider}] :is(.button, button)`)?.focus();
  }

  /** Does it once, shows what it failed with beside what was pressed, and the connections as they are then. */
  private async perform(pressed: HTMLElement, deed: () => Promise<unknown>): Promise<void> {
    const card = pressed.closest<HTMLElement>('[data-provider]');
    const buttons = [...(card?.querySelectorAll('button') ?? [])];
    for (const button of buttons) button.disabled = true;
    try {
      await deed();
      if (card) show(part(card, 'problem'), null);
    } catch (error) {
      if (card) show(part(card, 'problem'), problemOf(error));
      return;
    } finally {
      for (const button of buttons) button.disabled = false;
    }
    await this.refresh();
  }
}

function providerOf(element: Element): Provider | null {
  const named = element.closest<HTMLElement>('[data-provider]')?.dataset.provider;
  return (named as Provider | undefined) ?? null;
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

new ConnectionsPage().start();
