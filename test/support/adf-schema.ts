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
