import { loadConfig, readEnvironment } from '../config.ts';
import { rotateKeys } from '../connections/grants/key-rotation.ts';
import { loadSecrets } from '../connections/secrets.ts';
import { openStore } from '../stores/open.ts';
import { progress, runCommand, say } from './command.ts';

/** Encrypts everything stored with the first of TOKEN_ENCRYPTION_KEYS, while the service runs. */
runCommand(async () => {
  const config = loadConfig(readEnvironment({ dotenv: true }));
  const store = await openStore(config.database, { migrate: false });
  try {
    const { vault } = await loadSecrets(config, store, { make: false });
    await vault.verify(store);
    say(`Encrypting everything with key ${vault.keyId}. The service may go on; this may be stopped and run again.`);
    const { grants, reencrypted, keysLeft, problems } = await rotateKeys(store, vault, progress());
    say(`${reencrypted} of ${grants} grants re-encrypted, the others had key ${vault.keyId} already.`);
    for (const problem of problems) say(`- ${problem}`);
    if (keysLeft.length > 0) {
      say(`Keep key ${keysLeft.join(', ')}: something stored still needs it.`);
      say('If an instance still writes with it, restart that instance with the new list of keys; then run this again.');
      return 1;
    }
    const old = vault.keyIds.filter((id) => id !== vault.keyId);
    say(
      old.length > 0
        ? `Key ${old.join(', ')} may be dropped from TOKEN_ENCRYPTION_KEYS once every instance runs with ${vault.keyId} as the first.`
        : 'There is one key only: docs/deployment.md tells how to change it.',
    );
    return problems.length > 0 ? 1 : 0;
  } finally {
    await store.close();
  }
});
