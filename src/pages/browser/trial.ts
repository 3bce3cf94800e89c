import { type Client, type SearchItem, type Typeahead, typeahead } from '../../client/index.ts';
import type { Product } from '../card.ts';
import { createForm } from './create-form.ts';
import { element, show } from './parts.ts';
import { isLost, problemOf } from './problems.ts';

const MAX_RESULTS = 8;
/** As a frontend's box is used: `@jira_login bug` names the product before what is looked for. */
const NAMED = /^@(jira|confluence)_\s*/i;
const TITLES = { jira: 'Jira', confluence: 'Confluence' };

/** A product that is connected, with what tells its connection from another. */
export interface ConnectedProduct {
  product: Product;
  mark: string;
  refused: Refusals;
}

/** Why something is not offered, in words for people; null where it is. */
export interface Refusals {
  search: string | null;
  create: string | null;
}

interface Found {
  product: Product;
  items: SearchItem[];
}

/** Lets a person try what applications do with the connections: search while typing, and create. */
export class Trial {
  private connected: ConnectedProduct[] = [];
  private client: Client | null = null;
  private product: Product | null = null;
  private readonly box: Typeahead;
  private readonly input = element('input', {
    id: 'search',
    type: 'search',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: '2000',
    'aria-describedby': 'search-hint',
  });
  private readonly choices = element('div', { class: 'tabs', role: 'group', 'aria-label': 'Where to search' });
  private readonly state = element('p', { role: 'status', class: 'hint' });
  private readonly problem = element('p', { role: 'alert', class: 'problem' });
  private readonly results = element('ul', { class: 'results', 'aria-label': 'Results' });
  private readonly searching = element(
    'div',
    {},
    this.choices,
    element('label', { for: 'search' }, 'Search by words, key or query'),
    this.input,
    element('span', { class: 'hint', id: 'search-hint' }, 'For example "login bug", "DEMO-1", JQL or CQL.'),
    this.state,
    this.problem,
    this.results,
  );
  private readonly notSearched = element('div');
  private readonly forms = element('div');

  /** @param onLost told when a connection turns out to have ended. */
  constructor(
    private readonly place: HTMLElement,
    private readonly onLost: () => void,
  ) {
    this.box = typeahead<Found>({
      search: (text, { signal }) => this.find(text, signal),
      onAnswer: (found) => this.showFound(found),
      onError: (error, text) => this.showProblem(error, text),
    });
    this.input.addEventListener('input', () => this.look());
    show(this.problem, null);
  }

  /**
   * Offers `connected` products, or nothing where none is. What belongs to a connection that is as it was stays.
   * @returns the product of what had the focus and was taken away; null where the focus stayed.
   */
  offer(client: Client, connected: ConnectedProduct[]): Product['provider'] | null {
    this.client = client;
    const before = this.connected;
    if (JSON.stringify(before) === JSON.stringify(connected)) return null;
    const focused = this.place.contains(document.activeElement) ? document.activeElement : null;
    const worked = focused?.closest<HTMLElement>('[data-of]')?.dataset.of ?? this.chosen()?.provider ?? null;
    this.connected = connected;
    this.show(before);
    const isGone = focused !== null && (!focused.isConnected || focused.closest('[hidden]') !== null);
    return isGone && !this.place.contains(document.activeElement) ? (worked as Product['provider'] | null) : null;
  }

  private show(before: ConnectedProduct[]): void {
    const searched = this.searched();
    this.product = searched.find(({ provider }) => provider === this.product?.provider) ?? searched[0] ?? null;
    if (this.connected.length === 0) {
      this.box.stop();
      this.place.replaceChildren();
      return;
    }
    if (!this.place.contains(this.input)) this.place.append(this.searchSection(), this.createSection());
    this.offerChoices();
    this.offerForms(before);
    this.look();
  }

  private searchSection(): HTMLElement {
    return element(
      'section',
      { class: 'card', 'aria-labelledby': 'search-title' },
      element('h2', { id: 'search-title' }, 'Search'),
      this.searching,
      this.notSearched,
    );
  }

  /** The products that may be searched. */
  private searched(): Product[] {
    return this.connected.flatMap(({ product, refused }) => (refused.search === null ? [product] : []));
  }

  private createSection(): HTMLElement {
    const title = element('h2', { id: 'create-title' }, 'Create');
    return element('section', { class: 'card', 'aria-labelledby': 'create-title' }, title, this.forms);
  }

