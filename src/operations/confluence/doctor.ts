import { CONFLUENCE_ENDPOINTS } from '../../atlassian/confluence/endpoints.ts';
import { Diagnosis, NO_INPUT } from '../diagnosis.ts';
import { state } from '../operation.ts';

export const confluenceDoctor = state({
  provider: 'confluence',
  name: 'confluence.doctor',
  toolset: 'connection',
  title: 'Check the connection to Confluence',
  description:
    'Reports whether Confluence can be used now, connected or not: site, account, scopes granted and missing, token age, rate limit, policy, and what to do next. Call it when other tools fail.',
  calls: [],
  extras: [CONFLUENCE_ENDPOINTS.currentUser],
  input: NO_INPUT,
  output: Diagnosis,
  run: (job) => job.diagnose(() => job.onSite((confluence) => confluence.myself())),
});
