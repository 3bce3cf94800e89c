import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfluenceClient } from '../../../src/atlassian/confluence/client.ts';
import { JiraClient } from '../../../src/atlassian/jira/client.ts';
import { AtlassianError } from '../../../src/atlassian/wire/atlassian-error.ts';
import { Hosts } from '../../../src/atlassian/wire/hosts.ts';
import { readError } from '../../../src/atlassian/wire/read-error-body.ts';
import { SiteApi } from '../../../src/atlassian/wire/site-api.ts';
import { Transport } from '../../../src/atlassian/wire/transport.ts';
import { silentContext } from '../../support/context.ts';
import { leastCpuMs, leastCpuMsOf } from '../../support/cpu.ts';

const MANY = 300_000;
const noSecret = () => false;

describe('An error of 300,000 messages', () => {
  const list = (entry: string) => `[${`${entry},`.repeat(MANY)}${entry}]`;
  it.each([
    { name: 'Jira', text: `{"errorMessages":${list('"no"')}}`, first: 'no' },
    {
      name: 'Jira, by field',
      text: `{"errors":{${Array.from({ length: MANY }, (_, i) => `"f${i}":"no"`).join(',')}},"message":"no"}`,
      first: 'no',
    },
    { name: 'Confluence v2', text: `{"errors":${list('{"title":"no"}')}}`, first: 'no' },
    { name: 'Confluence v1', text: `{"data":{"errors":${list('{"message":{"key":"no"}}')}}}`, first: 'no' },
    { name: 'Jira, none of them a text', text: `{"errorMessages":${list('5')},"message":"no"}`, first: 'no' },
  ])('of $name is read at once, and cut', ({ text, first }) => {
    const body: unknown = JSON.parse(text);
    const read = () => readError({ text, body, contentType: 'application/json' }, noSecret);
    expect(leastCpuMs(50, read)).toBeLessThan(50);
    const { messages, upstream } = read();
    expect({ first: messages[0], isCut: messages.length <= 20, upstream }).toEqual({
      first,
      isCut: true,
      upstream: undefined,
    });
  });

  it('gives a public message of bounded length', () => {
    const text = JSON.stringify({ errorMessages: Array.from({ length: 20 }, () => 'x'.repeat(5_000)) });
    const words = readError({ text, body: JSON.parse(text), contentType: '' }, noSecret);
    const { message } = new AtlassianError('GET /', { kind: 'answer', status: 400, ...words }).toAppError();
    expect(message.length).toBeLessThan(2_100);
  });
});

describe('An answer of a megabyte', () => {
  let answer = '';
  let status = 200;
  const server = createServer((_, response) => response.writeHead(status).end(answer));
  let transport: Transport;
  let api: (deployment: 'cloud' | 'data_center') => SiteApi;
  const lines: unknown[][] = [];
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    transport = new Transport({ hosts: new Hosts({ trusted: [url], allowed: [] }) });
    const pools = { own: 'x', shared: null, unnamed: 'own' as const };
    const log = { info: () => undefined, warn: (...line: unknown[]) => void lines.push(line) };
    api = (deployment) => {
      const access = { baseUrl: url, siteUrl: url, deployment, authorization: 'Bearer x', pools };
      return new SiteApi(transport, access, { ...silentContext(), log });
    };
  });
  afterAll(async () => {
    await transport.close();
    server.close();
  });

  const rows = (row: string) => `[${`${row},`.repeat(Math.floor(1e6 / (row.length + 1)))}${row}]`;
  const jira = (deployment: 'cloud' | 'data_center') => new JiraClient(api(deployment));
  const confluence = (deployment: 'cloud' | 'data_center') => new ConfluenceClient(api(deployment));
  const READS: { what: string; wrap: (list: string) => string; read: () => Promise<{ items: unknown[] }> }[] = [
    {
      what: 'projects of Data Center',
      wrap: (list) => list,
      read: () => jira('data_center').projects({ limit: 25, offset: 0 }),
    },
    {
      what: 'projects',
      wrap: (list) => `{"values":${list}}`,
      read: () => jira('cloud').projects({ limit: 25, offset: 0 }),
    },
    { what: 'issues', wrap: (list) => `{"issues":${list}}`, read: () => jira('cloud').search({ jql: 'x', limit: 25 }) },
    {
      what: 'issues of Data Center',
      wrap: (list) => `{"issues":${list}}`,
      read: () => jira('data_center').search({ jql: 'x', limit: 25 }),
    },
    { what: 'spaces', wrap: (list) => `{"results":${list}}`, read: () => confluence('cloud').spaces({ limit: 25 }) },
    {
      what: 'spaces of Data Center',
      wrap: (list) => `{"results":${list}}`,
      read: () => confluence('data_center').spaces({ limit: 25 }),
    },
    {
      what: 'hits',
      wrap: (list) => `{"results":${list}}`,
      read: () => confluence('cloud').search({ cql: 'x', limit: 25 }),
    },
    {
      what: 'contents',
      wrap: (list) => `{"results":${list}}`,
      read: () => confluence('data_center').search({ cql: 'x', limit: 25 }),
    },
  ];
  const cases = READS.flatMap((list) => ['[]', '5', '{"key":5}'].map((row) => ({ ...list, row })));

  it.each(cases)('of $row for $what is cheap, left out, and one line in the log', async ({ wrap, read, row }) => {
    answer = wrap(rows(row));
    const took = await leastCpuMsOf(1_000, async () => {
      lines.length = 0;
      expect((await read()).items).toEqual([]);
    });
    expect(took).toBeLessThan(1_000);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.[0]).toMatchObject({
      left_out: expect.any(Number),
      call: expect.stringMatching(/^(GET|POST) \//),
    });
    expect(JSON.stringify(lines).length).toBeLessThan(200);
  });

  it('with members that all differ is cheap as an error, and too much as an answer', async () => {
    answer = `{"errors":{${Array.from({ length: 600_000 }, (_, index) => `"k${index}":1`).join(',')}}}`;
    const took = await leastCpuMsOf(1_000, async () => {
      status = 400;
      const asError = jira('data_center').projects({ limit: 1, offset: 0 });
      await expect(asError).rejects.toMatchObject({ status, messages: [] });
      status = 200;
      await expect(jira('data_center').projects({ limit: 1, offset: 0 })).rejects.toMatchObject({ kind: 'too_large' });
    });
    expect(took).toBeLessThan(1_000);
  });

  it('is read alone in its turn of the event loop', async () => {
    answer = `{"errors":{${Array.from({ length: 19_000 }, (_, index) => `"k${index}":"${'x'.repeat(40)}"`).join(',')}}}`;
    status = 400;
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const reads = Array.from({ length: 12 }, () =>
      jira('data_center')
        .projects({ limit: 1, offset: 0 })
        .catch(() => turns),
    );
    const ends = await Promise.all(reads);
    isOver = true;
    status = 200;
    expect(new Set(ends).size).toBe(12);
  });

  it('may hold no more values than any use has', async () => {
    answer = `[${'[],'.repeat(1_100_000)}[]]`;
    const took = await leastCpuMsOf(1_000, async () => {
      await expect(jira('data_center').projects({ limit: 1, offset: 0 })).rejects.toMatchObject({ kind: 'too_large' });
      status = 400;
      const asError = jira('data_center').projects({ limit: 1, offset: 0 });
      await expect(asError).rejects.toMatchObject({ status, messages: [] });
      status = 200;
    });
    expect(took).toBeLessThan(1_000);
  });
});
