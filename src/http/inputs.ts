import { z } from 'zod';
import { namedInputs } from '../operations/input-fields.ts';
import { forms } from '../operations/tidy-input.ts';

/** The input that a query string or a body stands for, by its schema. */
const INPUTS = new WeakMap<object, z.ZodType>();
/** The bodies by their inputs: a name stands for one schema, however many services there are in a process. */
const BODIES = new WeakMap<object, z.ZodType>();

/**
 * The query string of a route whose input is declared as JSON: the same members, an object among them as its JSON text.
 * What comes is read as the input itself.
 * @param elsewhere members that are not told here: those that the path names, and others in their place.
 */
export function queryOf<Input>(input: z.ZodType<Input>, elsewhere: readonly string[] = []): z.ZodType<Input> {
  const members = Object.entries(membersOf(input))
    .filter(([name]) => !elsewhere.includes(name))
    .map(([name, member]) => [name, isObject(member) ? textOf(member) : member]);
  const query = z.strictObject(Object.fromEntries(members));
  INPUTS.set(query, input as unknown as z.ZodType);
  return query as unknown as z.ZodType<Input>;
}

/** What the path of a route names of an input that is declared as JSON. It is read with the query. */
export function paramsOf(input: z.ZodType, names: readonly string[]): z.ZodType<Record<string, string>> {
  const members = membersOf(input);
  return z.object(
    Object.fromEntries(names.map((name) => [name, z.string().meta({ description: members[name]?.description ?? '' })])),
  );
}

function membersOf(input: z.ZodType): Record<string, z.ZodType> {
  if (!(input instanceof z.ZodObject)) throw new Error('a query string is an object');
  return input.shape as Record<string, z.ZodType>;
}

/**
 * The body of a route whose input is declared elsewhere, under the name that programs made from the document know it by:
 * one of its forms, where it has several, each with what it cannot do without.
 */
export function bodyOf<Input>(input: z.ZodType<Input>, id: string): z.ZodType<Input> {
  const made = BODIES.get(input) as z.ZodType<Input> | undefined;
  if (made) return made;
  const { known, needed = [], raw } = forms.get(input) ?? {};
  const described =
    known && raw ? z.xor([formOf(input, known({}), needed), formOf(input, raw.known, raw.needed)]) : input;
  const { examples: _ofTools, ...meta } = input.meta() ?? {};
  const body = described.meta({ ...meta, id }) as z.ZodType<Input>;
  INPUTS.set(body, input as unknown as z.ZodType);
  BODIES.set(input, body);
  return body;
}

function formOf(input: z.ZodType, names: readonly string[], needed: readonly string[]): z.ZodType {
  const members = Object.entries(membersOf(input)).filter(([name]) => names.includes(name));
  return z.strictObject(
    Object.fromEntries(
      members.map(([name, member]) => {
        const isNeeded = needed.includes(name) && member instanceof z.ZodOptional;
        return [name, isNeeded ? (member.unwrap() as z.ZodType).meta({ ...member.meta() }) : member];
      }),
    ),
  );
}

/** What a part of a request is to be read as: the input that it stands for, or itself. */
export function inputOf(part: z.ZodType): z.ZodType {
  return INPUTS.get(part) ?? part;
}

function isObject(member: z.core.$ZodType): boolean {
  return shapeOf(member) !== null;
}

function shapeOf(member: z.core.$ZodType): z.core.$ZodShape | null {
  const { def } = (member as z.core.$ZodTypes)._zod;
  if (def.type === 'object') return def.shape;
  return 'innerType' in def ? shapeOf(def.innerType) : null;
}

/** The name that the document has for a schema, or for the one that it wraps. */
function nameOf(member: z.core.$ZodType): string | undefined {
  const { def } = (member as z.core.$ZodTypes)._zod;
  return namedInputs.get(member)?.name ?? ('innerType' in def ? nameOf(def.innerType) : undefined);
}

/** Described with the names of its members, which text has none of, and for programs with their schema. */
function textOf(member: z.ZodType): z.ZodType {
  const { description, example } = member.meta() ?? {};
  const such = example === undefined ? '' : `, such as \`${JSON.stringify(example)}\``;
  const names = Object.keys(shapeOf(member) ?? {}).join(', ');
  const named = nameOf(member);
  return z
    .string()
    .optional()
    .meta({
      description: [description, `JSON of \`${names}\`${such}.`].filter(Boolean).join(' '),
      // Without the media type that belongs to it: of that, Swagger UI would make a field for a file.
      ...(named === undefined ? {} : { contentSchema: { $ref: `#/components/schemas/${named}` } }),
    });
}
