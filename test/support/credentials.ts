import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { ApiKeys, type KeyWish } from '../../src/access/api-keys.ts';
import { readDatabaseUrl } from '../../src/database-url.ts';
import type { Role } from '../../src/stores/access-store.ts';
import { openStore } from '../../src/stores/open.ts';
import type { Store } from '../../src/stores/store.ts';
import type { TestClock } from './harness.ts';

const ISSUER = 'https://login.example.com/';
const AUDIENCE = 'atlassian-integration';
const RSA = generateKeyPairSync('rsa', { modulusLength: 2_048 });

/** The public key that tokens of `tokenOf` are checked with. */
export const JWT_KEY: KeyObject = RSA.publicKey;
export const JWT_PEM = RSA.publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** Which tokens are taken; the source of the key is the test's to add. */
export const JWT_DETAILS = { AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: AUDIENCE };

/** The settings under which tokens of `tokenOf` are taken, with the key in the form environments can hold. */
export const JWT_ENV = { ...JWT_DETAILS, AUTH_JWT_PUBLIC_KEY: JWT_PEM.replaceAll('\n', '\\n') };

/** A second handle on the service's database, which makes and revokes keys as the command does. */
export class KeyRing {
  private constructor(
    readonly store: Store,
    readonly keys: ApiKeys,
    readonly clock: TestClock,
  ) {}

  static async open(databaseUrl: string, clock: TestClock): Promise<KeyRing> {
    const database = readDatabaseUrl(databaseUrl);
    if ('problem' in database) throw new Error('no database');
    const store = await openStore(database);
    const log = { warn: () => undefined };
    return new KeyRing(store, new ApiKeys({ store: store.access, clock: clock.seconds, log }), clock);
  }

  async make(tenantId: string, role: Role, wish: Partial<KeyWish> = {}): Promise<string> {
    return (await this.keys.create({ tenantId, role, name: null, expiresAt: null, ...wish })).key;
  }

  async makeExpired(tenantId: string, role: Role): Promise<string> {
    return this.make(tenantId, role, { expiresAt: this.clock.seconds() });
  }

  async makeRevoked(tenantId: string, role: Role): Promise<string> {
    const key = await this.make(tenantId, role);
    await this.revoke(key);
    return key;
  }

  async revoke(key: string): Promise<void> {
    if (!(await this.keys.revoke(idOf(key)))) throw new Error('there is no such key');
  }

  /** When the key was used last, in epoch seconds. */
  async lastUse(key: string): Promise<number | null | undefined> {
    return (await this.store.access.readKey(idOf(key)))?.lastUsedAt;
  }

  close(): Promise<void> {
    return this.store.close();
  }
}

/** The part of a key that is no secret. */
export function idOf(key: string): string {
  return key.slice(0, 20);
}

/** The same key with another secret. */
export function withOtherSecret(key: string): string {
  return key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A');
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
export const inHeader = (key: string): Record<string, string> => ({ 'x-api-key': key });

/** A token of Anna's for the tenant acme, valid for five minutes unless `claims` say otherwise. */
export function tokenOf(clock: TestClock, claims: Record<string, unknown> = {}, kid?: string): Promise<string> {
  const header = { alg: 'RS256', ...(kid === undefined ? {} : { kid }) };
  return new SignJWT(claimsOf(clock, claims)).setProtectedHeader(header).sign(RSA.privateKey);
}

/** A token that names no algorithm and has no signature. */
export function unsignedToken(clock: TestClock): string {
  return handMade({ alg: 'none' }, claimsOf(clock), () => '');
}

/** A token signed with the public key as if that were a secret. */
export function confusedToken(clock: TestClock): string {
  return handMade({ alg: 'HS256' }, claimsOf(clock), (text) =>
    createHmac('sha256', JWT_PEM).update(text).digest('base64url'),
  );
}

function claimsOf(clock: TestClock, claims: Record<string, unknown> = {}): Record<string, unknown> {
  const exp = clock.seconds() + 300;
  return { iss: ISSUER, aud: AUDIENCE, sub: 'anna', tenant_id: 'acme', role: 'admin', exp, ...claims };
}

/** What no library would sign. */
function handMade(header: object, claims: object, sign: (text: string) => string): string {
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign(text)}`;
}
