import type { ServerResponse } from 'node:http';
import { expect } from 'vitest';
import type { RecordingProxy } from './recording-proxy.ts';

/** Answers of Atlassian's that are kept back until they are let go. */
export class HeldAnswers {
  private readonly responses: ServerResponse[] = [];
  private answered = 0;
  /** How many of them their callers no longer wait for. */
  left = 0;

  constructor(proxy: RecordingProxy, path: string) {
    const keep = (response: ServerResponse) => {
      this.responses.push(response);
      response.once('close', () => {
        if (!response.writableFinished) this.left += 1;
      });
    };
    proxy.interfere(path, (_request, _body, response) => keep(response), Number.POSITIVE_INFINITY);
  }

  /** Resolves when so many calls have come. */
  async until(calls: number): Promise<void> {
    await expect.poll(() => this.responses.length, { interval: 2 }).toBe(calls);
  }

  get calls(): number {
    return this.responses.length;
  }

  letGo(status: number, body: object): void {
    for (const response of this.responses.slice(this.answered)) {
      this.answered += 1;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }
  }
}
