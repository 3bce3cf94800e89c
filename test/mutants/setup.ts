import { afterAll, inject } from 'vitest';

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
