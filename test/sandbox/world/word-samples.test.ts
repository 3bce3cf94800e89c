import { afterAll, beforeAll, expect, it } from 'vitest';
import { sandboxPats, WORD_PROJECT, WORD_SPACE } from '../../../src/sandbox/sandbox.ts';
import { Bench, type Json, jira, wiki } from '../harness.ts';

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
  { text: 'fishing', summary: 'Fishing trips', title: 'Fishing trips' },
  { text: 'fish', summary: 'Fishing trips', title: 'Fishing trips' },
  { text: 'fishing*', summary: null, title: null },
  { text: 'the payments are failing', summary: 'The payments are failing', title: 'Why the payments are failing' },
  { text: 'the', summary: null, title: null },
  { text: 'config.yaml', summary: 'config.yaml is read twice', title: 'config.yaml' },
  { text: 'yaml', summary: null, title: null },
  { text: "O'Brien", summary: "O'Brien cannot log in", title: "O'Brien's guide" },
  { text: 'BB2-12', summary: 'Rename BB2-12 to BB2-13', title: 'BB2-12 and BB2-13' },
  { text: 'BB2-12*', summary: null, title: null },
  { text: '会議', summary: '会議のメモ', title: '会議のメモ' },
  { text: '会議*', summary: null, title: null },
])('$text is found as the index has it, on Cloud and on the Data Center', async ({ text, summary, title }) => {
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
