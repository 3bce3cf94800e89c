import { describe, expect, it } from 'vitest';
import { AtlassianError } from '../../src/atlassian/wire/atlassian-error.ts';
import { AppError } from '../../src/errors.ts';
import { beyondFirstAnswer, queryOrWords } from '../../src/operations/query-fallback.ts';

const answered = (status: number, ...messages: string[]) =>
  new AtlassianError('GET /', { kind: 'answer', status, messages });

const FORM = { field: 'flavour', isKnown: false, isSentence: false };
const NO_FIELD = answered(400, "Field 'flavour' does not exist or you do not have permission to view it.");

/** What becomes of a query that fails, and whether its words were asked for. */
async function outcomeOf(error: Error, { form = {}, words = ['sweet'], found = ['DEMO-1'] } = {}) {
  let askedWords = false;
  const typed = { kind: 'query' as const, query: 'flavour = sweet', form: { ...FORM, ...form }, words };
  const outcome = await queryOrWords(
    typed,
    () => Promise.reject(error),
    async () => {
      askedWords = true;
      return { items: found };
    },
  ).then(
    ({ items }) => items,
    (thrown: Error) => (thrown === error ? 'its error' : thrown),
  );
  return { outcome, askedWords };
}

describe('a query that Atlassian refuses', () => {
  it.each([
    { what: 'for a field that there is not', error: NO_FIELD },
    { what: 'for that field at the end of a sentence', error: answered(400, 'Unknown: a flavour.') },
    { what: 'for that field, in several messages and capitals', error: answered(400, 'No.', '"FLAVOUR", no') },
    {
      what: 'for a field with a full stop in its name',
      error: answered(400, "Field 'some.flavour' does not exist."),
      form: { field: 'some.flavour' },
    },
    { what: 'and that is a sentence', error: answered(400, 'No.'), form: { isSentence: true } },
    { what: 'and that names no field', error: answered(400, 'No.'), form: { field: null } },
  ])('$what is looked for by its words', async ({ error, form }) => {
    expect(await outcomeOf(error, { form })).toEqual({ outcome: ['DEMO-1'], askedWords: true });
  });

  it.each([
    { what: 'for something else', error: answered(400, 'The operator is wrong.') },
    { what: 'for a field whose name only begins so', error: answered(400, 'No flavours, no un.flavour, no flavour.x') },
    { what: 'for a field that there is', error: NO_FIELD, form: { isKnown: true } },
    { what: 'and that has no words', error: NO_FIELD, words: [] },
    { what: 'with a 403', error: answered(403, 'flavour') },
    { what: 'with a 403, and that is a sentence', error: answered(403), form: { isSentence: true } },
    { what: 'by a fault of ours', error: new AppError('VALIDATION', 'flavour'), form: { isSentence: true } },
  ])('$what is told as it is', async ({ error, form, words }) => {
    expect(await outcomeOf(error, { form, ...(words ? { words } : {}) })).toEqual({
      outcome: 'its error',
      askedWords: false,
    });
  });

  it.each([
    { what: 'a query', form: {}, outcome: 'its error' },
    { what: 'a sentence', form: { isSentence: true }, outcome: [] },
    { what: 'a sentence with a field that there is', form: { isSentence: true, isKnown: true }, outcome: 'its error' },
  ])('and whose words find nothing gives, of $what, $outcome', async ({ form, outcome }) => {
    expect(await outcomeOf(NO_FIELD, { form, found: [] })).toEqual({ outcome, askedWords: true });
  });
});

describe('what is looked for beyond a first answer', () => {
  const beyond = (further: () => Promise<string>) =>
    beyondFirstAnswer('first', further).then(
      (answer) => answer,
      () => 'fails',
    );
  const mismatch = new AtlassianError('GET /', {
    kind: 'answer',
    status: 401,
    messages: ['Unauthorized; scope does not match'],
  });

  it.each([
    { what: 'is found', further: async () => 'more', told: 'more' },
    { what: 'is answered 500', further: () => Promise.reject(answered(500)), told: 'first' },
    { what: 'is answered 404', further: () => Promise.reject(answered(404)), told: 'first' },
    { what: 'is refused for its credentials', further: () => Promise.reject(answered(401)), told: 'fails' },
    { what: 'is refused for its scopes', further: () => Promise.reject(mismatch), told: 'first' },
    { what: 'is broken here', further: () => Promise.reject(new Error('broken')), told: 'fails' },
  ])('and $what leads to: $told', async ({ further, told }) => {
    expect(await beyond(further)).toBe(told);
  });
});
