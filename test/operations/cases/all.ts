import { readdirSync } from 'node:fs';
import type { Case } from './case.ts';

const folder = new URL('.', import.meta.url);

/** Every case, by the operation that its file is named after: nobody lists them. */
export const CASES: ReadonlyMap<string, Case> = new Map(
  await Promise.all(
    readdirSync(folder)
      .filter((file) => /^\w+\.\w+\.ts$/.test(file))
      .sort()
      .map(async (file): Promise<[string, Case]> => {
        const { default: found } = (await import(new URL(file, folder).href)) as { default: Case };
        return [file.replace(/\.ts$/, ''), found];
      }),
  ),
);
