import { z } from 'zod';

/** The input that a query string or a body stands for, by its schema. */
const INPUTS = new WeakMap<object, z.ZodType>();

/**
 * The query string of a route whose input is declared as JSON: the same members, an object among them as its JSON text.
 * What comes is read as the input itself.
 */
export function queryOf<Input>(input: z.ZodType<Input>): z.ZodType<Input> {
  if (!(input instanceof z.ZodObject)) throw new Error('a query string is an object');
  const members = Object.entries(input.shape as Record<string, z.ZodType>).map(([name, member]) => [
    name,
    isObject(member) ? textOf(member) : member,
  ]);
  const query = z.strictObject(Object.fromEntries(members));
  INPUTS.set(query, input as unknown as z.ZodType);
  return query as unknown as z.ZodType<Input>;
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
  const { def } = (member as z.core.$ZodTypes)._zod;
  return def.type === 'object' || ('innerType' in def && isObject(def.innerType));
}

function textOf(member: z.ZodType): z.ZodType {
  const { description } = member.meta() ?? {};
  return z
    .string()
    .optional()
    .meta({ ...(description === undefined ? {} : { description }), contentMediaType: 'application/json' });
}
