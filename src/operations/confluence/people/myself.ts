import { z } from 'zod';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import { NO_INPUT } from '../../diagnosis.ts';
import { read } from '../../operation.ts';
import { SITE_WIDE } from '../../run/allowed-containers.ts';

export const confluenceMyself = read({
  provider: 'confluence',
  name: 'confluence.myself',
  toolset: 'users',
  title: 'Show who is connected to Confluence',
  description: 'Gives the Confluence user on whose behalf everything here is read and written.',
  calls: [CONFLUENCE_ENDPOINTS.currentUser],
  input: NO_INPUT,
  output: z.object({ id: z.string(), name: z.string() }),
  subject: { parameter: 'user', container: () => SITE_WIDE },
  run: (job) => job.onSite((confluence) => confluence.myself()),
  within: () => SITE_WIDE,
  present: (found) => found,
});
