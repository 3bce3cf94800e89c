import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openStore } from '../../src/stores/open.ts';
import { TestAuthority } from '../support/certificates.ts';
import { temporaryFolder } from '../support/harness.ts';
import { query } from '../support/postgres.ts';
import { PostgresServer } from '../support/postgres-server.ts';

let server: PostgresServer;
let authority: TestAuthority;
let stranger: TestAuthority;
beforeAll(async () => {
  [authority, stranger] = await Promise.all([TestAuthority.make(), TestAuthority.make('Stranger')]);
  server = await PostgresServer.start({ tls: await authority.issue('localhost') });
});
afterAll(() => server?.remove());

interface Wish {
  host?: string;
  mode?: string;
  /** Whose certificate is trusted; null: that of the authorities this machine knows. */
  trust?: TestAuthority | null;
}

/** The URL of the server's database, as an operator writes it. */
function urlOf({ host = 'localhost', mode = 'verify-full', trust = authority }: Wish): string {
  const url = new URL(server.url());
  url.hostname = host;
  url.searchParams.set('sslmode', mode);
  if (trust) {
    const file = join(temporaryFolder(), 'ca.pem');
    writeFileSync(file, trust.cert);
    url.searchParams.set('sslrootcert', file);
  }
  return url.href;
}

const opening = async (url: string): Promise<string> => {
  try {
    const store = await openStore({ kind: 'postgres', url });
    await store.ping();
    await store.close();
    return 'opened';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('PostgreSQL over TLS', () => {
  it.each<[string, Wish]>([
    ['verify-full and the authority', {}],
    ['require and the authority', { mode: 'require' }],
    ['verify-ca and the authority', { mode: 'verify-ca' }],
    ['no-verify, whatever the certificate', { mode: 'no-verify', trust: null }],
  ])('is opened with sslmode=%s, and without a warning of a library', async (_name, wish) => {
    const warnings: string[] = [];
    const note = (warning: Error) => void warnings.push(warning.message);
    process.on('warning', note);
    expect(await opening(urlOf(wish))).toBe('opened');
    await new Promise(setImmediate);
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  it('is really encrypted', async () => {
    const rows = await query(urlOf({}), 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    expect(rows).toEqual([{ ssl: true }]);
  });

  it.each<[string, Wish, RegExp]>([
    ['an authority that is not trusted', { trust: null }, /not signed by an authority that is trusted.*sslrootcert/],
    [
      'the certificate of another authority',
      {
        get trust() {
          return stranger;
        },
      },
      /not signed by an authority that is trusted.*sslrootcert/,
    ],
    [
      'another authority, with sslmode=require',
      { mode: 'require', trust: null },
      /not signed by an authority that is trusted.*sslrootcert/,
    ],
    [
      'a name that the certificate does not have',
      { host: '127.0.0.1' },
      /issued for DNS:localhost, not for 127\.0\.0\.1/,
    ],
  ])('is refused for %s, in words that say what to do', async (_name, wish, words) => {
    const message = await opening(urlOf(wish));
    expect(message).toMatch(words);
    expect(message).not.toContain(new URL(server.url()).password);
  });

  it('is refused for a certificate that has expired', async () => {
    await server.present(await authority.issueExpired('localhost'));
    await query(urlOf({}), 'SELECT pg_reload_conf()');
    await expect.poll(() => opening(urlOf({}))).toMatch(/certificate has expired.*renew it/);
  });

  it('is refused where the server has none', async () => {
    const url = new URL(inject('postgresUrl'));
    url.searchParams.set('sslmode', 'verify-full');
    expect(await opening(url.href)).toMatch(/does not offer TLS.*ssl = on/);
  });

  it('is refused without the file of the authority, which is named', async () => {
    const url = new URL(urlOf({ trust: null }));
    url.searchParams.set('sslrootcert', '/nowhere/ca.pem');
    expect(await opening(url.href)).toMatch(/sslrootcert.*\/nowhere\/ca\.pem/);
  });
});
