// The least that can stand between a caller and Atlassian: Node's own server, and undici.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { Agent, request } from 'undici';

const [upstream] = process.argv.slice(2);
const dispatcher = new Agent({ connections: 256 });

const server = createServer(async (incoming, response) => {
  const { method } = incoming;
  const { statusCode, headers, body } = await request(upstream + incoming.url, {
    ...{ dispatcher, method },
    ...(method === 'GET' ? {} : { headers: { 'content-type': 'application/json' }, body: await text(incoming) }),
  });
  response.writeHead(statusCode, { 'content-type': headers['content-type'] });
  body.pipe(response);
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
