import { describe, expect, it } from 'vitest';
import { viewed } from '../../src/operations/views.ts';
import { leastCpuMs } from '../support/cpu.ts';
import { type ErrorBody, sharedStage } from '../support/harness.ts';
import { callOverMcp } from '../support/mcp.ts';

const options = { view: 'normal' as const, details: [], more: 'limit' as const };
const lengthOf = (value: unknown) => JSON.stringify(value).length;
const row = (id: number) => ({ id: String(id), title: 'x'.repeat(500), note: null });

describe('An answer', () => {
  it('that fits is told as it is, with its page first', () => {
    const page = { items: [row(1)], next_cursor: 'more' };
    const told = viewed(page, options);
    expect(told).toEqual(page);
    expect(Object.keys(told)).toEqual(['next_cursor', 'items']);
  });

  it('of too many rows keeps those that fit, and no cursor that leads past the others', () => {
    const items = Array.from({ length: 100 }, (_, index) => row(index));
    const told = viewed({ items, next_cursor: 'more' }, options) as { cut: string[]; items: unknown[] };
    expect(lengthOf(told)).toBeLessThanOrEqual(20_000);
    expect(told.items).toEqual(items.slice(0, told.items.length));
    expect(told.items.length).toBeGreaterThan(30);
    expect(told).toMatchObject({
      next_cursor: null,
      cut: [
        `Only ${told.items.length} of 100 items fit into 20000 characters. Ask again with limit ${told.items.length} and go on with next_cursor, or send a greater max_chars.`,
      ],
    });
    expect(Object.keys(told)[0]).toBe('cut');
  });

  it.each([
    { what: 'one long text', value: { id: '1', body: 'y'.repeat(100_000) } },
    { what: 'a text that takes more when it is written', value: { id: '1', body: '\n"'.repeat(30_000) } },
    {
      what: 'many long texts',
      value: { id: '1', comments: Array.from({ length: 50 }, (_, n) => ({ n, body: 'z'.repeat(9_000) })) },
    },
    {
      what: 'more rows than any text',
      value: { id: '1', watchers: Array.from({ length: 9_000 }, (_, n) => ({ id: String(n) })) },
    },
    { what: 'one row that is too long', value: { items: [{ id: '1', title: 'w'.repeat(60_000) }], next_cursor: null } },
    { what: 'characters with two halves', value: { id: '1', body: '😀'.repeat(40_000) } },
  ])('of $what is shortened until it fits, and says how to get the rest', ({ value }) => {
    for (const max_chars of [1_000, 5_000, undefined]) {
      const told = viewed(value, { ...options, max_chars }) as { cut: string[] };
      expect(lengthOf(told)).toBeLessThanOrEqual(max_chars ?? 20_000);
      expect(told.cut.at(-1)).toMatch(/^Send max_chars \d+ for all of it\.$/);
      const [, needed] = /max_chars (\d+)/.exec(told.cut.at(-1) ?? '') ?? [];
      expect(viewed(value, { ...options, max_chars: Number(needed) })).toEqual(value);
      expect(JSON.stringify(told)).not.toMatch(/\\ud[89ab]/);
    }
  });

  it('whose first row alone is too long has no piece of a cursor, and no cursor past the other rows', () => {
    const items = Array.from({ length: 10 }, (_, n) => ({
      id: `P-${n}`,
      url: `https://x/${'é'.repeat(300)}`,
      title: 't'.repeat(4_000),
    }));
    const told = viewed({ items, next_cursor: 'c'.repeat(900) }, { ...options, max_chars: 2_000 }) as { cut: string[] };
    expect(lengthOf(told)).toBeLessThanOrEqual(2_000);
    expect(told).toMatchObject({ next_cursor: null, items: [{ id: 'P-0', url: items[0]?.url }] });
    expect(told.cut[0]).toContain('Only 1 of 10 items');
  });

  it('shortens no address, id or key: a piece of one is another one', () => {
    const value = {
      id: 'i'.repeat(400),
      url: `https://x/${'u'.repeat(500)}`,
      parent_id: 'p'.repeat(300),
      body: 'b'.repeat(9_000),
    };
    const told = viewed(value, { ...options, max_chars: 2_000 });
    expect(told).toMatchObject({ id: value.id, url: value.url, parent_id: value.parent_id });
    expect(lengthOf(told)).toBeLessThanOrEqual(2_000);
    const least = viewed(value, { ...options, max_chars: 1_000 });
    expect(lengthOf(least)).toBeLessThanOrEqual(1_000);
    expect(JSON.stringify(least)).not.toMatch(/[iup]…/);
  });

  it('in brief tells that there are no rows', () => {
    expect(viewed({ items: [], next_cursor: null }, { ...options, view: 'brief' })).toEqual({ items: [] });
  });

  it('in brief has no nulls, nothing empty and no details', () => {
    const page = {
      items: [
        { id: '1', title: 'One', icon: 'https://x', labels: [], metadata: { status: 'Done', project: 'P', due: null } },
      ],
      next_cursor: null,
    };
    expect(viewed(page, { ...options, view: 'brief', details: ['icon', 'metadata.project'] })).toEqual({
      items: [{ id: '1', title: 'One', metadata: { status: 'Done' } }],
    });
  });

  it('in brief keeps a member whatever it is called', () => {
    const fields = JSON.parse('{"customfield_1":{"a":2,"__proto__":{"b":3}}}') as object;
    expect(JSON.stringify(viewed({ id: '1', fields }, { ...options, view: 'brief' }))).toBe(
      '{"id":"1","fields":{"customfield_1":{"a":2,"__proto__":{"b":3}}}}',
    );
  });

  it('in brief tells what is empty where that is the answer, or where it was asked for by name', () => {
    const answer = { id: '1', read: null, update: null, groups: [], note: null };
    const brief = { ...options, view: 'brief' as const };
    expect(viewed(answer, { ...brief, tellsEmpty: ['read', 'groups'] })).toEqual({ id: '1', read: null, groups: [] });
    expect(viewed(answer, { ...brief, fields: ['note'] })).toEqual({ id: '1', note: null });
  });

  it('of very many rows is made shorter in little time, and keeps as many rows as are of use', () => {
    const links = Array.from({ length: 40_000 }, (_, n) => ({
      id: String(n),
      title: 'x'.repeat(60),
      url: `https://x/${n}`,
    }));
    let told: { cut?: string[]; links?: object[] } = {};
    const took = leastCpuMs(300, () => {
      told = viewed({ issue: 'DEMO-1', links }, options);
    });
    expect(took).toBeLessThan(300);
    expect(lengthOf(told)).toBeLessThanOrEqual(20_000);
    expect(told.cut?.[0]).toMatch(/^links: the first \d+ of 40000\.$/);
    expect(told.links?.length).toBeGreaterThanOrEqual(50);
  });

  const issue = {
    ...{
      id: 'DEMO-4',
      url: 'https://acme.atlassian.net/browse/DEMO-4',
      title: 'Login fails',
      labels: ['login', 'mobile'],
    },
    ...{ description: 'd'.repeat(9_000), environment: 'e'.repeat(300) },
    attachments: Array.from({ length: 60 }, (_, n) => ({
      id: String(n),
      name: `file-${n}.png`,
      size: 100,
      author: null,
    })),
    comments: { total: 40, items: Array.from({ length: 40 }, (_, n) => ({ id: String(n), body: 'c'.repeat(2_000) })) },
    fields: Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`customfield_${n}`, 'f'.repeat(1_500)])),
    loss: ['panel', 'status'],
  };
  /** What of an answer is not what it was. */
  const changed = (told: Record<string, unknown>) =>
    Object.entries(issue).flatMap(([name, value]) =>
      JSON.stringify(told[name]) === JSON.stringify(value) ? [] : [name],
    );

  it.each([1_000, 2_000, 5_000, 20_000, 60_000])('in %i characters names all that was cut of it', (max_chars) => {
    const { cut, ...told } = viewed(issue, { ...options, max_chars }) as { cut: string[] };
    expect(lengthOf({ cut, ...told })).toBeLessThanOrEqual(max_chars);
    for (const name of changed(told)) expect(cut.join(' ')).toContain(name);
  });

  it.each([1_000, 2_000, 5_000, 20_000])('in %i characters keeps what is short', (max_chars) => {
    const { id, url, title, labels, loss } = issue;
    expect(viewed(issue, { ...options, max_chars })).toMatchObject({ id, url, title, labels, loss });
  });

  it('has what is longest cut first, and takes the room that there is', () => {
    const told = viewed(issue, options) as { cut: string[]; description: string };
    expect(changed(told as object as Record<string, unknown>)).toEqual(['description', 'comments', 'fields']);
    expect(told.cut[0]).toMatch(/^description: the first \d{4} of 9000 characters\.$/);
    expect(lengthOf(told)).toBeGreaterThan(18_500);
    const two = { id: '1', body: 'b'.repeat(30_000), note: 'n'.repeat(5_000) };
    expect(viewed(two, options)).toMatchObject({
      note: two.note,
      cut: [expect.stringMatching(/^body: the first 14\d\d\d of/), expect.anything()],
    });
  });

  it('in full is as long as it is', () => {
    const long = { id: '1', body: 'y'.repeat(100_000) };
    expect(viewed(long, { ...options, view: 'full' })).toEqual(long);
  });
});

