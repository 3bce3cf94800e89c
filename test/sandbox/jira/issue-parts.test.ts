import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../harness.ts';
import { answerOf, EDITIONS, JiraBench, MISSING } from './editions.ts';

describe.each(EDITIONS)('What belongs to an issue on %s', (edition) => {
  let own: JiraBench;
  beforeEach(async () => {
    own = await JiraBench.start(edition);
  });
  afterEach(() => own.bench.sandbox.close());

  const changes = async (key: string): Promise<Json[]> => {
    const path = own.onCloud ? `/issue/${key}/changelog` : `/issue/${key}?expand=changelog&fields=project`;
    const { body } = await own.get(path);
    return own.onCloud ? body.values : body.changelog.histories;
  };

  it('is not told of an issue that is not there', async () => {
    const parts = ['worklog', 'remotelink', ...(own.onCloud ? ['changelog'] : [])];
    for (const part of parts) expect(answerOf(await own.get(`/issue/DEMO-999/${part}`))).toEqual(MISSING);
  });

  it('has worklogs, in pages on Cloud and at once on Data Center', async () => {
    const { body } = await own.get('/issue/DEMO-4/worklog');
    expect(body).toMatchObject({ startAt: 0, maxResults: own.onCloud ? 5_000 : 3, total: 3 });
    expect(body.worklogs[0]).toMatchObject({
      self: `${own.api}/issue/10104/worklog/10001`,
      author: { displayName: 'Bob Example' },
      comment: own.rich('Tried every Safari from 17.0 on.'),
      timeSpent: '1h 30m',
      timeSpentSeconds: 5_400,
      issueId: '10104',
    });
    const page = await own.get('/issue/DEMO-4/worklog?startAt=1&maxResults=1');
    if (own.onCloud) expect(page.body.worklogs.map(({ id }: Json) => id)).toEqual(['10002']);
    else expect(page.status).toBe(400);
  });

  it('remembers what is changed of it, and by whom', async () => {
    const before = await changes('DEMO-2');
    await own.put('/issue/DEMO-2', { fields: { summary: 'Sign up by e-mail' }, update: { labels: [{ add: 'mail' }] } });
    await own.post('/issue/DEMO-2/comment', { body: own.rich('Said, and not changed.') });
    await own.post('/issue/DEMO-2/transitions', { transition: { id: '51' } });
    expect((await changes('DEMO-2')).slice(before.length)).toMatchObject([
      {
        author: { displayName: 'Anna Muster' },
        items: [
          { field: 'summary', fromString: 'Sign up with an e-mail address', toString: 'Sign up by e-mail' },
          { field: 'labels', fromString: 'accounts', toString: 'accounts mail' },
        ],
      },
      { items: [{ field: 'status', fromString: 'Done', toString: 'To Do' }] },
    ]);
  });

  it('has its changes in pages on Cloud alone', async () => {
    const { status, body } = await own.get('/issue/DEMO-4/changelog?startAt=1&maxResults=1');
    if (!own.onCloud) expect(status).toBe(404);
    else {
      expect(body).toMatchObject({ startAt: 1, maxResults: 1, total: 3, isLast: false });
      expect(body.nextPage).toContain('startAt=2');
    }
  });

  it('has links to pages, all or the one with a global id', async () => {
    const all = (await own.get('/issue/DEMO-4/remotelink')).body;
    expect(all.map(({ object }: Json) => object.title)).toEqual(['Safari 17.4 release notes', 'Ticket 4711']);
    const one = await own.get(`/issue/DEMO-4/remotelink?globalId=${encodeURIComponent(all[1].globalId)}`);
    expect(one.body).toEqual(all[1]);
    expect((await own.get('/issue/DEMO-4/remotelink?globalId=none')).status).toBe(404);
    expect((await own.get('/issue/DEMO-1/remotelink')).body).toEqual([]);
  });

  it('can be linked in some ways', async () => {
    const { issueLinkTypes } = (await own.get('/issueLinkType')).body;
    expect(issueLinkTypes[0]).toEqual({
      ...{ id: '10000', name: 'Blocks', inward: 'is blocked by', outward: 'blocks' },
      self: `${own.api}/issueLinkType/10000`,
    });
  });

  it('has files, at the address that each names', async () => {
    const { attachment } = await own.fields('DEMO-11', 'attachment');
    const [{ content, size, mimeType }] = attachment;
    const fetched = async (query = '') => {
      const headers = { authorization: `Bearer ${own.token}` };
      return fetch(`${content}${query}`, { headers, redirect: 'manual' });
    };
    const file = await fetched(own.onCloud ? '?redirect=false' : '');
    const bytes = Buffer.from(await file.arrayBuffer());
    expect({ status: file.status, type: file.headers.get('content-type'), size: bytes.length }).toEqual({
      ...{ status: 200, type: mimeType, size },
    });
    expect(bytes.toString('utf8', 0, 20)).toBe('order,customer,total');
    const redirected = await fetched();
    expect(redirected.status).toBe(own.onCloud ? 303 : 200);
    if (own.onCloud) expect(redirected.headers.get('location')).toMatch(/^https:\/\/api\.media\.atlassian\.com\//);
  });
});
