import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/stores/open.ts';
import { TestAuthority } from '../support/certificates.ts';
import { ownServer } from '../support/postgres.ts';
import type { PostgresServer } from '../support/postgres-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'test-tls-'));
const file = (name: string) => join(folder, name);
const servers: Record<string, PostgresServer> = {};
const warnings: string[] = [];
const onWarning = ({ message }: Error) => void warnings.push(message);

beforeAll(async () => {
  process.on('warning', onWarning);
  const [authority, other] = [await TestAuthority.make(), await TestAuthority.make('Another authority')];
  writeFileSync(file('ca.pem'), authority.cert);
  writeFileSync(file('other.pem'), other.cert);
  writeFileSync(file('text.pem'), 'no certificate');
  const certificates = {
    good: await authority.issue('localhost', '127.0.0.1'),
    misnamed: await authority.issue('db.example.com'),
    expired: await authority.issueExpired('localhost', '127.0.0.1'),
  };
  for (const [name, tls] of Object.entries(certificates)) servers[name] = await ownServer({ tls });
  servers.plain = await ownServer();
}, 120_000);

afterAll(async () => {
  process.off('warning', onWarning);
  rmSync(folder, { recursive: true });
  for (const server of Object.values(servers)) await server.remove();
});

const urlOf = (name: string, parameters: Record<string, string>) =>
  `${servers[name]?.url()}?${new URLSearchParams(parameters)}`;

async function open(url: string): Promise<string> {
  const store = await openStore({ kind: 'postgres', url }).catch((error: Error) => error);
  if (store instanceof Error) return store.message;
  onTestFinished(() => store.close());
  await store.writeMeta('a', 'b');
  return 'works';
}

describe('PostgreSQL over TLS', () => {
  it.each(['verify-full', 'verify-ca', 'require', 'prefer'])(
    'works with sslmode=%s and the certificate of its authority, without a warning of the driver',
    async (sslmode) => {
      expect(await open(urlOf('good', { sslmode, sslrootcert: file('ca.pem') }))).toBe('works');
      await new Promise(setImmediate);
      expect(warnings.filter((message) => message.includes('SSL'))).toEqual([]);
    },
  );

  it('works with no-verify whatever the certificate, and without TLS with disable or no sslmode', async () => {
    expect(await open(urlOf('expired', { sslmode: 'no-verify' }))).toBe('works');
    expect(await open(urlOf('good', { sslmode: 'disable' }))).toBe('works');
    expect(await open(urlOf('good', {}))).toBe('works');
    // As the server's own tools take it: TLS, whoever is at the other end.
    expect(await open(urlOf('expired', { sslmode: 'require', uselibpqcompat: 'true' }))).toBe('works');
  });

  const UNTRUSTED = 'was issued by an authority that is not trusted here: add sslrootcert=<file> to the URL';
  const MISNAMED = 'was issued for another host name: put that name into the URL';
  it.each([
    { name: 'no authority', server: 'good', sslmode: 'verify-full', more: {}, words: UNTRUSTED },
    {
      name: 'another authority',
      server: 'good',
      sslmode: 'verify-full',
      more: { sslrootcert: file('other.pem') },
      words: UNTRUSTED,
    },
    {
      name: 'another authority',
      server: 'good',
      sslmode: 'require',
      more: { sslrootcert: file('other.pem') },
      words: UNTRUSTED,
    },
    {
      name: 'another host name',
      server: 'misnamed',
      sslmode: 'verify-full',
      more: { sslrootcert: file('ca.pem') },
      words: MISNAMED,
    },
    {
      name: 'another host name',
      server: 'misnamed',
      sslmode: 'verify-ca',
      more: { sslrootcert: file('ca.pem') },
      words: MISNAMED,
    },
    {
      name: 'an expired certificate',
      server: 'expired',
      sslmode: 'verify-full',
      more: { sslrootcert: file('ca.pem') },
      words: 'has expired: renew it',
    },
    {
      name: 'a server without TLS',
      server: 'plain',
      sslmode: 'verify-full',
      more: { sslrootcert: file('ca.pem') },
      words: 'does not offer TLS: turn TLS on',
    },
    {
      name: 'a server without TLS',
      server: 'plain',
      sslmode: 'prefer',
      more: {},
      words: 'does not offer TLS: turn TLS on',
    },
    {
      name: 'a missing file',
      server: 'good',
      sslmode: 'verify-full',
      more: { sslrootcert: file('no.pem') },
      words: `sslrootcert names ${file('no.pem')}, which cannot be read (ENOENT)`,
    },
    {
      name: 'a missing file',
      server: 'good',
      sslmode: 'verify-full',
      more: { sslcert: file('no.crt') },
      words: `sslcert names ${file('no.crt')}, which cannot be read (ENOENT)`,
    },
    {
      name: 'a missing file',
      server: 'good',
      sslmode: 'verify-full',
      more: { sslkey: file('no.key') },
      words: `sslkey names ${file('no.key')}, which cannot be read (ENOENT)`,
    },
    {
      name: 'a file without a certificate',
      server: 'good',
      sslmode: 'verify-full',
      more: { sslrootcert: file('text.pem') },
      words: UNTRUSTED,
    },
  ])(
    'refuses $name ($server, sslmode=$sslmode) in words that say what to do',
    async ({ server, sslmode, more, words }) => {
      const url = urlOf(server, { sslmode, ...(more as Record<string, string>) });
      const message = await open(url);
      expect(message).toContain(`postgres://${new URL(url).host}/postgres cannot be opened`);
      expect(message).toContain(words);
      expect(message).not.toContain(new URL(url).password);
      expect(message).not.toContain('\n');
    },
  );
});

it('a PostgreSQL database is opened by a Unix socket whose folder the URL names as a parameter', async () => {
  const server = await ownServer({ socket: true });
  onTestFinished(() => server.remove());
  expect(await open(server.socketUrl())).toBe('works');
  const wrong = server.socketUrl('of_nobody');
  const folderOfSocket = new URLSearchParams(wrong.split('?')[1]).get('host');
  expect(await open(wrong)).toContain(`postgres:///of_nobody?host=${folderOfSocket} cannot be opened`);
});
