import process from 'node:process';
import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.config.ts';

/** Files or beginnings of their names, from `scripts/mutants.js`. */
const tests = (process.env.MUTANT_TESTS ?? 'test').split(',');

/** The tests that can see a mutant: none that only start processes of the compiled service, or read the source. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({
    test: {
      include: tests.flatMap((test) => (test.endsWith('.ts') ? [test] : [`${test}*.test.ts`, `${test}/**/*.test.ts`])),
      exclude: [
        'test/processes/**',
        'test/browser/**',
        'test/commands/**',
        'test/defects/**',
        'test/sandbox/**',
        'test/log-output.test.ts',
        'test/process.test.ts',
        'test/start.test.ts',
        'test/architecture.test.ts',
        'test/regular-expressions.test.ts',
      ],
    },
  }),
);
