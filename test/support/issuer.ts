import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT } from 'jose';
import { onTestFinished } from 'vitest';
import type { JwtVerifier } from '../../src/access/jwt.ts';
import type { JwtConfig } from '../../src/access-settings.ts';
import type { TestClock } from './harness.ts';

export const ISSUER = 'https://login.example.com/';
export const AUDIENCE = 'atlassian-integration';
export const RSA = generateKeyPairSync('rsa', { modulusLength: 2_048 });
export const OTHER_RSA = generateKeyPairSync('rsa', { modulusLength: 2_048 });
export const P256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const ED25519 = generateKeyPairSync('ed25519');
export const GOOD = { iss: ISSUER, aud: AUDIENCE, sub: 'anna', tenant_id: 'acme' };
export const ANNA = { kind: 'jwt', id: 'anna', tenantId: 'acme', role: 'agent' };

export const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

export function configOf(source: Partial<JwtConfig>): JwtConfig {
  const claims = {
    issuer: ISSUER,
    audience: [AUDIENCE],
    tenantClaim: 'tenant_id',
    roleClaim: 'role',
    roleRequired: false,
  };
  return { jwksUrl: null, publicKey: null, ...claims, ...source };
}

export type Claims = Record<string, unknown>;

export interface TokenOptions {
  alg?: string;
  kid?: string;
  key?: KeyObject;
  /** Seconds from now; null leaves the claim out. */
  expiresIn?: number | null;
}

export async function tokenOf(clock: TestClock, claims: Claims, options: TokenOptions = {}): Promise<string> {
  const { alg = 'RS256', kid, key = RSA.privateKey, expiresIn = 300 } = options;
  const exp = expiresIn === null ? {} : { exp: clock.seconds() + expiresIn };
  const header = { alg, ...(kid === undefined ? {} : { kid }) };
  return new SignJWT({ ...exp, ...claims }).setProtectedHeader(header).sign(key);
}

/** A token that no library would sign. */
export function handMade(header: object, claims: object, sign: (text: string) => string): string {
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign(text)}`;
}

export interface KeyServer {
  url: string;
  fetches: number;
  answer: RequestListener;
}

/** Serves public keys by their ids, and counts how often it is asked. */
export async function serveKeys(keys: Record<string, KeyObject>): Promise<KeyServer> {
  const server = createServer((request, response) => {
    state.fetches++;
    state.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const state: KeyServer = { url: `http://127.0.0.1:${port}/keys?v=1`, fetches: 0, answer: await keysAnswer(keys) };
  return state;
}

export async function keysAnswer(keys: Record<string, KeyObject>): Promise<RequestListener> {
  const entries = Object.entries(keys).map(async ([kid, key]) => ({ ...(await exportJWK(key)), kid, use: 'sig' }));
  const text = JSON.stringify({ keys: await Promise.all(entries) });
  return (_request, response) => response.setHeader('content-type', 'application/json').end(text);
}

export const refusal = (verifier: JwtVerifier, token: string): Promise<unknown> =>
  verifier.verify(token).catch((error: unknown) => error);
