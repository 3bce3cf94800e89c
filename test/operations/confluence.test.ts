import { beforeEach, describe, expect, it } from 'vitest';
import { seedConfluence } from '../../src/sandbox/world/seed-confluence.ts';
import { connectAs, describeAccounts, TOKENS_ENABLED } from '../support/accounts.ts';
import { either, ids, lastQuery, type SearchItem, sent, withQuery } from '../support/atlassian.ts';
import { type ErrorBody, start } from '../support/harness.ts';

const CONTENTS = seedConfluence('acme').contents.toSorted((a, b) => b.updated - a.updated);
const idsOf = (contents: readonly { id: string }[], limit = 25) => contents.slice(0, limit).map(({ id }) => id);

describeAccounts('GET /connectors/confluence/search', ({ stage, calls, isCloud, baseUrl, share }) => {
  const { contentSearch: SEARCH } = calls;
  beforeEach(() => stage.sandbox.clearRequests());

  const search = (query: Record<string, unknown>) =>
    stage.call<SearchItem[]>(withQuery('/connectors/confluence/search', query));
  const refused = async (query: Record<string, unknown>) => {
    const { status, body } = await stage.call<ErrorBody>(withQuery('/connectors/confluence/search', query));
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'VALIDATION' });
    return body;
  };

  it('gives items with a link that opens, plain text and epoch seconds', async () => {
    const { body } = await search({ q: 'code review tested' });
    expect(body).toEqual([
      {
        id: '65619',
        title: 'Code review',
        url: `${baseUrl(stage, 'confluence')}${isCloud ? '/wiki/spaces/ENG/pages/65619' : '/display/ENG'}/Code+review`,
        type: 'page',
        icon: null,
        // The search of Data Center gives no excerpts.
        snippet: isCloud ? 'Read the tests first. Is a < b && b < c tested at its edges?' : null,
        metadata: {
          space: 'ENG',
          space_name: 'Engineering',
          updated: Date.UTC(2026, 8, 20, 0, 9, 36) / 1_000,
        },
      },
    ]);
    expect((await fetch(body[0]?.url ?? '')).status).toBe(200);
  });

  // The search of Data Center finds contents only.
  if (isCloud) {
    it('gives a space as an item too', async () => {
      const { body } = await search({ q: 'type = space and title ~ "people"' });
      expect(body).toEqual([
        {
          id: 'HR',
          title: 'People & Culture',
          url: `${baseUrl(stage, 'confluence')}/wiki/spaces/HR`,
          type: 'space',
          icon: null,
          snippet: 'Everything about working here, from the first day to the last.',
          metadata: { space: 'HR', space_name: 'People & Culture', updated: expect.any(Number) },
        },
      ]);
    });
  }

  it.each(['', '  '])('without q (%j) gives the most recently updated pages and posts by one call', async (q) => {
    expect(ids(await search({ q }))).toEqual(idsOf(CONTENTS, 10));
    expect(sent(stage)).toEqual([SEARCH]);
    expect(lastQuery(stage)).toBe('(type in ("page", "blogpost")) ORDER BY lastmodified DESC');
  });

  it.each(
    share([
      ['salary', ['65812']],
      ['SALA', ['65812']],
      ['basket api', ['65622']],
      ['köln', []],
      ['ENG-1', []],
      ['ADR 2: Cursors', ['65612']],
    ]),
  )('finds %j by the beginnings of its words: %j', async (q, expected) => {
    const answer = await search({ q });
    expect({ status: answer.status, ids: ids(answer) }).toEqual({ status: 200, ids: expected });
    expect(sent(stage)).toEqual([SEARCH]);
  });

  it('is one clause per word, and only pages and posts unless asked otherwise', async () => {
    await search({ q: 'Login "page"', filters: { space: 'ENG' } });
    expect(lastQuery(stage)).toBe(
      `(type in ("page", "blogpost")) AND (space in ("ENG")) AND ${either('title', 'login')} AND ${either('title', 'page')}`,
    );
  });

  it.each(share(['!!!', '"', '\\', '()', '&& ||', '***', '🚨', '🚨'.repeat(2_000)]))(
    'with nothing searchable in it gives nothing and sends nothing: %j',
    async (q) => {
      const answer = await search({ q });
      expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: [] });
      expect(sent(stage)).toEqual([]);
    },
  );

  it('of 2,000 characters of prose gets through', async () => {
    const words = Array.from({ length: 400 }, (_, index) => `w${index}`);
    const answer = await search({ q: words.join(' ').slice(0, 2_000) });
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: [] });
  });

  it('of a thousand words of one character gets through: titles get no clause of their own then', async () => {
    const characters = Array.from({ length: 1_000 }, (_, index) => String.fromCodePoint(0x4e00 + index));
    const answer = await search({ q: characters.join(' ') });
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: [] });
    expect(lastQuery(stage)).toContain('(text ~ "一") AND (text ~ "丁")');
    expect(lastQuery(stage)).not.toContain('title');
  });

  it('that is no key of a space is one question for spaces, where all of them are in one answer', async () => {
    expect((await search({ q: 'qzxv' })).body).toEqual([]);
    expect(sent(stage)).toEqual([SEARCH, calls.spaces]);
  });

  it('whose URL Confluence finds too long is a refusal, not a failure', async () => {
    stage.sandbox.fault({ path: /search$/, status: 431 });
    const { details } = await refused({ q: 'login' });
    expect(details).toEqual({ source: 'atlassian', upstream_status: 431 });
  });

  it('neither breaks nor widens by any character', async () => {
    const all = ids(await search({ q: 'login', limit: 25 }));
    // One letter and one digit stand for all.
    const ascii = Array.from({ length: 127 }, (_, code) => String.fromCharCode(code)).filter(
      (one) => !/[b-zB-Z1-9]/.test(one),
    );
    // A field and an operator make it CQL, whose faults are the typist's.
    const others = ['\u00a0', '\u2028', '\u201c', '\ud800', '🚨'];
    for (const character of share([...ascii, ...others].filter((one) => !'=~<>'.includes(one)))) {
      for (const q of [`login ${character}`, `${character}login`, `login${character}`]) {
        const { status, body } = await search({ q, limit: 25 });
        expect({ q, status }).toEqual({ q, status: 200 });
        expect({ q, body: body.filter(({ id }) => !all.includes(id)) }).toEqual({ q, body: [] });
      }
    }
  });

  it.each(
    share([
      'space = ENG',
      'type=page and label = "runbook" order by title asc',
      '(space = ENG) OR (space = HR)',
      'space in (ENG, HR) and not label = login',
      'creator = currentUser()',
      'title ~ "adr*"',
      'lastmodified > now("-90d")',
      'label = "a \\" b ) OR ("',
    ]),
  )('sends CQL as it was written: %s', async (q) => {
    const answer = await search({ q });
    expect(answer.status).toBe(200);
    expect(sent(stage)).toEqual([SEARCH]);
    expect(lastQuery(stage)).toBe(q);
  });

  it('narrows CQL by filters, which nothing in it escapes', async () => {
    const q = 'label = onboarding OR label = policy order by title';
    const answer = await search({ q, filters: { space: 'HR' } });
    expect(lastQuery(stage)).toBe('(label = onboarding OR label = policy) AND (space in ("HR")) ORDER BY title');
    expect(ids(answer)).toEqual(['65813', '65811', '65814']);
  });

  it('bounds a query that only orders', async () => {
    expect((await search({ q: 'order by title' })).status).toBe(200);
    expect(lastQuery(stage)).toBe('(type in ("page", "blogpost")) ORDER BY title');
  });

  it.each([
    ['space = ENG AND (label = x', 'an opening parenthesis is not closed'],
    ['space = ENG) OR (space = HR', 'a closing parenthesis has no opening one'],
    ['title ~ "open', 'a quote (") is not closed'],
  ])('refuses CQL that is unbalanced and does not send it: %s', async (q, flaw) => {
    const { message, details } = await refused({ q });
    expect({ message, details }).toEqual({ message: `q is no valid CQL: ${flaw}.`, details: { parameter: 'q' } });
    expect(sent(stage)).toEqual([]);
  });

  it("passes Atlassian's complaint on", async () => {
    const { message, details } = await refused({ q: 'colour = red' });
    expect(message).toBe(
      "Atlassian refused the request: Could not parse cql : colour = red (there is no field 'colour')",
    );
    expect(details).toMatchObject({ source: 'atlassian', upstream_status: 400 });
  });

  const since = Date.UTC(2026, 8, 16);
  it.each(
    share([
      [{ space: 'HR' }, CONTENTS.filter(({ space }) => space === 'HR')],
      [{ space: ['HR', 'ENG'] }, CONTENTS],
      [{ type: 'blogpost' }, CONTENTS.filter(({ type }) => type === 'blogpost')],
      [{ type: ['page'] }, CONTENTS.filter(({ type }) => type === 'page')],
      [{ label: 'onboarding' }, CONTENTS.filter(({ labels }) => labels.includes('onboarding'))],
      [
        { label: ['travel', 'adr'] },
        CONTENTS.filter(({ labels }) => labels.includes('travel') || labels.includes('adr')),
      ],
      [{ updated_since: '2026-09-16' }, CONTENTS.filter(({ updated }) => updated >= since)],
      [{ updated_since: since / 1_000 }, CONTENTS.filter(({ updated }) => updated >= since)],
      [
        { space: 'ENG', type: 'page', label: 'process', updated_since: '2026-09-20' },
        CONTENTS.filter(({ labels, updated }) => labels.includes('process') && updated >= Date.UTC(2026, 8, 20)),
      ],
      [{ label: ['a" OR space = "HR', 'b\\', ') OR ('] }, []],
    ]),
  )('filters %j narrow the latest', async (filters, expected) => {
    expect(ids(await search({ filters, limit: 25 }))).toEqual(idsOf(expected));
    expect(sent(stage)).toEqual([SEARCH]);
  });

  it('refuses a type that Confluence does not know', async () => {
    expect((await refused({ filters: { type: 'novel' } })).message).toContain("'novel' is not a type");
  });
});

