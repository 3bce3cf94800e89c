import type { Config } from '../config.ts';
import { keptSecrets } from '../stores/open.ts';
import type { Store } from '../stores/store.ts';
import { Vault } from './vault.ts';

export interface Secrets {
  stateSecret: string;
  vault: Vault;
}

/**
 * The configured secrets, else those kept beside an embedded database.
 * @param options.make false: fails where they would have to be made.
 * @throws when stored tokens cannot be read with them.
 */
export async function loadSecrets(config: Config, store: Store, options: { make?: boolean } = {}): Promise<Secrets> {
  const { stateSecret, encryptionKeys, database } = config;
  const configured = stateSecret !== null && encryptionKeys !== null;
  const kept = configured
    ? null
    : await keptSecrets(database, store, { keysNeeded: encryptionKeys === null, make: options.make ?? true });
  return {
    stateSecret: stateSecret ?? kept?.stateSecret ?? '',
    vault: new Vault(encryptionKeys ?? kept?.encryptionKeys ?? []),
  };
}
