import { CONFLUENCE_ENDPOINTS } from '../../atlassian/confluence/endpoints.ts';
import { Diagnosis, NO_INPUT } from '../diagnosis.ts';
import { state } from '../operation.ts';

export const confluenceDoctor = state({
  provider: 'confluence',
  name: 'confluence.doctor',
  toolset: 'connection',
  title: 'Check the connection to Confluence',
  description:
    'Says whether Confluence can be used now, even when it is not connected: site, account, granted and missing scopes, age of the token, rate limit and policy, and in plain words what to do. Call it when other tools fail.',
  calls: [],
  extras: [CONFLUENCE_ENDPOINTS.currentUser],
  input: NO_INPUT,
  output: Diagnosis,
  run: (job) => job.diagnose(() => job.onSite((confluence) => confluence.myself())),
});
