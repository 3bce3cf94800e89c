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

/** A body that came as it was asked for. */
export function bodyIn(
  format: Format,
  body: string | null,
  confluence: ConfluenceReader,
): { body: string | null; loss: string[] } {
  if (body === null || format === 'adf' || format === 'storage') return { body, loss: [] };
  if (format === 'text') {
    const { text, loss } = confluence.plainText(body);
    return { body: text, loss };
  }
  const { markdown, loss } = confluence.markdown(body);
  return { body: markdown, loss };
}
