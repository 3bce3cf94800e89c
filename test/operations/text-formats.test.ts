import { expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { json } from '../support/upstream.ts';

describeAccounts(
  'The texts of an issue',
  ({ stage, isCloud }) => {
    const text = (value: string, marks: object[] = []) => ({ type: 'text', text: value, marks });
    const document = {
      ...{ type: 'doc', version: 1 },
      content: [{ type: 'paragraph', content: [text('Read '), text('this', [{ type: 'strong' }])] }],
    };
    const source = isCloud ? document : 'Read *this*';
    const get = async (format?: string) => {
      const fields = { summary: 'x', project: { key: 'DEMO' }, description: source };
      stage.sandbox.clearFaults();
      stage.sandbox.fault({ path: /\/issue\/DEMO-4$/, ...json(200, { id: '10104', key: 'DEMO-4', fields }) });
      stage.sandbox.fault({ path: /\/comment$/, ...json(200, { total: 1, comments: [{ id: '1', body: source }] }) });
      const { status, body } = await stage.call<Record<string, unknown>>('/connectors/tools/invoke', {
        body: { tool: 'jira.get', args: { issue: 'DEMO-4', ...(format === undefined ? {} : { format }) } },
      });
      const { description, comments, details } = body as {
        description?: string;
        comments?: { items: { body: string }[] };
        details?: object;
      };
      return { status, description, comment: comments?.items[0]?.body, details };
    };

    it.each([
      [undefined, 'Read **this**'],
      ['markdown', 'Read **this**'],
      ['text', 'Read this'],
      [isCloud ? 'adf' : 'wiki', isCloud ? JSON.stringify(document) : 'Read *this*'],
    ])('come in the format %s', async (format, told) => {
      expect(await get(format)).toMatchObject({ status: 200, description: told, comment: told });
    });

    it('do not come in that of the other deployment, which is said', async () => {
      const told = await get(isCloud ? 'wiki' : 'adf');
      expect(told).toMatchObject({ status: 400, details: { parameter: 'format' } });
    });
  },
  DEPLOYMENT_KINDS,
);
