import { whyGuessable, whyGuessableBytes } from './guessable.ts';
import type { Settings } from './settings.ts';

export interface EncryptionKey {
  id: string;
  /** 32 bytes. */
  key: Buffer;
}

const MIN_SECRET_CHARACTERS = 32;
/** 32 bytes in base64 or base64url, padded or not. */
const ENCODED_KEY = /^(?:[A-Za-z0-9+/]{43}=?|[\w-]{43}=?)$/;

/** What signs OAuth states and cursors, or null where it is not set: then one is made and kept. */
export function readStateSecret(settings: Settings): string | null {
  const found = settings.find(['STATE_SIGNING_SECRET', 'APP_SECRET_KEY', 'SECRET_KEY']);
  if (found === null) return null;
  const { name, value } = found;
  const advice = 'whoever guesses it can forge logins for every tenant. Create one with: openssl rand -base64 48';
  if (value.length < MIN_SECRET_CHARACTERS) {
    settings.problem(`${name} (masked) must have at least ${MIN_SECRET_CHARACTERS} characters: ${advice}`);
    return value;
  }
  // Judged by its looks, and with it an update must not stop what ran until now.
  const why = whyGuessable(value);
  if (why !== null) settings.warning(`${name} (masked) ${why}: ${advice}`);
  return value;
}

export function readEncryptionKeys(settings: Settings): EncryptionKey[] | null {
  const text = settings.text('TOKEN_ENCRYPTION_KEYS');
  if (text === null) return null;
  const keys = text.split(',').map((entry) => {
    const [id = '', encoded = ''] = entry.trim().split(/:(.*)/s);
    return { id, key: Buffer.from(ENCODED_KEY.test(encoded) ? encoded : '', 'base64') };
  });
  const wellFormed = keys.every(({ id, key }) => /^[A-Za-z0-9_-]{1,32}$/.test(id) && key.length === 32);
  if (!wellFormed || new Set(keys.map(({ id }) => id)).size !== keys.length) {
    settings.problem(
      'TOKEN_ENCRYPTION_KEYS (masked) must be a comma-separated list of id:base64key, each id once (1-32 of A-Z a-z 0-9 _ -), each key 32 bytes (openssl rand -base64 32)',
    );
    return null;
  }
  for (const [index, { id, key }] of keys.entries()) {
    const why = whyGuessableBytes(key);
    if (why === null) continue;
    const weak = `TOKEN_ENCRYPTION_KEYS (masked) contains the key ${id}, which ${why}: whoever guesses it can read everything it encrypts.`;
    // What was written with it must stay readable, or nobody could get away from it.
    const remedy = 'Put another key in front of it (openssl rand -base64 32), run npm run keys:rotate, then drop it';
    settings.warning(`${weak} ${index > 0 ? 'Run npm run keys:rotate, then drop it' : remedy}`);
  }
  return keys;
}
