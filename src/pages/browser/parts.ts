import { IntegrationError } from '../../client/index.ts';

/** The part of a page that is called `name`. */
export function part(within: HTMLElement, name: string): HTMLElement {
  const found = within.querySelector<HTMLElement>(`[data-part="${name}"]`);
  if (found === null) throw new Error(`the page has no part ${name}`);
  return found;
}

/** Shows a text, or hides its place. */
export function show(place: HTMLElement, text: string | null): void {
  place.textContent = text ?? '';
  place.hidden = text === null;
}

/** What a person is told of a failure. */
export function problemOf(error: unknown): string {
  if (!(error instanceof IntegrationError)) return 'Something went wrong on this page. Load it again.';
  if (error.code === 'UNREACHABLE') return 'The service does not answer. Check your connection, then try again.';
  return error.message;
}

/** An element with its text and attributes. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}
