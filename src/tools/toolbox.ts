import type { Policies } from '../access/policy.ts';
import type { Connections } from '../connections/connections.ts';
import { findTool, TOOLS, type Tool } from '../operations/catalogue.ts';
import type { Call, OperationDeps } from '../operations/operation.ts';
import { describeTool, type ToolDescriptor } from './descriptor.ts';

export interface ToolboxDeps {
  operations: OperationDeps;
  connections: Connections;
  policies: Policies;
}

/** The tools as one call may use them: what every door to them asks. */
export class Toolbox {
  constructor(private readonly deps: ToolboxDeps) {}

  /** Says of any tool what it is, and whether this call may use it. */
  async describer(call: Call): Promise<(tool: Tool) => ToolDescriptor> {
    const { connections, policies } = this.deps;
    const [policy, connected] = await Promise.all([policies.read(call.tenantId), connections.list(call.tenantId)]);
    return (tool) => {
      const found = connected.find(({ provider }) => provider === tool.provider);
      if (!found) throw new Error(`${tool.provider} is no provider`);
      return describeTool(tool, { policy, narrowing: call.narrowing, status: found.status });
    };
  }

  /** Every tool, described. */
  async describeAll(call: Call): Promise<ToolDescriptor[]> {
    return [...TOOLS.values()].map(await this.describer(call));
  }

  /** Runs the tool of this name. @throws AppError, `VALIDATION` where there is none. */
  invoke(call: Call, name: string, args: unknown): Promise<object> {
    return findTool(name).invoke(this.deps.operations, call, args);
  }
}
