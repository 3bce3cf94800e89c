import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GUIDES } from '../../src/pages/guides.ts';
import { sharedStage } from '../support/harness.ts';

const FOLDER = new URL('../../docs/', import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.md'));
const NAMES = GUIDES.flatMap(({ names }) => names);

describe('the guides', () => {
  const stage = sharedStage();
  const pageAt = async (path: string) => (await stage.call<string>(path, { headers: { accept: 'text/html' } })).body;

  it('are all in the list', async () => {
    expect(NAMES.map((name) => `${name}.md`).toSorted()).toEqual(FILES.toSorted());
    const page = await pageAt('/docs/guides');
    for (const name of NAMES) expect(page).toContain(`href="/docs/guides/${name}"`);
  });

  it.each(NAMES)('have a page for %s, whose links lead to something', async (name) => {
    const { status, headers, body } = await stage.call<string>(`/docs/guides/${name}`);
    expect({ status, type: headers.get('content-type') }).toEqual({ status: 200, type: 'text/html; charset=utf-8' });
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(body).toMatch(/<h1 id="[^"]+">/);
    expect(body).not.toContain('&lt;!--');
    const regions = [...body.matchAll(/role="region" aria-label="([^"]+)"/g)].map(([, label]) => label);
    expect(regions).toEqual([...new Set(regions)]);
    for (const [, source = ''] of body.matchAll(/<img src="([^"]+)"/g)) {
      const picture = await stage.call(new URL(source, `http://localhost/docs/guides/${name}`).pathname);
      expect({ source, status: picture.status }).toEqual({ source, status: 200 });
      expect(picture.headers.get('content-type')).toMatch(/^image\/(?:png|svg\+xml)/);
    }
    for (const [, href = ''] of body.matchAll(/<a href="([^"]+)"/g)) {
      if (href.startsWith('http')) continue;
      const url = new URL(href, `http://localhost/docs/guides/${name}`);
      const linked = await stage.call<string>(url.pathname);
      expect({ href, status: linked.status }).toEqual({ href, status: 200 });
      if (url.hash !== '') expect(linked.body).toContain(`id="${decodeURIComponent(url.hash.slice(1))}"`);
    }
  });

  it.each(NAMES)('give %s as it is written', async (name) => {
    const { status, headers, body } = await stage.call<string>(`/docs/guides/${name}.md`);
    expect({ status, type: headers.get('content-type') }).toEqual({
      status: 200,
      type: 'text/markdown; charset=utf-8',
    });
    expect(body).toBe(readFileSync(new URL(`${name}.md`, FOLDER), 'utf8'));
  });

  it.each([
    'nothing',
    'nothing.md',
    '..%2fpackage.json',
    '../README.md',
    'agents.md.md',
    '__proto__',
    '%2e%2e%2fREADME.md',
    'nothing.svg',
    'images/nothing.png',
    'images/..%2f..%2fpackage.json',
  ])('are no way to other files: %s', async (name) => {
    const { status } = await stage.call(`/docs/guides/${name}`);
    expect(status).toBe(404);
  });

  it('are linked from the documentation and from the page for agents', async () => {
    const { body } = await stage.call<{ externalDocs: object }>('/openapi.json');
    expect(body.externalDocs).toEqual({ description: 'Guides', url: 'http://localhost:3001/docs/guides' });
    expect((await stage.call<string>('/llms.txt')).body).toContain('/docs/guides/agents.md');
  });
});
