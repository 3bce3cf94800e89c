import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AtlassianError } from '../../../src/atlassian/wire/atlassian-error.ts';
import { Hosts } from '../../../src/atlassian/wire/hosts.ts';
import { Transport } from '../../../src/atlassian/wire/transport.ts';
import { silentContext } from '../../support/context.ts';

const SITE = 'https://acme.atlassian.net';
const SECRET = 'pat-5c1f-secret';

/** A transport whose names lead where they are told, and whose connections are noted and never opened. */
function unplugged(addresses: Record<string, string[] | Error>, allowed: string[] = []) {
  const resolved: string[] = [];
  const opened: { hostname: string; servername: string | undefined; port: string }[] = [];
  const transport = new Transport({
    hosts: new Hosts({ trusted: ['https://api.atlassian.com'], allowed }),
    network: {
      resolve: async (hostname) => {
        resolved.push(hostname);
        const found = addresses[hostname] ?? [];
        if (found instanceof Error) throw found;
        return found;
      },
      open: ({ hostname, servername, port }, callback) => {
        opened.push({ hostname, servername, port });
        callback(new Error('not plugged in'), null);
      },
    },
  });
  onTestFinished(() => transport.close());
  const ask = async (url: string) => {
    const call = {
      method: 'GET' as const,
      url: new URL(url),
      headers: { authorization: `Bearer ${SECRET}` },
      safe: false,
    };
    const error: unknown = await transport.json(call, silentContext()).catch((thrown: unknown) => thrown);
    if (!(error instanceof AtlassianError)) throw error;
    return error;
  };
  return { ask, resolved, opened };
}

describe('a site whose name leads to', () => {
  it.each([
    ['loopback', ['127.0.0.1']],
    ['loopback by IPv6', ['::1']],
    ['loopback in another notation', ['::ffff:127.0.0.1']],
    ['a private address', ['10.1.2.3']],
    ['another private address', ['192.168.1.1']],
    ['a private address by IPv6', ['fd00::1']],
    ['a link-local address', ['fe80::1']],
    ['metadata', ['169.254.169.254']],
    ['metadata by IPv6', ['fd00:ec2::254']],
    ['a public and a private address', ['104.192.142.18', '10.0.0.1']],
    ['nothing', []],
  ])('%s is not connected to', async (_, addresses) => {
    const { ask, opened } = unplugged({ 'acme.atlassian.net': addresses });
    const error = await ask(`${SITE}/rest/api/3/myself`);
    expect({ kind: error.kind, opened }).toEqual({ kind: 'forbidden_address', opened: [] });
    const told = error.toAppError();
    expect({ status: told.status, code: told.code, reason: told.details?.reason }).toEqual({
      status: 502,
      code: 'VENDOR_ERROR',
      reason: 'address_not_allowed',
    });
  });

  it('public addresses is connected to at these, one after the other, under its own name', async () => {
    const { ask, opened, resolved } = unplugged({ 'acme.atlassian.net': ['104.192.142.18', '2401:1d80::1'] });
    expect((await ask(`${SITE}/rest/api/3/myself`)).kind).toBe('network');
    expect(opened).toEqual([
      { hostname: '104.192.142.18', servername: 'acme.atlassian.net', port: '' },
      { hostname: '2401:1d80::1', servername: 'acme.atlassian.net', port: '' },
    ]);
    expect(resolved).toEqual(['acme.atlassian.net']);
  });

  it('no address that can be found is a failure of the network', async () => {
    const { ask, opened } = unplugged({ 'acme.atlassian.net': new Error('ENOTFOUND') });
    expect({ kind: (await ask(SITE)).kind, opened }).toEqual({ kind: 'network', opened: [] });
  });
});

it('an origin that the operator named is connected to wherever it leads', async () => {
  const { ask, opened, resolved } = unplugged({}, ['https://jira.internal:8443']);
  for (const url of ['https://jira.internal:8443/jira', 'https://api.atlassian.com/ex/jira/1']) await ask(url);
  expect(opened.map(({ hostname, port }) => [hostname, port])).toEqual([
    ['jira.internal', '8443'],
    ['api.atlassian.com', ''],
  ]);
  expect(resolved).toEqual([]);
});

