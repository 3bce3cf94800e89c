import type { Container, Person } from '../shapes.ts';
import { withoutHidden } from '../text/plain-text.ts';
import { each, members, WHOLE } from '../wire/projection.ts';
import { identifier, isObject, list, needed, type RowReader, record, text, word } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import type { JiraDialect } from './dialects.ts';
import { JIRA_ENDPOINTS } from './endpoints.ts';
import { nextOffset } from './offsets.ts';
import { line, readPerson, readProject, readStatusCategory, type StatusCategory } from './rows.ts';

/** What values of a field are, where something has an id and a name. */
export interface Named {
  id: string;
  name: string;
}

export interface Status extends Named {
  category: StatusCategory | null;
}

/** A field of issues, as it is everywhere on the site. */
export interface Field extends Named {
  isCustom: boolean;
  /** Whether only the issues of one team-managed project have it. */
  isOfOneProject: boolean;
  /** What its values are: `string`, `user`, `option`, …; `array of user` for several. */
  type: string | null;
  /** Whether its texts are wiki markup on Data Center, as descriptions are. */
  isRichText: boolean;
  /** What JQL calls it; none where it cannot be searched. */
  clauses: string[];
}

/** A value that can be chosen. */
export interface FieldOption extends Named {
  /** That of a project. */
  key?: string;
  /** Of a choice that is made in two steps. */
  children?: Named[];
}

/** A field as it is on the form that creates an issue of one type in one project. */
export interface CreateField extends Named {
  isRequired: boolean;
  hasDefault: boolean;
  type: string | null;
  /** What it can be set to, where that is a choice. */
  options: FieldOption[];
}

export interface IssueType extends Named {
  isSubtask: boolean;
}

export interface Version extends Named {
  isReleased: boolean;
  isArchived: boolean;
  /** A day of the calendar, `2026-01-31`. */
  releaseDate: string | null;
}

export interface ProjectDetails extends Container {
  /** Plain text. */
  description: string | null;
  lead: Person | null;
  issueTypes: IssueType[];
  components: Named[];
  versions: Version[];
}

/** More than any form has, or any list of types: an answer that never ends is left there. */
const MAX_PAGES = 10;
const PAGE = 200;

/**
 * What a site has set up: the fields, statuses and so on that its issues have. Every method throws AtlassianError; lists are
 * whole.
 */
export class JiraMetadata {
  constructor(
    private readonly api: SiteApi,
    private readonly personId: JiraDialect['personId'],
  ) {}

  /** The fields that the user can see: `GET /field`. */
  fields(): Promise<Field[]> {
    return this.api.json(JIRA_ENDPOINTS.fields, (body, rows) => rows(body, 'the top', readField));
  }

  /**
   * The statuses of all workflows that are in use: `GET /status`. Those of a team-managed project are its own, and left
   * out: two of them may share a name.
   */
  statuses(): Promise<Status[]> {
    return this.api.json(JIRA_ENDPOINTS.statuses, (body, rows) =>
      rows(body, 'the top', (row) => (record(row).scope ? 'of one project' : readStatus(row))).filter(
        (status) => status !== 'of one project',
      ),
    );
  }

  /**
   * Data Center's `GET /priority` has them by urgency. Cloud has deprecated both of its lists of them, and tells what JQL
   * would take, without ids: `GET /jql/autocompletedata/suggestions`.
   */
  priorities(): Promise<{ id: string | null; name: string }[]> {
    if (this.api.deployment === 'data_center') {
      return this.api.json(JIRA_ENDPOINTS.priorities, (body, rows) => rows(body, 'the top', readNamed));
    }
    return this.api.json(
      JIRA_ENDPOINTS.suggestions,
      (body, rows) =>
        rows(record(body).results, 'results', (row) => {
          // The document's example has blanks without quotes, JQL itself wants them.
          const name = line(record(row).value)?.replace(/^"(.*)"$/, '$1') ?? null;
          return name === null ? null : { id: null, name };
        }),
      { query: { fieldName: 'priority' } },
    );
  }

  /** `GET /resolution/search`, page by page; on Data Center `GET /resolution`, which gives all. */
  resolutions(): Promise<Named[]> {
    if (this.api.deployment === 'data_center') {
      return this.api.json(JIRA_ENDPOINTS.resolutions, (body, rows) => rows(body, 'the top', readNamed));
    }
    return everyPage((startAt) =>
      this.api.json(JIRA_ENDPOINTS.searchResolutions, pageReader('values', readNamed, startAt), {
        query: { startAt, maxResults: PAGE },
      }),
    );
  }

  /** A project with what its issues can have: `GET /project/{projectIdOrKey}`. @throws as `JiraClient.project` does. */
  project(key: string): Promise<ProjectDetails> {
    return this.api.json(
      JIRA_ENDPOINTS.project,
      (body, rows) => {
        const { description, lead, issueTypes, components, versions } = record(body);
        const some = <T>(value: unknown, where: string, read: (row: unknown) => T | null) =>
          Array.isArray(value) ? rows(value, where, read) : [];
        return {
          ...needed(readProject(body, this.api), 'key'),
          description: withoutHidden(text(description) ?? '').trim() || null,
          lead: readPerson(lead, this.personId),
          issueTypes: some(issueTypes, 'issueTypes', readIssueType),
          components: some(components, 'components', readNamed),
          versions: some(versions, 'versions', readVersion),
        };
      },
      { path: { projectIdOrKey: key } },
    );
  }

