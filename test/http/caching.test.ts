import { expect, it } from 'vitest';
import { sharedStage } from '../support/harness.ts';

const stage = sharedStage({}, (own) => own.connect('jira'));

// A browser that goes back asks its cache first, by the address alone: it would show a tenant the connection of another, or
// one that has ended.
it.each([
  ...['/', '/healthz', '/readyz', '/connect', '/connectors', '/connectors/jira/connection', '/connectors/jira/search'],
  ...[
    '/connectors/confluence/search',
    '/connectors/jira/doctor',
    '/connectors/tools',
    '/tenants/default/policy',
    '/audit',
  ],
  ...[
    '/connectors/jira/search?limit=0',
    '/connectors/jira/issues/DEMO-9999',
    '/nowhere',
    '/auth/jira/callback',
    '/docs',
  ],
])('%s is kept by nobody', async (path) => {
  for (const accept of ['application/json', 'text/html']) {
    const { headers } = await stage.call(path, { headers: { accept } });
    expect({ accept, kept: headers.get('cache-control') }).toEqual({ accept, kept: 'no-store' });
  }
});

it.each(['/openapi.json', '/llms.txt', '/docs/static/swagger-ui.css', '/docs/guides/images/choose-site.png'])(
  '%s, which is the same for everybody, may be kept',
  async (path) => {
    const { status, headers } = await stage.call(path);
    expect({ path, status, kept: headers.get('cache-control') }).toEqual({
      path,
      status: 200,
      kept: expect.not.stringContaining('no-store'),
    });
  },
);
