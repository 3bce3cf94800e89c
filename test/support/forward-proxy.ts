import { createServer, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A forward proxy: tunnels by CONNECT, and passes plain http on. Closed when the test ends. */
export class ForwardProxy {
  /** What it was asked for, as `CONNECT host:443` or `GET http://…`. */
  readonly asked: string[] = [];
  readonly authorizations = new Set<string | undefined>();
  /** Where tunnels lead, whatever name they ask for. */
  tunnelPort = 0;
  /** Answers this to everything instead. */
  refusal: number | null = null;
  port = 0;

  static async start(): Promise<ForwardProxy> {
    const proxy = new ForwardProxy();
    const sockets = new Set<Socket>();
    const server = createServer((incoming, response) => {
      proxy.note(`${incoming.method} ${incoming.url?.split('?')[0]}`, incoming.headers['proxy-authorization']);
      if (proxy.refusal !== null) {
        response.writeHead(proxy.refusal, { 'content-type': 'text/html' }).end('<html>The proxy says no</html>');
        return;
      }
      const { method, headers } = incoming;
      const onward = request(incoming.url ?? '', { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      incoming.pipe(onward);
    });
    server.on('connect', (incoming, socket: Socket) => {
      proxy.note(`CONNECT ${incoming.url}`, incoming.headers['proxy-authorization']);
      socket.on('error', () => undefined);
      if (proxy.refusal !== null) {
        socket.end(`HTTP/1.1 ${proxy.refusal} No\r\ncontent-length: 0\r\n\r\n`);
        return;
      }
      const onward = connect(proxy.tunnelPort, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
      onward.on('error', () => socket.destroy());
    });
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    proxy.port = (server.address() as AddressInfo).port;
    return proxy;
  }

  /** Its address for a setting. */
  url(userInfo = ''): string {
    return `http://${userInfo}127.0.0.1:${this.port}`;
  }

  private note(what: string, authorization: string | undefined): void {
    this.asked.push(what);
    this.authorizations.add(authorization);
  }
}
