import { describe, expect, it, onTestFinished } from 'vitest';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';

const APP = { clientId: 'app', clientSecret: 'secret', redirectUri: 'http://localhost:9/callback' };

async function separate() {
  const sandbox = new Sandbox({ apps: [APP], separateOrigins: true });
  await sandbox.listen();
  onTestFinished(() => sandbox.close());
  const query = new URLSearchParams({
    audience: 'api.atlassian.com',
    client_id: APP.clientId,
    scope: 'read:jira-work',
    redirect_uri: APP.redirectUri,
    state: 's',
    response_type: 'code',
    prompt: 'consent',
  });
  return { sandbox, urls: sandbox.urls, query };
}

describe('separate origins', () => {
  it('send a browser from the authorization server over the sign-in to the consent page', async () => {
    const { urls, query } = await separate();
    expect(new Set(Object.values(urls)).size).toBe(4);
    const way: string[] = [];
    let url = `${urls.auth}/authorize?${query}`;
    for (;;) {
      const answer = await fetch(url, { redirect: 'manual' });
      way.push(new URL(url).origin);
      if (answer.status === 200) break;
      expect(answer.status).toBe(302);
      url = answer.headers.get('location') ?? '';
    }
    expect(way).toEqual([urls.auth, urls.id, urls.api]);
  });

  it('answer what is theirs and nothing else', async () => {
    const { urls, query } = await separate();
    const paths = {
      auth: `/authorize?${query}`,
      id: '/login',
      api: `/oauth2/authorize/server/consent?${query}`,
      site: '/site/acme/browse/DEMO-1',
    };
    for (const [owner, path] of Object.entries(paths)) {
      for (const [origin, url] of Object.entries(urls)) {
        const answer = await fetch(url + path, { redirect: 'manual' });
        expect({ path, origin, status: answer.status === 404 }).toEqual({ path, origin, status: origin !== owner });
      }
    }
  });

  it('let the sign-in lead nowhere but to the consent page', async () => {
    const { urls } = await separate();
    for (const target of ['https://evil.example/', `${urls.site}/`, `${urls.api}.evil.example/`, '']) {
      const answer = await fetch(`${urls.id}/login?${new URLSearchParams({ continue: target })}`, {
        redirect: 'manual',
      });
      expect({ target, status: answer.status }).toEqual({ target, status: 400 });
    }
  });

  it('let a test consent as it does on one origin', async () => {
    const { sandbox, urls, query } = await separate();
    expect(await sandbox.consent(`${urls.auth}/authorize?${query}`, 'anna')).toContain(`${APP.redirectUri}?code=`);
  });
});
