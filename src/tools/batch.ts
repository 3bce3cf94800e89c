import { z } from 'zod';
import { AppError, type ErrorBody, errorBody } from '../errors.ts';
import { ErrorSchema } from '../http/schemas.ts';
import { type FailureLog, failureOf } from '../http/to-app-error.ts';
import type { Call } from '../operations/operation.ts';
import { parse } from '../operations/parse-input.ts';
import { Invocation, ToolResult } from './invocation.ts';
import { type Toolbox, toolNamed } from './toolbox.ts';

/** What one model asks for in one turn is less; more at once would only wait for one another. */
const MAX_CALLS = 20;
/** What a batch may answer in all: every one of its results could be a page of half a million characters. */
const MAX_ANSWER_CHARACTERS = 2 * 1024 * 1024;

const callId = z
  .union([z.string().min(1).max(100), z.int()], 'must be a string of 1 to 100 characters, or a whole number')
  .optional()
  .meta({ description: "The caller's own name for the call, given back with its result." });

/**
 * What is not looked at here is read when its call runs, so that one wrong call fails alone, and as it would by itself.
 */
const unread = (meta: { type: 'string' | 'object'; description: string }) => z.unknown().optional().meta(meta);
const BatchCall = z
  .looseObject({
    id: callId,
    tool: unread({ type: 'string', description: 'A name that `GET /connectors/tools` gives, of a tool that reads.' }),
    args: unread({ type: 'object', description: 'What the tool takes.' }),
    name: unread({ type: 'string', description: 'Another name for `tool`.' }),
    arguments: unread({ type: 'object', description: 'Another name for `args`.' }),
    input: unread({ type: 'object', description: 'Another name for `args`.' }),
  })
  .meta({ id: 'ToolBatchCall' });

type BatchCall = z.output<typeof BatchCall>;

export const Batch = z
  .strictObject({
    calls: z
      .array(BatchCall)
      .min(1, 'must hold at least one call')
      .max(MAX_CALLS, `must be at most ${MAX_CALLS} calls`)
      .superRefine((calls, context) => {
        const firstAt = new Map<string, number>();
        for (const [index, { id }] of calls.entries()) {
          if (id === undefined) continue;
          const first = firstAt.get(String(id));
          if (first === undefined) firstAt.set(String(id), index);
          else {
            const message = `is that of calls.${first} already: give each call another id, or none`;
            context.addIssue({ code: 'custom', path: [index, 'id'], message });
          }
        }
      }),
  })
  .meta({
    id: 'ToolBatch',
    description: `Up to ${MAX_CALLS} reads.`,
    examples: [
      {
        calls: [{ tool: 'jira.get', args: { issue: 'DEMO-1' } }],
      },
    ],
  });

/** How many calls the body of a batch holds. */
export const callsIn = (body: unknown): number => (body as z.output<typeof Batch>).calls.length;

const echoedId = z.union([z.string(), z.int()]).optional().meta({ description: 'As the call gave it.' });

export const BatchAnswer = z
  .object({
    results: z.array(
      z.discriminatedUnion('ok', [
        z.object({ id: echoedId, ok: z.literal(true), result: ToolResult }),
        z.object({ id: echoedId, ok: z.literal(false), error: ErrorSchema }),
      ]),
    ),
  })
  .meta({
    id: 'ToolBatchAnswer',
    examples: [
      {
        results: [
          {
            id: 'issue',
            ok: false,
            error: {
              status: 'error',
              code: 'NOT_CONNECTED',
              message: 'Jira is not connected for this tenant.',
              request_id: '4b2c0f6e-8a51-4b7d-9f0e-1c2d3e4f5a6b',
            },
          },
          { id: 'pages', ok: true, result: { items: [], next_cursor: null } },
        ],
      },
    ],
  });

type Outcome = { ok: true; result: Record<string, unknown> } | { ok: false; error: ErrorBody };
export type BatchResult = { id?: string | number } & Outcome;

/**
 * Runs reads side by side: each in the limits of its tenant and under its policy, as if it had come alone. They have one
 * deadline, and end with their caller.
 * @returns what became of each, in the order of the calls.
 */
export async function runBatch(
  toolbox: Toolbox,
  call: Call,
  calls: BatchCall[],
  request: { id: string; log: FailureLog },
): Promise<BatchResult[]> {
  const failed = (error: unknown): Outcome => ({
    ok: false,
    error: errorBody(failureOf(error, request.log), request.id),
  });
  const outcomes = await Promise.all(
    calls.map(async ({ id: _id, ...asked }): Promise<Outcome> => {
      try {
        return { ok: true, result: (await runRead(toolbox, call, asked)) as Record<string, unknown> };
      } catch (error) {
        return failed(error);
      }
    }),
  );
  let left = MAX_ANSWER_CHARACTERS;
  return outcomes.map((outcome, index) => {
    const id = calls[index]?.id;
    const size = outcome.ok ? JSON.stringify(outcome.result).length : 0;
    const fits = size <= left;
    if (fits) left -= size;
    return { ...(id === undefined ? {} : { id }), ...(fits ? outcome : failed(tooLarge())) };
  });
}

/** @throws AppError what the same call would be answered by itself; `VALIDATION` for what changes something. */
async function runRead(toolbox: Toolbox, call: Call, asked: Record<string, unknown>): Promise<object> {
  const { tool: name, args } = parse(Invocation, asked);
  const tool = toolNamed(name);
  if (tool.kind === 'write') {
    throw new AppError(
      'VALIDATION',
      `tool: ${tool.name} changes something, and a batch only reads: send it to POST /connectors/tools/invoke`,
      {
        details: {
          ...{ parameter: 'tool', tool: tool.name, retryable: false },
          hint: 'Send it to POST /connectors/tools/invoke by itself.',
        },
      },
    );
  }
  return toolbox.invoke(call, name, args);
}

function tooLarge(): AppError {
  return new AppError(
    'VALIDATION',
    `The results of this batch are more than ${MAX_ANSWER_CHARACTERS} characters together. Send this call by itself, or ask for less.`,
    { details: { parameter: 'calls', max_characters: MAX_ANSWER_CHARACTERS } },
  );
}
