import { afterAll, inject } from 'vitest';
// The service loads them when it opens a store: here before any test, so that what runs as they load is not counted.
import '../../src/stores/postgres.ts';
import '../../src/stores/sqlite.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the runner keeps which mutant is active, in the global object. */
    globalNamespace: string;
  }
}

/** No module is loaded while a mutant is active: what it then computes once would outlive the mutant. */
afterAll(() => {
  const state = (globalThis as Record<string, unknown>)[inject('globalNamespace')] as { activeMutant?: string };
  delete state.activeMutant;
});
