import { beforeEach, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import type { ErrorBody } from '../support/harness.ts';
import { setPolicy } from './policy-stage.ts';

interface Page {
  id: string;
  url: string;
  title: string;
  type: string;
  space: { key: string } | null;
  version: number;
  body: string;
}

describeAccounts(
  'A page',
  ({ stage, baseUrl, isCloud }) => {
    beforeEach(() => setPolicy(stage, {}));
    const get = async (args: object) => {
      const { status, body } = await stage.call<Page & ErrorBody>('/connectors/tools/invoke', {
        body: { tool: 'confluence.get', args },
      });
      return { status, body };
    };
    const made = async (title: string, content: string) => {
      const body = { space: 'ENG', title, content };
      return (await stage.call<{ id: string; url: string }>('/connectors/confluence/create', { body })).body;
    };

    it('is given with its body as Markdown', async () => {
      const { id, url } = await made('Steps', '# Before\n\n- tag **v1**\n- announce\n');
      const { status, body } = await get({ page: id });
      expect({ status, id: body.id, url: body.url, title: body.title, type: body.type }).toEqual({
        status: 200,
        id,
        url,
        title: 'Steps',
        type: 'page',
      });
      expect({ space: body.space?.key, version: body.version }).toEqual({ space: 'ENG', version: 1 });
      expect(body.body.trim()).toBe('# Before\n\n- tag **v1**\n- announce');
    });

    it('is given by its id as a number', async () => {
      expect((await get({ page: 65_602 })).body.id).toBe('65602');
    });

    it('that a space which the policy allows by another name does not have is NOT_FOUND', async () => {
      await setPolicy(stage, { confluence: { spaces: ['ENG'] } });
      expect((await get({ space: '32769', title: 'No such page' })).body.code).toBe('NOT_FOUND');
    });

    it('is given by its address, and by its space and title', async () => {
      const { id, url } = await made('By an address', 'Here');
      const base = baseUrl(stage, 'confluence');
      const root = isCloud ? `${base}/wiki` : base;
      const named = [
        { page: url },
        { page: `${root}/pages/viewpage.action?pageId=${id}` },
        { page: `${root}/display/ENG/By+an+address` },
        { space: 'eng', title: 'By an address' },
        { space: '32769', title: 'By an address' },
      ];
      const ids = [];
      for (const args of named) ids.push((await get(args)).body.id);
      expect(ids).toEqual(named.map(() => id));
    });

    it.each([
      { args: { page: '99999999' }, code: 'NOT_FOUND' },
      { args: { space: 'ENG', title: 'No such page' }, code: 'NOT_FOUND' },
      { args: { space: 'NOWHERE', title: 'Steps' }, code: 'NOT_FOUND' },
      { args: { page: 'Steps' }, code: 'VALIDATION' },
      { args: { page: 'SITE/search?cql=space+%3D+ENG+AND+title+%3D+Home+OR+space+%3D+VAULT' }, code: 'VALIDATION' },
      { args: { page: 'https://elsewhere.example/wiki/spaces/ENG/pages/65601' }, code: 'VALIDATION' },
    ])('named by $args is $code where there is none', async ({ args, code }) => {
      const base = baseUrl(stage, 'confluence');
      const root = isCloud ? `${base}/wiki` : base;
      const named = 'page' in args ? { page: String(args.page).replace('SITE', root) } : args;
      expect((await get(named)).body.code).toBe(code);
    });
  },
  DEPLOYMENT_KINDS,
);
