// The long run of the tests that break things on purpose: `npm run soak`; figures in docs/reliability.md. Loopback only, ends by itself.
import { spawnSync } from 'node:child_process';

const TESTS = ['test/processes/soak.test.ts', 'test/processes/random-kills.test.ts'];
/** On each of two engines. */
const FULL = { SOAK_CALLS: '50000', KILL_ROUNDS: '500' };

const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--maxWorkers=1', ...TESTS], {
  stdio: 'inherit',
  env: { ...FULL, ...process.env },
});
process.exitCode = status ?? 1;
