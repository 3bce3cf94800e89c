import { JIRA_ENDPOINTS } from '../../atlassian/jira/endpoints.ts';
import { Diagnosis, NO_INPUT } from '../diagnosis.ts';
import { state } from '../operation.ts';

export const jiraDoctor = state({
  provider: 'jira',
  name: 'jira.doctor',
  toolset: 'connection',
  title: 'Check the connection to Jira',
  description:
    'Says whether Jira can be used now, even when it is not connected: site, account, granted and missing scopes, age of the token, rate limit and policy, and in plain words what to do. Call it when other tools fail.',
  calls: [],
  extras: [JIRA_ENDPOINTS.myself],
  input: NO_INPUT,
  output: Diagnosis,
  run: (job) => job.diagnose(() => job.onSite((jira) => jira.myself())),
});
