import { beforeEach, describe, expect, it } from 'vitest';
import { type ErrorBody, type Stage, sharedStage } from '../../support/harness.ts';
import { exchanges } from '../refreshing.ts';

const JIRA = { provider: 'jira', call: '/connectors/jira/search', scope: 'read:jira-work read:jira-user' } as const;
const CONFLUENCE = {
  provider: 'confluence',
  call: '/connectors/confluence/spaces',
  scope: 'read:space:confluence read:confluence-user',
} as const;

/** Some apps are not allowed offline access: Atlassian then names no refresh token. */
async function connectOnline(stage: Stage, { provider, scope }: typeof JIRA | typeof CONFLUENCE): Promise<void> {
  const { authorizeUrl, cookie } = await stage.begin(provider);
  const online = new URL(authorizeUrl);
  online.searchParams.set('scope', scope);
  await stage.callback(await stage.sandbox.consent(online.href, 'anna'), cookie);
}

describe('a grant without a refresh token', () => {
  const stage = sharedStage({ sandbox: { secondConsent: 'keeps' } });
  const told = async ({ call }: { call: string }) => {
    const { status, body } = await stage.call<ErrorBody>(call);
    return { status, code: body.code ?? null, source: body.details?.source ?? null };
  };
  const says = (status: number) => ({
    path: /^\/ex\//,
    times: 9,
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ errorMessages: ['No.'], errors: {} }),
  });

  beforeEach(async () => {
    stage.sandbox.clearFaults();
    await connectOnline(stage, JIRA);
    await connectOnline(stage, CONFLUENCE);
    stage.sandbox.clearRequests();
  });

  it.each(
    [JIRA, CONFLUENCE].flatMap((row) => [
      { ...row, said: 404, code: 'NOT_FOUND' },
      { ...row, said: 403, code: 'FORBIDDEN' },
      { ...row, said: 401, code: 'UNAUTHORIZED' },
    ]),
  )('that ends soon does not make $said of $provider a TOKEN_EXPIRED', async ({ said, code, ...row }) => {
    stage.clock.advance(3_590);
    stage.sandbox.fault(says(said));
    expect(await told(row)).toMatchObject({ status: said, code });
    expect(exchanges(stage)).toBe(0);
  });

  it.each([JIRA, CONFLUENCE])('serves $provider until its last second, and is TOKEN_EXPIRED after it', async (row) => {
    stage.clock.advance(3_599);
    expect(await told(row)).toEqual({ status: 200, code: null, source: null });
    stage.clock.advance(1);
    expect(await told(row)).toEqual({ status: 401, code: 'TOKEN_EXPIRED', source: null });
    const { body } = await stage.call<ErrorBody>(row.call);
    expect(body.details?.connect).toMatchObject({ path: `/connectors/${row.provider}/connect-link` });
    expect(exchanges(stage)).toBe(0);
  });

  it.each([JIRA, CONFLUENCE])('cannot be rotated for $provider, and lives on', async (row) => {
    const options = { method: 'PATCH', body: { rotate: true } };
    const { status, body } = await stage.call<ErrorBody>(`/connectors/${row.provider}/connection`, options);
    expect({ status, code: body.code, parameter: body.details?.parameter }).toEqual({
      status: 400,
      code: 'VALIDATION',
      parameter: 'rotate',
    });
    expect(await told(row)).toEqual({ status: 200, code: null, source: null });
  });
});
