import { beforeEach, describe, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { type ErrorBody, sharedStage } from '../support/harness.ts';
import { json } from '../support/upstream.ts';
import { hideThings, setPolicy } from './policy-stage.ts';

interface Page {
  id: string;
  title: string;
  space: { id: string; key: string; name: string } | null;
  body: string | null;
  loss: string[];
}

describeAccounts(
  'confluence.get',
  ({ stage, kind, isCloud, baseUrl }) => {
    beforeEach(async () => {
      await setPolicy(stage, {});
      stage.sandbox.clearRequests();
    });
    const get = async (args: object) => {
      const { status, body } = await stage.call<Page & ErrorBody>('/connectors/tools/invoke', {
        body: { tool: 'confluence.get', args },
      });
      return { status, body };
    };
    /** A page as Atlassian would send it without anything that its documents do not require. */
    const bare = (page: object) =>
      stage.sandbox.fault({ method: 'GET', path: /\/(?:pages|content)\/\d+$/, ...json(200, page) });

    it('tells that there is no body where Confluence sends none', async () => {
      const page = { id: '65601', type: 'page', title: 'Bare', status: 'current' };
      bare(
        isCloud ? { ...page, spaceId: '32769' } : { ...page, space: { id: 32_769, key: 'ENG', name: 'Engineering' } },
      );
      const { status, body } = await get({ page: '65601' });
      expect({ status, title: body.title, body: body.body, loss: body.loss }).toEqual({
        status: 200,
        title: 'Bare',
        body: null,
        loss: [],
      });
      expect(Object.keys(body.space ?? {})).toEqual(['id', 'key', 'name']);
    });

    it.each([
      { format: 'markdown', body: 'Look at the dashboard\\. If the consumers are alive' },
      { format: 'storage', body: '<p>Look at the dashboard. If the consumers are alive' },
      { format: 'text', body: 'Look at the dashboard. If the consumers are alive' },
    ])('gives the body as $format', async ({ format, body }) => {
      const told = await get({ page: '65615', format });
      expect({ status: told.status, loss: told.body.loss }).toEqual({ status: 200, loss: [] });
      expect(told.body.body?.replaceAll('\\', '')).toContain(body.replaceAll('\\', ''));
      expect(told.body.body?.startsWith('<')).toBe(format === 'storage');
    });

    it('gives the body in the Atlassian Document Format on Cloud, and elsewhere says what to ask for', async () => {
      const { status, body } = await get({ page: '65615', format: 'adf' });
      if (isCloud) expect(JSON.parse(body.body ?? '')).toMatchObject({ type: 'doc', version: 1 });
      else {
        expect({ status, code: body.code, message: body.message, details: body.details }).toMatchObject({
          status: 400,
          code: 'VALIDATION',
          message: 'format: Confluence Data Center does not have adf; ask for markdown, storage or text',
          details: { parameter: 'format' },
        });
      }
    });

    it('tells that there is no space where Confluence names none', async () => {
      bare({ id: '65601', type: 'page', title: 'Nowhere', status: 'current' });
      const { status, body } = await get({ page: '65601' });
      expect({ status, space: body.space }).toEqual({ status: 200, space: null });
    });

    it('asks for nothing but the page where the policy has no rule', async () => {
      await get({ page: '65602' });
      const asked = stage.sandbox.requests.length;
      await setPolicy(stage, { confluence: { spaces: ['ENG'] } });
      stage.sandbox.clearRequests();
      expect((await get({ page: '65602' })).status).toBe(200);
      expect(stage.sandbox.requests.length).toBeGreaterThan(asked);
    });

    it.each(['65601x', 'x65601', '65601 65602'])('takes %j for no id', async (page) => {
      const { status, body } = await get({ page });
      const root = baseUrl(stage, 'confluence');
      expect({ status, message: body.message, details: body.details }).toMatchObject({
        status: 400,
        message: `page: must be the id or the address of a page of ${root}`,
        details: { parameter: 'page' },
      });
    });

    describe('under a policy', () => {
      const hidden = { page: '', space: 'VAULT', title: 'Zebra onboarding' };
      beforeEach(async () => {
        if (hidden.page === '') hideThings(stage, kind);
        hidden.page ||= (await get({ space: hidden.space, title: hidden.title })).body.id;
        await setPolicy(stage, { confluence: { spaces: ['ENG'] } });
        stage.sandbox.clearRequests();
      });
      const refusal = async (args: object) => {
        const { status, body } = await get(args);
        const { parameter, rule } = body.details ?? {};
        return { status, parameter, rule };
      };
      const rule = 'confluence.spaces';

      it('refuses a space that is not allowed, before the page is looked for', async () => {
        const { space, title } = hidden;
        expect(await refusal({ space, title })).toEqual({ status: 403, parameter: 'space', rule });
        expect(stage.sandbox.requests.filter(({ query }) => query.title !== undefined)).toEqual([]);
      });

      it('refuses a page of a space that is not allowed, before its body is asked for', async () => {
        expect(await refusal({ page: hidden.page })).toEqual({ status: 403, parameter: 'page', rule });
        const bodies = stage.sandbox.requests.filter(({ query }) => JSON.stringify(query).includes('storage'));
        expect(bodies).toEqual([]);
      });

      it('refuses a page that has been moved since its space was looked up', async () => {
        const page = { id: '65602', type: 'page', title: 'Moved', status: 'current' };
        const moved = isCloud
          ? { ...page, spaceId: '99' }
          : { ...page, space: { id: 99, key: 'VAULT', name: 'Vault' } };
        const hasBody = isCloud ? /\/pages\/65602$/ : /\/content\/65602$/;
        stage.sandbox.fault({ method: 'GET', path: hasBody, skip: 1, ...json(200, moved) });
        expect(await refusal({ page: '65602' })).toMatchObject({ status: 403, parameter: 'page' });
        stage.sandbox.clearFaults();
      });
    });
  },
  DEPLOYMENT_KINDS,
);

describe('confluence.get is refused', () => {
  const stage = sharedStage({}, (own) => own.connect('confluence'));

  it.each([
    { args: {}, parameter: 'page', problem: 'is missing: name the page, or its space and title' },
    {
      args: { page: '1', space: 'ENG', title: 'x' },
      parameter: 'page',
      problem: 'names the page already: send it without space and title',
    },
    {
      args: { page: '1', title: 'x' },
      parameter: 'page',
      problem: 'names the page already: send it without space and title',
    },
    { args: { title: 'x' }, parameter: 'space', problem: 'is missing' },
    { args: { space: 'ENG' }, parameter: 'title', problem: 'is missing' },
  ])('for $args', async ({ args, parameter, problem }) => {
    const { status, body } = await stage.call<ErrorBody>('/connectors/tools/invoke', {
      body: { tool: 'confluence.get', args },
    });
    expect({ status, message: body.message, parameter: body.details?.parameter }).toEqual({
      status: 400,
      message: `args.${parameter}: ${problem}`,
      parameter: `args.${parameter}`,
    });
  });
});
