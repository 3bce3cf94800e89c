import { type Client, type SearchItem, type Typeahead, typeahead } from '../../client/index.ts';
import type { Product } from '../card.ts';
import { element, problemOf, show } from './parts.ts';

const MAX_RESULTS = 8;
/** As a frontend's box is used: `@jira_login bug` names the product before what is looked for. */
const NAMED = /^@(jira|confluence)_\s*/i;

/** Lets a person try what applications do with the connections: search while typing, and create. */
export class Trial {
  private offered = '';
  private client: Client | null = null;
  private product: Product | null = null;
  private search: Typeahead | null = null;

  constructor(private readonly place: HTMLElement) {}

  /** Offers `connected` products, or nothing where none is. */
  offer(client: Client, connected: Product[]): void {
    this.client = client;
    const now = connected.map(({ provider }) => provider).join();
    if (now === this.offered) return;
    this.offered = now;
    this.search?.stop();
    this.place.replaceChildren();
    const [first] = connected;
    if (!first) return;
    this.product = first;
    this.place.append(this.searchSection(connected), this.createSection(connected));
  }

  private searchSection(connected: Product[]): HTMLElement {
    const input = element('input', {
      id: 'search',
      type: 'search',
      autocomplete: 'off',
      spellcheck: 'false',
      'aria-describedby': 'search-hint',
    });
    const state = element('p', { role: 'status', class: 'hint' });
    const problem = element('p', { role: 'alert', class: 'problem' });
    const results = element('ul', { class: 'results', 'aria-label': 'Results' });
    show(problem, null);
    const box = typeahead<SearchItem[]>({
      search: async (text, { signal }) => {
        const { product, text: q } = this.named(text, connected);
        const { client } = this;
        if (client === null) return [];
        const asked = { q, limit: MAX_RESULTS };
        const answer =
          product.provider === 'jira'
            ? client.jira.search(asked, { signal })
            : client.confluence.search(asked, { signal });
        return (await answer).items;
      },
      onAnswer: (items, text) => {
        show(problem, null);
        const { product } = this.named(text, connected);
        show(
          state,
          items.length === 0 ? `Nothing found in ${product.name}.` : `${items.length} found in ${product.name}.`,
        );
        results.replaceChildren(...items.map(resultItem));
      },
      onError: (error) => {
        show(state, null);
        results.replaceChildren();
        show(problem, problemOf(error));
      },
    });
    this.search = box;
    const look = () => {
      if (input.value.trim() === '') {
        box.stop();
        results.replaceChildren();
        return show(state, null);
      }
      show(state, 'Searching…');
      box.type(input.value);
    };
    input.addEventListener('input', look);
    const choices = this.productChoice(connected, look);
    return element(
      'section',
      { class: 'card', 'aria-labelledby': 'search-title' },
      element('h2', { id: 'search-title' }, 'Search'),
      ...choices,
      element('label', { for: 'search' }, 'Find by words, key or query'),
      input,
      element('span', { class: 'hint', id: 'search-hint' }, 'Such as "login bug", "DEMO-1", or JQL or CQL.'),
      state,
      problem,
      results,
    );
  }

  /** Which product, where there are two. */
  private productChoice(connected: Product[], changed: () => void): HTMLElement[] {
    if (connected.length < 2) return [];
    const buttons = connected.map((product) => {
      const button = element(
        'button',
        { type: 'button', 'aria-pressed': String(product === this.product) },
        product.name,
      );
      button.addEventListener('click', () => {
        this.product = product;
        for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
        changed();
      });
      return button;
    });
    return [element('div', { class: 'tabs', role: 'group', 'aria-label': 'Where to search' }, ...buttons)];
  }

  private named(text: string, connected: Product[]): { product: Product; text: string } {
    const [prefix, name] = NAMED.exec(text) ?? [];
    const named = connected.find(({ provider }) => provider === name?.toLowerCase());
    return {
      product: named ?? (this.product as Product),
      text: prefix === undefined ? text : text.slice(prefix.length),
    };
  }

  private createSection(connected: Product[]): HTMLElement {
    return element(
      'section',
      { class: 'card', 'aria-labelledby': 'create-title' },
      element('h2', { id: 'create-title' }, 'Create'),
      ...connected.map((product) => this.createForm(product)),
    );
  }

  private createForm({ provider, name }: Product): HTMLElement {
    const isJira = provider === 'jira';
    const place = element('select', { id: `${provider}-place`, required: '' });
    const title = element('input', { id: `${provider}-title`, required: '', maxlength: '255' });
    const text = element('textarea', { id: `${provider}-text`, 'aria-describedby': `${provider}-text-hint` });
    const done = element('p', { role: 'status' });
    const problem = element('p', { role: 'alert', class: 'problem' });
    show(problem, null);
    const button = element('button', { type: 'submit' }, isJira ? 'Create issue' : 'Create page');
    const form = element(
      'form',
      {},
      element('label', { for: place.id }, isJira ? 'Project' : 'Space'),
      place,
      element('label', { for: title.id }, isJira ? 'Summary' : 'Title'),
      title,
      element('label', { for: text.id }, isJira ? 'Description' : 'Text'),
      text,
      element('span', { class: 'hint', id: `${provider}-text-hint` }, 'Markdown.'),
      element('div', { class: 'actions' }, button),
      done,
      problem,
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      show(problem, null);
      done.replaceChildren();
      void this.create(provider, place.value, title.value, text.value)
        .then((made) => {
          done.replaceChildren('Created: ', element('a', { href: made.url ?? '' }, `${made.id} ${made.title}`));
          form.reset();
        })
        .catch((error: unknown) => show(problem, problemOf(error)))
        .finally(() => {
          button.disabled = false;
        });
    });
    const box = element(
      'details',
      {},
      element('summary', {}, isJira ? `An issue in ${name}` : `A page in ${name}`),
      form,
    );
    // Asked for when it is wanted: most who come here only connect.
    box.addEventListener('toggle', () => {
      if (!box.open || place.options.length > 0) return;
      void this.places(provider)
        .then((found) =>
          place.replaceChildren(
            ...found.map(({ key, name: called }) => element('option', { value: key }, `${called} (${key})`)),
          ),
        )
        .catch((error: unknown) => show(problem, problemOf(error)));
    });
    return box;
  }

  private async places(provider: Product['provider']): Promise<{ key: string; name: string }[]> {
    const { client } = this;
    if (client === null) return [];
    const { items } =
      provider === 'jira' ? await client.jira.projects({ limit: 50 }) : await client.confluence.spaces({ limit: 50 });
    return items.flatMap(({ key, name }) => (key === null ? [] : [{ key, name: name ?? key }]));
  }

  private create(provider: Product['provider'], place: string, title: string, text: string) {
    const client = this.client as Client;
    return provider === 'jira'
      ? client.jira.create({ project: place, summary: title, ...(text === '' ? {} : { description: text }) })
      : client.confluence.create({ space: place, title, ...(text === '' ? {} : { content: text }) });
  }
}

function resultItem({ id, title, url, snippet, metadata }: SearchItem): HTMLElement {
  const name = element('span', {}, `${id} `);
  const line =
    url === null ? element('strong', {}, title ?? id) : element('a', { href: url, rel: 'noreferrer' }, title ?? id);
  const facts = metadata as Record<string, unknown>;
  const state = typeof facts.status === 'string' ? ` · ${facts.status}` : '';
  const item = element('li', {}, ...(/^[A-Z]/.test(id) ? [name] : []), line, state);
  if (snippet) item.append(element('p', { class: 'hint' }, snippet));
  return item;
}
