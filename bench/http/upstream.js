// A stand-in for Atlassian that answers at once, or after a delay: what it costs is nothing of the service's.
import { createServer } from 'node:http';
import { bodyOf } from './bodies.js';

let delayMs = 0;
let calls = 0;

const server = createServer((request, response) => {
  calls += 1;
  request.resume();
  const body = bodyOf(request.url);
  const answer = () => {
    response.writeHead(body === null ? 404 : 200, { 'content-type': 'application/json' });
    response.end(body ?? '{"errorMessages":["There is no such thing."]}');
  };
  if (delayMs === 0) request.on('end', answer);
  else setTimeout(answer, delayMs);
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

process.on('message', (message) => {
  if (message.delayMs !== undefined) delayMs = message.delayMs;
  process.send({ calls });
});
