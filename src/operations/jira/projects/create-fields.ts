import { z } from 'zod';
import type { JiraReader } from '../../../atlassian/jira/client.ts';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import type { CreateField, FieldOption, IssueType, Named as NamedThing } from '../../../atlassian/jira/metadata.ts';
import { limit, name, q } from '../../input-fields.ts';
import { noSuch } from '../../nearest.ts';
import { read } from '../../operation.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';
import { Named } from '../../shapes.ts';
import { findProject, projectName } from './find-project.ts';

const OptionShape = Named.extend({
  children: z.array(Named).optional().meta({ description: 'What is chosen next, where that takes two steps.' }),
});
/** A choice of more is for `jira.field_options`: a project may have thousands of versions. */
const MAX_OPTIONS = 50;
/** How many of each field's are told, the most with which a form is read in one piece: fields matter more than choices. */
const FEWER_OPTIONS = [20, 10, 5, 2, 0];
/** What an answer has by default, but for what stands beside the fields. */
const FORM_CHARACTERS = 18_000;

const CALLS = [
  JIRA_ENDPOINTS.createTypes,
  JIRA_ENDPOINTS.createFields,
  JIRA_ENDPOINTS.project,
  JIRA_ENDPOINTS.searchProjects,
  JIRA_ENDPOINTS.allProjects,
];

const typeName = name.meta({ description: 'Name or id.' });

export const jiraCreateFields = read({
  provider: 'jira',
  name: 'jira.create_fields',
  title: 'Show what a new Jira issue needs',
  description:
    'Shows which types of issue can be created in a project and, for one type, the fields and the values that each can have.',
  toolset: 'projects',
  calls: CALLS,
  input: z.strictObject({
    project: projectName,
    type: typeName.optional().meta({ description: 'Name or id; without it, only types are listed.' }),
  }),
  output: z
    .object({
      project: z.string().meta({ description: 'The project key.' }),
      types: z.array(Named.extend({ subtask: z.boolean() })),
      type: Named.nullable(),
      fields: z.array(
        Named.extend({
          required: z.boolean(),
          has_default: z.boolean(),
          type: z.string().nullable().meta({ description: '`string`, `option`, `array of user`, …' }),
          options: z.array(OptionShape).meta({ description: `What can be chosen, the first ${MAX_OPTIONS} at most.` }),
          more_options: z.int().meta({ description: 'How many more jira.field_options has.' }),
        }),
      ),
    })
    .meta({
      id: 'CreateFields',
      examples: [
        {
          project: 'DEMO',
          types: [{ id: '10103', name: 'Bug', subtask: false }],
          type: { id: '10103', name: 'Bug' },
          fields: [
            {
              ...{ id: 'priority', name: 'Priority', required: false, has_default: true, type: 'priority' },
              ...{ options: [{ id: '2', name: 'High' }], more_options: 0 },
            },
          ],
        },
      ],
    }),
  tellsEmpty: ['types', 'fields'],
  subject: { parameter: 'project', container: ({ project }) => project },
  run: (job, { project, type }) =>
    job.onSite(async (jira) => {
      const { key } = await findProject(jira, job.allowed, project);
      const types = await jira.metadata.createTypes(key);
      const found = type === undefined ? null : typeAmong(types, type);
      const fields = found === null ? [] : await jira.metadata.createFields(key, found.id);
      return { key, types, type: found, fields: fields.map((field) => visibleIn(job.allowed, field)) };
    }),
  within: ({ key }) => key,
  present: ({ key, types, type, fields }) => ({
    project: key,
    types: types.map(({ isSubtask, ...one }) => ({ ...one, subtask: isSubtask })),
    type: type && { id: type.id, name: type.name },
    fields: formOf(fields, FORM_CHARACTERS - JSON.stringify(types).length),
  }),
});

/** Fields as they are told: first those that a new issue cannot do without. */
function formOf(fields: CreateField[], room: number) {
  const told = (most: number) =>
    fields
      .map(({ id, name, isRequired, hasDefault, type, options }) => ({
        ...{ id, name, required: isRequired, has_default: hasDefault, type },
        options: options.slice(0, most).map(toOption),
        more_options: Math.max(0, options.length - most),
      }))
      .sort((one, other) => rank(one) - rank(other));
  let form = told(MAX_OPTIONS);
  for (const most of FEWER_OPTIONS) {
    if (JSON.stringify(form).length <= room) break;
    form = told(most);
  }
  return form;
}

const rank = ({ required, has_default }: { required: boolean; has_default: boolean }): number =>
  required ? Number(has_default) : 2;

export const jiraFieldOptions = read({
  provider: 'jira',
  name: 'jira.field_options',
  title: "List a Jira field's options",
  description: 'Lists what a field of a new issue can be set to.',
  toolset: 'projects',
  calls: CALLS,
  input: z.strictObject({
    project: projectName,
    type: typeName,
    field: name.meta({ description: 'Id or name.' }),
    q: q.meta({ description: 'Part of an option.', example: 'web' }),
    limit: limit(500, 100),
  }),
  output: z.object({
    project: z.string().meta({ description: 'The project key.' }),
    field: Named,
    total: z.int(),
    options: z.array(OptionShape),
  }),
  tellsEmpty: ['options'],
  subject: { parameter: 'project', container: ({ project }) => project },
  run: (job, { project, type, field }) =>
    job.onSite(async (jira) => {
      const { key } = await findProject(jira, job.allowed, project);
      return { key, field: visibleIn(job.allowed, await fieldOf(jira, key, { type, field })) };
    }),
  within: ({ key }) => key,
  present: ({ key, field: { id, name, options } }, { q: text, limit: size }) => {
    const found = options.filter((option) => option.name.toLowerCase().includes(text.trim().toLowerCase()));
    return { project: key, field: { id, name }, total: found.length, options: found.slice(0, size).map(toOption) };
  },
});

/** Without projects that the policy hides: a field may be a choice of them. */
function visibleIn(allowed: AllowedContainers, field: CreateField): CreateField {
  if (!/\bproject$/.test(field.type ?? '')) return field;
  return { ...field, options: field.options.filter(({ key }) => allowed.has(key ?? null)) };
}

const toOption = ({ key: _key, ...option }: FieldOption) => option;

async function fieldOf(
  { metadata }: JiraReader,
  project: string,
  asked: { type: string; field: string },
): Promise<CreateField> {
  const type = typeAmong(await metadata.createTypes(project), asked.type);
  return oneOf(await metadata.createFields(project, type.id), asked.field, { parameter: 'field', kind: 'fields' });
}

const typeAmong = (types: IssueType[], asked: string): IssueType =>
  oneOf(types, asked, { parameter: 'type', kind: 'types' });

/** The one with an id, or with a name in any case. @throws AppError `VALIDATION` naming those there are, and the nearest. */
function oneOf<T extends NamedThing>(all: T[], asked: string, told: { parameter: string; kind: string }): T {
  const found = all.find(({ id }) => id === asked) ?? all.find((one) => one.name.toLowerCase() === asked.toLowerCase());
  if (found) return found;
  throw noSuch({ parameter: told.parameter, given: asked, known: { [told.kind]: all.map((one) => one.name) } });
}
