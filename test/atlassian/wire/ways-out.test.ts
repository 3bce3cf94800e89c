import { type AddressInfo, createServer, type Socket } from 'node:net';
import { errors, request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Hosts } from '../../../src/atlassian/wire/hosts.ts';
import {
  AddressRefused,
  guardedConnector,
  ProxiedAddresses,
  systemNetwork,
} from '../../../src/atlassian/wire/network.ts';
import { Proxies, proxyFailure } from '../../../src/atlassian/wire/proxies.ts';

const SITE = { protocol: 'https:', hostname: 'acme.atlassian.net', port: '' };
const PUBLIC = ['104.192.142.18', '104.192.142.19', '104.192.142.20'];
const PUBLIC_IPV6 = ['2401:1d80::1', '2401:1d80::2', '2401:1d80::3'];

const hosts = new Hosts({ trusted: [], allowed: ['https://[2001:db8::1]:8443', 'https://jira.internal'] });

/** Where a connection is accepted, and nothing ever said. */
async function silentPort(): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return String((server.address() as AddressInfo).port);
}

/** What a connection fails with that may take 20 ms. */
const TOO_LATE = { code: 'UND_ERR_CONNECT_TIMEOUT', message: expect.stringContaining('timeout: 20ms') };

describe('a connection', () => {
  /** Connects where names lead to `found`, and every address but `answering` is dead. */
  function connecting(found: string[], answering: string | null = null) {
    const resolved: string[] = [];
    const opened: string[] = [];
    const connect = guardedConnector(hosts, {
      resolve: async (hostname) => {
        resolved.push(hostname);
        return found;
      },
      open: ({ hostname, servername }, callback) => {
        opened.push(servername ? `${hostname} as ${servername}` : hostname);
        if (hostname === answering) callback(null, { remoteAddress: hostname } as never);
        else callback(new Error(`${hostname} is dead`), null);
      },
    });
    const to = (options: typeof SITE) =>
      new Promise<{ error: Error | null; address: string | undefined }>((done) => {
        connect(options, (error, socket) => done({ error, address: socket?.remoteAddress }));
      });
    return { to, resolved, opened };
  }

  it('tries two addresses of each family, IPv4 first', async () => {
    const { to, opened } = connecting([...PUBLIC_IPV6, ...PUBLIC]);
    expect((await to(SITE)).error?.message).toBe('2401:1d80::2 is dead');
    const tried = ['104.192.142.18', '104.192.142.19', '2401:1d80::1', '2401:1d80::2'];
    expect(opened).toEqual(tried.map((address) => `${address} as acme.atlassian.net`));
  });

  it('is made to the first address that answers, and tries no other', async () => {
    const { to, opened } = connecting(PUBLIC, '104.192.142.18');
    expect(await to(SITE)).toEqual({ error: null, address: '104.192.142.18' });
    expect(opened).toHaveLength(1);
  });

  it.each([
    { found: ['10.0.0.1', '104.192.142.18'], told: 'acme.atlassian.net resolves to 10.0.0.1, 104.192.142.18' },
    { found: [], told: 'acme.atlassian.net resolves to no address' },
  ])('to $found is refused with what was found', async ({ found, told }) => {
    const { to, opened } = connecting(found);
    const { error } = await to(SITE);
    expect({ error, opened }).toEqual({ error: new AddressRefused(told), opened: [] });
    // The log tells it as the type of the error.
    expect(error).toMatchObject({ name: 'AddressRefused' });
  });

  it('to an address is made without a look-up and without a server name, where it is public', async () => {
    const { to, resolved, opened } = connecting([], '104.192.142.18');
    expect((await to({ ...SITE, hostname: '104.192.142.18' })).error).toBeNull();
    expect((await to({ ...SITE, hostname: '10.0.0.1' })).error).toEqual(
      new AddressRefused('10.0.0.1 resolves to 10.0.0.1'),
    );
    expect({ resolved, opened }).toEqual({ resolved: [], opened: ['104.192.142.18'] });
  });

  it.each([
    { what: 'a name', options: { ...SITE, hostname: 'jira.internal' } },
    { what: 'an IPv6 address with a port', options: { ...SITE, hostname: '2001:db8::1', port: '8443' } },
  ])('to $what that the operator named is made as it stands', async ({ options }) => {
    const { to, resolved, opened } = connecting([], options.hostname);
    expect((await to(options)).error).toBeNull();
    expect({ resolved, opened }).toEqual({ resolved: [], opened: [options.hostname] });
  });
});

it('the network of the machine tells every address of a name', async () => {
  const found = await systemNetwork(1_000).resolve('localhost');
  expect(found.filter((address) => address === '127.0.0.1' || address === '::1')).toEqual(found);
  expect(found).not.toEqual([]);
});

it('the network of the machine gives up a connection that is not secure in time', async () => {
  const port = await silentPort();
  const error = await new Promise<Error | null>((done) => {
    const options = { protocol: 'https:', hostname: 'localhost', host: 'localhost', port, servername: 'localhost' };
    systemNetwork(20).open(options, (...[failed]) => done(failed));
  });
  expect(error).toMatchObject(TOO_LATE);
});

