import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import cookie from '@fastify/cookie';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, LogController } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { CallEnd, CallerGone, DeadlineExceeded } from './call-context.ts';
import { errorBody } from './errors.ts';
import { BasePath } from './http/base-path.ts';
import { readJsonOnly } from './http/bodies.ts';
import { compressAnswers } from './http/compression.ts';
import { addCors, corsHeadersOfPacket } from './http/cors.ts';
import { isForPerson, prefersHtml, sendErrorPage } from './http/error-page.ts';
import { callerKey, guardRoutes } from './http/guard.ts';
import { addLoadShedding, limiter, type Pressure, type ServerTimeouts, serverLimits } from './http/limits.ts';
import { refuseUnknownRoutes } from './http/not-found.ts';
import { openApiOf, withAccess, withSchemas } from './http/openapi/document.ts';
import { docsPage } from './http/openapi/page.ts';
import type { RouteDeps } from './http/route-deps.ts';
import { addSecurityHeaders } from './http/security-headers.ts';
import { answerClientError, failureOf, toAppError } from './http/to-app-error.ts';
import { refuseUnreadable, routableUrl } from './http/unreadable.ts';
import { refuseUnknownQueries, validatorCompiler } from './http/validate-request.ts';
import { answeredLog, type LogAnswered } from './logging.ts';
import { auditRoutes } from './routes/audit.ts';
import { authRoutes, callbackRoute } from './routes/auth.ts';
import { connectRoutes } from './routes/connect.ts';
import { connectForms } from './routes/connect-forms.ts';
import { connectLinkRoutes } from './routes/connect-link.ts';
import { connectorRoutes } from './routes/connectors.ts';
import { guideRoutes } from './routes/docs.ts';
import { healthRoutes } from './routes/health.ts';
import { llmsRoutes } from './routes/llms.ts';
import { mcpRoutes, resourceMetadataRoutes } from './routes/mcp.ts';
import { openApiRoutes } from './routes/openapi.ts';
import { tenantRoutes } from './routes/tenants.ts';
import { toolRoutes } from './routes/tools.ts';
import { holdsKnownSecret } from './secret-text.ts';
import { basePathOf } from './urls.ts';

const REQUEST_ID = /^[A-Za-z0-9._:@-]{1,128}$/;

export interface ServerOptions {
  /** Replaces how long callers may take to send. */
  timeouts?: Partial<ServerTimeouts> | undefined;
  /** Replaces when calls are turned away. */
  pressure?: Partial<Pressure> | undefined;
}

/** Builds the server: hooks, plugins, the error exit, and the whole route table. */
export async function buildServer(
  deps: RouteDeps,
  logger: FastifyBaseLogger,
  { timeouts, pressure }: ServerOptions = {},
): Promise<FastifyInstance> {
  const { config, gatekeeper, audit } = deps;
  const basePath = new BasePath(basePathOf(config.publicBaseUrl));
  const pages = { config, authIsOn: () => gatekeeper.wasOn };
  const app = fastify({
    ...serverLimits(config, timeouts),
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      const isSafe = typeof given === 'string' && REQUEST_ID.test(given) && !holdsKnownSecret(given);
      return isSafe ? given : randomUUID();
    },
    // Its answer would not have the one error shape; while closing, what still arrives is served and the socket ended.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    rewriteUrl: (request) => basePath.strip(routableUrl(request)),
    frameworkErrors: (error, request, reply: FastifyReply) => {
      const failure = toAppError(error);
      request.log.info({ req: request, status: failure.status }, 'refused');
      reply.header('x-request-id', request.id);
      if (prefersHtml(request.headers.accept)) sendErrorPage(request, reply, pages, failure);
      else reply.code(failure.status).send(errorBody(failure, request.id));
    },
    clientErrorHandler: (error, socket) =>
      answerClientError(error, socket, { log: logger, headers: corsHeadersOfPacket(config, error.rawPacket) }),
  });

  // Node drops headers past the 1,000th in silence, X-Tenant-Id among them; their size is limited all the same.
  app.server.maxHeadersCount = 0;
  // Node would answer 417 with an empty body; RFC 9110 (10.1.1) leaves it to us to ignore what we do not know.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  basePath.learn(app);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error, request.log);
    if (failure.retryAfter !== undefined) reply.header('retry-after', String(failure.retryAfter));
    if (isForPerson(request)) return sendErrorPage(request, reply, pages, failure);
    return reply.code(failure.status).type('application/json').send(errorBody(failure, request.id));
  });
  readJsonOnly(app);
  addRequestHooks(app, config.requestTimeoutMs, answeredLog(logger));
  releaseConnections(app);
  addSecurityHeaders(app, config);

  await addCors(app, config);
  await addLoadShedding(app, pressure);
  refuseUnreadable(app);
  const limit = await limiter(app, { config, callerKey, authIsOn: () => gatekeeper.wasOn });
  guardRoutes(app, { config, gatekeeper, audit, limit });
  refuseUnknownQueries(app);
  refuseUnknownRoutes(app);
  await app.register(cookie);
  await compressAnswers(app);
  await app.register(swagger, { openapi: openApiOf(config), transform: withAccess, transformObject: withSchemas });
  await app.register(swaggerUi, docsPage(basePathOf(config.publicBaseUrl)));

  await app.register(healthRoutes, deps);
  await app.register(connectRoutes, deps);
  await app.register(connectLinkRoutes, deps);
  await app.register(connectForms, deps);
  await app.register(authRoutes, deps);
  await app.register(authRoutes, { ...deps, prefix: '/api' });
  await app.register(callbackRoute, { ...deps, prefix: '/api' });
  await app.register(connectorRoutes, deps);
  await app.register(toolRoutes, deps);
  await app.register(mcpRoutes, deps);
  await app.register(resourceMetadataRoutes, deps);
  await app.register(tenantRoutes, deps);
  await app.register(auditRoutes, deps);
  await app.register(openApiRoutes);
  await app.register(guideRoutes, deps);
  await app.register(llmsRoutes, deps);

  await app.ready();
  return app;
}

/** In place of Fastify's own compilers of JSON Schema, which are not used: to load them would be a sixth of the start. */
function noCompiler(): never {
  throw new Error('schemas are compiled by zod');
}

/** Lets no connection without a request hold up a stop. */
function releaseConnections(app: FastifyInstance): void {
  const sockets = new Set<Socket>();
  let closing = false;
  app.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  app.addHook('preClose', async () => {
    closing = true;
    // Node closes idle connections but counts one as busy until its first request; browsers open some in advance.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) reply.header('connection', 'close');
    done();
  });
}

/** Request id, deadline and log line of every request. */
function addRequestHooks(app: FastifyInstance, timeoutMs: number, answered: LogAnswered): void {
  app.decorateRequest('callContext');
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    const end = new CallEnd();
    const endsAt = performance.now() + timeoutMs;
    const timer = setTimeout(() => end.abort(new DeadlineExceeded()), timeoutMs);
    reply.raw.once('close', () => {
      clearTimeout(timer);
      if (!reply.raw.writableFinished) end.abort(new CallerGone());
    });
    request.callContext = { signal: end, endsAt, log: request.log };
    done();
  });
  app.addHook('onRequestAbort', (request, done) => {
    request.log.info({ req: request }, 'the caller disconnected');
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    answered(request, reply, Math.round(reply.elapsedTime), request.identity?.id || null);
    done();
  });
}
