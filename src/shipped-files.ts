import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * A file that is shipped beside the code, such as `dist/browser/connect.js` or `docs/agents.md`: found from wherever this module
 * runs, be that the source, a compiled module or a bundle, in the nearest folder above that has it. Null where none has.
 */
export function shippedBytes(path: string): Buffer | null {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, path))) {
    const parent = dirname(folder);
    if (parent === folder) return null;
    folder = parent;
  }
  return readFileSync(join(folder, path));
}

/** Its text. @throws Error when the package was not built */
export function shippedFile(path: string): string {
  const bytes = shippedBytes(path);
  if (bytes === null) throw new Error(`${path} is missing: run npm run build`);
  return bytes.toString('utf8');
}
