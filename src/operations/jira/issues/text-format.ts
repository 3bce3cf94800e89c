import { z } from 'zod';
import type { JiraReader } from '../../../atlassian/jira/client.ts';
import { AppError } from '../../../errors.ts';

/** What rich text can be told as: `adf` is Cloud's own, `wiki` that of Data Center. */
const FORMATS = ['markdown', 'text', 'adf', 'wiki'] as const;

export const textFormat = z
  .enum(FORMATS, `must be ${FORMATS.join(', ')}`)
  .default('markdown')
  .meta({ description: '`markdown` by default; `adf` on Cloud, `wiki` on Data Center.' });

/** Writes rich text of the site, and names what the format has no word for. */
export type TextWriter = (value: unknown) => { body: string; loss: string[] };

/** @throws AppError `VALIDATION` for a format that texts do not have on the site. */
export function textWriter(jira: JiraReader, format: z.output<typeof textFormat>): TextWriter {
  const [own, other] = jira.deployment === 'cloud' ? ['adf', 'wiki'] : ['wiki', 'adf'];
  if (format === other) {
    throw new AppError('VALIDATION', `format: texts of the connected site are no ${other}: ask for ${own}`, {
      details: { parameter: 'format' },
    });
  }
  if (format === own) return (value) => ({ body: jira.source(value), loss: [] });
  if (format === 'text') {
    return (value) => {
      const { text, loss } = jira.plainText(value);
      return { body: text, loss };
    };
  }
  return (value) => {
    const { markdown, loss } = jira.markdown(value);
    return { body: markdown, loss };
  };
}

/** Writes several texts, whose losses are told together. */
export function writerOfAll(textOf: TextWriter): { write: (value: unknown) => string; loss: ReadonlySet<string> } {
  const loss = new Set<string>();
  const write = (value: unknown): string => {
    const text = textOf(value);
    for (const kind of text.loss) loss.add(kind);
    return text.body;
  };
  return { write, loss };
}
