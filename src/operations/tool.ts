import { z } from 'zod';
import type { Endpoint } from '../atlassian/wire/endpoint.ts';
import type { Provider } from '../config.ts';
import type { Call, Operation, OperationDeps, Toolset } from './operation.ts';
import { parse } from './parse-input.ts';
import { runOperation } from './run/run-operation.ts';
import { assertFields, fieldNames, fieldsMember, type View, viewed, viewMembers } from './views.ts';

/** An operation whose input has been taken away, so that unlike ones fit into one list; or what leads to some of them. */
export interface Tool {
  name: `${Provider | 'atlassian'}.${string}`;
  /** Names that it had before, which stand for it for good. */
  aliases: readonly string[];
  /** Null for a tool of neither product, which only leads to others. */
  provider: Provider | null;
  /** The tools that it leads to, likeliest first: it can be called where one of them can. None of an operation. */
  leadsTo: readonly Tool[];
  title: string;
  description: string;
  /** Whether its answer holds text that people wrote. */
  tellsContent: boolean;
  toolset: Toolset;
  kind: 'read' | 'write';
  /** Rows of a list, one thing, or the state of the connection, which needs none. */
  gives: 'rows' | 'one' | 'state';
  /** Whether it may take something away, and whether doing it twice comes to the same. */
  destructive: boolean;
  idempotent: boolean;
  calls: readonly Endpoint[];
  extras: readonly Endpoint[];
  /** What it takes and gives, as JSON has it. */
  input: z.ZodType;
  /** What agents send: for a read, its input with how much of the answer they want. */
  args: z.ZodType;
  output: z.ZodType;
  /** Runs with an input that was read by its schema. */
  run: (deps: OperationDeps, call: Call, input: unknown) => Promise<object>;
  /**
   * Checks `args` as the REST route does its input, then runs.
   * @param view how much of the answer of a read is told where `args` do not say.
   */
  invoke: (deps: OperationDeps, call: Call, args: unknown, view?: View) => Promise<object>;
}

/** A tool that is an operation of a product. */
export interface OperationTool extends Tool {
  name: `${Provider}.${string}`;
  provider: Provider;
}

type Viewed = Record<string, unknown> & { view?: View; max_chars?: number; fields?: string[] };

/** The input of a read with what an agent may ask beside it. `fields` of its own are Atlassian's, and stay what they are. */
function withViews(input: z.ZodType): { args: z.ZodType; ownFields: boolean } {
  if (!(input instanceof z.ZodObject)) throw new Error('the input of a read is an object');
  const ownFields = 'fields' in input.shape;
  const meta = input.meta();
  const extended = input.safeExtend(ownFields ? viewMembers : { ...viewMembers, ...fieldsMember });
  return { args: meta === undefined ? extended : extended.meta(meta), ownFields };
}

/** How an agent's call is run: a read in the view that it wants, a write in the usual one. */
function invocationOf<P extends Provider, Input, Output>(
  operation: Operation<P, Input, Output>,
  run: Tool['run'],
): Pick<Tool, 'args' | 'invoke'> {
  const { details = [], tellsEmpty = [], output } = operation;
  const read = (args: z.ZodType, given: unknown) => parse(args, given, { where: 'args', isText: true });
  if (operation.kind === 'write') {
    const { input: args } = operation;
    const invoke: Tool['invoke'] = async (deps, call, given, view = 'normal') =>
      viewed(await run(deps, call, read(args, given)), { view, details, tellsEmpty, more: 'read' });
    return { args, invoke };
  }
  const { args, ownFields } = withViews(operation.input);
  const known = fieldNames(output);
  const names = operation.gives === 'one' ? ['id', operation.subject.parameter] : ['id'];
  const invoke: Tool['invoke'] = async (deps, call, given, usual = 'normal') => {
    const { view = usual, max_chars, ...others } = read(args, given) as Viewed;
    const { fields, ...input } = others;
    if (!ownFields) assertFields(fields, known);
    const answer = await run(deps, call, ownFields ? others : input);
    return viewed(answer, {
      // Of a state, that something is empty says what it is.
      view: operation.gives === 'state' && view === 'brief' ? 'normal' : view,
      fields: ownFields ? undefined : fields,
      names,
      max_chars,
      details,
      // What was asked for by name is told.
      tellsEmpty:
        ownFields && fields ? [...tellsEmpty, ...fields, ...fields.map((field) => `fields.${field}`)] : tellsEmpty,
      more: 'limit' in input ? 'limit' : 'max_chars',
    });
  };
  return { args, invoke };
}

export function tool<P extends Provider, Input, Output>(operation: Operation<P, Input, Output>): OperationTool {
  const { name, aliases = [], provider, toolset, kind, title, description, calls, extras = [] } = operation;
  const { tellsContent = kind === 'read', input, output } = operation;
  // What only reads comes to the same however often.
  const { destructive, idempotent } = operation.kind === 'write' ? operation : { destructive: false, idempotent: true };
  const gives = operation.kind === 'read' ? operation.gives : 'one';
  const run: Tool['run'] = (deps, call, given) =>
    runOperation(deps, call, operation, given as Input) as Promise<object>;
  const { args, invoke } = invocationOf(operation, run);
  return {
    name,
    aliases,
    provider,
    leadsTo: [],
    toolset,
    kind,
    gives,
    title,
    description,
    tellsContent,
    destructive,
    idempotent,
    calls,
    extras,
    input,
    args,
    output,
    run,
    invoke,
  };
}
