import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../http/body.ts';

/** One JSON file in a folder; without a folder, nothing is kept. */
export class StateFile<State extends { version: 1 }> {
  readonly #path: string | null;
  #saved: string | undefined;

  constructor(dataDir: string | undefined) {
    this.#path = dataDir === undefined ? null : join(dataDir, 'sandbox.json');
  }

  /** @throws Error where the file is there but is not one of ours: it is left as it is */
  load(): State | undefined {
    if (this.#path === null) return undefined;
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (isObject(error) && error.code === 'ENOENT') return undefined;
      throw new Error(`the sandbox cannot read ${this.#path}`, { cause: error });
    }
    try {
      const state: unknown = JSON.parse(text);
      if (isObject(state) && state.version === 1) return state as unknown as State;
    } catch (error) {
      throw new Error(`${this.#path} is damaged: move it away and start again`, { cause: error });
    }
    throw new Error(`${this.#path} was not written by this version of the sandbox: move it away and start again`);
  }

  /** Takes the state for one that need not be saved. */
  accept(state: State): void {
    if (this.#path !== null) this.#saved = JSON.stringify(state);
  }

  /**
   * Saves a state that differs from the last one. Writes beside the file and renames, so that a reader or a crash meets
   * the old state or the new one.
   */
  save(state: State): void {
    if (this.#path === null) return;
    const text = JSON.stringify(state);
    if (text === this.#saved) return;
    mkdirSync(join(this.#path, '..'), { recursive: true });
    const temporary = `${this.#path}.${process.pid}.tmp`;
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, this.#path);
    this.#saved = text;
  }
}
