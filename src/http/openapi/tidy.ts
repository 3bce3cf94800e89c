import type { OpenAPIV3_1 } from 'openapi-types';
import { OWN_FORM } from '../../operations/input-fields.ts';

// What zod writes is right, but long: these shorten it without saying anything else, and in one way for the same thing.

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const PARTS_BY_NAME = ['properties', 'patternProperties', '$defs'];
const PARTS_IN_LIST = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const LIMITS = ['pattern', 'minItems', 'maxItems', 'examples'];
const PARTS = ['items', 'additionalProperties', 'contentSchema', 'not'];

/**
 * A schema in its shortest form: null is one of its types, and the bounds that every whole number has are left out.
 * @param isAnswer whether it is of an answer, to which members may be added: there, `additionalProperties: false` would be
 * a promise that nobody gave, and examples are those of the routes.
 */
export function tidySchema(schema: unknown, isAnswer: boolean): unknown {
  if (!isObject(schema)) return schema;
  const tidied: Json = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (isNoise(keyword, value, isAnswer)) continue;
    // Of a body that somebody tries out, one is what the page begins with.
    if (keyword === 'examples') tidied.examples = (value as unknown[]).slice(0, 1);
    else tidied[keyword] = partsOf(keyword, value, isAnswer);
  }
  // An object of which nothing is known else.
  if (isNameless(schema)) return { ...tidied, additionalProperties: true };
  return withNull(tidied);
}

const isNameless = ({ properties = {}, additionalProperties }: Json): boolean =>
  Object.keys(properties as Json).length === 0 &&
  (additionalProperties === true || (isObject(additionalProperties) && Object.keys(additionalProperties).length === 0));

function partsOf(keyword: string, value: unknown, isAnswer: boolean): unknown {
  if (PARTS.includes(keyword)) return tidySchema(value, isAnswer);
  if (PARTS_IN_LIST.includes(keyword)) return (value as unknown[]).map((one) => tidySchema(one, isAnswer));
  if (!PARTS_BY_NAME.includes(keyword)) return value;
  return Object.fromEntries(Object.entries(value as Json).map(([name, one]) => [name, tidySchema(one, isAnswer)]));
}

function isNoise(keyword: string, value: unknown, isAnswer: boolean): boolean {
  if (keyword === 'minimum' || keyword === 'maximum') return Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER;
  if (keyword === 'additionalProperties') {
    return value === true || (isObject(value) && Object.keys(value).length === 0) || (value === false && isAnswer);
  }
  // It is said of the body as a whole.
  if (keyword === 'description') return value === OWN_FORM;
  // What is left out is empty anyway.
  // Of what a body may leave out, generators would make what it must name.
  if (keyword === 'default') return isAnswer || value === '' || value === null || value === false;
  // Nothing is no name, and no name is longer.
  if (keyword === 'minLength') return value === 1;
  if (keyword === 'maxLength') return value === 255 || isAnswer;
  // Names are always strings.
  if (keyword === 'propertyNames') return isObject(value) && value.type === 'string';
  // To an engine without the flag `u`, a class of Unicode is a letter.
  if (keyword === 'pattern' && /\\p\{/i.test(String(value))) return true;
  // What limits input is no promise about answers.
  return isAnswer && LIMITS.includes(keyword);
}

/** `{anyOf: [{type: 'string'}, {type: 'null'}]}` as `{type: ['string', 'null']}`. A reference has no type to add to. */
function withNull({ anyOf, ...rest }: Json): Json {
  if (anyOf === undefined) return rest;
  const ways = anyOf as Json[];
  const [one, ...others] = ways.filter(({ type }) => type !== 'null');
  if (ways.length !== 2 || others.length > 0 || typeof one?.type !== 'string') return { anyOf, ...rest };
  const { type, enum: values, ...of } = one;
  return { type: [type, 'null'], ...(values ? { enum: [...(values as unknown[]), null] } : {}), ...of, ...rest };
}

const pascal = (name: string): string =>
  name.replace(/(?:^x-|[-_.]|^)([a-z])/gi, (_all, first: string) => first.toUpperCase());

type Parameter = OpenAPIV3_1.ParameterObject;

/** The parameters that several calls take, told once each; those of `operations` become references to them. */
export function sharedParameters(operations: OpenAPIV3_1.OperationObject[]): Record<string, Parameter> {
  const uses = new Map<string, number>();
  for (const { parameters = [] } of operations) {
    for (const one of parameters) uses.set(JSON.stringify(one), (uses.get(JSON.stringify(one)) ?? 0) + 1);
  }
  const names = new Map<string, string>();
  const shared: Record<string, Parameter> = {};
  /** How many parameters there are of one name. */
  const alike = new Map<string, number>();
  for (const [written, count] of uses) {
    if (count < 2) continue;
    const parameter = JSON.parse(written) as Parameter;
    const base = pascal(parameter.name);
    const nth = (alike.get(base) ?? 0) + 1;
    alike.set(base, nth);
    const name = nth === 1 ? base : `${base}${nth}`;
    names.set(written, name);
    shared[name] = parameter;
  }
  for (const operation of operations) {
    if (!operation.parameters) continue;
    operation.parameters = operation.parameters.map((one) => {
      const name = names.get(JSON.stringify(one));
      return name === undefined ? one : { $ref: `#/components/parameters/${name}` };
    });
  }
  return shared;
}
