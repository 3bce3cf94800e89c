import { z } from 'zod';

/** The input that a query string or a body stands for, by its schema. */
const INPUTS = new WeakMap<object, z.ZodType>();

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

/** The body of a route whose input is declared elsewhere, under the name that programs made from the document know it by. */
export function bodyOf<Input>(input: z.ZodType<Input>, id: string): z.ZodType<Input> {
  const body = input.meta({ ...input.meta(), id });
  INPUTS.set(body, input as unknown as z.ZodType);
  return body;
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

/** Described with its members, which text has none of to describe. */
function textOf(member: z.ZodType): z.ZodType {
  const { description, example } = member.meta() ?? {};
  const such = example === undefined ? '' : `, such as \`${JSON.stringify(example)}\``;
  const members = Object.entries(shapeOf(member) ?? {}).map(
    ([name, inner]) => `- \`${name}\`: ${z.globalRegistry.get(inner)?.description ?? ''}`,
  );
  return z
    .string()
    .optional()
    .meta({
      description: [description, `A JSON object${such}:\n`, ...members].filter(Boolean).join('\n'),
      contentMediaType: 'application/json',
    });
}
