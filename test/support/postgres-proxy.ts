import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

interface Loss {
  /** The statement that is carried out, and whose answer is lost. */
  to: RegExp;
  /** What has to come before it on the same connection. */
  after: RegExp;
}

/** Stands between the service and a PostgreSQL server, and loses answers. Closed when the test ends. */
export class PostgresProxy {
  url = '';
  /** How many answers were lost so far. */
  lost = 0;
  private loss: Loss | null = null;

  private constructor(readonly target: string) {}

  static async start(target: string): Promise<PostgresProxy> {
    const proxy = new PostgresProxy(target);
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const upstream = proxy.passOn(client);
      for (const socket of [client, upstream]) sockets.add(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const url = new URL(target);
    url.hostname = '127.0.0.1';
    url.port = String((server.address() as AddressInfo).port);
    proxy.url = url.href;
    return proxy;
  }

  /** Cuts a connection in place of the next answer to a statement, once. */
  loseAnswer(loss: Loss): void {
    this.loss = loss;
  }

  private passOn(client: Socket): Socket {
    const { hostname, port } = new URL(this.target);
    const upstream = connect(Number(port || 5432), hostname);
    let cameBefore = false;
    let isLost = false;
    client.on('data', (bytes) => {
      const text = bytes.toString('latin1');
      cameBefore ||= this.loss?.after.test(text) ?? false;
      if (this.loss?.to.test(text) && cameBefore) {
        isLost = true;
        this.loss = null;
      }
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (!isLost) return void client.write(bytes);
      this.lost += 1;
      client.destroy();
      upstream.destroy();
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => undefined).on('close', () => other.destroy());
    }
    return upstream;
  }
}
