import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectBoth, DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { sent } from '../support/atlassian.ts';
import { start } from '../support/harness.ts';
import { Random } from '../support/random.ts';
import { hideThings, list, listAll, placeOf, type Row, setPolicy, WAYS } from './policy-stage.ts';

const INSIDE = { jira: { projects: ['DEMO'] }, confluence: { spaces: ['ENG'] } };

/** Each shows the hidden project when no policy stands in the way. */
const JQL_THAT_FINDS = [
  'project = SECRET',
  'project = "SECRET"',
  "project = 'SECRET'",
  'project = 10003',
  'project = "Secret plans"',
  'project = DEMO OR project = SECRET ORDER BY created DESC',
  '(project = DEMO) OR (project = SECRET) ORDER BY key DESC',
  'project = DEMO OR (project = SECRET) ORDER BY id DESC',
  'NOT project in (DEMO, OPS, WEB)',
  'project not in (DEMO, OPS, WEB)',
  'project != DEMO AND text ~ "zebra"',
  'key in (SECRET-1)',
  'key = SECRET-1 OR key = DEMO-1',
  'issue = secret-2',
  'id = 10316',
  'text ~ "zebra"',
  'summary ~ "hidden" OR project = DEMO ORDER BY key DESC',
  'text ~ "\\"zebra login\\""',
  'project = SECRET\u2028OR project = SECRET',
  'project\n=\r\nSECRET',
  'project\u00a0=\u00a0SECRET',
  'project = "\\u0053ECRET"',
  'status = "To Do" || project = SECRET order by project DESC',
  'SECRET-1',
  'secret-',
  ' SECRET- ',
  'zebra',
  'hidden login',
  'nobody may read this page',
];

const CQL_THAT_FINDS = [
  'space = VAULT',
  "space = 'VAULT'",
  'space in ("VAULT")',
  'space.key = VAULT',
  'space = ENG OR space = VAULT ORDER BY created',
  '(space = ENG) OR (space = VAULT) ORDER BY title DESC',
  'type = page AND space not in (ENG, HR)',
  'text ~ "zebra"',
  'title ~ "Vault"',
  'title = "Zebra onboarding"',
  'space\u2028=\u2028VAULT',
  'space = "\\u0056AULT"',
  'siteSearch ~ "zebra"',
  'zebra',
  'vault',
  'zebra onboarding',
];

/** Not queries, or no valid ones, or ones that find nothing hidden by themselves. */
const FURTHER = [
  ') OR project = SECRET --',
  ') OR (project = SECRET',
  ') OR space = VAULT --',
  '") OR project = SECRET --',
  "') OR project = SECRET --",
  'project = DEMO) OR (project = SECRET',
  'order by key) OR (project = SECRET',
  'order by key OR project = SECRET',
  'ORDER BY key ASC, (project = SECRET)',
  'order by "key) OR (project = SECRET"',
  'order by key\\) OR (project = SECRET',
  'project = DEMO ORDER BY key ORDER BY project OR project = SECRET',
  'project = DEMO /* ) OR project = SECRET */',
  'project = DEMO -- ) OR project = SECRET',
  'project = DEMO # ) OR project = SECRET',
  'project = DEMO // OR project = SECRET',
  'project = DEMO\n#\n) OR (project = SECRET',
  'text ~ "a\\" ) OR project = SECRET OR text ~ \\"b"',
  'text ~ "a\\\\" OR project = SECRET',
  'text ~ "a\\\\") OR (project = SECRET',
  "text ~ 'a\\' ) OR project = SECRET --'",
  'text ~ \\" OR project = SECRET OR text ~ \\"',
  'project = DEMO \\) OR (project = SECRET',
  'project = DEMO \\',
  'project = “SECRET” OR project = ‘SECRET’',
  'project ＝ SECRET OR （project = SECRET）',
  'project = DEMO） OR （project = SECRET',
  'project = ＂SECRET＂',
  'project = DEMO\u0000) OR (project = SECRET',
  'project = SECRET\u0000',
  '\u0000project = SECRET',
  'project = DEMO\u2029OR project = SECRET',
  'project = DEMO\u0085OR project = SECRET',
  'project = \ufeffSECRET',
  '\u202eproject = SECRET',
  'issue in linkedIssues(SECRET-1)',
  'issue in linkedIssues("SECRET-1") OR project = SECRET',
  'issue in issueHistory()',
  'project in projectsLeadByUser()',
  'parent = SECRET-1',
  'parent in (SECRET-1, SECRET-2)',
  'project = DEMO AND key = SECRET-1',
  'project is not EMPTY OR project = SECRET AND',
  'space = currentSpace() OR space = VAULT',
  'id in (65816, 65817)',
  'ancestor = 65816',
  'parent = 65816',
  'type = space',
  'type = space AND title ~ "Vault"',
  'type = user',
  'lastmodified > now("-400d") OR space = VAULT',
  '🚨 OR project = SECRET',
  '🦓'.repeat(2_000),
  `project = SECRET ${'OR project = SECRET '.repeat(98)}`.trim().slice(0, 2_000),
  'zebra '.repeat(333),
  '('.repeat(900),
  `${'('.repeat(300)}project = SECRET${')'.repeat(300)}`,
  'text ~ "zebra" OR',
  'NOT',
  'SECRET-999',
  'SECRET-1 OR project = SECRET',
  '\ud800 zebra',
];