  /** The statuses that the issues of a project can have: `GET /project/{projectIdOrKey}/statuses`, each once. */
  async projectStatuses(key: string): Promise<Status[]> {
    const statuses = await this.api.json(
      JIRA_ENDPOINTS.projectStatuses,
      (body, rows) =>
        rows(body, 'the top', (type) => {
          const { statuses } = record(type);
          return Array.isArray(statuses) ? rows(statuses, 'statuses', readStatus) : null;
        }).flat(),
      { path: { projectIdOrKey: key } },
    );
    return [...new Map(statuses.map((status) => [status.id, status])).values()];
  }

  /**
   * The types of issue that the user may create in a project: `GET /issue/createmeta/{projectIdOrKey}/issuetypes`. Atlassian's
   * 404 (`isMissing`) where they may create none, or cannot see it.
   */
  createTypes(project: string): Promise<IssueType[]> {
    return everyPage((startAt) =>
      this.api.json(JIRA_ENDPOINTS.createTypes, pageReader(['issueTypes', 'values'], readIssueType, startAt), {
        path: { projectIdOrKey: project },
        query: { startAt, maxResults: PAGE },
      }),
    );
  }

  /** The fields of the form: `GET /issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}`. */
  createFields(project: string, typeId: string): Promise<CreateField[]> {
    return everyPage((startAt) =>
      this.api.json(JIRA_ENDPOINTS.createFields, pageReader(['fields', 'values'], readCreateField, startAt), {
        path: { projectIdOrKey: project, issueTypeId: typeId },
        query: { startAt, maxResults: PAGE },
        projection: CREATE_FIELDS,
      }),
    );
  }
}

const CHILD = members({ id: WHOLE, name: WHOLE, value: WHOLE });
const OPTION = members({ id: WHOLE, name: WHOLE, value: WHOLE, key: WHOLE, children: each(CHILD) });
const CREATE_FIELD = members({
  ...{ fieldId: WHOLE, key: WHOLE, name: WHOLE, required: WHOLE, hasDefaultValue: WHOLE, schema: WHOLE },
  allowedValues: each(OPTION),
});
const CREATE_FIELDS = members({ total: WHOLE, isLast: WHOLE, fields: each(CREATE_FIELD), values: each(CREATE_FIELD) });

interface Page<T> {
  rows: T[];
  next: string | null;
}

/** @param where the member that holds the rows: the two deployments may have each another one. */
function pageReader<T>(where: string | string[], readRow: (row: unknown) => T | null, startAt: number) {
  return (body: unknown, rows: RowReader): Page<T> => {
    const page = record(body);
    const names = [where].flat();
    const name = names.find((one) => page[one] !== undefined) ?? names[0] ?? '';
    const came = list(page[name], name).length;
    const next = nextOffset({ limit: came, offset: startAt }, { total: page.total, isLast: page.isLast, came });
    return { rows: rows(page[name], name, readRow), next };
  };
}

async function everyPage<T>(ask: (startAt: number) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = [];
  let next: string | null = '0';
  for (let page = 0; page < MAX_PAGES && next !== null; page++) {
    const read: Page<T> = await ask(Number(next));
    found.push(...read.rows);
    next = read.next;
  }
  return found;
}

function readNamed(row: unknown): Named | null {
  const { id, name } = record(row);
  const found = identifier(id);
  return found === null ? null : { id: found, name: line(name) ?? found };
}

function readIssueType(row: unknown): IssueType | null {
  const type = readNamed(row);
  return type && { ...type, isSubtask: record(row).subtask === true };
}

function readVersion(row: unknown): Version | null {
  const version = readNamed(row);
  const { released, archived, releaseDate } = record(row);
  return (
    version && {
      ...version,
      isReleased: released === true,
      isArchived: archived === true,
      releaseDate: word(releaseDate),
    }
  );
}

function readStatus(row: unknown): Status | null {
  const status = readNamed(row);
  return status && { ...status, category: readStatusCategory(row) };
}

function readField(row: unknown): Field | null {
  const field = readNamed(row);
  if (field === null) return null;
  const { custom, schema, clauseNames, scope } = record(row);
  const clauses = Array.isArray(clauseNames) ? clauseNames.map(word).filter((name) => name !== null) : [];
  return {
    ...field,
    isCustom: custom === true,
    isOfOneProject: isObject(scope),
    type: typeOf(schema),
    // Jira's own fields of several lines; whether one of a plugin is such a field, nothing tells.
    isRichText: text(record(schema).custom)?.endsWith(':textarea') ?? false,
    clauses,
  };
}

function readCreateField(row: unknown): CreateField | null {
  const { fieldId, key, name, required, hasDefaultValue, schema, allowedValues } = record(row);
  const id = word(fieldId) ?? word(key);
  if (id === null) return null;
  return {
    id,
    name: line(name) ?? id,
    isRequired: required === true,
    hasDefault: hasDefaultValue === true,
    type: typeOf(schema),
    options: Array.isArray(allowedValues) ? allowedValues.map(readOption).filter((one) => one !== null) : [],
  };
}

/** Options of a choice have a `value`; everything else that can be chosen has a `name`. */
function readOption(row: unknown): FieldOption | null {
  const option = record(row);
  const key = word(option.key);
  const id = identifier(option.id) ?? key;
  if (id === null) return null;
  const children = Array.isArray(option.children) ? option.children.map(readOption).filter((one) => one !== null) : [];
  return {
    ...{ id, name: line(option.value) ?? line(option.name) ?? id },
    ...(key === null ? {} : { key }),
    ...(children.length === 0 ? {} : { children }),
  };
}

function typeOf(schema: unknown): string | null {
  const { type, items } = record(schema);
  const found = word(type);
  return found === 'array' ? `array of ${word(items) ?? 'anything'}` : found;
}
