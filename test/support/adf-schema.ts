import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';

export interface Schema {
  $ref?: string;
  type?: string;
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema | Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
}

const file = createRequire(import.meta.url).resolve('@atlaskit/adf-schema/dist/json-schema/v1/full.json');
// Draft-04; of what that draft has otherwise than draft-07, the document uses its own name only.
const { $schema: _, ...schema } = JSON.parse(readFileSync(file, 'utf8'));

/** The definitions of Atlassian's own schema for ADF, by name, such as `taskItem_node`. */
export const adfDefinitions: Record<string, Schema> = schema.definitions;

const ajv = new Ajv({ strict: false, schemas: [{ ...schema, $id: 'adf' }] });

/** Atlassian's own check of a document, or of what else the schema defines. */
export function adfValidator(definition = 'doc_node'): ValidateFunction {
  const validate = ajv.getSchema(`adf#/definitions/${definition}`);
  if (!validate) throw new Error(`the ADF schema has no ${definition}`);
  return validate as ValidateFunction;
}

export interface Slots {
  /** Definitions of which any may stand in the content. */
  items: string[];
  least: number;
  most: number;
  /** The definitions for each place, where the schema says so. */
  fixed: string[][] | null;
}

/** A definition with those it builds upon. */
export function merged(name: string): Schema {
  const schema = resolve({ $ref: name });
  const parts = schema.allOf?.map(resolve) ?? [schema];
  return { ...parts[0], properties: Object.assign({}, ...parts.map(({ properties }) => properties)) };
}

export function resolve(schema: Schema): Schema {
  return schema.$ref ? resolve(adfDefinitions[schema.$ref.replace('#/definitions/', '')] ?? {}) : schema;
}

export function contentOf(schema: Schema): Slots | null {
  const content = schema.properties?.content && resolve(schema.properties.content);
  if (!content?.items) return null;
  const fixed = Array.isArray(content.items) ? content.items.map(namesIn) : null;
  return {
    items: fixed ? fixed.flat() : namesIn(content.items as Schema),
    least: content.minItems ?? 0,
    most: content.maxItems ?? Number.POSITIVE_INFINITY,
    fixed,
  };
}

/** The definitions of nodes that a reference, or a choice of them, leads to. */
function namesIn(schema: Schema): string[] {
  const name = schema.$ref?.replace('#/definitions/', '');
  if (name?.endsWith('_node') && name !== 'inline_node') return [name];
  return (schema.anyOf ?? (name ? [resolve(schema)] : [])).flatMap(namesIn);
}
