import type { JsonSchema } from '../../src/tools/descriptor.ts';

/** A schema within a schema. */
export interface Found {
  /** The properties that lead to it, such as `filters.project[]`. */
  path: string;
  schema: JsonSchema;
  /** How many objects and lists are around it, itself included. */
  depth: number;
}

/** Each schema within a schema, itself included. */
export function schemasIn(schema: JsonSchema, path = '', around = 0): Found[] {
  const isNested = schema.properties !== undefined || schema.items !== undefined;
  const depth = isNested ? around + 1 : around;
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  const others = ['items', 'additionalProperties'].flatMap((keyword) => {
    const inner = schema[keyword];
    return typeof inner === 'object' && inner !== null ? [inner as JsonSchema] : [];
  });
  return [
    { path, schema, depth },
    ...properties.flatMap(([name, inner]) => schemasIn(inner, path === '' ? name : `${path}.${name}`, depth)),
    ...others.flatMap((inner) => schemasIn(inner, `${path}[]`, depth)),
    ...[schema.anyOf, schema.oneOf, schema.allOf].flatMap((inner) =>
      ((inner ?? []) as JsonSchema[]).flatMap((one) => schemasIn(one, `${path}|`, depth)),
    ),
  ];
}

/** Those of them that have a name. */
export const propertiesIn = (schema: JsonSchema): Found[] =>
  schemasIn(schema).filter(({ path }) => path !== '' && !/(?:\[\]|\|)$/.test(path));
