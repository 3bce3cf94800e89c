import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TestAuthority } from '../../support/certificates.ts';
import { freePort } from '../../support/free-port.ts';
import { asTenant, type Stage, sharedStage, start } from '../../support/harness.ts';
import { projects } from '../refreshing.ts';

/** An https server whose certificate nobody trusts. */
async function untrusted(): Promise<string> {
  const server = createServer(await (await TestAuthority.make()).issue('localhost'), (_request, response) => {
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

const shared = sharedStage({ onDisk: true });

const FAILURES: { what: string; makeUrl: () => Promise<string>; code: RegExp }[] = [
  { what: 'refuses connections', makeUrl: async () => `http://127.0.0.1:${await freePort()}`, code: /^ECONNREFUSED$/ },
  {
    what: 'refuses them at every address of its name',
    makeUrl: async () => `http://localhost:${await freePort()}`,
    code: /^ECONNREFUSED$/,
  },
  {
    what: 'has a name that nobody knows',
    makeUrl: async () => 'https://nobody.invalid',
    code: /^(ENOTFOUND|EAI_AGAIN)$/,
  },
  {
    what: 'has a certificate that nobody trusts',
    makeUrl: untrusted,
    code: /^(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)$/,
  },
];

interface Facts {
  problem?: string;
  errors?: Facts[];
  cause?: Facts;
}

/** The codes that stand in the lines about a failure. */
function codesIn({ logLines }: Stage): string[] {
  const codes = (facts: Facts | undefined): string[] =>
    facts === undefined
      ? []
      : [facts.problem ?? '', ...codes(facts.cause), ...(facts.errors ?? []).flatMap((error) => codes(error))];
  return logLines.flatMap((line) => codes((JSON.parse(line) as { err?: Facts }).err)).filter(Boolean);
}

describe.each(FAILURES)('what $what', ({ makeUrl, code }) => {
  const expectLogged = (stage: Stage) => {
    expect(codesIn(stage)).toEqual(expect.arrayContaining([expect.stringMatching(code)]));
  };

  /** A service with other settings, whose tenant was connected by the shared one. */
  async function stageWith(env: Record<string, string>): Promise<Stage> {
    const { tenant, storePath, connect } = shared.newTenant();
    await connect('jira');
    return asTenant(await start({ existing: shared, env: { DATABASE_URL: `file:${storePath}`, ...env } }), tenant);
  }

  it('is named in the log where it is the token endpoint', async () => {
    const stage = await stageWith({ ATLASSIAN_AUTH_BASE_URL: await makeUrl() });
    stage.clock.advance(4_000);
    expect((await projects(stage)).status).toBe(502);
    expectLogged(stage);
  });

  it('is named in the log where a login needs it', async () => {
    const stage = await stageWith({ ATLASSIAN_AUTH_BASE_URL: await makeUrl() });
    const { authorizeUrl, cookie } = await stage.begin('jira');
    const at = new URL(authorizeUrl);
    const consent = `${stage.sandbox.url}${at.pathname}${at.search}`;
    await stage.callback(await stage.sandbox.consent(consent, 'anna'), cookie);
    expectLogged(stage);
  });

  it('is named in the log where it is the API', async () => {
    const stage = await stageWith({ ATLASSIAN_API_BASE_URL: await makeUrl() });
    expect((await projects(stage)).status).toBe(502);
    expectLogged(stage);
  });

  it('is named in the log where it has the keys of JSON Web Tokens', async () => {
    const url = new URL('/keys', await makeUrl());
    const env = { AUTH_JWKS_URL: url.href, AUTH_ISSUER: 'https://x.example', AUTH_AUDIENCE: 'us' };
    const stage = await start({ env });
    const [header, claims] = [{ alg: 'RS256', kid: 'x' }, { sub: 'anna' }].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const authorization = `Bearer ${header}.${claims}.AAAA`;
    expect((await stage.call('/connectors', { headers: { authorization } })).status).toBe(503);
    expectLogged(stage);
  });
});
