import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { SealedVerifier, Store } from '../../stores/store.ts';
import { verifierBinding } from '../login/login-state.ts';
import { GrantTokens } from './grant-tokens.ts';
import { keyIdOf, type Vault } from './vault.ts';

const BATCH = 100;
/** A refresh under way writes with the right key itself, or ends within this time. */
const LEASE_WAIT_MS = 30_000;
const LEASE_LOOK_MS = 250;

export interface RotationReport {
  /** Grants there are, and how many of them were re-encrypted now. */
  grants: number;
  reencrypted: number;
  /** Old keys that something stored still needs. */
  keysLeft: string[];
  /** One sentence for each record that could not be re-encrypted; names it, never what it holds. */
  problems: string[];
}

type Problems = Pick<RotationReport, 'problems'>;

/**
 * Encrypts every stored secret with the key that writes now, while the service runs. Every record is a compare-and-set
 * of its own, so it can be stopped at any point and run again.
 * @param onProgress grants looked at so far, of how many.
 */
export async function rotateKeys(
  store: Store,
  vault: Vault,
  onProgress: (what: string, done: number, total: number) => void,
): Promise<RotationReport> {
  const tokens = new GrantTokens(vault);
  const report: Omit<RotationReport, 'keysLeft'> = { grants: await store.countGrants(), reencrypted: 0, problems: [] };
  let done = 0;
  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<Store['scanGrants']>> = await store.scanGrants(after, BATCH);
    for (const { tenantId, id, keyId } of page) {
      if (keyId === vault.keyId) continue;
      await attempt(report, `grant ${id}`, async () => {
        if (await reencryptGrant(store, tokens, tenantId, id)) report.reencrypted++;
      });
    }
    done += page.length;
    if (page.length > 0) onProgress('grants', done, Math.max(done, report.grants));
    after = page.at(-1)?.id ?? null;
    if (page.length < BATCH) break;
  }
  await rotateVerifiers(store, vault, report);
  const verifiers = await allVerifiers(store);
  const left = new Set([...(await store.keyIdsInUse()), ...verifiers.map(({ sealed }) => keyIdOf(sealed))]);
  left.delete(vault.keyId);
  return { ...report, keysLeft: [...left].sort() };
}

async function rotateVerifiers(store: Store, vault: Vault, report: Problems): Promise<void> {
  for (const { stateId, sealed } of await allVerifiers(store)) {
    if (keyIdOf(sealed) === vault.keyId) continue;
    await attempt(report, `login ${stateId}`, async () => {
      const binding = verifierBinding(stateId);
      // One that changed meanwhile was used: it is gone.
      await store.updateVerifier(stateId, sealed, vault.seal(vault.open(sealed, binding), binding));
    });
  }
}

/** Those of the last ten minutes: there are never many. */
async function allVerifiers(store: Store): Promise<SealedVerifier[]> {
  const all: SealedVerifier[] = [];
  for (;;) {
    const page = await store.scanVerifiers(all.at(-1)?.stateId ?? null, BATCH);
    all.push(...page);
    if (page.length < BATCH) return all;
  }
}

/** Whether the grant was re-encrypted; not when it is gone or somebody else has just written it with the right key. */
async function reencryptGrant(store: Store, tokens: GrantTokens, tenantId: string, id: string): Promise<boolean> {
  const owner = `key rotation ${randomUUID()}`;
  for (let waitedMs = 0; ; waitedMs += LEASE_LOOK_MS) {
    const grant = await store.readGrant(tenantId, id);
    if (!grant || grant.keyId === tokens.keyId) return false;
    if (await store.updateGrant(tenantId, id, grant.version, owner, tokens.resealed(grant))) return true;
    if (waitedMs >= LEASE_WAIT_MS) throw new Error('it is constantly being refreshed');
    await setTimeout(LEASE_LOOK_MS);
  }
}

async function attempt(report: Problems, record: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    // What a parser says may repeat what it read.
    const plain = error instanceof Error && !(error instanceof SyntaxError);
    report.problems.push(`${record}: ${plain ? error.message : 'cannot be read'}`);
  }
}
