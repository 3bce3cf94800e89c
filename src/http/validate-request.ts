import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { parse } from '../operations/parse-input.ts';
import { inputOf } from './inputs.ts';

/** Query names that cache busters and proxies add. */
const PASSED_OVER = /^_/;
/** Headers that were found right are remembered, so many of them and no longer ones: most callers send the same ever again. */
const MAX_KNOWN = 1_000;
const MAX_KNOWN_CHARACTERS = 300;

/** Reads a part of a request as its schema; an unknown provider in the path is not a wrong request but no such thing. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  if (httpPart === 'headers') return headersValidator(schema);
  const isQuery = httpPart === 'querystring';
  const read = inputOf(schema);
  const options = isQuery ? { passedOver: PASSED_OVER, isText: true } : {};
  return (data) => {
    try {
      // No body at all lacks the same things as an empty one, and is told so.
      return { value: parse(read, httpPart === 'body' ? (data ?? {}) : data, options) };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const isProvider = httpPart === 'params' && error.details?.parameter === 'provider';
      return { error: isProvider ? new AppError('NOT_FOUND', error.message, { cause: error }) : error };
    }
  };
};

/** Refuses what is wrong with the headers that a schema names. They stay as they came: Fastify would copy all of them. */
function headersValidator(schema: z.ZodType): ReturnType<typeof validatorCompiler> {
  if (!(schema instanceof z.ZodObject)) throw new Error('headers are an object');
  const names = Object.keys(schema.shape);
  const known = new Set<string>();
  return (headers: IncomingHttpHeaders) => {
    let told = '';
    // No header holds a line break.
    for (const name of names) if (headers[name] !== undefined) told += `${name}:${headers[name]}\n`;
    if (known.has(told)) return true;
    try {
      parse(schema, headers);
    } catch (error) {
      if (error instanceof AppError) return { error };
      throw error;
    }
    if (known.size >= MAX_KNOWN) known.clear();
    if (told.length <= MAX_KNOWN_CHARACTERS) known.add(told);
    return true;
  };
}

/**
 * Refuses unknown names in the query of every route that is not open to everybody, those that know no name at all
 * included. Pages, probes and documents, which browsers and monitors call with names of their own, are open; a route
 * that passes over unknown names besides declares a loose query.
 */
export function refuseUnknownQueries(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.access === 'open') return;
    route.schema = { querystring: NO_QUERY, ...route.schema };
  });
}

const NO_QUERY = z.strictObject({});
