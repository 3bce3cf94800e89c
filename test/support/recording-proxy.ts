import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listening } from './listening.ts';

type Interference = (request: IncomingMessage, body: string, response: ServerResponse) => void;

/** Stands between the service and the sandbox and learns every secret that passes. Closed when the test ends. */
export class RecordingProxy {
  /** What nobody but the service and Atlassian may see, with what it is. */
  readonly secrets = new Map<string, string>();
  /** Where requests go on to. */
  target = '';
  url = '';
  private interference: { path: string; answer: Interference; times: number } | null = null;

  static async start(): Promise<RecordingProxy> {
    const proxy = new RecordingProxy();
    const server = createServer((request, response) => {
      proxy.forward(request, response).catch(() => response.destroy());
    });
    proxy.url = await listening(server);
    return proxy;
  }

  /** Answers the next call, or the next `times` calls, whose path ends with `path` in its own way. */
  interfere(path: string, answer: Interference, times = 1): void {
    this.interference = { path, answer, times };
  }

  private async forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    this.learn('Authorization', request.headers.authorization?.split(' ')[1]);
    const path = request.url?.split('?')[0] ?? '';
    if (path === '/oauth/token') this.learnMembers(body);
    if (this.interference && path.endsWith(this.interference.path)) {
      const { answer } = this.interference;
      this.interference.times--;
      if (this.interference.times === 0) this.interference = null;
      answer(request, body, response);
      return;
    }
    const { authorization, accept, 'content-type': type } = request.headers;
    const headers = Object.entries({ authorization, accept, 'content-type': type }).filter(([, value]) => value);
    const answer = await fetch(this.target + request.url, {
      method: request.method ?? 'GET',
      headers: headers as [string, string][],
      redirect: 'manual',
      ...(body === '' ? {} : { body }),
    });
    const text = await answer.text();
    if (path === '/oauth/token') this.learnMembers(text);
    const location = answer.headers.get('location');
    response.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? '',
      ...(location === null ? {} : { location }),
    });
    response.end(text);
  }

  private learnMembers(text: string): void {
    const members = JSON.parse(text) as Record<string, unknown>;
    for (const name of ['client_secret', 'code', 'code_verifier', 'access_token', 'refresh_token']) {
      this.learn(name, members[name]);
    }
  }

  private learn(what: string, value: unknown): void {
    if (typeof value === 'string' && value !== '') this.secrets.set(value, what);
  }
}
