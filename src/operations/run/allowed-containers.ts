import { refusedBy } from '../../access/policy.ts';
import { AtlassianError } from '../../atlassian/wire/atlassian-error.ts';
import type { AppError } from '../../errors.ts';

/**
 * Where a thing lies that belongs to the site and to no project or space of it, by what it is: a person, a status, a field.
 * A policy of projects or spaces has nothing to say of it.
 */
export const SITE_WIDE = Symbol('site-wide');

/** The projects or spaces in which a tenant's policy lets an operation read and write. */
export class AllowedContainers {
  /** In upper case: keys that lead to something allowed beside those of the policy. */
  private readonly otherNames = new Set<string>();

  /**
   * @param rule the policy's rule, such as `jira.projects`.
   * @param keys null: everywhere.
   */
  constructor(
    readonly rule: string,
    readonly keys: readonly string[] | null,
  ) {}

  /**
   * Whether something that Atlassian reports to be in `container` may be seen or written; what is nowhere may not.
   * @param container one of its names, or all of them: a space that was renamed is allowed by any.
   */
  has(container: string | string[] | null | typeof SITE_WIDE): boolean {
    if (this.keys === null || container === SITE_WIDE) return true;
    const names = [container ?? []].flat().map((name) => name.toUpperCase());
    return names.some((name) => this.otherNames.has(name) || this.keys?.some((key) => key.toUpperCase() === name));
  }

  /** Notes that all of `names` lead to one space, as Atlassian reports: a renamed one has a key and an alias. */
  learn(names: string[]): void {
    if (!this.has(names)) return;
    for (const name of names) this.otherNames.add(name.toUpperCase());
  }

  /**
   * Runs a search that is narrowed to the keys. Atlassian may refuse a query for naming a project or space that is gone
   * or hidden from this user; then it runs once more with those that are there.
   * @param seen which of the keys the user can see.
   * @param none the result when that is none.
   */
  narrowed<T>(
    search: (within: string[] | undefined) => Promise<T>,
    seen: (keys: string[]) => Promise<string[]>,
    none: T,
  ): Promise<T> {
    return this.keys === null ? search(undefined) : this.narrowedTo([...this.keys], search, seen, none);
  }

  private async narrowedTo<T>(
    keys: string[],
    search: (within: string[]) => Promise<T>,
    seen: (keys: string[]) => Promise<string[]>,
    none: T,
  ): Promise<T> {
    if (keys.length === 0) return none;
    try {
      return await search(keys);
    } catch (error) {
      if (!(error instanceof AtlassianError) || error.status !== 400) throw error;
      const visible = (await seen(keys)).filter((key) => this.has(key));
      if (keys.every((key) => visible.includes(key))) throw error;
      return visible.length === 0 ? none : search(visible);
    }
  }

  /** What is answered to who asks for something outside. It does not say where that is. */
  refusal(parameter: string): AppError {
    return refusedBy(this.rule, `${parameter}: not allowed by the tenant's policy (${this.rule})`, {
      parameter,
    });
  }
}
