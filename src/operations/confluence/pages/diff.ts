import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';
import { z } from 'zod';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import { AppError } from '../../../errors.ts';
import { hasMembers } from '../../input-fields.ts';
import { read } from '../../operation.ts';
import { NAMES } from '../parts.ts';
import { versionMembers } from './history.ts';
import { namesOnePage, PAGE_CALLS, PAGE_EXTRAS, pageMeant, pageMembers } from './page-named.ts';
import { versionNumber } from './version.ts';

/** Comparing costs as many steps as there are lines times lines that differ, and everybody else waits. */
const MAX_CHANGED_LINES = 2_000;
const MAX_MS = 100;
const CONTEXT_LINES = 3;
const NOT_OLDER = 'must be older than `to`';

const Side = z.object({ ...versionMembers, title: z.string() });

export const confluenceDiff = read({
  provider: 'confluence',
  name: 'confluence.diff',
  toolset: 'pages',
  title: 'Compare two versions of a Confluence page',
  description: 'Gives the difference between two versions of a page or blog post as a unified diff of their Markdown.',
  calls: [...PAGE_CALLS, CONFLUENCE_ENDPOINTS.blogPost],
  extras: [...PAGE_EXTRAS, ...NAMES],
  input: z
    .strictObject({
      ...pageMembers,
      from: versionNumber.optional().meta({ description: 'The older version; by default the one before `to`.' }),
      to: versionNumber.optional().meta({ description: 'The newer version; by default the present one.' }),
    })
    .superRefine(namesOnePage, { when: hasMembers })
    .refine(({ from, to }) => from === undefined || to === undefined || from < to, {
      path: ['from'],
      error: NOT_OLDER,
      when: hasMembers,
    }),
  output: z.object({
    id: z.string(),
    from: Side,
    to: Side,
    added: z.int().nullable().meta({ description: 'Lines.' }),
    removed: z.int().nullable().meta({ description: 'Lines.' }),
    diff: z.string().nullable().meta({ description: 'Empty where the bodies are alike; null where too much differs.' }),
  }),
  tellsEmpty: ['added', 'removed', 'diff'],
  subject: { parameter: 'page', container: ({ space }) => space ?? null },
  run: (job, input) =>
    job.onSite(async (confluence) => {
      const { id, names } = await pageMeant(confluence, job.allowed, input);
      const to = await confluence.versions.at(id, input.to, { parameter: 'to' });
      const older = input.from ?? to.number - 1;
      if (older < 1) throw wrongFrom('nothing is older than version 1');
      if (older >= to.number) throw wrongFrom(`${NOT_OLDER}, which is version ${to.number}`);
      const from = await confluence.versions.at(id, older, { parameter: 'from' });
      const people = await confluence.people.name([from.author, to.author], [from.body, to.body]);
      const markdown = (body: string | null) =>
        body === null ? '' : `${confluence.markdown(body, people).markdown}\n`;
      return { id, names, from, to, difference: difference(markdown(from.body), markdown(to.body), from, to) };
    }),
  within: ({ names }) => names,
  present: ({ id, from: { body: _old, ...from }, to: { body: _new, ...to }, difference }) => ({
    id,
    from,
    to,
    ...difference,
  }),
});

function wrongFrom(why: string): AppError {
  return new AppError('VALIDATION', `from: ${why}`, { details: { parameter: 'from' } });
}

interface Difference {
  added: number | null;
  removed: number | null;
  diff: string | null;
}

function difference(
  before: string,
  after: string,
  { number: from }: { number: number },
  { number: to }: { number: number },
): Difference {
  const options = { context: CONTEXT_LINES, maxEditLength: MAX_CHANGED_LINES, timeout: MAX_MS };
  const names = [`version ${from}`, `version ${to}`] as const;
  const patch = structuredPatch(...names, before, after, undefined, undefined, options);
  if (patch === undefined) return { added: null, removed: null, diff: null };
  const lines = patch.hunks.flatMap((hunk) => hunk.lines);
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  const diff = lines.length === 0 ? '' : formatPatch(patch, FILE_HEADERS_ONLY);
  return { added: count('+'), removed: count('-'), diff };
}
