import { z } from 'zod';
import type { ConfluenceClient } from '../../atlassian/confluence-client.ts';
import type { SpaceRef } from '../../atlassian/confluence-dialects.ts';
import { parseMarkdown } from '../../atlassian/text/markdown.ts';
import { toStorage } from '../../atlassian/text/storage-format.ts';
import { AppError } from '../../errors.ts';
import { hasMembers, line, markdown, name, passedThrough, requireMembers } from '../inputs.ts';
import { forms } from '../members.ts';
import { operation, type Target } from '../operation.ts';
import { orNull } from '../reach.ts';
import { CreateResult } from '../shapes.ts';
import { bothCases } from './spaces.ts';

const PLAIN_KEYS = ['space', 'title', 'content', 'parent_id', 'status'];
const RAW_KEYS = ['spaceId', 'title', 'body', 'parentId', 'status', 'subtype'];

const CreateInput = z
  .strictObject({
    space: name.optional().meta({ description: 'Key or id of the space.' }),
    title: line.optional(),
    content: markdown,
    parent_id: name.optional().meta({ description: 'Id of the parent page.' }),
    status: z.enum(['current', 'draft']).optional(),
    spaceId: name.optional().meta({ description: "In Atlassian's own body." }),
    body: passedThrough("must be a JSON object, Atlassian's own; Markdown goes into content")
      .optional()
      .meta({ description: "In Atlassian's own body." }),
    parentId: z.unknown().optional().meta({ description: "In Atlassian's own body." }),
    subtype: z.unknown().optional().meta({ description: "In Atlassian's own body." }),
  })
  .superRefine(
    (body, context) => requireMembers(context, isRaw(body) ? ['spaceId', 'title', 'body'] : ['space', 'title'], body),
    { when: hasMembers },
  )
  .meta({
    id: 'ConfluenceCreate',
    description:
      "The plain form `{space, title, …}`, or Atlassian's own body `{spaceId, title, body: {…}}`, which passes through.",
    examples: [
      { space: 'ENG', title: 'Release checklist', content: '- [ ] tag\n- [ ] announce' },
      { spaceId: '98304', title: 'Raw page', body: { representation: 'storage', value: '<p>Hello</p>' } },
    ],
  })
  .register(forms, { known: (body) => (isRaw(body) ? RAW_KEYS : PLAIN_KEYS) });
type CreateInput = z.output<typeof CreateInput>;

export const confluenceCreate = operation({
  provider: 'confluence',
  name: 'confluence.create',
  title: 'Create a Confluence page',
  description: 'Creates one page.',
  readOnly: false,
  input: CreateInput,
  output: CreateResult,
  confinement: {
    kind: 'targets',
    targets: async (confluence, input) => [
      await spaceTarget(confluence, input),
      ...(await parentTargets(confluence, input)),
    ],
    names: ({ space, spaceId }) => space ?? spaceId ?? null,
    made: ({ id }) => id,
  },
  run: async (job, input) => {
    const body = pageBody(input);
    return job.onSite(async (confluence) => {
      const space = isRaw(input) ? { id: input.spaceId ?? '' } : await findSpace(confluence, input.space ?? '');
      const page = await confluence.createPage(space, body);
      return {
        id: page.id,
        url: page.url,
        title: input.title ?? '',
        metadata: { space_id: page.spaceId, status: page.status },
      };
    });
  },
});

/** Whether `body` is Atlassian's own; text as its `body` is a client's word for `content`. */
function isRaw({ spaceId = null, body = null }: Record<string, unknown>): boolean {
  return spaceId !== null || (typeof body === 'object' && body !== null);
}

/** The body of `POST /wiki/api/v2/pages`, which says nothing of the space where that is told beside it. */
function pageBody(input: CreateInput): Record<string, unknown> {
  if (isRaw(input)) return input;
  const { title, content = '', parent_id: parentId, status = 'current' } = input;
  return {
    title,
    status,
    ...(parentId === undefined ? {} : { parentId }),
    body: { representation: 'storage', value: toStorage(parseMarkdown(content), 'cloud') },
  };
}

/** A space by its key or id. @throws AppError `NOT_FOUND` when no space has the key. */
async function findSpace(confluence: ConfluenceClient, keyOrId: string): Promise<SpaceRef> {
  if (/^\d+$/.test(keyOrId)) return { id: keyOrId };
  const keys = bothCases([keyOrId]);
  const { items } = await confluence.spaces({ keys, limit: keys.length });
  const space = items.find(({ key }) => key.toLowerCase() === keyOrId.toLowerCase());
  if (space) return space;
  throw new AppError('NOT_FOUND', `There is no space ${JSON.stringify(keyOrId)}, or the user cannot see it.`, {
    details: { parameter: 'space' },
  });
}

/** The space that a page is to be made in, as Atlassian reports it. */
async function spaceTarget(confluence: ConfluenceClient, input: CreateInput): Promise<Target> {
  const parameter = isRaw(input) ? 'spaceId' : 'space';
  const asked = (isRaw(input) ? input.spaceId : input.space) ?? '';
  const space = await orNull(async () =>
    /^\d+$/.test(asked) ? confluence.space(asked) : findSpace(confluence, asked),
  );
  return { parameter, asked, container: space?.key ?? null };
}

/** Where the page is to be put under, if anywhere. */
async function parentTargets(confluence: ConfluenceClient, input: CreateInput): Promise<Target[]> {
  const parameter = isRaw(input) ? 'parentId' : 'parent_id';
  const { parentId } = pageBody(input);
  if (parentId === undefined || parentId === null) return [];
  const place = await orNull(async () => confluence.pagePlace(String(parentId)));
  return [{ parameter, asked: null, container: place?.space ?? null }];
}
