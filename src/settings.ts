import { withoutTrailingSlashes } from './urls.ts';

export type Environment = Record<string, string | undefined>;

/** A URL for a message; what stands before an `@` may be a password, also in what no URL parser takes. */
function shown(url: string): string {
  return url.includes('@') ? '(masked: it may hold a password)' : JSON.stringify(url);
}

/** Reads settings by name and collects what is wrong with them. */
export class Settings {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];

  constructor(private readonly env: Environment) {}

  problem(text: string): void {
    if (!this.problems.includes(text)) this.problems.push(text);
  }

  private find(names: readonly string[]): { name: string; value: string } | null {
    for (const name of names) {
      const value = this.env[name]?.trim();
      if (value) return { name, value };
    }
    return null;
  }

  text(...names: string[]): string | null {
    return this.find(names)?.value ?? null;
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    const value = this.text(name);
    if (value === null) return fallback;
    const number = Number(value);
    if (/^\d{1,9}$/.test(value) && number >= min && number <= max) return number;
    this.problem(`${name} is ${JSON.stringify(value)}: it must be a whole number from ${min} to ${max}`);
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

  origins(...names: string[]): string[] | null {
    const found = this.find(names);
    if (found === null) return null;
    const entries = found.value
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean);
    const origins = entries.map((entry) => (URL.canParse(entry) ? new URL(entry).origin : 'null'));
    for (const [index, origin] of origins.entries()) {
      if (!/^https?:/.test(origin)) {
        this.problem(
          `${found.name} holds ${shown(entries[index] ?? '')}: each entry must be an origin such as https://app.example.com`,
        );
      }
    }
    return origins;
  }

  /** Client id, secret and redirect URI of one OAuth app, each from the first of its names that is set. */
  app(prefix: string, [ids, secrets, redirects]: [string[], string[], string[]]) {
    const secret = this.find(secrets);
    if (secret?.name.startsWith('NEXT_PUBLIC_')) {
      this.warnings.push(
        `${secret.name} holds a client secret, but front-end builds publish NEXT_PUBLIC_ names: move it to ${secrets[0]} and make a new secret`,
      );
    }
    return {
      prefix,
      clientId: this.text(...ids),
      clientSecret: secret?.value ?? null,
      redirect: this.redirect(redirects),
    };
  }

  /** The redirect URI is kept to the letter, since Atlassian compares it so. */
  private redirect(names: string[]): { name: string; value: string } | null {
    return this.url(...names) === null ? null : this.find(names);
  }
}
