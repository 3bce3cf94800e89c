import { beforeEach, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { json } from '../support/upstream.ts';

type Texts = (string | null | undefined)[];

const text = (value: string, marks: object[] = []) => ({ type: 'text', text: value, marks });
const DOCUMENT = {
  ...{ type: 'doc', version: 1 },
  content: [{ type: 'paragraph', content: [text('Read '), text('this', [{ type: 'strong' }])] }],
};
const STORAGE = '<p>Read <strong>this</strong></p>';

describeAccounts(
  'The texts of an issue',
  ({ stage, isCloud }) => {
    const source = isCloud ? DOCUMENT : 'Read *this*';
    beforeEach(() => {
      const fields = { summary: 'x', project: { key: 'DEMO' }, description: source };
      stage.sandbox.clearFaults();
      stage.sandbox.fault({ path: /\/issue\/DEMO-4$/, ...json(200, { id: '10104', key: 'DEMO-4', fields }) });
      stage.sandbox.fault({ path: /\/comment$/, ...json(200, { total: 1, comments: [{ id: '1', body: source }] }) });
      const worklog = { id: '1', comment: source, timeSpentSeconds: 60 };
      stage.sandbox.fault({ path: /\/worklog$/, ...json(200, { total: 1, worklogs: [worklog] }) });
    });

    const TOOLS: Record<string, (told: never) => Texts> = {
      'jira.get': ({ description, comments }: { description: string; comments: { items: { body: string }[] } }) => [
        description,
        comments.items[0]?.body,
      ],
      'jira.comments': ({ items }: { items: { body: string }[] }) => items.map(({ body }) => body),
      'jira.worklogs': ({ items }: { items: { comment: string }[] }) => items.map(({ comment }) => comment),
    };

    it.each(
      Object.keys(TOOLS).flatMap((tool) => [
        { tool, format: undefined, told: 'Read **this**' },
        { tool, format: 'markdown', told: 'Read **this**' },
        { tool, format: 'text', told: 'Read this' },
        { tool, format: isCloud ? 'adf' : 'wiki', told: isCloud ? JSON.stringify(DOCUMENT) : 'Read *this*' },
      ]),
    )('come from $tool in the format $format', async ({ tool, format, told }) => {
      const args = { issue: 'DEMO-4', ...(format === undefined ? {} : { format }) };
      const { status, body } = await stage.call('/connectors/tools/invoke', { body: { tool, args } });
      const texts = new Set(TOOLS[tool]?.(body as never));
      expect({ status, texts }).toEqual({ status: 200, texts: new Set([told]) });
    });

    it.each(Object.keys(TOOLS))('come from %s whole as plain text, with what is lost of them', async (tool) => {
      const words = 'word '.repeat(1_000).trim();
      const long = isCloud
        ? {
            ...DOCUMENT,
            content: [
              { type: 'paragraph', content: [text(`${words} `), text('u', [{ type: 'underline' }])] },
              { type: 'bulletList', content: [{ type: 'listItem', content: DOCUMENT.content }] },
            ],
          }
        : `${words} +u+\n* Read *this*`;
      stage.sandbox.clearFaults();
      const fields = { summary: 'x', project: { key: 'DEMO' }, description: long };
      stage.sandbox.fault({ path: /\/issue\/DEMO-4$/, ...json(200, { id: '10104', key: 'DEMO-4', fields }) });
      stage.sandbox.fault({ path: /\/comment$/, ...json(200, { total: 1, comments: [{ id: '1', body: long }] }) });
      const worklog = { id: '1', comment: long, timeSpentSeconds: 60 };
      stage.sandbox.fault({ path: /\/worklog$/, ...json(200, { total: 1, worklogs: [worklog] }) });
      const { body } = await stage.call('/connectors/tools/invoke', {
        body: { tool, args: { issue: 'DEMO-4', format: 'text' } },
      });
      expect(new Set(TOOLS[tool]?.(body as never))).toEqual(new Set([`${words} u\n- Read this`]));
      expect(JSON.stringify(body)).toContain('"loss":["underline"]');
    });

    it.each(Object.keys(TOOLS))('do not come from %s in that of the other deployment, which is said', async (tool) => {
      const args = { issue: 'DEMO-4', format: isCloud ? 'wiki' : 'adf' };
      const { status, body } = await stage.call('/connectors/tools/invoke', { body: { tool, args } });
      expect({ status, body }).toMatchObject({ status: 400, body: { details: { parameter: 'format' } } });
    });
  },
  DEPLOYMENT_KINDS,
);

describeAccounts(
  'The texts of a page',
  ({ stage, isCloud }) => {
    const TOOLS: Record<string, (told: never) => Texts> = {
      'confluence.version': ({ body }: { body: string }) => [body],
      'confluence.comments': ({ items }: { items: { body: string }[] }) => items.map(({ body }) => body),
    };
    const call = (tool: string, format?: string) => {
      const asked = format === 'adf' ? 'atlas_doc_format' : 'storage';
      const value = format === 'adf' ? JSON.stringify(DOCUMENT) : STORAGE;
      const own = { id: '1', body: { [asked]: { representation: asked, value } }, version: { number: 1 }, title: 'x' };
      const answers: [RegExp, object][] = [
        [/\/(?:pages\/65615\/footer-comments|child\/comment)$/, { results: [own] }],
        [/\/footer-comments\/1\/children$/, { results: [] }],
        [/\/inline-comments$/, { results: [] }],
        [/\/(?:pages|content)\/65615$/, own],
      ];
      stage.sandbox.clearFaults();
      stage.sandbox.clearRequests();
      for (const [path, answer] of answers) stage.sandbox.fault({ path, ...json(200, answer) });
      const version = tool === 'confluence.version' ? { version: 1 } : {};
      const args = { page: '65615', ...version, ...(format === undefined ? {} : { format }) };
      return stage.call('/connectors/tools/invoke', { body: { tool, args } });
    };

    it.each(
      Object.keys(TOOLS).flatMap((tool) => [
        { tool, format: undefined, told: 'Read **this**' },
        { tool, format: 'markdown', told: 'Read **this**' },
        { tool, format: 'text', told: 'Read this' },
        { tool, format: 'storage', told: STORAGE },
        ...(isCloud ? [{ tool, format: 'adf', told: JSON.stringify(DOCUMENT) }] : []),
      ]),
    )('come from $tool in the format $format', async ({ tool, format, told }) => {
      const { status, body } = await call(tool, format);
      const texts = new Set(TOOLS[tool]?.(body as never));
      expect({ status, texts }).toEqual({ status: 200, texts: new Set([told]) });
      const asked = stage.sandbox.requests.map(({ query }) => query['body-format']).filter((one) => one !== undefined);
      expect(new Set(asked)).toEqual(new Set(isCloud ? [format === 'adf' ? 'atlas_doc_format' : 'storage'] : []));
    });

    if (!isCloud) {
      it.each(Object.keys(TOOLS))('do not come from %s as a document of Cloud, which is said', async (tool) => {
        expect(await call(tool, 'adf')).toMatchObject({
          status: 400,
          body: {
            message: 'format: Confluence Data Center does not have adf; ask for markdown, storage or text',
            details: { parameter: 'format' },
          },
        });
      });
    }
  },
  DEPLOYMENT_KINDS,
);
