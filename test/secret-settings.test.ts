import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Environment, loadConfig } from '../src/config.ts';
import { whyGuessable } from '../src/guessable.ts';
import { keyBytes, keyOf, STATE_SECRET } from './support/secrets.ts';
import { problemsOf } from './support/settings.ts';

const APP = { ATLASSIAN_CLIENT_ID: 'id', ATLASSIAN_CLIENT_SECRET: 'secret' };

/** What is said of secrets without refusing them. */
const warningsOf = (env: Environment) => loadConfig({ ...APP, ...env }).warnings;

const weakSecret = (name: string, why: string) =>
  `${name} (masked) ${why}: whoever guesses it can forge logins for every tenant. Create one with: openssl rand -base64 48`;

const TEMPLATES = [
  // biome-ignore lint/suspicious/noTemplateCurlyInString: is what somebody forgot to fill in
  '${STATE_SIGNING_SECRET_FROM_VAULT}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: is what somebody forgot to fill in
  '${STATE_SIGNING_SECRET:?must be set first}',
  '$(openssl rand -base64 48 | tr -d x)',
  '<generate with openssl rand -base64 48>',
  '{{ .Values.secrets.stateSigningSecret }}',
  '[your state signing secret goes here]',
  '%STATE_SIGNING_SECRET_OF_THE_SERVICE%',
  '$STATE_SIGNING_SECRET_OF_THE_SERVICE',
];

const PREDICTABLE = [
  'your-32-character-secret-goes-here',
  'my-super-secret-state-signing-key',
  'super-secret-key-for-development!',
  'SuperSecretKeyForDevelopmentOnly2024',
  'my_5up3r_s3cr3t_st4t3_s1gn1ng_k3y',
  'abcdefghijklmnopqrstuvwxyz123456',
  'qwertyuiopasdfghjklzxcvbnm123456',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9',
  'passwordpasswordpassword1234567890',
  'example-secret-do-not-use-in-production',
  'insert-a-random-32-char-string-here',
  'a-state-secret-of-more-than-32-characters',
  'this is a very secret key, do not share it',
  'zyxwvutsrqponmlkjihgfedcba987654321',
  'walrus7!walrus7!walrus7!walrus7!wal5',
];

const PRINTABLE = String.fromCharCode(...Array.from({ length: 94 }, (_, index) => 33 + index));

/** As in lists for passphrases, some of which placeholders have too. */
const DICEWARE =
  'abacus unlock banjo cactus domino dolphin easel eagle fabric galaxy geyser harvest igloo jigsaw kettle lantern magnet nectar orbit pigment pelican quartz raisin ribbon saddle secret timber umbrella velvet walnut yogurt zipper anchor biscuit copper dagger ember falcon glacier hammock'.split(
    ' ',
  );

const uuid = (hex: string) => hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
const words = (bytes: Buffer) => [...new Set([...bytes].map((byte) => DICEWARE[byte % DICEWARE.length]))].slice(0, 6);
const letters = (bytes: Buffer, from: string) => [...bytes].map((byte) => from[byte % from.length]).join('');

