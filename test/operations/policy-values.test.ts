import { beforeAll, beforeEach, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import type { ErrorBody } from '../support/harness.ts';
import { json } from '../support/upstream.ts';
import { hideThings, setPolicy } from './policy-stage.ts';

const POLICY = { jira: { projects: ['DEMO'] }, confluence: { spaces: ['ENG'] } };
const NO_ROWS = { items: [], next_cursor: false };

/** What is hidden, and what is not there, in the same words. */
const PAIRS: [string, string][] = [
  ['project = SECRET', 'project = NOPE'],
  ['project = "SECRET"', 'project = "\\u004eOPE"'],
  ['project in (DEMO, SECRET)', 'project in (DEMO, NOPE)'],
  ['project in (DEMO, SECRET, OPS) ORDER BY key', 'project in (DEMO, NOPE, NEVER) ORDER BY key'],
  ['project = DEMO OR (project = SECRET)', 'project = DEMO OR (project = NOPE)'],
  ['project = DEMO OR issue in (SECRET-1, SECRET-2)', 'project = DEMO OR issue in (NOPE-1, SECRET-2)'],
  ['project != SECRET', 'project != NOPE'],
  ['project not in (SECRET)', 'project not in (NOPE)'],
  ['key != SECRET-1', 'key != NOPE-1'],
  ['key = SECRET-1', 'key = SECRET-99999'],
  ['key = SECRET-1 ORDER BY key', 'key = NOPE-1 ORDER BY key'],
  ['parent = SECRET-1', 'parent = SECRET-99999'],
  ['issue in linkedIssues("SECRET-1")', 'issue in linkedIssues("SECRET-99999")'],
  ['issue in linkedIssues(SECRET-1)', 'issue in linkedIssues(NOPE-1)'],
  ['NOT (key != SECRET-1)', 'NOT (key != NOPE-1)'],
];

describeAccounts(
  'Under a policy of places, a query',
  ({ stage, kind, isCloud }) => {
    beforeAll(() => void hideThings(stage, kind));
    beforeEach(async () => {
      await setPolicy(stage, POLICY);
      stage.sandbox.clearFaults();
    });
    const invoke = async (tool: string, args: object) => {
      const { status, body } = await stage.call<ErrorBody>('/connectors/tools/invoke', { body: { tool, args } });
      // No two cursors are the same.
      return { status, body: 'next_cursor' in body ? { ...body, next_cursor: body.next_cursor !== null } : body };
    };

    it.each(PAIRS)('finds nothing by %s, and as little by %s', async (hidden, missing) => {
      const ways: [string, object][] = [
        ['jira.search', {}],
        ['jira.count', {}],
        ['jira.board_issues', { board: '1' }],
        ['jira.backlog', { board: '1' }],
        ['jira.epic_issues', { epic: 'DEMO-1' }],
      ];
      for (const [tool, args] of ways) {
        const name = tool === 'jira.search' || tool === 'jira.count' ? 'q' : 'jql';
        const told = await invoke(tool, { ...args, [name]: hidden });
        expect(told, tool).toMatchObject({ status: 200 });
        expect(await invoke(tool, { ...args, [name]: missing }), tool).toEqual(told);
      }
    });

    it.each([
      ["Der Wert 'NOPE' existiert nicht für das Feld 'project'.", 'project = NOPE'],
      ['値「NOPE-1」は存在しません。', 'issue = NOPE-1'],
      ["A value with ID '99999' does not exist for the field 'filter'.", 'filter = 99999'],
      ["Sprint with name 'Merger' does not exist or you do not have permission to view it.", 'sprint = Merger'],
      ['Das gibt es nicht.', 'component = Zebra'],
    ])('finds nothing where Jira says "%s"', async (message, q) => {
      const fault = {
        path: isCloud ? /search\/jql$/ : /api\/2\/search$/,
        times: 2,
        ...json(400, { errorMessages: [message], errors: {} }),
      };
      stage.sandbox.fault(fault);
      expect(await invoke('jira.search', { q })).toEqual({ status: 200, body: NO_ROWS });
    });

    it.each([
      ["Kein Bereich mit dem Schlüssel 'NOPE'", 'space = NOPE'],
      ['No content found with id: ContentId{id=99999}', 'ancestor = 99999'],
      ['Could not parse cql : (parent = 99999) AND (space in ("ENG"))', 'parent = 99999'],
    ])('finds nothing where Confluence says "%s"', async (message, q) => {
      stage.sandbox.fault({ path: /rest\/api\/search$/, times: 2, ...json(400, { statusCode: 400, message }) });
      expect(await invoke('confluence.search', { q })).toEqual({ status: 200, body: NO_ROWS });
    });

    it.each([
      ['project = SECRET AND', 'project = ABSENT AND', /Expecting/],
      ['project = SECRET foo', 'project = ABSENT foo', /foo/],
      ['project = SECRET AND status = Opne', 'project = ABSENT AND status = Opne', /Opne/],
      ['project = SECRET AND updated > soon', 'project = ABSENT AND updated > soon', /soon/],
      ['project = SECRET AND key ~ x', 'project = ABSENT AND key ~ x', /'~'/],
      ['key = DEMO-99999', 'key = DEMO-99999', /DEMO-99999/],
    ])('says what else is wrong with %s, in the same words for %s', async (hidden, missing, words) => {
      const { status, body } = await invoke('jira.search', { q: missing });
      expect(status).toBe(400);
      expect(body.message).toMatch(words);
      expect(body.message).not.toMatch(/ABSENT/);
      const other = (await invoke('jira.search', { q: hidden })).body;
      expect(other.message).toBe(body.message);
    });

    it('of CQL is told what is wrong with it', async () => {
      for (const q of ['space = VAULT and flavour = sweet', 'space = VAULT and type = sweet', 'space = VAULT and']) {
        const { status, body } = await invoke('confluence.search', { q });
        expect([q, status]).toEqual([q, 400]);
        expect(body.message).toMatch(/sweet|flavour|restriction|Expecting/);
      }
    });

    it('of several mistakes is told those that no value of it is', async () => {
      const messages = [
        "The value 'ABSENT' does not exist for the field 'project'.",
        "Field 'flavour' does not exist.",
      ];
      const path = isCloud ? /search\/jql$/ : /api\/2\/search$/;
      stage.sandbox.fault({ path, times: 2, ...json(400, { errorMessages: messages, errors: {} }) });
      const { status, body } = await invoke('jira.search', { q: 'project = ABSENT AND flavour = sweet' });
      expect(status).toBe(400);
      expect(JSON.stringify(body)).toContain('flavour');
      expect(JSON.stringify(body)).not.toContain('ABSENT');
    });

    it('names what is not there where no policy hides anything', async () => {
      await setPolicy(stage, {});
      expect((await invoke('jira.search', { q: 'project = NOPE' })).body.message).toContain('NOPE');
    });
  },
  DEPLOYMENT_KINDS,
);
