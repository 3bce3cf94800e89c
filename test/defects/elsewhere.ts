import type { Defect } from './defect.ts';

const CONSTANT_TIME = {
  file: 'test/architecture.test.ts',
  title: 'the sources > compare secrets in constant time only',
};
const ALL_STATUSES = {
  file: 'test/routes/upstream-words.test.ts',
  title: 'Every status that Atlassian fails with > has one code, from 400 to 599',
};
const WHOLE_RECORD = {
  file: 'test/routes/audit.test.ts',
  title: 'the audit > is complete when the answer arrives, however long the database takes',
};
const misspelt = (name: string) => ({
  file: 'test/routes/policy.test.ts',
  title: `/tenants/{tenant}/policy > refuses '${name}' among the tools to 'deny', naming those there are`,
});
const gateway = (what: string, operation: string) => ({
  file: 'test/routes/upstream-words.test.ts',
  title: `A 404 of the gateway under a policy > is the site's own error, and none of '${what}' for '${operation}' by 'REST'`,
});

const onBoards = (title: string) => ({
  file: 'test/operations/jira-boards.test.ts',
  title: `Boards, sprints and what is counted by Data Center PAT > ${title}`,
});
const ofIssue = (title: string) => ({
  file: 'test/operations/jira-issue-parts.test.ts',
  title: `What belongs to an issue by Data Center PAT > ${title}`,
});

