import { z } from 'zod';
import type { Provider } from '../config.ts';
import { AppError } from '../errors.ts';
import { orWholeNumber } from '../json.ts';
import { andThen, type MaybePromise } from '../maybe-promise.ts';
import { holdsSecret } from '../secret-text.ts';
import type { AccessStore } from '../stores/access-store.ts';

const MAX_NAMES = 200;
const MAX_PARSED = 1_000;

const isNoSecret = (name: string): boolean => !holdsSecret(name);

const names = (name: z.ZodString) => z.array(name).max(MAX_NAMES, `must be at most ${MAX_NAMES}`).nullable();

const toolNames = names(z.string().regex(/^[a-z]+\.[a-z_]+$/, 'must be a tool name'));
/** Which tools there are is known further up, where a name that is none is refused with theirs. */
const givenToolNames = names(z.string().max(100, 'must be a tool name'));
// Atlassian's products compare keys without case, and so are these.
const projectKeys = names(
  z
    .string()
    .max(255)
    .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must be a project key')
    .refine(isNoSecret, 'must be a project key'),
);
const spaceKeys = names(
  z
    .string()
    .max(255)
    .regex(/^~?[\p{L}\p{N}._:@-]+$/u, 'must be a space key')
    .refine(isNoSecret, 'must be a space key')
    .register(orWholeNumber, {}),
);

/** A tenant's policy: what may be done at Atlassian in its name. Null means unrestricted, an empty list nothing. */
export const Policy = z.strictObject({
  read_only: z.boolean(),
  tools: z.strictObject({ allow: toolNames, deny: toolNames }),
  jira: z.strictObject({ projects: projectKeys }),
  confluence: z.strictObject({ spaces: spaceKeys }),
});
export type Policy = z.output<typeof Policy>;

/** A policy as it may be written: what is left out or null is unrestricted. */
export const PolicyInput = z
  .strictObject({
    read_only: z.boolean('must be true or false').nullable().default(false),
    tools: z.strictObject({ allow: givenToolNames.default(null), deny: givenToolNames.default(null) }).nullish(),
    jira: z.strictObject({ projects: projectKeys.default(null) }).nullish(),
    confluence: z.strictObject({ spaces: spaceKeys.default(null) }).nullish(),
  })
  // Before the transform: behind it the example, which is of the input, would be left out of the document.
  .meta({ id: 'PolicyReplacement', examples: [{ read_only: true }] })
  .transform(
    ({ read_only, tools, jira, confluence }): Policy => ({
      read_only: read_only ?? false,
      tools: tools ?? { allow: null, deny: null },
      jira: jira ?? { projects: null },
      confluence: confluence ?? { spaces: null },
    }),
  );

const UNRESTRICTED: Policy = PolicyInput.parse({});

/** Keeps each tenant's policy. */
export class Policies {
  /** As they were parsed, by tenant, with the text that was. */
  private readonly parsed = new Map<string, { text: string; policy: Policy }>();

  constructor(private readonly store: AccessStore) {}

  /**
   * The tenant's policy; one that allows everything while none was written. Read anew each time: what it forbids is
   * forbidden from then on, on every instance.
   */
  read(tenantId: string): MaybePromise<Policy> {
    return andThen(this.store.readPolicy(tenantId), (text) => {
      if (text === null) return UNRESTRICTED;
      const known = this.parsed.get(tenantId);
      return known?.text === text ? known.policy : this.parse(tenantId, text);
    });
  }

  private async parse(tenantId: string, text: string): Promise<Policy> {
    // One that cannot be read is a fault (500), and not taken for none.
    const policy = Policy.parse(JSON.parse(text));
    if (this.parsed.size >= MAX_PARSED) this.parsed.clear();
    this.parsed.set(tenantId, { text, policy });
    return policy;
  }

  /** Replaces the tenant's policy. */
  async write(tenantId: string, policy: Policy): Promise<void> {
    await this.store.writePolicy(tenantId, JSON.stringify(policy));
  }
}

/** Where the policy lets `provider`'s operations go: keys of projects or spaces, or null for everywhere. */
export function containersOf(policy: Policy, provider: Provider): string[] | null {
  return provider === 'jira' ? policy.jira.projects : policy.confluence.spaces;
}

/** The refusal of a call by a rule of the tenant's policy, or by one the request brought along. */
export function refusedBy(rule: string, message: string, details: Record<string, unknown> = {}): AppError {
  return new AppError('FORBIDDEN', message, { details: { source: 'caller', rule, ...details } });
}
