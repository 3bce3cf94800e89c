import { json, Refused, type Reply } from '../http/call.ts';
import { escapeHtml } from '../http/html.ts';
import { integerParam } from '../http/routes.ts';
import { ISSUE_TYPES, type IssueType, PRIORITIES, RESOLUTIONS, STATUSES } from '../world/catalogue.ts';
import { projectByKey } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Project } from '../world/records.ts';
import { resolutionJson } from './issue-json.ts';
import { issueTypeJson, linkTo, priorityJson, projectJson, statusJson } from './json.ts';

/** What an administrator has set up: fields, statuses and the form that creates an issue. */

type Schema = { type: string; items?: string; system?: string; custom?: string; customId?: number };

interface Field {
  id: string;
  name: string;
  schema: Schema;
  clauses: readonly string[];
  /** Whether the form that creates an issue has it. */
  onForm?: true;
  required?: true;
  operations?: readonly string[];
}

const system = (type: string, id: string): Schema => ({ type, system: id });

/** In no order, as Jira gives them. */
const FIELDS: readonly Field[] = [
  {
    id: 'statuscategorychangedate',
    name: 'Status Category Changed',
    schema: system('datetime', 'statuscategorychangedate'),
    clauses: [],
  },
  {
    id: 'issuetype',
    name: 'Issue Type',
    schema: system('issuetype', 'issuetype'),
    clauses: ['issuetype', 'type'],
    onForm: true,
    required: true,
  },
  {
    id: 'project',
    name: 'Project',
    schema: system('project', 'project'),
    clauses: ['project'],
    onForm: true,
    required: true,
  },
  {
    id: 'summary',
    name: 'Summary',
    schema: system('string', 'summary'),
    clauses: ['summary'],
    onForm: true,
    required: true,
  },
  {
    id: 'description',
    name: 'Description',
    schema: system('string', 'description'),
    clauses: ['description'],
    onForm: true,
  },
  {
    id: 'environment',
    name: 'Environment',
    schema: system('string', 'environment'),
    clauses: [],
  },
  { id: 'status', name: 'Status', schema: system('status', 'status'), clauses: ['status'] },
  { id: 'priority', name: 'Priority', schema: system('priority', 'priority'), clauses: ['priority'], onForm: true },
  { id: 'resolution', name: 'Resolution', schema: system('resolution', 'resolution'), clauses: ['resolution'] },
  { id: 'assignee', name: 'Assignee', schema: system('user', 'assignee'), clauses: ['assignee'], onForm: true },
  { id: 'reporter', name: 'Reporter', schema: system('user', 'reporter'), clauses: ['reporter'], onForm: true },
  {
    id: 'labels',
    name: 'Labels',
    schema: { type: 'array', items: 'string', system: 'labels' },
    clauses: ['labels'],
    onForm: true,
    operations: ['add', 'set', 'remove'],
  },
  { id: 'created', name: 'Created', schema: system('datetime', 'created'), clauses: ['created', 'createdDate'] },
  { id: 'updated', name: 'Updated', schema: system('datetime', 'updated'), clauses: ['updated', 'updatedDate'] },
  { id: 'parent', name: 'Parent', schema: system('issuelink', 'parent'), clauses: ['parent'] },
  {
    id: 'issuelinks',
    name: 'Linked Issues',
    schema: { type: 'array', items: 'issuelinks', system: 'issuelinks' },
    clauses: [],
  },
  {
    id: 'attachment',
    name: 'Attachment',
    schema: { type: 'array', items: 'attachment', system: 'attachment' },
    clauses: [],
  },
  { id: 'comment', name: 'Comment', schema: system('comments-page', 'comment'), clauses: [] },
  {
    id: 'customfield_10016',
    name: 'Story point estimate',
    schema: custom('number', 'com.pyxis.greenhopper.jira:jsw-story-points', 10016),
    clauses: [],
  },
  {
    id: 'customfield_10040',
    name: 'Severity',
    schema: custom('option', 'com.atlassian.jira.plugin.system.customfieldtypes:select', 10040),
    clauses: [],
  },
  { id: 'thumbnail', name: 'Images', schema: system('string', 'thumbnail'), clauses: [] },
];

function custom(type: string, kind: string, customId: number): Schema {
  return { type, custom: kind, customId };
}

export function listFields(call: ProductCall): Reply {
  const { jiraApi, missingFields } = call.edition;
  const shown = FIELDS.filter(({ id }) => !missingFields.includes(id));
  return json(
    200,
    shown.map(({ id, name, schema, clauses, onForm }) => ({
      id,
      ...(jiraApi === '/rest/api/3' ? { key: id } : {}),
      ...{ name, custom: schema.custom !== undefined, orderable: onForm === true },
      ...{ navigable: clauses.length > 0, searchable: clauses.length > 0, clauseNames: clauses },
      schema,
    })),
  );
}

export function listStatuses(call: ProductCall): Reply {
  return json(
    200,
    STATUSES.map(({ name }) => statusJson(name, call)),
  );
}

export const suggestionsQuery = {
  fieldName: 'text',
  fieldValue: 'text',
  predicateName: 'text',
  predicateValue: 'text',
} as const;

const SUGGESTED: Readonly<Record<string, readonly { name: string }[]>> = {
  issuetype: ISSUE_TYPES,
  priority: PRIORITIES,
  resolution: RESOLUTIONS,
  status: STATUSES,
};