describe('A tool', () => {
  const stage = sharedStage({}, async (own) => {
    await own.connect('jira');
    await own.connect('confluence');
  });
  const invoke = async <T = Record<string, unknown>>(tool: string, args: object) =>
    (await stage.call<T>('/connectors/tools/invoke', { body: { tool, args } })).body;

  it('tells ten issues in brief in less than 2,500 characters', async () => {
    const told = await invoke<{ items: object[] }>('jira.search', { limit: 10, view: 'brief' });
    expect(told.items).toHaveLength(10);
    expect(lengthOf(told)).toBeLessThan(2_500);
    expect(JSON.stringify(told)).not.toMatch(/null|icon|avatar|"self"/);
    expect(told.items[0]).toEqual({
      id: expect.any(String),
      title: expect.any(String),
      url: expect.any(String),
      metadata: expect.objectContaining({ status: expect.any(String), updated: expect.any(Number) }),
    });
  });

  it('is brief over MCP unless it is asked for more, and as by REST where that is asked for', async () => {
    const args = { q: 'login', limit: 5 };
    const over = async (more: object) =>
      (await callOverMcp('MCP 2026', stage, 'jira.search', { ...args, ...more })).body;
    expect(await over({})).toEqual(await invoke('jira.search', { ...args, view: 'brief' }));
    expect(await over({ view: 'normal' })).toEqual(await invoke('jira.search', args));
  });

  it('that changes something answers briefly over MCP, and never more than fits', async () => {
    const description = `${'A long story. '.repeat(3_000)}`;
    const args = { issue: 'DEMO-5', description };
    const { body } = await callOverMcp('MCP 2025', stage, 'jira.update', args);
    expect(lengthOf(body)).toBeLessThanOrEqual(20_000);
    expect(JSON.stringify(body)).not.toContain('null');
    expect((body as { cut: string[] }).cut.at(-1)).toBe('Read it for all of it.');
  });

  it.each([
    ...['jira.search', 'jira.get', 'jira.projects', 'jira.doctor', 'jira.watchers'],
    ...['confluence.search', 'confluence.get', 'confluence.spaces', 'confluence.doctor'],
  ])('answers within the least that may be asked for: %s', async (tool) => {
    const given = {
      'jira.get': { issue: 'DEMO-4' },
      'jira.watchers': { issue: 'DEMO-4' },
      'confluence.get': { page: '65602' },
    }[tool];
    for (const view of ['brief', 'normal', 'full']) {
      const told = await invoke(tool, { ...given, view, max_chars: 1_000 });
      expect(told.status).not.toBe('error');
      expect({ tool, view, fits: lengthOf(told) <= 1_000 }).toEqual({ tool, view, fits: true });
    }
  });

  it.each([
    { args: { view: 'short' }, parameter: 'args.view', words: 'must be brief, normal, full' },
    { args: { max_chars: 10 }, parameter: 'args.max_chars', words: 'must be at least 1000' },
    { args: { max_chars: 1_000_000 }, parameter: 'args.max_chars', words: 'must be at most 500000' },
  ])('refuses $args', async ({ args, parameter, words }) => {
    const body = await invoke<ErrorBody>('jira.search', args);
    expect(body).toMatchObject({ code: 'VALIDATION', message: `${parameter}: ${words}`, details: { parameter } });
  });

  it.each([
    ['jira.search', ['title'], { id: 'DEMO-30', title: expect.any(String) }],
    [
      'jira.search',
      ['icon', 'metadata.status'],
      { id: 'DEMO-30', icon: expect.any(String), metadata: { status: expect.any(String) } },
    ],
    ['jira.search', 'url', { id: 'DEMO-30', url: expect.any(String) }],
  ])('%s gives the fields that are asked for, and no other: %j', async (tool, fields, row) => {
    for (const view of ['brief', 'normal', 'full']) {
      const { items } = await invoke<{ items: object[] }>(tool, { q: 'login', limit: 1, fields, view });
      expect(items).toEqual([row]);
    }
  });

  it('gives the fields of one thing, too, and takes none for all', async () => {
    expect(await invoke('confluence.get', { page: '65602', fields: ['title'] })).toEqual({
      id: '65602',
      title: expect.any(String),
    });
    expect(await invoke('jira.watchers', { issue: 'DEMO-4', fields: ['total'] })).toEqual({
      issue: 'DEMO-4',
      total: expect.any(Number),
    });
    expect(await invoke('jira.projects', { limit: 1, fields: null })).toEqual(
      await invoke('jira.projects', { limit: 1 }),
    );
  });

  it('refuses fields that there are not before anything is asked, with those that there are', async () => {
    stage.sandbox.clearRequests();
    const body = await invoke<ErrorBody>('jira.search', { fields: ['titel'] });
    expect(body).toMatchObject({
      code: 'VALIDATION',
      message: expect.stringContaining('did you mean title?'),
      details: { parameter: 'args.fields', candidates: expect.arrayContaining(['title']) },
    });
    expect(stage.sandbox.requests).toEqual([]);
  });

  it('has what the policy hides hidden, whatever fields are asked for', async () => {
    const policy = (body: object) => stage.call('/tenants/default/policy', { method: 'PUT', body });
    await policy({ jira: { projects: ['WEB'] } });
    const { items } = await invoke<{ items: { id: string }[] }>('jira.search', { limit: 25, fields: ['title'] });
    await policy({});
    expect([...new Set(items.map(({ id }) => id.split('-')[0]))]).toEqual(['WEB']);
  });

  it('by REST knows no views', async () => {
    const { status } = await stage.call('/connectors/jira/search?view=brief');
    expect(status).toBe(400);
  });
});
