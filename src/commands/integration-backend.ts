#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { ServerContext } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Logger } from 'pino';
import { COMMAND_CALLER } from '../access/audit.ts';
import { TENANT_ID } from '../access/caller.ts';
import { CallEnd, CallerGone, DeadlineExceeded } from '../call-context.ts';
import { type Config, loadConfig, readEnvironment } from '../config.ts';
import { AppError, errorBody } from '../errors.ts';
import { failureOf } from '../http/to-app-error.ts';
import { openLog } from '../logging.ts';
import type { Call, Narrowing } from '../operations/operation.ts';
import { createService } from '../service.ts';
import { mcpServer } from '../tools/mcp-server.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import { runCommand } from './command.ts';

const USAGE = `Usage: integration-backend mcp [--tenant <tenant>] [--read-only] [--tools jira_search,jira_get] [--toolsets issues,pages]
Serves the tools of one tenant to the MCP client that starts it, over stdin and stdout. Without --tenant, it is the tenant
called "default". The settings are those of the service, and so is the database.`;

/** How long the end waits for the last lines of the log. */
const FLUSH_MS = 1_000;

interface Wish {
  tenantId: string;
  narrowing: Narrowing;
  toolsets: string | undefined;
}

/** Serves MCP over stdio, on the service's own database, until stdin ends. */
runCommand(async () => {
  const wish = readWish(process.argv.slice(2));
  const config = loadConfig(readEnvironment({ dotenv: true }));
  // stdout belongs to the protocol.
  const { log, output } = openLog(config.logLevel, 2);
  const service = await createService(config, { log });
  try {
    await served(wish, { config, log, toolbox: service.toolbox });
  } finally {
    await service.stop();
    await output.flush(FLUSH_MS);
  }
  return 0;
});

/** Serves the client until it leaves, or the process is told to end. */
function served(
  { tenantId, narrowing, toolsets }: Wish,
  { config, log, toolbox }: { config: Config; log: Logger; toolbox: Toolbox },
): Promise<void> {
  const handle = serveStdio(
    () =>
      mcpServer({
        toolbox,
        callOf: (context) => callOf(context, { tenantId, narrowing, log, timeoutMs: config.requestTimeoutMs }),
        asked: { toolsets },
        failure: (error, { requestId }) => errorBody(failureOf(error, log), requestId ?? ''),
      }),
    { onerror: (error) => log.info({ err: error }, 'an MCP message was refused') },
  );
  return new Promise((resolve) => {
    const leave = () => void handle.close().finally(resolve);
    process.stdin.once('end', leave);
    process.stdin.once('close', leave);
    process.once('SIGTERM', leave);
    process.once('SIGINT', leave);
  });
}

/** One request of the client, which ends when the client cancels it or its time is up. */
function callOf(
  { mcpReq: { signal } }: ServerContext,
  caller: Pick<Call, 'tenantId' | 'narrowing'> & { log: Logger; timeoutMs: number },
): Call {
  const { tenantId, narrowing, timeoutMs } = caller;
  const requestId = randomUUID();
  const end = new CallEnd();
  const timer = setTimeout(() => end.abort(new DeadlineExceeded()), timeoutMs);
  timer.unref();
  signal.addEventListener('abort', () => end.abort(new CallerGone()));
  const log = caller.log.child({ request_id: requestId });
  const context = { signal: end, endsAt: performance.now() + timeoutMs, log };
  return { tenantId, callerId: COMMAND_CALLER, requestId, context, narrowing };
}

/** @throws when the arguments cannot be read, with what can. */
function readWish(args: string[]): Wish {
  const text = { type: 'string' } as const;
  const options = { tenant: text, tools: text, toolsets: text, 'read-only': { type: 'boolean' } } as const;
  const read = () => parseArgs({ args, options, allowPositionals: true });
  let parsed: ReturnType<typeof read>;
  try {
    parsed = read();
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
  const { positionals, values } = parsed;
  if (positionals.join(' ') !== 'mcp') throw wrong('Say what to do: mcp.');
  const { tenant: tenantId = 'default' } = values;
  if (!TENANT_ID.test(tenantId)) throw wrong('--tenant must be 1 to 128 of A-Z a-z 0-9 . _ : @ -');
  const listOf = (names: string | undefined) => names?.split(',').map((name) => name.trim()) ?? null;
  const narrowing = { readOnly: values['read-only'] === true, tools: listOf(values.tools) };
  return { tenantId, narrowing, toolsets: values.toolsets };
}

function wrong(problem: string): AppError {
  return new AppError('VALIDATION', `${problem}\n${USAGE}`);
}
