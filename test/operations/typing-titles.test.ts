import { expect, it } from 'vitest';
import { WORD_PROJECT, WORD_SPACE } from '../../src/sandbox/sandbox.ts';
import { seedConfluence } from '../../src/sandbox/world/seed-confluence.ts';
import { seedIssues } from '../../src/sandbox/world/seed-jira.ts';
import { connectBoth, TOKENS_ENABLED } from '../support/accounts.ts';
import { ids, withQuery } from '../support/atlassian.ts';
import { type Answer, start } from '../support/harness.ts';
import { Random } from '../support/random.ts';

/** For each kind of account, half of them of each product. Each run takes others; `TYPED_TITLES` sets more. */
const TITLES = Number(process.env.TYPED_TITLES ?? 200);

interface Item {
  id: string;
  title: string;
}

const ISSUES = seedIssues('acme').map(({ key, summary }): Item => ({ id: key, title: summary }));
const WORD_ISSUES = WORD_PROJECT.issues.map(
  ({ summary }, index): Item => ({ id: `WORDS-${index + 1}`, title: summary }),
);
const PAGES = seedConfluence('acme').contents.map(({ id, title }): Item => ({ id, title }));

it.each(['Cloud OAuth', 'Data Center PAT'] as const)(
  `finds ${TITLES} random titles on the first page as they are typed to their end, by %s`,
  async (kind) => {
    const stage = await start({ env: TOKENS_ENABLED });
    await connectBoth(stage, { kind });
    const site = kind === 'Cloud OAuth' ? 'acme' : 'data-center';
    stage.sandbox.addProject(site, WORD_PROJECT);
    stage.sandbox.addSpace(site, WORD_SPACE);
    const seed = Date.now() % 1_000_000;
    const random = new Random(seed);
    // There are more rounds than titles: what was asked before need not be asked again.
    const answers = new Map<string, Promise<Answer<Item[]>>>();
    const search = (product: string, q: string) => {
      const name = JSON.stringify([product, q]);
      const asked = answers.get(name) ?? ask(product, q);
      answers.set(name, asked);
      return asked;
    };
    const ask = async (product: string, q: string) => {
      const answer = await stage.call<Item[]>(withQuery(`/connectors/${product}/search`, { q }));
      expect({ seed, q, status: answer.status }).toEqual({ seed, q, status: 200 });
      return answer;
    };
    for (let round = 0; round < TITLES / 2; round++) {
      // A title of stop words only is in no index of Jira's.
      const issue = random.pick([...ISSUES, ...WORD_ISSUES]);
      const page = random.pick(PAGES);
      for (const [product, { id, title }] of [
        ['jira', issue],
        ['confluence', page],
      ] as const) {
        expect({ seed, product, title, ids: ids(await search(product, title)) }).toEqual({
          seed,
          product,
          title,
          ids: expect.arrayContaining([id]),
        });
      }
      // On the way there, by words or by letters, nothing may fail.
      const [product, title] = round % 2 ? ['jira', issue.title] : ['confluence', page.title];
      const words = title.split(' ');
      const byWords = words.slice(0, 1 + random.below(words.length)).join(' ');
      await search(product, random.below(2) ? byWords : title.slice(0, 1 + random.below(title.length)));
      const beginning = issue.id.slice(0, 1 + random.below(issue.id.length));
      const typed = random.below(2) ? beginning : beginning.toLowerCase();
      expect({ seed, typed, ids: ids(await search('jira', typed)).length > 0 }).toEqual({ seed, typed, ids: true });
    }
    for (const { title } of WORD_SPACE.pages) {
      const { body } = await search('confluence', title);
      expect({ title, isFound: body.some((hit) => hit.title === title) }).toEqual({ title, isFound: true });
    }
  },
  60_000 + TITLES * 20,
);
