import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listening } from './listening.ts';

/** A server that answers nothing until it is told to. Closed when the test ends. */
export class HeldServer {
  /** What has come, in order. */
  readonly requests: IncomingMessage[] = [];
  readonly responses: ServerResponse[] = [];
  url = '';
  private told: () => void = () => undefined;

  static async start(): Promise<HeldServer> {
    const held = new HeldServer();
    const server = createServer((request, response) => {
      held.requests.push(request.resume());
      held.responses.push(response);
      held.told();
    });
    held.url = await listening(server);
    return held;
  }

  /** Resolves when so many requests have come. */
  async until(count: number): Promise<void> {
    while (this.requests.length < count) await new Promise<void>((resolve) => (this.told = resolve));
  }

  answer(nth: number, body: object): void {
    this.responses[nth]?.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }
}
