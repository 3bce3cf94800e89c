import { z } from 'zod';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { cursor, limit, q } from '../../input-fields.ts';
import { readRows } from '../../operation.ts';
import { SITE_WIDE } from '../../run/allowed-containers.ts';
import { pageOf } from '../../shapes.ts';
import { wholeList } from '../../whole-list.ts';

export const jiraFields = readRows({
  provider: 'jira',
  name: 'jira.fields',
  title: "List a Jira site's fields",
  description: 'Lists the fields of issues, with their ids and their names in JQL.',
  toolset: 'projects',
  calls: [JIRA_ENDPOINTS.fields],
  input: z.strictObject({
    q: q.meta({ description: 'Part of a name or id.', example: 'points' }),
    custom: z.boolean().optional().meta({ description: "The site's own fields, or Jira's." }),
    limit: limit(100, 50),
    cursor,
  }),
  output: pageOf(
    z.object({
      id: z.string(),
      name: z.string(),
      custom: z.boolean(),
      type: z.string().nullable().meta({ description: '`string`, `option`, `array of user`, …' }),
      jql: z.array(z.string()).meta({ description: 'None where it cannot be searched.' }),
    }),
  ),
  run: (job, { q: text, custom, limit: size, cursor: from }) =>
    wholeList(job, { operation: 'jira.fields', query: [text, custom], cursor: from, limit: size }, async (jira) => {
      const wanted = text.trim().toLowerCase();
      return (await jira.metadata.fields())
        .filter(({ isCustom }) => custom === undefined || isCustom === custom)
        .filter(({ id, name, clauses }) => [id, name, ...clauses].some((one) => one.toLowerCase().includes(wanted)));
    }),
  within: ({ isOfOneProject }) => (isOfOneProject ? null : SITE_WIDE),
  present: ({ id, name, isCustom, type, clauses }) => ({ id, name, custom: isCustom, type, jql: clauses }),
});
