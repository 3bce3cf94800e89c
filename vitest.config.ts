import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that wait longest for processes and browsers. */
const SLOW = /^test\/(?:processes|browser|commands|stores|connections)\/|^test\/(?:process|start|log-output)\./;

/**
 * One of the files that wait for each two that work, so that the cores are busy all the time, and none of the long ones is
 * left alone at the end.
 */
class Interleaved extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isSlow = ({ moduleId }: TestSpecification) => SLOW.test(relative(import.meta.dirname, moduleId));
    const sorted = await super.sort(files);
    const [slow, others] = [sorted.filter(isSlow), sorted.filter((file) => !isSlow(file))];
    const together = slow.flatMap((file, index) => [file, ...others.slice(2 * index, 2 * index + 2)]);
    return [...together, ...others.slice(2 * slow.length)];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The service keeps no state in its modules, so that files may share them: loading them anew for each took half the time.
    isolate: false,
    globalSetup: 'test/support/global-setup.ts',
    // It asks for the programming interface of TypeScript, which version 7 has no more.
    alias: { typescript: `${import.meta.dirname}/test/support/typescript-api.ts` },
    server: { deps: { inline: ['openapi-typescript'] } },
    sequence: { sequencer: Interleaved },
    // In titles, too: what a row is called is read to its end.
    chaiConfig: { truncateThreshold: 120 },
    // Many tests wait for sockets and processes: two cores serve three workers well.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    // With the usual 16 MB a twentieth of the time went into collecting what tests leave behind; these take half of that.
    execArgv: ['--min-semi-space-size=64', '--max-semi-space-size=128'],
    // No measure of anything: it only ends what hangs, and a busy machine may take long.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
