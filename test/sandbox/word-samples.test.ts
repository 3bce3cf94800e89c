import { afterAll, beforeAll, expect, it } from 'vitest';
import { sandboxPats, WORD_PROJECT, WORD_SPACE } from '../../src/sandbox/sandbox.ts';
import { Bench, type Json, jira, wiki } from './harness.ts';

let bench: Bench;
let token: string;
beforeAll(async () => {
  bench = await Bench.start();
  for (const site of ['acme', 'data-center']) {
    bench.sandbox.addProject(site, WORD_PROJECT);
    bench.sandbox.addSpace(site, WORD_SPACE);
  }
  token = (await bench.connect()).access_token;
});
afterAll(() => bench.sandbox.close());

const quoted = (text: string) => JSON.stringify(text);

it.each([
  ['fishing', 'Fishing trips', 'Fishing trips'],
  ['fish', 'Fishing trips', 'Fishing trips'],
  ['fishing*', null, null],
  ['the payments are failing', 'The payments are failing', 'Why the payments are failing'],
  ['the', null, null],
  ['config.yaml', 'config.yaml is read twice', 'config.yaml'],
  ['yaml', null, null],
  ["O'Brien", "O'Brien cannot log in", "O'Brien's guide"],
  ['BB2-12', 'Rename BB2-12 to BB2-13', 'BB2-12 and BB2-13'],
  ['BB2-12*', null, null],
  ['会議', '会議のメモ', '会議のメモ'],
  ['会議*', null, null],
])('%s is found as the index has it, on Cloud and on the Data Center', async (text, summary, title) => {
  const jql = `project = WORDS and summary ~ ${quoted(text)}`;
  const cql = `space = WORDS and type = page and title ~ ${quoted(text)}`;
  const { jira: jiraPat, confluence: confluencePat } = sandboxPats('anna');
  const summaries = [
    await bench.post(jira('/search/jql'), token, { jql, fields: ['summary'] }),
    await bench.post('/dc/jira/rest/api/2/search', jiraPat, { jql, fields: ['summary'] }),
  ].map(({ body }) => body.issues.map(({ fields }: Json) => fields.summary));
  const titles = [
    await bench.get(wiki(`/rest/api/search?cql=${encodeURIComponent(cql)}`), token),
    await bench.get(`/dc/confluence/rest/api/content/search?cql=${encodeURIComponent(cql)}`, confluencePat),
  ].map(({ body }) => body.results.map((hit: Json) => hit.content?.title ?? hit.title));
  const expected = (one: string | null) => (one === null ? [[], []] : [[one], [one]]);
  expect({ summaries, titles }).toEqual({ summaries: expected(summary), titles: expected(title) });
});
