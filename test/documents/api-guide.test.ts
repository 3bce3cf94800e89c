import { readFileSync } from 'node:fs';
import type { OpenAPIV3_1 } from 'openapi-types';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedStage } from '../support/harness.ts';

const GUIDE = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');

describe('docs/api.md', () => {
  const stage = sharedStage();
  const operations: { method: string; path: string; operation: OpenAPIV3_1.OperationObject }[] = [];
  beforeAll(async () => {
    const { body } = await stage.call<OpenAPIV3_1.Document>('/openapi.json');
    for (const [path, methods] of Object.entries(body.paths ?? {})) {
      for (const [method, operation] of Object.entries(methods ?? {})) {
        operations.push({ method: method.toUpperCase(), path, operation: operation as OpenAPIV3_1.OperationObject });
      }
    }
  });

  it('names every route', () => {
    expect(operations.length).toBeGreaterThan(35);
    const lost = operations.filter(({ method, path }) => {
      const literal = path.replaceAll(/[.?+]/g, '\\$&').replaceAll(/\{\w+\}/g, '[^/\\s"`?]+');
      const named = [`${method} ${literal}\``, `(?:-X ${method} )(?:\\S* )?"?\\S*:3001${literal}["?\\s]`];
      const isFetched = method === 'GET' ? [`curl -s (?:-\\S+ )*"?http\\S+:3001${literal}["?\\s]`] : [];
      return ![...named, ...isFetched].some((pattern) => new RegExp(pattern).test(GUIDE));
    });
    expect(lost.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  it('names every parameter of what is called by programs', () => {
    const names = operations
      .filter(({ path }) => /^\/(?:connectors|audit|tenants)/.test(path))
      .flatMap(({ path, operation }) =>
        (operation.parameters ?? []).flatMap((one) =>
          'in' in one && one.in === 'query' ? [{ path, name: String(one.name) }] : [],
        ),
      );
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter(({ name }) => !new RegExp(`[\`?&]${name}\\b`).test(GUIDE))).toEqual([]);
  });
});
