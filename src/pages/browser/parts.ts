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

const dateFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

/** Writes the dates within as whoever looks at them does, in their own time zone. */
export function localiseDates(within: ParentNode): void {
  for (const time of within.querySelectorAll('time')) {
    time.textContent = dateFormat.format(new Date(time.dateTime));
    // The page is in English, and a voice that reads it out would read this so too.
    time.lang = dateFormat.resolvedOptions().locale;
  }
}

/** An element with its attributes and what stands in it. */
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
