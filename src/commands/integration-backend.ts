#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ServerContext } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Logger } from 'pino';
import { COMMAND_CALLER } from '../access/audit.ts';
import { TENANT_ID } from '../access/caller.ts';
import { CallEnd, CallerGone, DeadlineExceeded } from '../call-context.ts';
import { type Config, loadConfig, readEnvironment } from '../config.ts';
import { AppError, errorBody } from '../errors.ts';
import { failureOf } from '../http/to-app-error.ts';
import { openLog } from '../logging.ts';
import { findTool } from '../operations/catalogue.ts';
import type { Call, Narrowing } from '../operations/operation.ts';
import { createService } from '../service.ts';
import { mcpServer } from '../tools/mcp-server.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import { toolsAsked } from '../tools/toolsets.ts';
import { runCommand, say } from './command.ts';

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
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    say(USAGE);
    return 0;
  }
  const wish = readWish(args);
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
  const busy = new Set<Promise<unknown>>();
  const input = new PassThrough();
  const transport = new StdioServerTransport(input);
  const handle = serveStdio(
    () =>
      mcpServer({
        toolbox: tracked(toolbox, busy),
        callOf: (context) => callOf(context, { tenantId, narrowing, log, timeoutMs: config.requestTimeoutMs }),
        asked: { toolsets },
        failure: (error, { requestId }) => {
          const id = requestId ?? '';
          return errorBody(failureOf(error, log.child({ request_id: id })), id);
        },
      }),
    {
      transport,
      onerror: (error) => log.info({ err: error }, 'an MCP message was refused'),
    },
  );
  process.stdin.pipe(input, { end: false });
  return new Promise((resolve) => {
    let leaving = false;
    const leave = () => {
      if (leaving) return;
      leaving = true;
      // It would keep the process.
      process.stdin.unpipe(input);
      process.stdin.pause();
      void handle.close().finally(resolve);
    };
    // A message that is too long ends the library's side of it.
    input.once('close', leave);
    transport.onclose = after(transport.onclose, leave);
    // What was asked before the end is answered: programs write all they want to know, and close.
    process.stdin.once('end', () => void settled(busy).finally(leave));
    process.stdin.once('error', leave);
    process.once('SIGTERM', leave);
    process.once('SIGINT', leave);
  });
}

/** Both, one after the other. */
function after(first: (() => void) | undefined, second: () => void): () => void {
  return () => {
    first?.();
    second();
  };
}

/** The same tools, whose calls under way are known. */
function tracked(toolbox: Toolbox, busy: Set<Promise<unknown>>): Pick<Toolbox, 'offered' | 'invoke'> {
  const track = <T>(call: Promise<T>): Promise<T> => {
    busy.add(call);
    const done = () => busy.delete(call);
    call.then(done, done);
    return call;
  };
  return {
    offered: (...args) => track(toolbox.offered(...args)),
    invoke: (...args) => track(toolbox.invoke(...args)),
  };
}

/** Resolves when nothing is under way any more, and its answers are written. */
async function settled(busy: ReadonlySet<Promise<unknown>>): Promise<void> {
  // What was read is handed over within a turn of the event loop.
  await setImmediate();
  while (busy.size > 0) {
    await Promise.allSettled(busy);
    await setImmediate();
  }
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
  const narrowing = { readOnly: values['read-only'] === true, tools: listOf(values.tools), by: 'flags' } as const;
  // Refused at the start: a client would only show that there are no tools.
  for (const name of narrowing.tools ?? []) findTool(name, '--tools');
  toolsAsked({ toolsets: values.toolsets });
  return { tenantId, narrowing, toolsets: values.toolsets };
}

function wrong(problem: string): AppError {
  return new AppError('VALIDATION', `${problem}\n${USAGE}`);
}