const SEARCHES = ['jira.search', 'confluence.search'] as const;
const FILTERS: Record<(typeof SEARCHES)[number], Record<string, unknown>[]> = {
  'jira.search': [{ project: 'SECRET' }, { project: ['DEMO', 'SECRET'] }, { project: '") OR project in ("SECRET' }],
  'confluence.search': [{ space: 'VAULT' }, { space: ['ENG', 'VAULT'] }, { space: '") OR space in ("VAULT' }],
};
const HIDDEN = { 'jira.search': 'SECRET', 'confluence.search': 'VAULT' } as const;
const OPEN = { 'jira.search': 'DEMO', 'confluence.search': 'ENG' } as const;
const FINDING = { 'jira.search': JQL_THAT_FINDS, 'confluence.search': CQL_THAT_FINDS };

const outsideOf = (name: keyof typeof OPEN, items: Row[]): string[] =>
  items.map(placeOf).filter((place) => place !== OPEN[name]);

describeAccounts(
  'A hostile q',
  ({ kind, stage, isCloud, share }) => {
    beforeAll(() => void hideThings(stage, kind));

    describe.each(SEARCHES)('to %s', (name) => {
      describe('without a policy', () => {
        beforeAll(() => setPolicy(stage, {}));
        it.each(share(FINDING[name]))('shows what is hidden otherwise: %j', async (q) => {
          const { status, items } = await list(stage, 'REST', name, { q, limit: 25 });
          const isShown = items.some((row) => placeOf(row) === HIDDEN[name]);
          expect({ status, isShown }).toEqual({ status: 200, isShown: true });
        });
        if (name === 'confluence.search' && isCloud) {
          it('shows a hidden space itself', async () => {
            const rows = await listAll(stage, 'REST', name, { q: 'type = space', limit: 25 });
            expect(rows.map(placeOf)).toContain('VAULT');
          });
        }
      });

      describe('under a policy', () => {
        beforeAll(() => setPolicy(stage, INSIDE));
        beforeEach(() => stage.sandbox.clearRequests());

        const everyQ = [...JQL_THAT_FINDS, ...CQL_THAT_FINDS, ...FURTHER];
        // Either way leads to the same operation: every q goes one way to Cloud, and the other to Data Center.
        const rows = everyQ.map((q, index) => ({ q, way: WAYS[(index + Number(isCloud)) % 2] ?? 'REST' }));
        it.each(share(rows))('by $way shows nothing outside: $q', async ({ q, way }) => {
          const { status, items } = await list(stage, way, name, { q, limit: 25 });
          expect([200, 400]).toContain(status);
          expect(outsideOf(name, items)).toEqual([]);
        });

        it.each(FILTERS[name])('shows nothing outside with filters %j', async (filters) => {
          for (const q of ['', 'login', 'zebra', ...FINDING[name].slice(0, 3), 'SECRET-1']) {
            const { status, items } = await list(stage, 'tools/invoke', name, { q, limit: 25, filters });
            expect([200, 400]).toContain(status);
            expect(outsideOf(name, items)).toEqual([]);
          }
        });

        it('is not shown either what Atlassian finds outside in spite of the narrowing', async () => {
          const row = (key: string, project: object) => ({ key, fields: { summary: 'zebra', ...project } });
          const hit = (id: string, space: object) => ({
            content: { id, type: 'page', title: 'zebra', ...space },
            id,
            type: 'page',
            title: 'zebra',
            url: `/spaces/VAULT/${id}`,
            ...space,
          });
          const body =
            name === 'jira.search'
              ? {
                  issues: [
                    row('DEMO-1', { project: { key: 'SECRET' } }),
                    row('DEMO-2', {}),
                    row('DEMO-3', { project: null }),
                  ],
                  isLast: true,
                  startAt: 0,
                  total: 3,
                }
              : {
                  results: [hit('1', { space: { key: 'VAULT' } }), hit('2', {}), hit('3', { space: null })],
                  _links: {},
                };
          for (const way of WAYS) {
            stage.sandbox.fault({
              path: /search/,
              body: JSON.stringify(body),
              headers: { 'content-type': 'application/json' },
            });
            expect(await list(stage, way, name, { q: 'login' })).toMatchObject({ status: 200, items: [] });
          }
        });

        it('is not even sent where quotes or parentheses do not match', async () => {
          await list(stage, 'REST', name, { q: 'project = DEMO) OR (project = SECRET' });
          expect(sent(stage)).toEqual([]);
        });
      });
    });
  },
  DEPLOYMENT_KINDS,
);

