import type { Policies } from '../access/policy.ts';
import type { Connections } from '../connections/connections.ts';
import { AppError } from '../errors.ts';
import { findTool, TOOLS } from '../operations/catalogue.ts';
import { nearestNames } from '../operations/nearest.ts';
import type { Call, OperationDeps } from '../operations/operation.ts';
import type { Tool } from '../operations/tool.ts';
import type { View } from '../operations/views.ts';
import type { Viewer } from './descriptor.ts';
import { taught } from './teaching.ts';
import { type AskedToolsets, offeredTools } from './toolsets.ts';

export interface ToolboxDeps {
  operations: OperationDeps;
  connections: Connections;
  policies: Policies;
}

/** The tools as one call may use them: what every door to them asks. */
export class Toolbox {
  constructor(private readonly deps: ToolboxDeps) {}

  /** For whom tools are described on a call: read once for all of them, since a catalogue has many. */
  async viewer({ tenantId, narrowing }: Call): Promise<Viewer> {
    const { connections, policies } = this.deps;
    const [policy, connected] = await Promise.all([policies.read(tenantId), connections.list(tenantId)]);
    const statusOf: Viewer['statusOf'] = (provider) => {
      const found = connected.find((one) => one.provider === provider);
      if (!found) throw new Error(`${provider} is no provider`);
      return found.status;
    };
    return { policy, narrowing, statusOf };
  }

  /** What a client is offered which can only be told what it may call. @throws AppError as `offeredTools` does. */
  async offered(call: Call, asked: AskedToolsets): Promise<Tool[]> {
    return offeredTools(asked, await this.viewer(call));
  }

  /** Runs the tool of this name. @param view that of an answer where `args` name none. @throws AppError, `VALIDATION` where there is none. */
  async invoke(call: Call, name: string, args: unknown, view?: View): Promise<object> {
    const { operations } = this.deps;
    const tool = toolNamed(name);
    try {
      return await tool.invoke(operations, call, args, view);
    } catch (error) {
      const failed = ledTo(tool, error) ?? { tool, args };
      const lookup = (list: string, asked: object) => findTool(list).invoke(operations, call, asked);
      throw await taught(error, failed.tool, failed.args, lookup);
    }
  }
}

/** The call that failed, where another led to it: what an agent is taught is about that one. */
function ledTo({ leadsTo }: Tool, error: unknown): { tool: Tool; args: unknown } | undefined {
  const { tool: name, args } = (error instanceof AppError && error.details) || {};
  const tool = leadsTo.find((one) => one.name === name);
  return tool && { tool, args };
}

/** @throws AppError `VALIDATION` with the names that are likest, where there is no such tool. */
export function toolNamed(name: string): Tool {
  try {
    return findTool(name);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, details } = error;
    const candidates = nearestNames(name, [...TOOLS.keys()]);
    const hint = 'Call one of the tools that GET /connectors/tools lists.';
    throw new AppError(code, message, { details: { ...details, candidates, retryable: false, hint } });
  }
}
