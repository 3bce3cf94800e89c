import { SANDBOX_USERS, type SandboxUser } from '../world/accounts.ts';
import type { Edition } from '../world/edition.ts';
import type { Content, Site, Space } from '../world/records.ts';
import type { Analyser } from '../world/text-index.ts';
import { readDate } from './dates.ts';
import { type Compiled, compile, type Field, findField, type Language } from './evaluate.ts';
import { type Condition, type Grammar, type Operator, parseQuery, QueryError, type Value } from './parser.ts';

/** What a search can find: a page or blog post, or a space itself. */
export type Hit = { kind: 'content'; content: Content; space: Space } | { kind: 'space'; space: Space };

const EQUALITY: readonly Operator[] = ['=', '!=', 'in', 'not in'];
const ORDER: readonly Operator[] = ['<', '<=', '>', '>='];
const TEXT: readonly Operator[] = ['~', '!~'];
const TYPES = [
  'page',
  'blogpost',
  'space',
  'comment',
  'attachment',
  'whiteboard',
  'database',
  'embed',
  'folder',
  'user',
];

const RESERVED = new Set(
  `after and as asc avg before begin by commit contains count desc distinct else empty end explain from having if in inner
  insert into is isnull left like limit max min not null or order outer right select sum then update was where`.split(
    /\s+/,
  ),
);

export interface CqlContext {
  site: Site;
  edition: Edition;
  user: SandboxUser;
  /** Epoch milliseconds. */
  now: number;
  analyser: Analyser;
}

/** @throws QueryError in Confluence's words */
export function compileCql(cql: string, context: CqlContext): Compiled<Hit> {
  const complain = (reason: string) => new QueryError(`Could not parse cql : ${cql} (${reason})`);
  const grammar: Grammar = {
    name: 'CQL',
    reserved: RESERVED,
    states: false,
    complain: (message, at) => complain(at === undefined ? message : `${message} At character ${at + 1}.`),
  };
  const query = parseQuery(cql, grammar);
  if (!query.where) throw complain('a restriction is missing');
  if (startsNegative(query.where)) throw complain('a negative expression cannot be the first clause');
  return compile(query, cqlLanguage(context, complain));
}

function startsNegative(condition: Condition): boolean {
  if (condition.kind === 'not') return true;
  if (condition.kind === 'clause') return ['!=', '!~', 'not in'].includes(condition.operator);
  const [first] = condition.parts;
  return first !== undefined && startsNegative(first);
}

function cqlLanguage(context: CqlContext, complain: (reason: string) => QueryError): Language<Hit> {
  const fields = cqlFields(context, complain);
  return {
    negationFindsEmpty: true,
    analyser: context.analyser,
    field(name) {
      const field = findField(fields, ALIASES, name);
      if (!field) throw complain(`there is no field '${name}'`);
      return field;
    },
    unsupported: (operator, field) => complain(`the operator '${operator}' is not supported by the field '${field}'`),
    badText: (text, field, reason) => complain(`the text '${text}' for the field '${field}' cannot be read: ${reason}`),
    cannotSort: (field) => complain(`the field '${field}' cannot be sorted by`),
  };
}

const ALIASES: Readonly<Record<string, string>> = {
  'space.key': 'space',
  content: 'id',
  'content.id': 'id',
  sitesearch: 'text',
  'creator.accountid': 'creator',
};

function cqlFields(
  { site, edition, user, now }: CqlContext,
  complain: (reason: string) => QueryError,
): Readonly<Record<string, Field<Hit>>> {
  const literal = (value: Value): string => {
    if (value.kind === 'call') throw complain(`there is no function '${value.name}' for this field`);
    return value.kind === 'literal' ? value.text : '';
  };
  const number = (value: Value): string => {
    const text = literal(value);
    if (!/^\d+$/.test(text)) throw complain(`'${text}' is not a content id`);
    return text;
  };
  const person = (value: Value): string => {
    if (value.kind === 'call' && value.name.toLowerCase() === 'currentuser' && value.args.length === 0) {
      return user.accountId;
    }
    const text = literal(value);
    const found = SANDBOX_USERS.find((entry) => edition.idOf(entry) === text);
    if (!found) throw complain(`there is no user '${text}'`);
    return found.accountId;
  };
  const date = (of: (hit: Hit) => number): Field<Hit> => ({
    kind: 'date',
    operators: [...EQUALITY, ...ORDER],
    of,
    resolve(value) {
      const moment = readDate(value, now, false);
      if (moment === null)
        throw complain(`${value.kind === 'literal' ? `'${value.text}'` : 'this function'} is not a date`);
      return moment;
    },
    sort: of,
  });
  const exact = (of: (hit: Hit) => string[], resolve: (value: Value) => string): Field<Hit> => ({
    kind: 'exact',
    operators: EQUALITY,
    of,
    resolve,
  });
  return {
    space: exact(
      ({ space: { key, alias = key } }) => [key.toLowerCase(), alias.toLowerCase()],
      (value) => literal(value).toLowerCase(),
    ),
    type: exact(
      (hit) => [hit.kind === 'space' ? 'space' : hit.content.type],
      (value) => {
        const text = literal(value).toLowerCase();
        if (!TYPES.includes(text)) throw complain(`'${text}' is not a type`);
        return text;
      },
    ),
    id: exact((hit) => (hit.kind === 'content' ? [hit.content.id] : []), number),
    parent: exact((hit) => (hit.kind === 'content' && hit.content.parentId ? [hit.content.parentId] : []), number),
    ancestor: exact((hit) => (hit.kind === 'content' ? ancestorsOf(hit.content, site) : []), number),
    label: exact(
      (hit) => (hit.kind === 'content' ? hit.content.labels : []),
      (value) => literal(value).toLowerCase(),
    ),
    creator: exact((hit) => [hit.kind === 'content' ? hit.content.authorId : hit.space.authorId], person),
    title: { kind: 'text', operators: [...TEXT, ...EQUALITY], of: titleOf, sort: titleOf },
    text: { kind: 'text', operators: TEXT, of: (hit) => `${titleOf(hit)}\n${bodyOf(hit)}` },
    created: date((hit) => (hit.kind === 'content' ? hit.content.created : hit.space.created)),
    lastmodified: date(modifiedOf),
  };
}

export function titleOf(hit: Hit): string {
  return hit.kind === 'content' ? hit.content.title : hit.space.name;
}

export function bodyOf(hit: Hit): string {
  return hit.kind === 'content' ? hit.content.text : hit.space.description;
}

/** Epoch milliseconds. */
export function modifiedOf(hit: Hit): number {
  return hit.kind === 'content' ? hit.content.updated : hit.space.created;
}

function ancestorsOf(content: Content, site: Site): string[] {
  const ids: string[] = [];
  for (let id = content.parentId; id !== null && !ids.includes(id); ) {
    ids.push(id);
    id = site.contents.find((other) => other.id === id)?.parentId ?? null;
  }
  return ids;
}
