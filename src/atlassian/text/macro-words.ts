import { type AdfRecord, isRecord, textOf } from './adf-nodes.ts';

/** Parameters that say what a macro shows, where they are texts. */
const SHOWN = [
  ...['title', 'key', 'jqlquery', 'jql', 'cql', 'query', 'url', 'src', 'name', 'body', 'default-parameter', ''],
  ...['labels', 'label', 'page', 'rootpage', 'root', 'spaces', 'space', 'spacekey', 'groups', 'patterns'],
];

/** What a macro shows, by the first of its texts that says it. @param texts by their names in small letters. */
export function shownText(texts: ReadonlyMap<string, string>): string | undefined {
  return SHOWN.map((name) => texts.get(name) ?? '').find((found) => found !== '');
}

/**
 * What an extension shows: a macro of Confluence's has its parameters in `macroParams`, each with a `value`, and an app of
 * Forge has them in `guestParams`.
 */
export function shownParameter({ parameters }: AdfRecord): string | null {
  const own = isRecord(parameters) ? parameters : {};
  const texts = new Map<string, string>();
  for (const from of [own, own.guestParams, own.macroParams]) {
    for (const [name, value] of Object.entries(isRecord(from) ? from : {})) {
      const text = textOf(isRecord(value) ? value.value : value);
      if (text !== null) texts.set(name.toLowerCase(), text.trim());
    }
  }
  return shownText(texts) ?? null;
}