describe('what is called through a proxy', () => {
  function checking(found: (hostname: string) => Promise<string[]>) {
    const resolved: string[] = [];
    let now = 5_000;
    const addresses = new ProxiedAddresses(
      hosts,
      (hostname) => {
        resolved.push(hostname);
        return found(hostname);
      },
      () => now,
    );
    const check = (url: string) => addresses.check(new URL(url));
    return { check, resolved, pass: (ms: number) => (now += ms) };
  }

  it('is looked up once in a minute', async () => {
    const { check, resolved, pass } = checking(async () => ['104.192.142.18']);
    for (const ms of [0, 59_999, 1, 59_999, 1]) {
      pass(ms);
      await check('https://acme.atlassian.net/x');
    }
    expect(resolved).toHaveLength(3);
  });

  it('is looked up once in a minute by the clock of the machine', async () => {
    let lookUps = 0;
    const addresses = new ProxiedAddresses(hosts, async () => {
      lookUps += 1;
      return ['104.192.142.18'];
    });
    for (let time = 0; time < 2; time++) await addresses.check(new URL('https://acme.atlassian.net'));
    expect(lookUps).toBe(1);
  });

  it('is refused for as long, with what was found', async () => {
    const { check, resolved } = checking(async () => ['10.0.0.1', '10.0.0.2']);
    const refused = new AddressRefused('acme.atlassian.net resolves to 10.0.0.1, 10.0.0.2');
    for (let time = 0; time < 2; time++) await expect(check('https://acme.atlassian.net')).rejects.toEqual(refused);
    expect(resolved).toHaveLength(1);
  });

  it('is remembered for the last 1,000 names', async () => {
    const { check, resolved } = checking(async () => ['104.192.142.18']);
    const site = (index: number) => `https://s${index}.atlassian.net`;
    for (let index = 0; index < 1_000; index++) await check(site(index));
    await check(site(0));
    expect(resolved).toHaveLength(1_000);
    await check(site(1_000));
    await check(site(1));
    expect(resolved).toHaveLength(1_001);
    await check(site(0));
    expect(resolved).toHaveLength(1_002);
  });

  it.each([
    { url: 'https://10.0.0.1/x', told: '10.0.0.1' },
    { url: 'https://[fd00::1]/x', told: 'fd00::1' },
  ])('by $url is refused without a look-up', async ({ url, told }) => {
    const { check, resolved } = checking(async () => ['104.192.142.18']);
    await expect(check(url)).rejects.toEqual(new AddressRefused(`${told} resolves to ${told}`));
    expect(resolved).toEqual([]);
  });

  it('by a public address is let through, and what the operator named is not looked up', async () => {
    const { check, resolved } = checking(async () => ['10.0.0.1']);
    for (const url of ['https://104.192.142.18', 'https://[2401:1d80::1]', 'https://jira.internal']) await check(url);
    expect(resolved).toEqual([]);
  });

  it('is let through where only the proxy may be able to look it up', async () => {
    const { check } = checking((hostname) =>
      hostname.startsWith('slow') ? new Promise(() => undefined) : Promise.reject(new Error('ENOTFOUND')),
    );
    await Promise.all([check('https://slow.atlassian.net'), check('https://unknown.atlassian.net')]);
  });
});

describe('proxies', () => {
  const server = { url: 'http://proxy.example:3128', authorization: null };

  it('that differ in their credentials alone are called apart, and each through one agent', async () => {
    const proxies = new Proxies({ https: { ...server, authorization: 'Basic YTpi' }, http: server, noProxy: [] });
    onTestFinished(() => proxies.close());
    const [secure, plain] = [new URL('https://acme.atlassian.net'), new URL('http://jira.example.com')];
    expect(proxies.to(secure)).toBe(proxies.to(secure));
    expect(proxies.to(plain)).not.toBe(proxies.to(secure));
  });

  it('that do not answer are given up in time', async () => {
    const silent = { url: `https://localhost:${await silentPort()}`, authorization: null };
    const proxies = new Proxies({ https: silent, http: null, noProxy: [] }, { connectTimeoutMs: 20 });
    onTestFinished(() => proxies.close());
    const dispatcher = proxies.to(new URL('https://acme.atlassian.net'));
    if (dispatcher === null) throw new Error('it is called through a proxy');
    await expect(request('https://acme.atlassian.net', { dispatcher })).rejects.toMatchObject(TOO_LATE);
  });

  it('are let go of at the end', async () => {
    const proxies = new Proxies({ https: server, http: null, noProxy: [] });
    const agent = proxies.to(new URL('https://acme.atlassian.net')) as { closed: boolean } | null;
    await proxies.close();
    expect(agent?.closed).toBe(true);
  });

  const failed = (details: { syscall?: string }) => Object.assign(new Error('failed'), details);
  it.each([
    { what: 'a tunnel refused with 502', cause: new Error('Proxy response (502) !== 200'), expected: { status: 502 } },
    {
      what: 'missing credentials',
      cause: new Error('Proxy Authentication Required (407)'),
      expected: { status: 407 },
    },
    { what: 'words like these elsewhere', cause: new Error('no Proxy response (502)'), expected: null },
    { what: 'nobody there', cause: failed({ syscall: 'connect' }), expected: {} },
    { what: 'nobody there at any address', cause: new AggregateError([failed({ syscall: 'connect' })]), expected: {} },
    { what: 'a name that nobody knows', cause: failed({ syscall: 'getaddrinfo' }), expected: {} },
    { what: 'nobody there in time', cause: new errors.ConnectTimeoutError('late'), expected: {} },
    { what: 'no TLS', cause: new errors.SecureProxyConnectionError(new Error('tls'), 'no'), expected: {} },
    { what: 'a connection that broke', cause: failed({ syscall: 'read' }), expected: null },
    { what: 'many failures of none', cause: new AggregateError([]), expected: null },
    { what: 'anything else that is thrown', cause: null, expected: null },
  ])('are told to have failed by $what, or not', ({ cause, expected }) => {
    expect(proxyFailure(cause)).toEqual(expected);
  });
});