describe('a secret that may be guessed', () => {
  it.each(['STATE_SIGNING_SECRET', 'APP_SECRET_KEY', 'SECRET_KEY'])('is refused as %s below 32 characters', (name) => {
    for (const value of ['changethis', STATE_SECRET.slice(0, 31)]) {
      expect(problemsOf({ [name]: value })).toEqual([weakSecret(name, 'must have at least 32 characters')]);
    }
  });

  it.each(['STATE_SIGNING_SECRET', 'APP_SECRET_KEY', 'SECRET_KEY'])(
    'draws a warning as %s, and is not shown',
    (name) => {
      for (const [value, why] of [
        ['a'.repeat(32), 'repeats the same few characters'],
        ['abcde'.repeat(20), 'repeats the same few characters'],
        ['changeme'.repeat(6), 'repeats the same few characters'],
        ['1234567890123456789012345678901234', 'repeats the same few characters'],
        ['change-me-to-a-long-random-string-please', 'is a placeholder'],
        ['YOUR_SECRET_KEY_OF_AT_LEAST_32_CHARACTERS', 'is a placeholder'],
        ['0123456789abcdef0123456789abcdeF', 'repeats the same few characters'],
        ...TEMPLATES.map((value) => [value, 'is a placeholder'] as const),
        ...PREDICTABLE.map((value) => [value, 'consists of common words, runs or repetitions'] as const),
      ] as const) {
        expect({ value, warningsOf: warningsOf({ [name]: value }) }).toEqual({
          value,
          warningsOf: [weakSecret(name, why)],
        });
      }
    },
  );

  it('is not what openssl makes, in base64, hex, or of 32 characters', () => {
    const random = Buffer.from(keyOf(7) + keyOf(8), 'base64');
    for (const value of [random.toString('base64'), random.toString('hex'), STATE_SECRET.slice(0, 32)]) {
      expect(warningsOf({ STATE_SIGNING_SECRET: value })).toEqual([]);
    }
  });

  it.each<[string, (bytes: Buffer) => string]>([
    ['base64', (bytes) => bytes.subarray(0, 24).toString('base64')],
    ['base64url', (bytes) => bytes.subarray(0, 24).toString('base64url')],
    ['hex', (bytes) => bytes.subarray(0, 16).toString('hex')],
    ['hex in upper case', (bytes) => bytes.toString('hex').toUpperCase()],
    ['two UUIDs', (bytes) => uuid(bytes.toString('hex')) + uuid(bytes.toString('hex').slice(32))],
    ['letters', (bytes) => letters(bytes, 'abcdefghijklmnopqrstuvwxyz')],
    ['letters and digits', (bytes) => letters(bytes, 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789')],
    ['any printable character', (bytes) => letters(bytes, PRINTABLE)],
    ['six words', (bytes) => words(bytes).join('-')],
    ['a label before it', (bytes) => `production-state-signing-secret-${bytes.toString('base64')}`],
  ])('is not what is random: %s', (_kind, make) => {
    const made = Array.from({ length: 2_000 }, (_, index) =>
      make(createHash('sha256').update(`seed ${index}`).digest()),
    ).filter((value) => value.length >= 32);
    expect(made.length).toBeGreaterThan(1_000);
    expect(made.filter((value) => whyGuessable(value) !== null)).toEqual([]);
  });

  it.each([
    'correct horse battery staple orbit lantern',
    'CorrectHorseBatteryStapleOrbitLantern',
    'please-never-tell-anyone-walrus-gazpacho-umbrella',
  ])('is not a passphrase of many words: %s', (STATE_SIGNING_SECRET) => {
    expect(warningsOf({ STATE_SIGNING_SECRET })).toEqual([]);
  });

  it.each([
    { what: 'zeros', key: Buffer.alloc(32), why: 'repeats the same few bytes' },
    { what: 'one byte', key: Buffer.alloc(32, 7), why: 'repeats the same few bytes' },
    { what: 'a word again and again', key: Buffer.from('changeme'.repeat(4)), why: 'repeats the same few bytes' },
    { what: '0 to 31', key: Buffer.from(Array.from({ length: 32 }, (_, index) => index)), why: 'counts up or down' },
    {
      what: 'odd numbers down',
      key: Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - 2 * index)),
      why: 'counts up or down',
    },
    { what: 'a placeholder', key: Buffer.from('changemechangeme-changemechange!'), why: 'is a placeholder' },
    {
      what: 'a sentence',
      key: Buffer.from('your-32-byte-encryption-key-here'),
      why: 'consists of common words, runs or repetitions',
    },
    {
      what: 'a keyboard',
      key: Buffer.from('qwertyuiopasdfghjklzxcvbnm123456'),
      why: 'consists of common words, runs or repetitions',
    },
  ])('draws a warning as an encryption key: $what', ({ key, why }) => {
    const weak = `weak:${key.toString('base64')}`;
    const says = `TOKEN_ENCRYPTION_KEYS (masked) contains the key weak, which ${why}: whoever guesses it can read everything it encrypts.`;
    expect(warningsOf({ TOKEN_ENCRYPTION_KEYS: `${weak},k1:${keyOf(1)}` })).toEqual([
      `${says} Put another key in front of it (openssl rand -base64 32), run npm run keys:rotate, then drop it`,
    ]);
    const { encryptionKeys, warnings } = loadConfig({ ...APP, TOKEN_ENCRYPTION_KEYS: `k1:${keyOf(1)},${weak}` });
    expect(encryptionKeys?.map(({ id }) => id)).toEqual(['k1', 'weak']);
    expect(warnings).toEqual([`${says} Run npm run keys:rotate, then drop it`]);
  });

  it('is not a random encryption key, in base64 or base64url, padded or not', () => {
    for (let index = 0; index < 500; index++) {
      const key = keyBytes(index);
      for (const text of [key.toString('base64'), key.toString('base64').slice(0, -1), key.toString('base64url')]) {
        expect(loadConfig({ TOKEN_ENCRYPTION_KEYS: `k:${text}` }).encryptionKeys).toEqual([{ id: 'k', key }]);
      }
    }
  });

  it.each([
    ['!!!', (key: string) => `!!!${key}`],
    ['a blank inside', (key: string) => `${key.slice(0, 9)} ${key.slice(9)}`],
    ['a second colon', (key: string) => `k2:${key}`],
    ['more padding', (key: string) => `${key}==`],
    ['both alphabets', (key: string) => `-/${key.slice(2)}`],
  ])('is not looked for in a malformed encryption key: %s', (_what, spoil) => {
    const [problem, ...more] = problemsOf({ TOKEN_ENCRYPTION_KEYS: `a:${spoil(keyOf(1))}` });
    expect(problem).toMatch(/^TOKEN_ENCRYPTION_KEYS \(masked\) must be a comma-separated list of id:base64key/);
    expect(more).toEqual([]);
  });
});
