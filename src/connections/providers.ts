import { PROVIDERS, type Provider } from '../config.ts';

/** What people call each provider. */
export const TITLES: Record<Provider, string> = { jira: 'Jira', confluence: 'Confluence' };

/** The provider that is not `provider`. */
export function otherOf(provider: Provider): Provider {
  return PROVIDERS.find((candidate) => candidate !== provider) ?? provider;
}
