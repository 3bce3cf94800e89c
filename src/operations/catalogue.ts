import { z } from 'zod';
import type { Endpoint } from '../atlassian/wire/endpoint.ts';
import type { Provider } from '../config.ts';
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
import { jiraBacklog, jiraBoardIssues, jiraEpicIssues, jiraSprintIssues } from './jira/boards/board-issues.ts';
import { jiraBoards, jiraSprints } from './jira/boards/boards.ts';
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
import type { Call, Operation, OperationDeps, Toolset } from './operation.ts';
import { parse } from './parse-input.ts';
import { runOperation } from './run/run-operation.ts';
import { assertFields, fieldNames, fieldsMember, type View, viewed, viewMembers } from './views.ts';

/** An operation whose input has been taken away, so that unlike ones fit into one list. */
export interface Tool {
  name: `${Provider}.${string}`;
  /** Names that it had before, which stand for it for good. */
  aliases: readonly string[];
  provider: Provider;
  title: string;
  description: string;
  /** Whether its answer holds text that people wrote. */
  tellsContent: boolean;
  toolset: Toolset;
  kind: 'read' | 'write';
  /** Rows of a list, one thing, or the state of the connection, which needs none. */
  gives: 'rows' | 'one' | 'state';
  /** Whether it may take something away, and whether doing it twice comes to the same. */
  destructive: boolean;
  idempotent: boolean;
  calls: readonly Endpoint[];
  extras: readonly Endpoint[];
  /** What it takes and gives, as JSON has it. */
  input: z.ZodType;
  /** What agents send: for a read, its input with how much of the answer they want. */
  args: z.ZodType;
  output: z.ZodType;
  /** Runs with an input that was read by its schema. */
  run: (deps: OperationDeps, call: Call, input: unknown) => Promise<object>;
  /**
   * Checks `args` as the REST route does its input, then runs.
   * @param view how much of the answer of a read is told where `args` do not say.
   */
  invoke: (deps: OperationDeps, call: Call, args: unknown, view?: View) => Promise<object>;
}

type Viewed = Record<string, unknown> & { view?: View; max_chars?: number; fields?: string[] };

/** The input of a read with what an agent may ask beside it. `fields` of its own are Atlassian's, and stay what they are. */
function withViews(input: z.ZodType): { args: z.ZodType; ownFields: boolean } {
  if (!(input instanceof z.ZodObject)) throw new Error('the input of a read is an object');
  const ownFields = 'fields' in input.shape;
  const meta = input.meta();
  const extended = input.safeExtend(ownFields ? viewMembers : { ...viewMembers, ...fieldsMember });
  return { args: meta === undefined ? extended : extended.meta(meta), ownFields };
}

/** How an agent's call is run: a read in the view that it wants, a write in the usual one. */
function invocationOf<P extends Provider, Input, Output>(
  operation: Operation<P, Input, Output>,
  run: Tool['run'],
): Pick<Tool, 'args' | 'invoke'> {
  const { details = [], tellsEmpty = [], output } = operation;
  const read = (args: z.ZodType, given: unknown) => parse(args, given, { where: 'args', isText: true });
  if (operation.kind === 'write') {
    const { input: args } = operation;
    const invoke: Tool['invoke'] = async (deps, call, given, view = 'normal') =>
      viewed(await run(deps, call, read(args, given)), { view, details, tellsEmpty, more: 'read' });
    return { args, invoke };
  }
  const { args, ownFields } = withViews(operation.input);
  const known = fieldNames(output);
  const names = operation.gives === 'one' ? ['id', operation.subject.parameter] : ['id'];
  const invoke: Tool['invoke'] = async (deps, call, given, usual = 'normal') => {
    const { view = usual, max_chars, ...others } = read(args, given) as Viewed;
    const { fields, ...input } = others;
    if (!ownFields) assertFields(fields, known);
    const answer = await run(deps, call, ownFields ? others : input);
    return viewed(answer, {
      // Of a state, that something is empty says what it is.
      view: operation.gives === 'state' && view === 'brief' ? 'normal' : view,
      fields: ownFields ? undefined : fields,
      names,
      max_chars,
      details,
      tellsEmpty,
      more: 'limit' in input ? 'limit' : 'max_chars',
    });
  };
  return { args, invoke };
}

export function tool<P extends Provider, Input, Output>(operation: Operation<P, Input, Output>): Tool {
  const { name, aliases = [], provider, toolset, kind, title, description, calls, extras = [] } = operation;
  const { tellsContent = kind === 'read', input, output } = operation;
  // What only reads comes to the same however often.
  const { destructive, idempotent } = operation.kind === 'write' ? operation : { destructive: false, idempotent: true };
  const gives = operation.kind === 'read' ? operation.gives : 'one';
  const run: Tool['run'] = (deps, call, given) =>
    runOperation(deps, call, operation, given as Input) as Promise<object>;
  const { args, invoke } = invocationOf(operation, run);
  return {
    name,
    aliases,
    provider,
    toolset,
    kind,
    gives,
    title,
    description,
    tellsContent,
    destructive,
    idempotent,
    calls,
    extras,
    input,
    args,
    output,
    run,
    invoke,
  };
}

/** Every operation, by name: what the tool endpoint offers. */
export const TOOLS: ReadonlyMap<string, Tool> = new Map(
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

/**
 * The tools that are offered where nobody says which: those that most work needs. Each tool that a model is told of costs
 * it context and makes its choice harder, so that the others are for who asks for their toolset.
 */
export const DEFAULT_TOOLS: ReadonlySet<string> = new Set([
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
