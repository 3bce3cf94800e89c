import { expect } from 'vitest';
import { SANDBOX_SITES, Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';

export const APP = {
  clientId: 'app-one',
  clientSecret: 'secret-one',
  redirectUri: 'http://localhost:3001/api/oauth/atlassian/callback',
};
export const OTHER_APP = { clientId: 'app-two', clientSecret: 'secret-two', redirectUri: 'https://two.example/cb' };

export const JIRA_SCOPES = 'read:jira-work write:jira-work read:jira-user';
export const CONFLUENCE_SCOPES =
  'read:space:confluence read:page:confluence write:page:confluence search:confluence read:confluence-user';
export const ALL_SCOPES = `${JIRA_SCOPES} ${CONFLUENCE_SCOPES} offline_access`;

const [ACME, GLOBEX] = SANDBOX_SITES;

export { ACME, GLOBEX };

/** A moment after the sample data's newest item. */
export const START = Date.UTC(2026, 10, 2, 12, 0, 0);

// biome-ignore lint/suspicious/noExplicitAny: answers are read freely here, and every reading is asserted
export type Json = any;

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: Json;
}

export interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  scope: string;
}

/** A running sandbox with a clock of its own, and what a client does with it. */
export class Bench {
  now = START;
  readonly sandbox: Sandbox;
  base = '';

  private constructor(options: Partial<SandboxOptions>) {
    this.sandbox = new Sandbox({ apps: [APP, OTHER_APP], clock: () => this.now, ...options });
  }

  static async start(options: Partial<SandboxOptions> = {}): Promise<Bench> {
    const bench = new Bench(options);
    bench.base = await bench.sandbox.listen();
    return bench;
  }

  wait(seconds: number): void {
    this.now += seconds * 1000;
  }

  authorizeUrl(changes: Record<string, string | null> = {}): string {
    const parameters = new URLSearchParams({
      audience: 'api.atlassian.com',
      client_id: APP.clientId,
      scope: ALL_SCOPES,
      redirect_uri: APP.redirectUri,
      state: 'some state',
      response_type: 'code',
      prompt: 'consent',
    });
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) parameters.delete(name);
      else parameters.set(name, value);
    }
    return `${this.base}/authorize?${parameters}`;
  }

  async code(user = 'anna', changes: Record<string, string | null> = {}): Promise<string> {
    const callback = new URL(await this.sandbox.consent(this.authorizeUrl(changes), user));
    return callback.searchParams.get('code') ?? '';
  }

  token(body: Record<string, unknown>): Promise<Answer> {
    const { clientId, clientSecret } = APP;
    return this.post('/oauth/token', null, { client_id: clientId, client_secret: clientSecret, ...body });
  }

  exchange(code: string, changes: Record<string, unknown> = {}): Promise<Answer> {
    return this.token({ grant_type: 'authorization_code', code, redirect_uri: APP.redirectUri, ...changes });
  }

  refresh(refreshToken: string, changes: Record<string, unknown> = {}): Promise<Answer> {
    return this.token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...changes });
  }

  async connect(user = 'anna', scope = ALL_SCOPES): Promise<Tokens> {
    const answer = await this.exchange(await this.code(user, { scope }));
    expect(answer.status).toBe(200);
    return answer.body as Tokens;
  }

  get(path: string, token: string | null): Promise<Answer> {
    return this.send('GET', path, token);
  }

  post(path: string, token: string | null, body: unknown): Promise<Answer> {
    return this.send('POST', path, token, JSON.stringify(body), { 'content-type': 'application/json' });
  }

  put(path: string, token: string | null, body: unknown): Promise<Answer> {
    return this.send('PUT', path, token, JSON.stringify(body), { 'content-type': 'application/json' });
  }

  delete(path: string, token: string | null): Promise<Answer> {
    return this.send('DELETE', path, token);
  }

  async send(
    method: string,
    path: string,
    token: string | null,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  }
}

export const jira = (path: string, site: { cloudId: string } = ACME) => `/ex/jira/${site.cloudId}/rest/api/3${path}`;
export const wiki = (path: string, site: { cloudId: string } = ACME) => `/ex/confluence/${site.cloudId}/wiki${path}`;