it.each([
  'https://evil.example/x',
  'https://127.0.0.1/x',
  'https://2130706433/x',
  'https://[::1]/x',
  'https://169.254.169.254/latest/meta-data',
  'http://acme.atlassian.net/x',
  'https://acme.atlassian.net:8443/x',
])('%s is neither resolved nor connected to', async (url) => {
  const { ask, opened, resolved } = unplugged({ 'evil.example': ['104.192.142.18'] });
  const error = await ask(url);
  expect({ kind: error.kind, opened, resolved }).toEqual({ kind: 'forbidden_host', opened: [], resolved: [] });
  const told = error.toAppError();
  expect({ status: told.status, code: told.code, reason: told.details?.reason }).toEqual({
    status: 403,
    code: 'FORBIDDEN',
    reason: 'host_not_allowed',
  });
});

describe('a redirect', () => {
  async function serve(answer: (request: IncomingMessage) => { status: number; headers: Record<string, string> }) {
    const received: string[] = [];
    const server = createServer((request, response) => {
      received.push(`${request.url} ${request.headers.authorization}`);
      const { status, headers } = answer(request);
      response.writeHead(status, headers).end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  it.each([301, 302, 303, 307, 308])('%d is not followed, to another origin or the same', async (status) => {
    const other = await serve(() => ({ status: 200, headers: {} }));
    for (const location of [`${other.url}/steal?token=hint`, '/elsewhere']) {
      const site = await serve(() => ({ status, headers: { location } }));
      // Both are allowed, so that nothing else could keep the token from going on.
      const transport = new Transport({ hosts: new Hosts({ trusted: [site.url, other.url], allowed: [] }) });
      onTestFinished(() => transport.close());
      const call = {
        method: 'GET' as const,
        url: new URL(`${site.url}/x`),
        headers: { authorization: `Bearer ${SECRET}` },
      };
      const error: unknown = await transport.json({ ...call, safe: true }, silentContext()).catch((thrown) => thrown);
      if (!(error instanceof AtlassianError)) throw error;
      const told = error.toAppError();
      expect({ isRedirect: error.isRedirect, status: told.status, code: told.code }).toEqual({
        isRedirect: true,
        status: 502,
        code: 'VENDOR_ERROR',
      });
      expect(JSON.stringify([told.message, told.details])).not.toMatch(/steal|hint|secret/);
      expect(site.received).toEqual([`/x Bearer ${SECRET}`]);
    }
    expect(other.received).toEqual([]);
  });
});

describe('an error that quotes the credentials', () => {
  it.each([
    ['as they are', (token: string) => token],
    ['with a character as its number', (token: string) => token.replace('=', '\\u003d')],
    ['with an escaped slash', (token: string) => token.replace('/', '\\/')],
  ])('%s is not passed on', async (_, write) => {
    const token = 'ATATT/secret=ABCD1234';
    const long = 'x'.repeat(5_000);
    const bodies = [
      `{"errorMessages":["refused ${write(token)}"]}`,
      `{"message":"refused ${write(token)}","more":"${long}"}`,
      `{"message":"${long.slice(0, 990)} ${write(token)}","more":"${long}"}`,
      `{"data":{"errors":[{"message":{"key":"refused","translation":"${write(token)}"}}]},"more":"${long}"}`,
      `refused ${token}`,
      `<html><title>refused ${token}</title></html>`,
    ];
    const server = createServer((request, response) => {
      response.writeHead(400).end(bodies[Number(request.url?.slice(1))]);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const transport = new Transport({ hosts: new Hosts({ trusted: [origin], allowed: [] }) });
    onTestFinished(() => transport.close());
    const basic = Buffer.from(`anna@example.com:${token}`).toString('base64');
    for (const authorization of [`Bearer ${token}`, `Basic ${basic}`]) {
      for (const at of bodies.keys()) {
        const url = new URL(`${origin}/${at}`);
        const call = { method: 'GET' as const, url, headers: { authorization }, safe: false };
        const error: unknown = await transport.json(call, silentContext()).catch((thrown: unknown) => thrown);
        if (!(error instanceof AtlassianError)) throw error;
        const { message, details } = error.toAppError();
        expect({ at, message, details }).toEqual({
          at,
          message: 'Atlassian refused the request.',
          details: { source: 'atlassian', upstream_status: 400 },
        });
      }
    }
  });
});
