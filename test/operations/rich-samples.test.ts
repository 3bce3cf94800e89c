import { expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { adfValidator } from '../support/adf-schema.ts';

describeAccounts(
  'The rich texts of the samples',
  ({ stage, isCloud }) => {
    const call = async <T>(tool: string, args: object) => {
      const { status, body } = await stage.call<T>('/connectors/tools/invoke', { body: { tool, args } });
      expect({ tool, args, status }).toEqual({ tool, args, status: 200 });
      return body;
    };
    const isValid = adfValidator();
    type Issue = { description: string; comments: { items: { body: string }[] }; loss: string[] };
    type Page = { body: string; loss: string[] };

    it('have lists, tables, code, panels, images, tasks, states and links in issues', async () => {
      const { description, comments } = await call<Issue>('jira.get', { issue: 'DEMO-4' });
      for (const told of [
        '## Steps',
        '1. Open the **staging** shop\n   - in a private window',
        '2. Press `#sign-in`',
        '| Browser | Works |\n| --- | --- |\n| Safari 17.4 | no |',
        '```javascript\nbutton.addEventListener',
        isCloud ? '> [!WARNING]' : '> [!NOTE]',
        '![safari-console.png](',
        '- [x] Find the version',
        'CONFIRMED',
        '[the notes of Safari](https://developer.example/safari/17-4)',
      ]) {
        expect(description).toContain(told);
      }
      expect(comments.items[1]?.body).toContain('```javascript\nif (await');
      const { description: other, loss } = await call<Issue>('jira.get', { issue: 'DEMO-15' });
      expect(other).toContain('> I paid for one lamp');
      expect(other).toContain('~~Not~~');
      expect(loss).toContain('underline');
    });

    it('stand in further fields, beside an option', async () => {
      const args = { issue: 'DEMO-4', fields: ['Environment', 'Severity'] };
      const { fields } = await call<{ fields: Record<string, unknown> }>('jira.get', args);
      const Severity = expect.objectContaining({ value: 'Major' });
      expect(fields).toEqual({ Environment: '**Safari 17.4** on macOS\n\n- staging', Severity });
    });

    it('have macros, layouts, mentions, days and files in pages', async () => {
      const start = await call<Page>('confluence.get', { page: '65602' });
      for (const told of [
        '[macro: toc]',
        '- Node.js\n  - version 20 or later',
        '```bash\nnpm ci',
        '> [!NOTE]',
        '- [x] Get a badge',
        '2026-12-04',
        '[a change](<page:Your first change>)',
        isCloud ? 'accountid:' : 'userkey:',
        '🚀',
      ]) {
        expect(start.body).toContain(told);
      }
      const { body, loss } = await call<Page>('confluence.get', { page: '65617', format: 'text' });
      for (const told of [
        'Host | Ends\nshop | 2027-02-01',
        'VALID',
        '> What is done',
        'By hand\n[image: Screen of the panel]',
      ]) {
        expect(body).toContain(told);
      }
      expect(body).toContain('[macro: jira] DEMO-17');
      expect(loss).toEqual(['layout', 'macro:jira', 'macro:include']);
    });

    it.runIf(isCloud)('are documents that the schema allows', async () => {
      const texts = await Promise.all([
        ...['DEMO-4', 'DEMO-15'].map(async (issue) => {
          const { description, comments } = await call<Issue>('jira.get', { issue, format: 'adf' });
          return [description, ...comments.items.map((comment) => comment.body)];
        }),
        ...['65602', '65617'].map(async (page) => [(await call<Page>('confluence.get', { page, format: 'adf' })).body]),
      ]);
      for (const text of texts.flat()) {
        expect(isValid(JSON.parse(text)) || isValid.errors, text).toBe(true);
      }
    });
  },
  DEPLOYMENT_KINDS,
);
