// A stand-in for Atlassian that answers at once, or after a delay: what it costs is nothing of the service's.
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { bodyOf } from './bodies.js';

let delayMs = 0;
let calls = 0;

const server = createServer(async (request, response) => {
  calls += 1;
  let sent = '';
  for await (const piece of request.setEncoding('utf8')) sent += piece;
  if (delayMs > 0) await setTimeout(delayMs);
  const body = bodyOf(request.url, sent);
  response.writeHead(body === null ? 404 : 200, { 'content-type': 'application/json' });
  response.end(body ?? '{"errorMessages":["There is no such thing."]}');
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

process.on('message', (message) => {
  if (message.delayMs !== undefined) delayMs = message.delayMs;
  process.send({ calls });
});
