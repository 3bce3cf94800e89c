import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorBody, Stage } from '../support/harness.ts';
import { type Block, blocksOf, valuesIn } from './blocks.ts';
import { CAN_RUN, follow, newReader, type Reader } from './reader.ts';

/** The one block of a document that has these words. */
function shown(file: string, words: string): Block {
  const found = blocksOf(file).filter(({ text, language }) => language === 'sh' && text.includes(words));
  if (found.length !== 1) throw new Error(`${file} has ${found.length} commands with ${words}`);
  return found[0] as Block;
}

/** The last thing that is printed. */
const lastOf = <T>(printed: string) => valuesIn(printed).at(-1) as T;

/** What a person does in a browser who is sent a connect link; where the browser ends. */
async function openLink(stage: Stage, link: string): Promise<URL> {
  const token = new URL(link).searchParams.get('token') ?? '';
  const pressed = await fetch(`${stage.url}/connect/link`, { method: 'POST', body: new URLSearchParams({ token }) });
  const [, onward = ''] = /http-equiv="refresh" content="0;url=([^"]+)">/.exec(await pressed.text()) ?? [];
  const [cookie = ''] = (pressed.headers.get('set-cookie') ?? '').split(';');
  const back = await stage.sandbox.consent(onward.replaceAll('&#38;', '&'), 'anna');
  return new URL((await stage.callback(back, cookie)).headers.get('location') ?? '');
}

describe.skipIf(!CAN_RUN)('A stranger who has only the documents', () => {
  const cleanups: (() => Promise<void>)[] = [];
  let reader: Reader;
  beforeAll(async () => {
    reader = await newReader((cleanup) => cleanups.push(cleanup));
  });
  afterAll(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });
  const search = shown('README.md', 'jira/search?q=login');
  const connectLink = shown('docs/api.md', 'jira/connect-link');
  const searched = async () => lastOf<{ id: string }[] & ErrorBody>(await follow(search, reader, { mayFail: true }));

  /** Asks for the link that an error tells of, and opens it. */
  async function connectAs({ details }: ErrorBody): Promise<void> {
    const { method, path } = (details?.connect ?? {}) as { method?: string; path?: string };
    expect(connectLink.text).toContain(`-X ${method} http://localhost:3001${path}`);
    const { url } = lastOf<{ url: string }>(await follow(connectLink, reader));
    const { origin, searchParams } = await openLink(reader.stage, url);
    expect({ origin, status: searchParams.get('status') }).toEqual({
      origin: 'http://localhost:3000',
      status: 'success',
    });
  }

  it('connects, as the first error says', async () => {
    const error = await searched();
    expect(error.code).toBe('NOT_CONNECTED');
    await connectAs(error);
    expect(lastOf(await follow(shown('README.md', 'jira/doctor'), reader))).toMatchObject({ ok: true });
  });

  it('searches', async () => {
    expect((await searched()).map(({ id }) => id)).toEqual(['DEMO-30']);
  });

  it('comes to the next page, which shows other issues', async () => {
    const paging = shown('docs/api.md', 'x-next-cursor');
    const printed = await follow({ text: `${paging.text}cat page1.json` }, reader);
    const [next, first] = valuesIn(printed) as { id: string }[][];
    expect(first).toHaveLength(25);
    expect(next?.length).toBeGreaterThan(0);
    expect(next?.some(({ id }) => first?.some((one) => one.id === id))).toBe(false);
  });

  it('creates an issue, and finds it in the list', async () => {
    const { id } = lastOf<{ id: string }>(await follow(shown('docs/api.md', 'jira/create '), reader));
    const show = shown('docs/api.md', 'issues/DEMO-12');
    const text = show.text.replace('DEMO-12', id);
    expect(lastOf(await follow({ text }, reader))).toMatchObject({
      title: 'Water the plants',
      description: '**Twice** a week.',
      assignee: { name: 'Anna Muster' },
    });
  });

  it('connects again when the grant has ended, as the error says', async () => {
    reader.stage.sandbox.revoke('anna');
    reader.stage.clock.advance(3_700);
    const error = await searched();
    expect(error.code).toBe('TOKEN_EXPIRED');
    await connectAs(error);
    expect((await searched()).map(({ id }) => id)).toEqual(['DEMO-30']);
  });

  it('lets in only who has the key, once one is made, and connects and searches with it', async () => {
    const keys = shown('README.md', 'npm run --silent keys');
    const printed = await follow({ text: `${keys.text}echo "$KEY"` }, reader);
    const KEY = printed.trim().split('\n').at(-1) ?? '';
    expect(KEY).toMatch(/^aik_[0-9a-f]{16}_[\w-]{43}$/);
    reader.stage.clock.advance(5);
    const refused = await searched();
    expect({ code: refused.code, details: refused.details }).toEqual({
      code: 'UNAUTHORIZED',
      details: { source: 'caller' },
    });

    const holder = { ...reader, keys: { KEY, OPERATOR_KEY: '' } };
    const { url } = lastOf<{ url: string }>(await follow(shown('docs/connecting.md', 'connect-link'), holder));
    expect((await openLink(reader.stage, url)).searchParams.get('tenant_id')).toBe('acme');
    const { items } = lastOf<{ items: { id: string }[] }>(await follow(shown('docs/agents.md', 'jira_search'), holder));
    expect(items.map(({ id }) => id)).toContain('DEMO-30');
  });
});
