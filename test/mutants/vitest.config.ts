import { relative } from 'node:path';
import process from 'node:process';
import { defineConfig, mergeConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import base from '../../vitest.config.ts';
import { KeptWorker } from './kept-worker.ts';

/** Files or beginnings of their names, from `scripts/mutants.js`. */
const tests = (process.env.MUTANT_TESTS ?? 'test').split(',');

/** The files that noticed the last mutant first, then in the order in which they were named. */
class MostLikelyFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const nameOf = ({ moduleId }: TestSpecification) => relative(this.ctx.config.root, moduleId);
    const rank = (file: TestSpecification) => {
      const { failed } = this.ctx.cache.getFileTestResults(`${file.project.name}:${nameOf(file)}`) ?? {};
      return failed ? -1 : tests.findIndex((test) => nameOf(file).startsWith(test));
    };
    return files
      .map((file) => ({ file, rank: rank(file) }))
      .sort((one, other) => one.rank - other.rank)
      .map(({ file }) => file);
  }
}

/** The tests that can see a mutant: none that only start processes of the compiled service, or read the source. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({
    // What these runs learn about tests is not for others.
    cacheDir: 'coverage/mutants/vite',
    plugins: [
      {
        name: 'kept-worker',
        configureVitest({ project }) {
          project.config.pool = 'kept';
          project.config.poolRunner = { name: 'kept', createPoolWorker: (options) => new KeptWorker(options) };
        },
      },
    ],
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
      setupFiles: 'test/mutants/setup.ts',
      sequence: { sequencer: MostLikelyFirst },
      // A mutant that waits for ever is noticed sooner.
      testTimeout: 20_000,
      hookTimeout: 20_000,
    },
  }),
);
