import { bareName, editDistance } from './spelling.ts';
import { withoutTrailingSlashes } from './urls.ts';

export type Environment = Record<string, string | undefined>;

/** A URL for a message; what stands before an `@` may be a password, also in what no URL parser takes. */
export function shown(url: string): string {
  return url.includes('@') ? '(masked: it may contain a password)' : JSON.stringify(url);
}

/** Names that begin so are meant for a service like this one, if not for this one. */
const PRODUCTS = new Set(['ATLASSIAN', 'JIRA', 'CONFLUENCE']);
/** Shorter names are too common to be told from those of other programs. */
const MIN_TYPO_CHARACTERS = 8;
const MAX_TYPO_CHARACTERS = 64;

/** Blanks that do not look like ones, and what cannot be seen; line ends and tabs may separate the entries of a list. */
const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}\u00a0\u2000-\u200a\u202f\u3000]|(?![\t\n\r])\p{Cc}/gu;
const QUOTE = /^["'`\u2018-\u201f\u00ab\u00bb]|["'`\u2018-\u201f\u00ab\u00bb]$/g;
/** Random ones may begin or end with a quote, and lose nothing by it. */
const RANDOM = new Set(['STATE_SIGNING_SECRET', 'APP_SECRET_KEY', 'SECRET_KEY']);
/** What examples have in the place of a client id or secret. */
const EXAMPLE =
  /^(?:<.*>|\{\{.*|\$[{(].*|(?:your|insert|enter|paste|todo|replace|example|placeholder|dummy|change)(?:[-_ .].*|me.*)?|x{3,}|(?:atlassian|jira|confluence|oauth)?[-_ ]?client[-_ ]?(?:id|secret))$/i;

/** Reads settings by name and collects what is wrong with them. */
export class Settings {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  /** Every name that was asked for, and whether it is the setting's own rather than a further one. */
  private readonly known = new Map<string, boolean>();

  constructor(private readonly env: Environment) {}

  problem(text: string): void {
    if (!this.problems.includes(text)) this.problems.push(text);
  }

  warning(text: string): void {
    if (!this.warnings.includes(text)) this.warnings.push(text);
  }

  /** The first of the names that is set to more than blanks. */
  find(names: readonly string[]): { name: string; value: string } | null {
    for (const [index, name] of names.entries()) this.known.set(name, index === 0 || this.known.get(name) === true);
    for (const name of names) {
      const value = this.clean(name, this.env[name]?.trim() ?? '');
      if (value) return { name, value };
    }
    return null;
  }

  /** The value without what was not meant to be in it, which is a problem each. */
  private clean(name: string, value: string): string {
    const visible = value.replace(INVISIBLE, '');
    if (visible !== value) {
      const [first = ''] = value.match(INVISIBLE) ?? [];
      const code = (first.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      this.problem(`${name} contains a character that cannot be seen (U+${code}): type the value again by hand`);
    }
    const quotes = visible.match(QUOTE)?.length ?? 0;
    if (quotes === 2) {
      this.problem(`${name} is in quotes, which are taken as part of the value: remove them`);
    } else if (quotes === 1 && !RANDOM.has(name)) {
      this.problem(`${name} has a quote at one end, which is taken as part of the value: remove it`);
    } else return visible.trim();
    return visible.replace(QUOTE, '').trim();
  }

  /** Warns of names that are set and look like a misspelling of one that was read. To be called when all were. */
  warnOfMisspellings(alsoKnown: readonly string[]): void {
    for (const name of alsoKnown) this.known.set(name, true);
    for (const [name, value] of Object.entries(this.env)) {
      if (this.known.has(name) || !value?.trim() || name.length > MAX_TYPO_CHARACTERS) continue;
      // Further names are too common (APP_SECRET_KEY, API_SECRET_KEY) to be told by their letters.
      const isMeant = ([one, isOwn]: [string, boolean]) =>
        !this.env[one]?.trim() && ((isOwn && differsLittle(name, one)) || leavesWordsOut(name, one));
      const meant = [...this.known].find(isMeant)?.[0];
      if (meant !== undefined)
        this.warning(`${name} is set, but this service has no such setting. Did you mean ${meant}?`);
    }
  }

  text(...names: string[]): string | null {
    return this.find(names)?.value ?? null;
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    const value = this.text(name);
    if (value === null) return fallback;
    const number = Number(value);
    if (/^\d{1,9}$/.test(value) && number >= min && number <= max) return number;
    const kubernetes = value.startsWith('tcp://')
      ? '. Kubernetes sets such values for a Service of that name: set the variable in the container yourself, or enableServiceLinks: false in the pod'
      : '';
    this.problem(`${name} is ${JSON.stringify(value)}: it must be a whole number from ${min} to ${max}${kubernetes}`);
    return fallback;
  }

  boolean(name: string, fallback: 'true' | 'false' = 'false'): boolean {
    const value = this.text(name)?.toLowerCase() ?? fallback;
    if (!['true', 'false', '1', '0'].includes(value)) {
      this.problem(`${name} is ${JSON.stringify(value)}: it must be true, false, 1 or 0`);
    }
    return value === 'true' || value === '1';
  }

  choice(name: string, allowed: string[], fallback: string): string {
    const value = this.text(name)?.toLowerCase() ?? fallback;
    if (allowed.includes(value)) return value;
    this.problem(`${name} is ${JSON.stringify(value)}: it must be one of ${allowed.join(', ')}`);
    return fallback;
  }

  scopes(name: string, fallback: string): string[] {
    const scopes = (this.text(name) ?? fallback).split(/\s+/);
    if (!scopes.every((scope) => /^[A-Za-z0-9:._-]+$/.test(scope))) {
      this.problem(`${name} is ${JSON.stringify(scopes.join(' '))}: it must be OAuth scopes separated by spaces`);
    }
    return [...new Set([...scopes, 'offline_access'])];
  }

  /** An absolute http(s) URL without its trailing slash, user info, query or fragment. */
  url(...names: string[]): string | null {
    const found = this.find(names);
    if (found === null) return null;
    const url = URL.canParse(found.value) ? new URL(found.value) : null;
    const plain = url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
    if (url && plain) return withoutTrailingSlashes(url.href);
    this.problem(
      `${found.name} is ${shown(found.value)}: it must be an http(s) URL without user info, query or fragment`,
    );
    return null;
  }

  /** Comma-separated origins; of a longer URL its origin counts. */
  origins(...names: string[]): { origins: string[]; longer: string[] } | null {
    const found = this.find(names);
    if (found === null) return null;
    const longer: string[] = [];
    const origins = found.value
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean)
      .map((entry) => {
        if (/;|:\/\/.*:\/\//s.test(entry)) {
          this.problem(`${found.name} holds ${shown(entry)}: separate the origins with commas`);
          return 'null';
        }
        const url = URL.canParse(entry) ? new URL(entry) : null;
        const isPlain = url && /^https?:$/.test(url.protocol) && !url.username && !url.password;
        if (!isPlain || entry.includes('*')) {
          const wildcard = entry.includes('*') && !entry.includes('@') ? ', without wildcards' : '';
          this.problem(
            `${found.name} holds ${shown(entry)}: each entry must be an origin such as https://app.example.com${wildcard}`,
          );
        } else if (url.pathname + url.search + url.hash !== '/') longer.push(entry);
        return url?.origin ?? 'null';
      });
    return { origins, longer };
  }

  /** Client id, secret and redirect URI of one OAuth app, each from the first of its names that is set. */
  app(prefix: string, [ids, secrets, redirects]: [string[], string[], string[]]) {
    const secret = this.find(secrets);
    if (secret?.name.startsWith('NEXT_PUBLIC_')) {
      this.warning(
        `${secret.name} contains a client secret, but front-end builds publish NEXT_PUBLIC_ variables: move it to ${secrets[0]} and create a new secret`,
      );
    }
    const id = this.find(ids);
    for (const found of [id, secret]) {
      if (found && EXAMPLE.test(found.value)) {
        this.warning(
          `${found.name} (masked) is a placeholder: set it to the value at https://developer.atlassian.com/console/myapps, or leave it empty until you have registered an app`,
        );
      }
    }
    return {
      prefix,
      clientId: id?.value ?? null,
      clientSecret: secret?.value ?? null,
      redirect: this.redirect(redirects),
    };
  }

  /** The redirect URI is kept to the letter, since Atlassian compares it so. */
  private redirect(names: string[]): { name: string; value: string } | null {
    return this.url(...names) === null ? null : this.find(names);
  }
}

/** Whether two names are the same but for case, separators, or a letter or two. */
function differsLittle(name: string, known: string): boolean {
  const [one, other] = [bareName(name), bareName(known)];
  const most = other.length < 16 ? 1 : 2;
  // The environment may hold thousands of names, and no edit is cheaper than the difference in length.
  if (other.length < MIN_TYPO_CHARACTERS || Math.abs(one.length - other.length) > most) return false;
  return editDistance(one, other) <= most;
}

/** Whether a name of a product is `known` without some of its words. */
function leavesWordsOut(name: string, known: string): boolean {
  const words = name.toUpperCase().split('_');
  return PRODUCTS.has(words[0] ?? '') && words.length > 1 && words.every((word) => known.split('_').includes(word));
}
