import { describe, expect, it } from 'vitest';
import { sharedStage, start } from '../support/harness.ts';

describe('GET /llms.txt', () => {
  const stage = sharedStage();
  const get = (headers: Record<string, string> = {}) => stage.call<string>('/llms.txt', { headers });

  it('is one page of plain text that may be kept for a while', async () => {
    const { status, headers, body } = await get();
    expect({ status, type: headers.get('content-type'), cache: headers.get('cache-control') }).toEqual({
      status: 200,
      type: 'text/plain; charset=utf-8',
      cache: 'public, max-age=3600',
    });
    expect(body.split('\n').slice(0, 3)).toEqual(['# Atlassian integration service', '', expect.stringMatching(/^> /)]);
    expect(body.length).toBeLessThan(4_500);
  });

  it('leads to nothing that is not there', async () => {
    const { body } = await get();
    const [base] = /http:\/\/localhost:\d+/.exec(body) ?? [];
    const addresses = [...body.matchAll(/http:\/\/localhost:\d+([^\s`)]*)/g)].map(([, path = '']) => path);
    expect(addresses).toEqual(
      expect.arrayContaining(['/mcp', '/connectors', '/connectors/tools', '/openapi.json', '/docs']),
    );
    expect(base).toBe('http://localhost:3001');
    for (const path of new Set(addresses)) {
      const { status } = await stage.call(path);
      // A call of a tool is a POST.
      const there = path === '/mcp' ? status : path.endsWith('/invoke') ? 405 : 200;
      expect({ path, status }).toEqual({ path, status: there });
    }
  });

  it('shows a call that is taken, by a name that is one', async () => {
    const { body } = await get();
    const [example = ''] = /\{"tool".*\}\}/.exec(body) ?? [];
    const answer = await stage.call<{ code: string }>('/connectors/tools/invoke', { body: JSON.parse(example) });
    expect(answer.body.code).toBe('NOT_CONNECTED');
  });

  it('is answered with 304 to who has it', async () => {
    const first = await get();
    const again = await get({ 'if-none-match': String(first.headers.get('etag')) });
    expect({ status: again.status, body: again.body }).toEqual({ status: 304, body: '' });
  });

  it('names the public address with its path, below which it is found', async () => {
    const own = await start({ env: { PUBLIC_BASE_URL: 'https://host.example/atlassian' } });
    for (const path of ['/atlassian/llms.txt', '/llms.txt']) {
      const { status, body } = await own.call<string>(path, { headers: { host: 'host.example' } });
      expect(status).toBe(200);
      expect(body).toContain('(https://host.example/atlassian/openapi.json)');
      expect(body).toContain('speaks MCP at https://host.example/atlassian/mcp');
    }
  });
});
