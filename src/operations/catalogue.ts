import { confluenceDoctor } from './confluence/doctor.ts';
import { confluenceAncestors } from './confluence/pages/ancestors.ts';
import { confluenceAttachmentGet } from './confluence/pages/attachment-get.ts';
import { confluenceAttachments } from './confluence/pages/attachments.ts';
import { confluenceBlogposts } from './confluence/pages/blogposts.ts';
import { confluenceChildren } from './confluence/pages/children.ts';
import { confluenceComments } from './confluence/pages/comments.ts';
import { confluenceCreate } from './confluence/pages/create.ts';
import { confluenceDiff } from './confluence/pages/diff.ts';
import { confluenceGet } from './confluence/pages/get.ts';
import { confluenceHistory } from './confluence/pages/history.ts';
import { confluenceLabels } from './confluence/pages/labels.ts';
import { confluenceRestrictions } from './confluence/pages/restrictions.ts';
import { confluenceSearch } from './confluence/pages/search.ts';
import { confluenceTree } from './confluence/pages/tree.ts';
import { confluenceVersion } from './confluence/pages/version.ts';
import { confluenceMyself } from './confluence/people/myself.ts';
import { confluenceUsers } from './confluence/people/users.ts';
import { confluenceSpace } from './confluence/spaces/space.ts';
import { confluenceSpaces } from './confluence/spaces/spaces.ts';
import { fetchTool } from './fetch.ts';
import { jiraBacklog, jiraBoardIssues, jiraEpicIssues, jiraSprintIssues } from './jira/boards/board-issues.ts';
import { jiraBoardGet, jiraBoards, jiraSprints } from './jira/boards/boards.ts';
import { jiraDoctor } from './jira/doctor.ts';
import { jiraAttachmentGet, jiraAttachments } from './jira/issues/attachments.ts';
import { jiraChangelog } from './jira/issues/changelog.ts';
import { jiraCommentAdd } from './jira/issues/comment-add.ts';
import { jiraComments } from './jira/issues/comments.ts';
import { jiraCount } from './jira/issues/count.ts';
import { jiraCreate } from './jira/issues/create.ts';
import { jiraFilters } from './jira/issues/filters.ts';
import { jiraGet } from './jira/issues/get.ts';
import { jiraLinks, jiraLinkTypes } from './jira/issues/links.ts';
import { jiraSearch } from './jira/issues/search.ts';
import { jiraUpdate } from './jira/issues/update.ts';
import { jiraWatchers } from './jira/issues/watchers.ts';
import { jiraWorklogs } from './jira/issues/worklogs.ts';
import { jiraCreateFields, jiraFieldOptions } from './jira/projects/create-fields.ts';
import { jiraProjectGet } from './jira/projects/project-get.ts';
import { jiraProjects } from './jira/projects/projects.ts';
import { jiraFields } from './jira/site/fields.ts';
import { jiraPriorities, jiraResolutions, jiraStatuses } from './jira/site/statuses.ts';
import { jiraAssignableUsers, jiraMyself, jiraUsers } from './jira/users/users.ts';
import { noSuch } from './nearest.ts';
import { type OperationTool, type Tool, tool } from './tool.ts';

