import type { JsonSchema } from './descriptor.ts';

/** The schema of an object, as every input and output of a tool is. */
export type ObjectSchema = JsonSchema & { type: 'object' };

/**
 * What agents are not told of a schema: refusals tell it where it matters, descriptions say it in words, and clients of
 * several vendors refuse the keyword or cannot read the expression. Each of them costs context in every entry.
 */
const UNTOLD = new Set([
  ...['$schema', 'default', 'example', 'examples', 'pattern', 'propertyNames'],
  ...['minLength', 'maxLength', 'minItems', 'maxItems'],
]);

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A schema as agents are told it: the same names, types and descriptions in few words, without alternatives for null. */
export function plainSchema(schema: JsonSchema): JsonSchema {
  const told = Object.entries(schema).flatMap(([keyword, value]): [string, unknown][] => {
    // No whole number is greater: that says nothing.
    if (UNTOLD.has(keyword) || Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER) return [];
    if (keyword === 'properties') return [[keyword, mapped(value as Record<string, JsonSchema>, plainSchema)]];
    if (['anyOf', 'oneOf', 'allOf'].includes(keyword)) return [[keyword, (value as JsonSchema[]).map(plainSchema)]];
    // True says no more than leaving it out.
    if (keyword === 'additionalProperties' && (value === true || isEmpty(value))) return [];
    return [[keyword, isSchema(value) ? plainSchema(value) : value]];
  });
  return merged(Object.fromEntries(told));
}

/**
 * A schema that a vendor's strict mode takes: it wants every member there, so that those which may be left out may be
 * null instead; the service takes null as left out.
 */
export function strictSchema(schema: JsonSchema): JsonSchema {
  const { properties, required = [], items } = schema;
  return {
    ...schema,
    ...(isSchema(items) ? { items: strictSchema(items) } : {}),
    ...(properties && {
      properties: mapped(properties as Record<string, JsonSchema>, (member, name) =>
        required.includes(name) ? strictSchema(member) : orNull(strictSchema(member)),
      ),
      required: Object.keys(properties),
      additionalProperties: false,
    }),
  };
}

/** Whether anything in a schema may have members that it does not name, or be of any type: no strict mode takes that. */
export function isFree(schema: JsonSchema): boolean {
  const { type, properties, additionalProperties, items } = schema;
  if (type === undefined || (holds(type, 'object') && additionalProperties !== false)) return true;
  const inner = Object.values((properties ?? {}) as Record<string, JsonSchema>);
  return [...inner, ...(isSchema(items) ? [items] : [])].some(isFree);
}

/** An object's schema with these of its members alone, in their order. */
export function withMembers(schema: JsonSchema, names: readonly string[], required: readonly string[]): JsonSchema {
  const members = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const properties = Object.fromEntries(names.flatMap((name) => (members[name] ? [[name, members[name]]] : [])));
  return { ...schema, properties, ...(required.length === 0 ? {} : { required: [...required] }) };
}

/** Alternatives that differ in their types only, as one schema of several types: not all clients take alternatives. */
function merged(schema: JsonSchema): JsonSchema {
  const { anyOf, ...others } = schema;
  if (anyOf === undefined) return schema;
  const bare = (anyOf as JsonSchema[]).filter((one) => Object.keys(one).join() === 'type');
  const [rich, ...more] = (anyOf as JsonSchema[]).filter((one) => !bare.includes(one));
  if (more.length > 0 || rich?.anyOf) return schema;
  // Whatever is allowed beside anything is allowed already.
  if (rich && rich.type === undefined) return { ...rich, ...others };
  const isOrNull = bare.every(({ type }) => type === 'null');
  if (rich && isOrNull) return { ...orNull(rich), ...others };
  // What limits the values of one type would limit those of the others.
  if (rich && ('enum' in rich || 'const' in rich)) return schema;
  const types = (rich ? [rich, ...bare] : bare).map(({ type }) => type);
  return { ...rich, ...others, type: types.flat() } as unknown as JsonSchema;
}

function orNull(schema: JsonSchema): JsonSchema {
  const { const: value, ...others } = schema;
  const { type, enum: values = value === undefined ? undefined : [value] } = others;
  if (type === undefined || holds(type, 'null')) return schema;
  return {
    ...others,
    type: [type, 'null'].flat(),
    ...(values ? { enum: [...values, null] } : {}),
  } as unknown as JsonSchema;
}

const holds = (type: unknown, name: string): boolean => [type].flat().includes(name);

const isEmpty = (value: unknown): boolean => isSchema(value) && Object.keys(value).length === 0;

function mapped(
  members: Record<string, JsonSchema>,
  map: (member: JsonSchema, name: string) => JsonSchema,
): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, map(member, name)]));
}
