import { z } from 'zod';
import type { ConfluenceReader } from '../../../atlassian/confluence/client.ts';
import type { BodyFormat } from '../../../atlassian/confluence/dialects.ts';
import { markdownMembers } from '../parts.ts';

const FORMATS = ['markdown', 'adf', 'storage', 'text'] as const;

export const bodyFormat = z
  .enum(FORMATS, 'must be markdown, adf, storage or text')
  .default('markdown')
  .meta({ description: '`markdown` by default; `adf` on Cloud only.' });

type Format = z.output<typeof bodyFormat>;

/** A body in a format that the caller named, and what was lost of it. */
export const formattedMembers = {
  ...markdownMembers,
  body: markdownMembers.body.meta({ description: 'In `format`.' }),
};

/** What Atlassian is asked for; Data Center has `storage` alone. */
export const askedAs = (format: Format): BodyFormat => (format === 'adf' ? 'atlas_doc_format' : 'storage');

/** The bodies whose mentions are worth a name: those that become Markdown. */
export const toMarkdown = (format: Format, bodies: (string | null)[]): (string | null)[] =>
  format === 'markdown' ? bodies : [];

/** A body that came as it was asked for. @param names of those whom it may mention, by their ids. */
export function bodyIn(
  format: Format,
  body: string | null,
  confluence: ConfluenceReader,
  names?: ReadonlyMap<string, string>,
): { body: string | null; loss: string[] } {
  if (body === null || format === 'adf' || format === 'storage') return { body, loss: [] };
  if (format === 'text') {
    const { text, loss } = confluence.plainText(body, names);
    return { body: text, loss };
  }
  const { markdown, loss } = confluence.markdown(body, names);
  return { body: markdown, loss };
}