/** Every operation, by name. */
const OPERATIONS: ReadonlyMap<string, OperationTool> = new Map(
  [
    tool(jiraSearch),
    tool(jiraGet),
    tool(jiraCreate),
    tool(jiraUpdate),
    tool(jiraCommentAdd),
    tool(jiraWatchers),
    tool(jiraComments),
    tool(jiraWorklogs),
    tool(jiraChangelog),
    tool(jiraLinks),
    tool(jiraLinkTypes),
    tool(jiraAttachments),
    tool(jiraAttachmentGet),
    tool(jiraCount),
    tool(jiraFilters),
    tool(jiraProjects),
    tool(jiraProjectGet),
    tool(jiraCreateFields),
    tool(jiraFieldOptions),
    tool(jiraFields),
    tool(jiraStatuses),
    tool(jiraPriorities),
    tool(jiraResolutions),
    tool(jiraUsers),
    tool(jiraAssignableUsers),
    tool(jiraMyself),
    tool(jiraBoards),
    tool(jiraBoardGet),
    tool(jiraSprints),
    tool(jiraSprintIssues),
    tool(jiraBoardIssues),
    tool(jiraBacklog),
    tool(jiraEpicIssues),
    tool(confluenceSearch),
    tool(confluenceSpaces),
    tool(confluenceGet),
    tool(confluenceCreate),
    tool(confluenceChildren),
    tool(confluenceComments),
    tool(confluenceLabels),
    tool(confluenceAttachments),
    tool(confluenceAttachmentGet),
    tool(confluenceAncestors),
    tool(confluenceTree),
    tool(confluenceHistory),
    tool(confluenceVersion),
    tool(confluenceDiff),
    tool(confluenceSpace),
    tool(confluenceBlogposts),
    tool(confluenceRestrictions),
    tool(confluenceMyself),
    tool(confluenceUsers),
    tool(jiraDoctor),
    tool(confluenceDoctor),
  ].map((declared) => [declared.name, declared]),
);

/** The operation of this name, which is not a caller's. */
export function operationNamed(name: string): OperationTool {
  const found = OPERATIONS.get(name);
  if (!found) throw new Error(`there is no operation ${name}`);
  return found;
}

/** What the tool endpoint offers, by name: every operation, and before them what leads to one. */
export const TOOLS: ReadonlyMap<string, Tool> = new Map(
  [fetchTool(operationNamed), ...OPERATIONS.values()].map((declared) => [declared.name, declared]),
);

/**
 * The tools that are offered where nobody says which: those that most work needs. Each tool that a model is told of costs
 * it context and makes its choice harder, so that the others are for who asks for their toolset.
 */
export const DEFAULT_TOOLS: ReadonlySet<string> = new Set([
  'atlassian.fetch',
  'jira.search',
  'jira.get',
  'jira.create',
  'jira.update',
  'jira.comment_add',
  'jira.watchers',
  'jira.comments',
  'jira.changelog',
  'jira.attachments',
  'jira.attachment_get',
  'jira.count',
  'jira.projects',
  'jira.project_get',
  'jira.create_fields',
  'jira.fields',
  'jira.boards',
  'jira.sprints',
  'jira.sprint_issues',
  'jira.backlog',
  'jira.users',
  'jira.assignable_users',
  'jira.myself',
  'confluence.search',
  'confluence.get',
  'confluence.children',
  'confluence.tree',
  'confluence.comments',
  'confluence.labels',
  'confluence.attachments',
  'confluence.attachment_get',
  'confluence.history',
  'confluence.create',
  'confluence.spaces',
  'jira.doctor',
  'confluence.doctor',
]);

/**
 * Tools by every name that stands for them: their own, and those that they had before.
 * @throws where two share one: a caller, or a tenant's policy, would mean the other.
 */
export function namesOf(tools: Iterable<Tool>): ReadonlyMap<string, Tool> {
  const named = new Map<string, Tool>();
  for (const tool of tools) {
    for (const name of [tool.name, ...tool.aliases]) {
      if (named.has(name)) throw new Error(`two tools are called ${name}`);
      named.set(name, tool);
    }
  }
  return named;
}

/** The tool that a name stands for, also as clients that take no dots in names write it: `jira_get` for `jira.get`. */
export function toolNamed(names: ReadonlyMap<string, Tool>, name: string): Tool | undefined {
  return names.get(name) ?? names.get(name.replace('_', '.'));
}

const NAMES = namesOf(TOOLS.values());

/**
 * The tool that a name stands for.
 * @param parameter where the name was given.
 * @throws AppError `VALIDATION` naming the tools there are, and the nearest.
 */
export function findTool(name: string, parameter = 'tool'): Tool {
  const found = toolNamed(NAMES, name);
  if (found) return found;
  throw noSuch({ parameter, given: name, known: { tools: [...TOOLS.keys()] }, isOurs: true });
}