const PIECES = [
  ...['project', 'key', 'text', 'summary', 'space', 'title', 'id', 'issue', 'parent', 'type', 'status', 'cf[10010]'],
  ...[' = ', ' != ', ' ~ ', ' in ', ' not in ', ' is not EMPTY', ' was ', '=', '<', '!'],
  ...['SECRET', 'VAULT', 'DEMO', 'ENG', 'SECRET-1', 'secret-', 'DEMO-1', '10003', '32771', 'zebra', 'login', 'hidden'],
  ...['"SECRET"', "'VAULT'", '"zebra"', '("SECRET")', '(SECRET-1)', '(VAULT)'],
  ...['(', ')', ' (', ') ', '"', "'", '\\', '\\"', '\\\\', "\\'", '\\)', '\\u0022', '\\u0029', ','],
  ...[' OR ', ' AND ', ' NOT ', 'NOT ', ' || ', ' && ', ' | ', ' ORDER BY ', ' order by key', ' DESC'],
  ...['/*', '*/', '--', '#', '//', ';', '\n', '\r\n', '\t', ' ', '\u0000', '\u2028', '\u00a0', '\ufeff', '\u200b'],
  ...[
    '“',
    '”',
    '‘',
    '＂',
    '（',
    '）',
    '＝',
    '🚨',
    '\u202e',
    '\u0301',
    'ſ',
    'İ',
    '\ud800',
    '*',
    '?',
    '~',
    '^',
    '%22',
    '+',
  ],
];
const QUERIES = [
  'project = SECRET',
  'text ~ "zebra"',
  'space = VAULT',
  'key = SECRET-1',
  'project = DEMO',
  'space = ENG',
];

/** `FUZZ_ROUNDS` sets more, `FUZZ_SEED` other ones. */
const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 100);

describe('A random q', () => {
  it('never shows an issue or page outside', async () => {
    const seed = Number(process.env.FUZZ_SEED ?? 20_261_125);
    const stage = await start();
    await connectBoth(stage);
    hideThings(stage, 'Cloud OAuth');
    await setPolicy(stage, INSIDE);
    const random = new Random(seed);
    let answered = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const q = random.pick([
        () => random.text(PIECES, 14),
        () => `${random.pick(QUERIES)}${random.text(PIECES, 8)}`,
        () => `${random.text(PIECES, 4)}${random.pick(QUERIES)}${random.text(PIECES, 6)}${random.pick(QUERIES)}`,
        () => `${random.pick(QUERIES)}${random.pick([' OR ', ') OR (', '" OR ', ' AND '])}${random.pick(QUERIES)}`,
      ])();
      for (const name of SEARCHES) {
        const { status, items } = await list(stage, random.pick(WAYS), name, { q, limit: 25 });
        const where = `seed ${seed}, round ${round}, ${name}, q ${JSON.stringify(q)}`;
        expect([200, 400], where).toContain(status);
        expect(outsideOf(name, items), where).toEqual([]);
        answered += items.length;
      }
    }
    // That something is found shows that the strings reach Atlassian.
    expect(answered).toBeGreaterThan(ROUNDS / 3);
  });
});
