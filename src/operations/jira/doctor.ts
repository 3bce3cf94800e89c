import { JIRA_ENDPOINTS } from '../../atlassian/jira/endpoints.ts';
import { Diagnosis, NO_INPUT } from '../diagnosis.ts';
import { state } from '../operation.ts';

export const jiraDoctor = state({
  provider: 'jira',
  name: 'jira.doctor',
  toolset: 'connection',
  title: 'Check the connection to Jira',
  description:
    'Reports whether Jira can be used now, connected or not: site, account, scopes granted and missing, token age, rate limit, policy, and what to do next. Call it when other tools fail.',
  calls: [],
  extras: [JIRA_ENDPOINTS.myself],
  input: NO_INPUT,
  output: Diagnosis,
  run: (job) => job.diagnose(() => job.onSite((jira) => jira.myself())),
});
