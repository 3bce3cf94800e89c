import { z } from 'zod';
import { isAccountId } from '../../../atlassian/account-id.ts';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import { cursor, joinedLine, limit } from '../../input-fields.ts';
import { openList } from '../../lists.ts';
import { readRows } from '../../operation.ts';
import { SITE_WIDE } from '../../run/allowed-containers.ts';
import { pageOf } from '../../shapes.ts';
import { NAMES, Person } from '../parts.ts';

const MAX_NAME_CHARACTERS = 255;

export const confluenceUsers = readRows({
  provider: 'confluence',
  name: 'confluence.users',
  toolset: 'users',
  title: 'Find Confluence users',
  description: 'Finds people by their names, with the ids by which CQL knows them.',
  calls: [CONFLUENCE_ENDPOINTS.searchUsers],
  extras: NAMES,
  input: z.strictObject({
    q: joinedLine
      .max(MAX_NAME_CHARACTERS, `must be at most ${MAX_NAME_CHARACTERS} characters`)
      .meta({ description: 'A name, its beginning, or an id.', example: 'anna' }),
    limit: limit(100, 25),
    cursor,
  }),
  output: pageOf(Person),
  run: async (job, { q, limit, cursor }) => {
    const list = openList(job, { operation: 'confluence.users', query: q, cursor });
    return job.onSite(async (confluence, site) => {
      const asked = { limit, cursor: list.from(site) };
      const known = isAccountId(q) && asked.cursor === undefined ? await confluence.people.withId(q) : null;
      if (known) return list.page(site, { items: [known], next: null });
      return list.page(site, await confluence.people.named(q, asked));
    });
  },
  within: () => SITE_WIDE,
  present: (person) => person,
});
