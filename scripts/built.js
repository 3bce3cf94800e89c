// Runs before whatever needs the compiled service, so that a missing build is told in a sentence and not by a stack.
import { existsSync } from 'node:fs';
import { exit, stderr } from 'node:process';

if (!existsSync(new URL('../dist/main.js', import.meta.url))) {
  stderr.write('There is no build yet: run npm run build first.\n');
  exit(1);
}
