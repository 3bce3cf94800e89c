import { execFileSync } from 'node:child_process';

/** Compiles the service once before all tests: some run it as a process of its own. */
export function setup(): void {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    stdio: 'inherit',
  });
}
