import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectAs, patchConnection, TOKENS_ENABLED } from '../../support/accounts.ts';
import { type ErrorBody, sharedStage, start, temporaryFolder } from '../../support/harness.ts';

const SECRET = 'pat-77af-secret';

/** A network in which names lead where they are told, and nothing is ever connected. */
function unplugged(addresses: Record<string, string[]>) {
  const used: string[] = [];
  return {
    used,
    network: {
      resolve: async (hostname: string) => {
        used.push(`resolve ${hostname}`);
        return addresses[hostname] ?? [];
      },
      open: ({ hostname }: { hostname: string }, callback: (error: Error, socket: null) => void) => {
        used.push(`open ${hostname}`);
        callback(new Error('not plugged in'), null);
      },
    },
  };
}

describe('a token for base_url', () => {
  const addresses: Record<string, string[]> = {};
  const { used, network } = unplugged(addresses);
  const shared = sharedStage({ env: TOKENS_ENABLED, network });
  /** The service in a network in which names lead where they are told. */
  const leading = (names: Record<string, string[]>) => {
    for (const name of Object.keys(addresses)) delete addresses[name];
    Object.assign(addresses, names);
    used.length = 0;
    return shared.newTenant();
  };

  it.each([
    'http://acme.atlassian.net',
    'https://user@acme.atlassian.net',
    'https://acme.atlassian.net@evil.example',
    'https://evil.example',
    'https://127.0.0.1',
    'https://2130706433',
    'https://0x7f.1',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]',
    'https://localhost',
    'http://169.254.169.254/latest/meta-data',
    'https://10.0.0.1',
    'http://127.0.0.1:1',
  ])('%s is refused, and nothing is asked, resolved or connected', async (baseUrl) => {
    const stage = leading({});
    for (const provider of ['jira', 'confluence'] as const) {
      const body = { pat: SECRET, base_url: baseUrl };
      const answer = await patchConnection<ErrorBody>(stage, provider, body);
      expect({ status: answer.status, code: answer.body.code, details: answer.body.details }).toEqual({
        status: 400,
        code: 'VALIDATION',
        details: { parameter: 'base_url', ...(/^https?:\/\/[^@]+$/.test(baseUrl) && { reason: 'host_not_allowed' }) },
      });
    }
    expect({ used, requests: stage.sandbox.requests }).toEqual({ used: [], requests: [] });
  });

  it.each([['10.0.0.1'], ['127.0.0.1'], ['169.254.169.254'], ['fe80::1'], ['104.192.142.18', '192.168.0.1']])(
    'whose name leads to %s is not sent',
    async (...found) => {
      const stage = leading({ 'acme.atlassian.net': found });
      const body = { pat: SECRET, email: 'anna@example.com', base_url: 'https://acme.atlassian.net' };
      const answer = await patchConnection<ErrorBody>(stage, 'jira', body);
      expect({ status: answer.status, code: answer.body.code, reason: answer.body.details?.reason }).toEqual({
        status: 502,
        code: 'VENDOR_ERROR',
        reason: 'address_not_allowed',
      });
      expect(used).toEqual(['resolve acme.atlassian.net']);
      expect((await stage.call<{ auth: null }>('/connectors/jira/connection')).body.auth).toBeNull();
    },
  );

  it('goes to no host that base_url redirects to, whatever it is redirected on', async () => {
    const seen: string[] = [];
    const serve = async (location: () => string | null) => {
      const server = createServer((request, response) => {
        seen.push(`${request.headers.host} ${request.url} ${request.headers.authorization ?? ''}`);
        const target = location();
        response
          .writeHead(target === null ? 200 : 307, target === null ? {} : { location: target + request.url })
          .end('{}');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      });
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    };
    const other = await serve(() => null);
    const site = await serve(() => other);
    // Both are listed: even so the token stays with the one that was named.
    const stage = await start({ env: { ...TOKENS_ENABLED, ALLOWED_BASE_URLS: `${site},${other}` } });
    for (const provider of ['jira', 'confluence'] as const) {
      const answer = await patchConnection<ErrorBody>(stage, provider, { pat: SECRET, base_url: site });
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
    expect(seen.filter((request) => request.startsWith(new URL(other).host))).toEqual([]);
  });
});

it('is not sent any more to an origin that is not listed any more', async () => {
  const env = { ...TOKENS_ENABLED, DATABASE_URL: `file:${temporaryFolder()}/store.db` };
  const stage = await start({ env });
  await connectAs(stage, 'Data Center PAT', 'jira');
  await stage.stop();
  const elsewhere = { ATLASSIAN_AUTH_BASE_URL: 'https://auth.invalid', ATLASSIAN_API_BASE_URL: 'https://api.invalid' };
  const { used, network } = unplugged({});
  const again = await start({
    env: { ...env, ...elsewhere, ALLOWED_BASE_URLS: 'https://jira.example.com' },
    existing: stage,
    network,
  });
  stage.sandbox.clearRequests();
  const { status, body } = await again.call<ErrorBody>('/connectors/jira/projects');
  expect({ status, code: body.code, details: body.details }).toEqual({
    status: 403,
    code: 'FORBIDDEN',
    details: { source: 'service', reason: 'host_not_allowed' },
  });
  expect({ used, requests: stage.sandbox.requests }).toEqual({ used: [], requests: [] });
  expect((await again.call<{ error: string }>('/connectors/jira/connection')).body.error).toBe(body.message);
});