/** In everything but `connections/`, whose are in a file of their own; what signs a login is here. */
export const ELSEWHERE: Defect[] = [
  {
    name: 'a board is seen where one of the projects that it shows is allowed',
    find: /projects\?\.every\(\(key\) => allowed\.has\(key\)\)/,
    replace: 'projects?.some((key) => allowed.has(key))',
    test: onBoards('are seen where all that they show lies in what the policy allows'),
  },
  {
    name: 'a board tells the sprints of boards that the policy hides',
    find: /place: places\.get\(sprint\.boardId \?\? ''\)/,
    replace: "place: places.get(sprint.boardId ?? '') ?? allowed.keys?.map(String)",
    test: onBoards('have no sprints of another board that the policy hides'),
  },
  {
    name: 'a count is not narrowed to the policy',
    find: /new JqlWriter\(\{ \.\.\.filters, within \}, list\.now\);\n {2}\/\/ An order/,
    replace: 'new JqlWriter({ ...filters, within: within && undefined }, list.now);\n  // An order',
    test: onBoards('are counted in what the policy allows, {}'),
  },
  {
    name: 'a change tells of an issue that the policy hides',
    find: /items\.filter\(\(item\) => isSeen\(item, allowed\)\)/,
    replace: 'items.filter((item) => isSeen(item, allowed) || true)',
    test: ofIssue('has changes without those that tell of what the policy hides'),
  },
  {
    name: 'a link to a page tells of an issue that the policy hides',
    find: /webLinks\?\.filter\(\(link\) => isSeen\(link, jira, job\)\)/,
    replace: 'webLinks?.filter((link) => isSeen(link, jira, job) || true)',
    test: ofIssue('has links without those that tell of what the policy hides'),
  },
  {
    name: 'a file is fetched before it turns out to be too large',
    find: /if \(told !== null && told > most\) throw largeFile\(told, most, where\);/,
    replace: '',
    test: ofIssue("has a file refused with its size that is 'larger than it may be', before it is asked for"),
  },
  {
    name: 'signatures are compared byte by byte',
    find: /return (left\.length === right\.length && timingSafeEqual\(left, right\));/,
    replace: 'return a === b || ($1);',
    test: CONSTANT_TIME,
  },
  {
    name: "a login's cookie is compared byte by byte",
    find: /!sameText\(hash\(cookie\), browser\)/,
    replace: '(hash(cookie) !== browser && !sameText(hash(cookie), browser))',
    test: CONSTANT_TIME,
  },
  {
    name: "a cursor's signature is compared byte by byte",
    find: /!timingSafeEqual\(given, expected\)/,
    replace: '(!given.equals(expected) || !timingSafeEqual(given, expected))',
    test: CONSTANT_TIME,
  },
  {
    name: 'after one failed fetch unknown key ids are 503 for good',
    find: /this\.failedAt = null;/,
    replace: '',
    test: {
      file: 'test/access/jwt-keys.test.ts',
      title: 'the JWKS > that failed once refuses unknown key ids again when it is back',
    },
  },
  {
    name: 'a policy takes a tool in capitals, which then denies nothing',
    find: /(\(name\) => findTool\()name(, `tools)/,
    replace: '$1name.trim().toLowerCase()$2',
    test: misspelt('Jira.create'),
  },
  {
    name: 'a policy takes a name that ends like a tool, which then denies nothing',
    find: /(\(name\) => findTool\()name(, `tools)/,
    replace: "$1name.split(' ').at(-1) ?? ''$2",
    test: misspelt('x jira.create'),
  },
  {
    name: 'a policy takes a name that begins like a tool, which then denies nothing',
    find: /(\(name\) => findTool\()name(, `tools)/,
    replace: "$1name.replace(/\\W+$$/, '')$2",
    test: misspelt('jira.create!'),
  },
  {
    name: 'a policy takes any name among the tools to deny',
    find: /deny: named\('deny'\)/,
    replace: 'deny: tools.deny',
    test: misspelt('Jira.create'),
  },
  {
    name: "a connect link's mark goes when the link ends",
    find: /const KEPT_SECONDS = 3_600;/,
    replace: 'const KEPT_SECONDS = 0;',
    test: {
      file: 'test/routes/connect-link.test.ts',
      title: 'a connect link > completes a login that was begun in its last minute, however many are made meanwhile',
    },
  },
  {
    name: 'the answer to a success leaves before its outcome is on record',
    find: /await (this\.settle\(record, targetOf\(result\), 'ok'\))/,
    replace: 'void $1',
    test: WHOLE_RECORD,
  },
  {
    name: 'the answer to a failure leaves before its outcome is on record',
    find: /await (this\.settle\(record, target, outcomeOf\(error\)\))/,
    replace: 'void $1',
    test: WHOLE_RECORD,
  },
  {
    name: "a lookup takes the gateway's 404 for a project that is not there",
    find: /(const missing = error instanceof AtlassianError && )error\.isMissing;/,
    replace: '$1error.status === 404;',
    test: gateway('the project', 'jira.create'),
  },
  {
    name: "the gateway's 404 is told as one of the product",
    find: /(this\.status === 404 && this\.sender) === 'product'/,
    replace: "$1 !== 'other'",
    test: gateway('the space', 'confluence.create'),
  },
  {
    name: "a web page's 404 is told as one of the product",
    find: /(this\.status === 404 && this\.sender) === 'product'/,
    replace: "$1 !== 'gateway'",
    test: {
      file: 'test/routes/upstream-words.test.ts',
      title:
        "A web page with 404 under a policy > is about the address and not about what 'jira.create' asks for ('Data Center')",
    },
  },
  {
    name: 'a call that waited for a connection while a pause began is sent into it',
    find: /if \(!limits\.pauseOf\(names\)\) return;/,
    replace: 'return;',
    test: {
      file: 'test/atlassian/wire/rate-limits.test.ts',
      title: "sends no 'write' that waited for a connection while a pause began ('jira-quota-tenant-based')",
    },
  },
  {
    name: '422 is a VENDOR_ERROR',
    find: /case 422:\s*(?=case 431:)/,
    replace: '',
    test: ALL_STATUSES,
  },
  {
    name: '414 is a VENDOR_ERROR',
    find: /case 414:\s*(?=case 422:)/,
    replace: '',
    test: ALL_STATUSES,
  },
  {
    name: 'a copy is compared by the number of its rows only',
    find: /source\.checksum !== target\.checksum/,
    replace: 'source.rows !== target.rows',
    test: { file: 'test/stores/copy.test.ts', title: "a target > that 'alters a value' keeps nothing of the copy" },
  },
  {
    name: 'an issue is given to whoever has the first name',
    find: /byFirstName: !isWrite/,
    replace: 'byFirstName: true',
    test: {
      file: 'test/operations/people.test.ts',
      title:
        'A person by Cloud scoped API token > is given an issue by no part of a name, whether or not others have it',
    },
  },
  {
    name: 'an icon is taken for a mark',
    find: /if \(ICON\.test\(this\.markup\)\) return this\.text\(mark\);/,
    replace: '',
    test: {
      file: 'test/atlassian/text/wiki-constructs.test.ts',
      title: "wikiToMarkdown tells each construct of Jira's help > icons in a line",
    },
  },
  {
    name: 'a board that may not be seen hides the project that its address names',
    find: /args: \{ board \} \}, \.\.\.besides\]/,
    replace: 'args: { board } }]',
    test: {
      file: 'test/operations/fetch.test.ts',
      title:
        'atlassian.fetch by Cloud scoped API token > tells of no board that the policy hides, but of the project that its address names',
    },
  },
  {
    name: 'an error gives a reason that no document explains',
    find: /reason: 'other_tenant'/,
    replace: "reason: 'wrong_tenant'",
    test: {
      file: 'test/documents/errors-guide.test.ts',
      title: 'docs/errors.md > has a line for each reason that the service gives, and for no other',
    },
  },
  {
    name: 'everybody is told that they may change a connection',
    find: /may_change: mayCall\(request, CHANGE\)/,
    replace: 'may_change: mayCall(request, CHANGE) || true',
    test: {
      file: 'test/http/guard.test.ts',
      title:
        "every route of the document > tells 'a key of role agent' beforehand whether it may change a connection: false",
    },
  },
];