interface Page {
  title: string;
  status: string;
  parentId?: string;
  value: string;
}

interface Created {
  id: string;
  url: string;
  title: string;
  metadata: Record<string, string | number | null>;
}

const KNOWN = 'known are space, title, content, parent_id, status';

describeAccounts('POST /connectors/confluence/create', ({ stage, calls, isCloud, baseUrl, share }) => {
  const { spaces: SPACES, pageCreate: CREATE } = calls;
  const pageUrl = (id: string, space: string, title: string) =>
    baseUrl(stage, 'confluence') +
    (isCloud ? `/wiki/spaces/${space}/pages/${id}/${title}` : `/display/${space}/${title}`);
  beforeEach(() => stage.sandbox.clearRequests());

  const create = <T = Created>(body: unknown) => stage.call<T>('/connectors/confluence/create', { body });
  const bodySent = () => stage.sandbox.requests.at(-1)?.body;
  /** The body of a page as this kind of Confluence takes it. */
  const pageSent = (space: { id: string; key: string }, page: Page) =>
    isCloud
      ? {
          spaceId: space.id,
          title: page.title,
          status: page.status,
          ...(page.parentId === undefined ? {} : { parentId: page.parentId }),
          body: { representation: 'storage', value: page.value },
        }
      : {
          type: 'page',
          title: page.title,
          status: page.status,
          space: { key: space.key },
          ...(page.parentId === undefined ? {} : { ancestors: [{ id: page.parentId }] }),
          body: { storage: { value: page.value, representation: 'storage' } },
        };
  const ENG = { id: '32769', key: 'ENG' };
  const HR = { id: '32770', key: 'HR' };
  // Data Center takes a space by its key only, so that of an id is looked up.
  const BY_ID = isCloud ? [CREATE] : [SPACES, CREATE];

  it('takes the plain form with a space key by two calls, and answers with a link that opens', async () => {
    const { status, body } = await create({ space: 'ENG', title: 'Release checklist' });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        id: '65816',
        url: pageUrl('65816', 'ENG', 'Release+checklist'),
        title: 'Release checklist',
        metadata: { space_id: '32769', status: 'current' },
      },
    });
    expect(sent(stage)).toEqual([SPACES, CREATE]);
    expect(bodySent()).toEqual(pageSent(ENG, { title: 'Release checklist', status: 'current', value: '' }));
    expect((await fetch(body.url)).status).toBe(200);
  });

  it('takes every field of the plain form, and a space id', async () => {
    const { status, body } = await create({
      space: '32770',
      title: ' Parking & <b>bikes</b> ',
      content: '# Where\n\nBehind the **house** & <script>alert(1)</script>',
      parent_id: '65801',
      status: 'draft',
    });
    expect({ status, title: body.title, metadata: body.metadata }).toEqual({
      status: 200,
      title: 'Parking & <b>bikes</b>',
      metadata: { space_id: '32770', status: 'draft' },
    });
    // Digits may be a key, which is looked for first.
    expect(sent(stage)).toEqual([SPACES, SPACES, CREATE]);
    const value =
      '<h1>Where</h1><p>Behind the <strong>house</strong> &#38; &#60;script&#62;alert(1)&#60;/script&#62;</p>';
    expect(bodySent()).toEqual(
      pageSent(HR, { title: 'Parking & <b>bikes</b>', status: 'draft', parentId: '65801', value }),
    );
  });

  it("passes Atlassian's own body through as it is", async () => {
    const raw = {
      spaceId: '32769',
      title: 'Raw page',
      parentId: '65601',
      status: 'current',
      body: { representation: 'storage', value: '<p>Raw &amp; plain</p>' },
    };
    const { status, body } = await create(raw);
    expect({ status, title: body.title, metadata: body.metadata }).toEqual({
      status: 200,
      title: 'Raw page',
      metadata: { space_id: '32769', status: 'current' },
    });
    expect(sent(stage)).toEqual(BY_ID);
    const { title, status: state, parentId, body: text } = raw;
    expect(bodySent()).toEqual(isCloud ? raw : pageSent(ENG, { title, status: state, parentId, value: text.value }));
  });

  it('is found by the next search', async () => {
    stage.clock.advance(1);
    await create({ space: 'HR', title: 'Giraffes at work', content: 'Mind the doors.' });
    for (const q of ['giraffes', 'mind doors', 'title = "Giraffes at work"', '']) {
      const { body } = await stage.call<SearchItem[]>(withQuery('/connectors/confluence/search', { q, limit: 1 }));
      expect(body[0]?.title).toBe('Giraffes at work');
    }
  });

  it.each(
    share([
      [{}, 'space: is missing; title: is missing'],
      [{ resource: 'page' }, `space: is missing; title: is missing; resource: is unknown; ${KNOWN}`],
      [{ space: 'ENG' }, 'title: is missing'],
      [{ title: 'x' }, 'space: is missing'],
      [{ space: 'ENG', title: ' ' }, 'title: must not be empty'],
      [{ space: 'ENG', title: 'x', contents: 'y' }, `contents: is unknown (did you mean content?); ${KNOWN}`],
      [{ space: 'ENG', title: 'x', body: 'y' }, `body: is unknown (did you mean content?); ${KNOWN}`],
      [{ space: 'ENG', title: 'x', parentId: '1' }, `parentId: is unknown (did you mean parent_id?); ${KNOWN}`],
      [{ spaceId: '32769', title: 'x' }, 'body: is missing'],
      [{ body: {} }, 'spaceId: is missing; title: is missing'],
      [
        { spaceId: '32769', title: 'x', body: {}, space: 'ENG' },
        'space: is unknown (did you mean spaceId?); known are spaceId, title, body, parentId, status, subtype',
      ],
    ]),
  )('refuses %j, names what is wrong and sends nothing', async (body, message) => {
    const answer = await create<ErrorBody>(body);
    expect({ status: answer.status, code: answer.body.code, message: answer.body.message }).toEqual({
      status: 400,
      code: 'VALIDATION',
      message,
    });
    expect(sent(stage)).toEqual([]);
  });

  it.each(
    share([
      ['space', 5.5],
      ['title', {}],
      ['content', ['x']],
      ['parent_id', 2 ** 53],
      ['status', 'published'],
      ['body', '<p>x</p>'],
    ]),
  )('refuses %s of the wrong type: %j', async (name, value) => {
    const answer = await create<ErrorBody>({ space: 'ENG', title: 'x', [name]: value });
    expect({ status: answer.status, parameter: answer.body.details?.parameter }).toEqual({
      status: 400,
      parameter: name,
    });
    expect(sent(stage)).toEqual([]);
  });

  it.each([
    ['eng', 'In lower case'],
    ['Eng', 'In both cases'],
  ])('finds the space ENG by the key %s', async (space, title) => {
    const { status, body } = await create({ space, title });
    expect({ status, space_id: body.metadata.space_id }).toEqual({ status: 200, space_id: '32769' });
    expect(sent(stage)).toEqual([SPACES, CREATE]);
  });

  it.each(['NOPE', 'ENG,HR', '"', '🚨'])('answers a space %j that does not exist with 404', async (space) => {
    const answer = await create<ErrorBody>({ space, title: 'x' });
    expect({ status: answer.status, code: answer.body.code, details: answer.body.details }).toEqual({
      status: 404,
      code: 'NOT_FOUND',
      details: { parameter: 'space' },
    });
    expect(answer.body.message).toBe(
      `There is no space ${JSON.stringify(space)}, or the connected user cannot see it.`,
    );
    // By key, and then in the list, for a key in both cases.
    expect(sent(stage)).toEqual([SPACES, SPACES]);
  });

  it('answers a space id that does not exist with 404', async () => {
    const answer = await create<ErrorBody>({ space: '99999', title: 'x' });
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 404, code: 'NOT_FOUND' });
    expect(sent(stage)).toEqual([SPACES, SPACES]);
  });

  it.each([
    [{ space: '32769', title: 'Code review' }, 'A page already exists with the same TITLE in this space'],
    [{ space: '32769', title: 'x', parent_id: '65801' }, 'The parent page is in another space'],
  ])("passes Confluence's words on for %j", async (body, words) => {
    const answer = await create<ErrorBody>(body);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 400, code: 'VALIDATION' });
    expect(answer.body.message).toContain(`Atlassian refused the request: ${words}`);
  });

  it('refuses a representation that this Confluence does not take', async () => {
    const raw = { spaceId: '32769', title: 'x', body: { representation: 'html', value: '' } };
    const answer = await create<ErrorBody>(raw);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 400, code: 'VALIDATION' });
    expect(answer.body.message).toContain('body.representation');
  });

  it('refuses a content whose links would multiply, and sends nothing', async () => {
    const content = `[a]: http://x/${'b'.repeat(50_000)}\n\n${'[a] '.repeat(12_000)}`;
    const answer = await create<ErrorBody>({ space: '32769', title: 'x', content });
    expect({ status: answer.status, code: answer.body.code, message: answer.body.message }).toEqual({
      status: 400,
      code: 'VALIDATION',
      message: 'The links in the Markdown are too long.',
    });
    expect(sent(stage)).toEqual([]);
  });
});