  /** Which product, where there are two, and why another is not among them. */
  private offerChoices(): void {
    this.searching.hidden = this.product === null;
    this.notSearched.replaceChildren(...this.connected.flatMap(({ refused }) => refusalParts(refused.search)));
    const hadFocus = this.choices.contains(document.activeElement);
    const buttons = this.searched().map((product) => {
      const button = element('button', { type: 'button', 'data-of': product.provider }, product.name);
      button.addEventListener('click', () => {
        this.product = product;
        // What is pressed last decides, and not what was typed before.
        this.input.value = this.input.value.replace(NAMED, '');
        this.look();
      });
      return button;
    });
    this.choices.replaceChildren(...buttons);
    this.choices.hidden = buttons.length < 2;
    this.pressChosen();
    if (!hadFocus || this.searching.hidden) return;
    (buttons.length < 2 ? this.input : this.choices.querySelector<HTMLElement>('[aria-pressed=true]'))?.focus();
  }

  /** Shows by the buttons where is searched, be it that one was pressed or that the product was typed. */
  private pressChosen(): void {
    const chosen = this.chosen()?.provider;
    for (const button of this.choices.children as HTMLCollectionOf<HTMLElement>) {
      button.setAttribute('aria-pressed', String(button.dataset.of === chosen));
    }
  }

  /** The product that what is typed names, if it may be searched, else the one that was chosen. */
  private chosen(): Product | null {
    const named = NAMED.exec(this.input.value)?.[1]?.toLowerCase();
    return this.searched().find(({ provider }) => provider === named) ?? this.product;
  }

  private offerForms(before: ConnectedProduct[]): void {
    const markOf = (all: ConnectedProduct[], provider: string | undefined) => {
      const { mark, refused } = all.find(({ product }) => product.provider === provider) ?? {};
      return `${mark} ${refused?.create}`;
    };
    for (const form of [...this.forms.children] as HTMLElement[]) {
      const { of } = form.dataset;
      if (markOf(before, of) !== markOf(this.connected, of)) form.remove();
    }
    for (const { product, refused } of this.connected) {
      if (this.forms.querySelector(`[data-of=${product.provider}]`)) continue;
      const [form = createForm(product, () => this.client as Client, this.onLost)] = refusalParts(refused.create);
      form.dataset.of = product.provider;
      this.forms.append(form);
    }
  }

  /** Asks for what stands in the box now, in the product that is chosen now. */
  private look(): void {
    this.box.stop();
    this.pressChosen();
    show(this.problem, null);
    if (this.product === null || this.input.value.trim() === '') {
      this.results.replaceChildren();
      this.results.removeAttribute('aria-busy');
      this.state.textContent = '';
      return;
    }
    this.results.setAttribute('aria-busy', 'true');
    this.state.textContent = 'Searching…';
    this.box.type(this.input.value);
  }

  private async find(typed: string, signal: AbortSignal): Promise<Found> {
    const { product, q } = this.named(typed);
    const client = this.client as Client;
    const asked = { q, limit: MAX_RESULTS };
    const answer =
      product.provider === 'jira' ? client.jira.search(asked, { signal }) : client.confluence.search(asked, { signal });
    return { product, items: (await answer).items };
  }

  private named(typed: string): { product: Product; q: string } {
    const [prefix = '', named = ''] = NAMED.exec(typed) ?? [];
    const provider = named.toLowerCase() as Product['provider'] | '';
    if (provider === '') return { product: this.product as Product, q: typed };
    const found = this.connected.find(({ product }) => product.provider === provider);
    if (!found) throw new NotHere(`${TITLES[provider]} is not connected.`);
    if (found.refused.search !== null) throw new NotHere(found.refused.search);
    return { product: found.product, q: typed.slice(prefix.length) };
  }

  private showFound({ product, items }: Found): void {
    const count = items.length === 0 ? 'Nothing' : items.length;
    this.state.textContent = `${count} found in ${product.name}.`;
    this.results.removeAttribute('aria-busy');
    this.results.replaceChildren(...items.map(resultItem));
  }

  private showProblem(error: unknown, typed: string): void {
    this.state.textContent = '';
    this.results.replaceChildren();
    this.results.removeAttribute('aria-busy');
    const words = error instanceof NotHere ? error.message : null;
    show(this.problem, words ?? problemOf(error, { product: this.named(typed).product.name }));
    if (isLost(error)) this.onLost();
  }
}

/** A product that was named is not connected, or may not be searched. */
class NotHere extends Error {}

const refusalParts = (refusal: string | null): HTMLElement[] =>
  refusal === null ? [] : [element('p', { class: 'hint' }, refusal)];

function resultItem({ id, title, url, snippet, metadata }: SearchItem): HTMLElement {
  const words = element('bdi', {}, title ?? id);
  // In a tab of its own: a key that was entered here would be gone on the way back.
  const elsewhere = { target: '_blank', rel: 'noopener noreferrer' };
  const line = url === null ? words : element('a', { href: url, ...elsewhere }, words);
  const { status } = metadata as { status?: unknown };
  const item = element('li', {}, ...(/^[A-Z]/.test(id) ? [`${id} `] : []), line);
  if (typeof status === 'string') item.append(` · ${status}`);
  if (snippet) item.append(element('p', { class: 'hint' }, snippet));
  return item;
}
