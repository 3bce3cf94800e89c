import { type Client, typeahead } from '../../client/index.ts';
import type { Product } from '../card.ts';
import { element, show } from './parts.ts';
import { isLost, problemOf } from './problems.ts';

const WORDS = {
  jira: {
    summary: 'An issue in Jira',
    place: 'Project',
    title: 'Summary',
    text: 'Description',
    button: 'Create issue',
  },
  confluence: { summary: 'A page in Confluence', place: 'Space', title: 'Title', text: 'Text', button: 'Create page' },
};
/** How many projects or spaces are proposed for what was typed. */
const MAX_PLACES = 50;

/** A small form that creates an issue or a page. `client` is the one of the moment. */
export function createForm(product: Product, client: () => Client, onLost: () => void): HTMLElement {
  const { provider, name } = product;
  const words = WORDS[provider];
  const known = element('datalist', { id: `${provider}-places` });
  const hint = (id: string, text: string) => element('span', { class: 'hint', id }, text);
  const place = element('input', {
    id: `${provider}-place`,
    list: known.id,
    required: '',
    autocomplete: 'off',
    'aria-describedby': `${provider}-place-hint`,
  });
  const title = element('input', { id: `${provider}-title`, required: '', maxlength: '255' });
  const text = element('textarea', { id: `${provider}-text`, 'aria-describedby': `${provider}-text-hint` });
  const done = element('p', { role: 'status' });
  const problem = element('p', { role: 'alert', class: 'problem' });
  show(problem, null);
  const button = element('button', { type: 'submit' }, words.button);
  const form = element(
    'form',
    {},
    element('label', { for: place.id }, words.place),
    place,
    known,
    hint(
      `${provider}-place-hint`,
      `Type its key, such as ${provider === 'jira' ? 'DEMO' : 'ENG'}, or part of its name.`,
    ),
    element('label', { for: title.id }, words.title),
    title,
    element('label', { for: text.id }, words.text),
    text,
    hint(`${provider}-text-hint`, 'You can use Markdown.'),
    element('div', { class: 'actions' }, button),
    done,
    problem,
  );
  const places = typeahead({
    search: (q, { signal }) => placesLike(client(), provider, q, signal),
    onAnswer: (found) =>
      known.replaceChildren(...found.map(({ key, name: called }) => element('option', { value: key }, called))),
    // Proposals are a help: what is typed is taken without them.
    onError: (error) => void (isLost(error) && onLost()),
  });
  place.addEventListener('input', () => places.type(place.value));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    show(problem, null);
    done.replaceChildren();
    create(client(), provider, { place: place.value.trim(), title: title.value, text: text.value })
      .then((made) => {
        const attributes = { href: made.url, target: '_blank', rel: 'noopener noreferrer' };
        done.replaceChildren('Created: ', element('a', attributes, `${made.id} ${made.title}`));
        form.reset();
      })
      .catch((error: unknown) => {
        show(problem, problemOf(error, { product: name, creates: true }));
        if (isLost(error)) onLost();
      })
      .finally(() => button.removeAttribute('aria-disabled'));
  });
  const box = element('details', {}, element('summary', {}, words.summary), form);
  // Asked for when it is wanted: most who come here only connect.
  box.addEventListener('toggle', () => box.open && places.type(place.value));
  return box;
}

async function placesLike(client: Client, provider: Product['provider'], q: string, signal: AbortSignal) {
  const asked = { limit: MAX_PLACES, ...(q.trim() === '' ? {} : { q }) };
  const { items } =
    provider === 'jira'
      ? await client.jira.projects(asked, { signal })
      : await client.confluence.spaces(asked, { signal });
  return items.flatMap(({ key, name }) => (key === null ? [] : [{ key, name: name ?? key }]));
}

function create(
  client: Client,
  provider: Product['provider'],
  { place, title, text }: { place: string; title: string; text: string },
) {
  return provider === 'jira'
    ? client.jira.create({ project: place, summary: title, ...(text === '' ? {} : { description: text }) })
    : client.confluence.create({ space: place, title, ...(text === '' ? {} : { content: text }) });
}