describe('POST /connectors/confluence/create', () => {
  it('creates once after the access token has expired', async () => {
    const CREATE = 'POST /wiki/api/v2/pages';
    const own = await start();
    await own.connect('confluence');
    own.sandbox.expireAccessTokens();
    own.sandbox.clearRequests();
    const body = { spaceId: '32769', title: 'Once', body: { representation: 'storage', value: '' } };
    const { status } = await own.call('/connectors/confluence/create', { body });
    expect(status).toBe(200);
    expect(sent(own)).toEqual([CREATE, 'POST /oauth/token', CREATE]);
  });
});

it('GET /connectors/confluence/spaces of a Data Center goes on behind a page from which everything was taken', async () => {
  const stage = await start({ env: TOKENS_ENABLED });
  await connectAs(stage, 'Data Center PAT', 'confluence');
  const page = { results: [], start: 0, limit: 1, size: 0, _links: { next: '/rest/api/space?limit=1&start=1' } };
  const headers = { 'content-type': 'application/json' };
  stage.sandbox.fault({ path: /rest\/api\/space$/, status: 200, headers, body: JSON.stringify(page) });
  const path = '/connectors/confluence/spaces?limit=1';
  const first = await stage.call<{ key: string }[]>(path);
  const cursor = first.headers.get('x-next-cursor') ?? '';
  const second = await stage.call<{ key: string }[]>(`${path}&${new URLSearchParams({ cursor })}`);
  expect({ firstBody: first.body, body: second.body.map(({ key }) => key) }).toEqual({ firstBody: [], body: ['HR'] });
});
