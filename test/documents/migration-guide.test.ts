import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ErrorBody, sharedStage } from '../support/harness.ts';

const GUIDE = readFileSync(new URL('../../docs/migration.md', import.meta.url), 'utf8');
const NAMES = [...GUIDE.matchAll(/^\| `(GET|POST) (\S+)` \| `(\w+)` \| `([\w.]+)` \|$/gm)].map(
  ([, method = '', path = '', old = '', now = '']) => ({ method, path, old, now }),
);

describe('docs/migration.md', () => {
  const stage = sharedStage();

  it('tells the names that old clients send', () => {
    expect(NAMES.length).toBeGreaterThan(10);
  });

  it.each(NAMES)('tells truly that $method $path answers $old with $now', async ({ method, path, old, now }) => {
    const { status, body } = await (method === 'GET'
      ? stage.call<ErrorBody>(`${path}?${old}=x`)
      : stage.call<ErrorBody>(path, { body: { [old]: 'x' } }));
    expect(status).toBe(400);
    const problems = body.details?.problems as { parameter: string; nearest?: string }[];
    expect(problems.find(({ parameter }) => parameter === old)?.nearest).toBe(now);
  });

  it.each(['/auth/jira', '/api/auth/jira', '/auth/confluence', '/api/auth/confluence'])(
    'tells truly that logins begin and end at %s',
    async (path) => {
      const { status } = await stage.call(`${path}/login?tenant_id=acme`);
      const { status: ended } = await stage.call(`${path}/callback?state=x&code=x`);
      expect({ status, ended }).toEqual({ status: 200, ended: 422 });
    },
  );
});