/** What JQL would take as the value of a field. */
export function listSuggestions({ query }: ProductCall): Reply {
  const field = query.get('fieldName')?.toLowerCase() ?? '';
  const begun = query.get('fieldValue')?.toLowerCase() ?? '';
  const values = Object.hasOwn(SUGGESTED, field) ? (SUGGESTED[field] ?? []) : [];
  const results = values
    .filter(({ name }) => name.toLowerCase().includes(begun))
    .map(({ name }) => {
      const at = name.toLowerCase().indexOf(begun);
      const [before, found, after] = [
        name.slice(0, at),
        name.slice(at, at + begun.length),
        name.slice(at + begun.length),
      ];
      return { value: name, displayName: `${escapeHtml(before)}<b>${escapeHtml(found)}</b>${escapeHtml(after)}` };
    });
  return json(200, { results });
}

/** Data Center's, which Cloud has deprecated. */
export function listPriorities(call: ProductCall): Reply {
  return json(
    200,
    PRIORITIES.map(({ name }) => priorityJson(name, call)),
  );
}

/** Data Center's, all at once. */
export function listResolutions(call: ProductCall): Reply {
  return json(
    200,
    RESOLUTIONS.map((resolution) => resolutionJson(resolution, call)),
  );
}

export const resolutionsQuery = {
  startAt: 'integer',
  maxResults: 'integer',
  id: 'list',
  onlyDefault: 'boolean',
} as const;

/** Cloud's, a page at a time. */
export function searchResolutions(call: ProductCall): Reply {
  const page = pageOf(call, RESOLUTIONS);
  const { startAt, maxResults, total } = page;
  return json(200, {
    self: linkTo(call, 'resolution/search'),
    ...{ startAt, maxResults, total, isLast: startAt + maxResults >= total },
    values: page.rows.map((resolution) => ({ ...resolutionJson(resolution, call), default: false })),
  });
}

export function listProjectStatuses(call: ProductCall): Reply {
  const asked = call.params.idOrKey ?? '';
  if (!projectOf(call, asked)) throw new Refused(404, `No project could be found with key '${asked}'.`);
  return json(
    200,
    ISSUE_TYPES.map((type) => ({
      self: linkTo(call, `issuetype/${type.id}`),
      ...{ id: type.id, name: type.name, subtask: type.subtask },
      statuses: STATUSES.map(({ name }) => statusJson(name, call)),
    })),
  );
}

export const createMetaQuery = { startAt: 'integer', maxResults: 'integer' } as const;
const MAX_CREATE_META = 200;

export function listCreateTypes(call: ProductCall): Reply {
  projectToCreateIn(call);
  return createMetaPage(call, ISSUE_TYPES, 'issueTypes', ({ name }: IssueType) => issueTypeJson(name, call));
}

export function listCreateFields(call: ProductCall): Reply {
  const project = projectToCreateIn(call);
  const type = ISSUE_TYPES.find(({ id }) => id === call.params.typeId);
  if (!type) throw new Refused(400, 'The issue type selected is invalid.');
  const parent: Field = { id: 'parent', name: 'Parent', schema: system('issuelink', 'parent'), clauses: [] };
  const form = [
    ...FIELDS.filter(({ onForm }) => onForm),
    { ...parent, ...(type.subtask ? { required: true as const } : {}) },
  ];
  return createMetaPage(call, form, 'fields', (field: Field) => fieldJson(field, { project, type }, call));
}

function fieldJson(
  {
    id,
    name,
    schema,
    required = false as boolean,
    operations = ['set'],
  }: Omit<Field, 'required'> & { required?: boolean },
  { project, type }: { project: Project; type: IssueType },
  call: ProductCall,
): Record<string, unknown> {
  const allowed: Record<string, unknown[]> = {
    priority: PRIORITIES.map((one) => priorityJson(one.name, call)),
    issuetype: [issueTypeJson(type.name, call)],
    project: [projectJson(project, call)],
  };
  return {
    ...{ required, schema, name },
    ...(call.edition.jiraApi === '/rest/api/3' ? { key: id } : {}),
    ...{ fieldId: id, hasDefaultValue: id === 'priority', operations },
    ...(allowed[id] === undefined ? {} : { allowedValues: allowed[id] }),
  };
}

function projectOf({ site }: ProductCall, asked: string): Project | undefined {
  return site.projects.find(({ id }) => id === asked) ?? projectByKey(site, asked);
}

/** On Data Center an unknown project is a bad request, as the document has it. */
function projectToCreateIn(call: ProductCall): Project {
  const project = projectOf(call, call.params.idOrKey ?? '');
  if (project) return project;
  const status = call.edition.jiraApi === '/rest/api/3' ? 404 : 400;
  throw new Refused(status, 'The project does not exist, or you may not create issues in it.');
}

/** The two editions call the rows each by another name. */
function createMetaPage<T>(
  call: ProductCall,
  all: readonly T[],
  member: 'issueTypes' | 'fields',
  show: (row: T) => unknown,
): Reply {
  const asked = integerParam(call.query, 'maxResults', 50);
  if (asked > MAX_CREATE_META)
    throw new Refused(400, `Parameter 'maxResults' must not exceed the limit '${MAX_CREATE_META}'`);
  const { rows, startAt, maxResults, total } = pageOf(call, all);
  const shown = rows.map(show);
  return json(
    200,
    call.edition.jiraApi === '/rest/api/3'
      ? { startAt, maxResults, total, [member]: shown }
      : { maxResults, startAt, total, isLast: startAt + shown.length >= total, values: shown },
  );
}

function pageOf<T>({ query }: ProductCall, all: readonly T[]) {
  const startAt = Math.max(0, integerParam(query, 'startAt', 0));
  const maxResults = Math.max(0, integerParam(query, 'maxResults', 50));
  return { rows: all.slice(startAt, startAt + maxResults), startAt, maxResults, total: all.length };
}
