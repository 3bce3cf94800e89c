import type { Told } from './answer.ts';
import { type Connections, connectionsOf } from './connections.ts';
import { listOperation } from './list-operation.ts';
import { OPERATIONS, type Operations, type Tool } from './operations.ts';
import { type ClientOptions, sender } from './send.ts';
import type { CallOptions, ListPage } from './shapes.ts';

/** The operations as tools. */
export interface Tools {
  /** What a tool takes and gives, and whether this caller may use it now. */
  get(name: keyof typeof OPERATIONS, options?: CallOptions): Promise<Tool>;
}

/** Every operation of the service, under its own name: `client.jira.search(…)`. */
export interface Client extends Operations {
  readonly connections: Connections;
  readonly tools: Tools;
}

/**
 * A client of the service for one tenant. It keeps no state, and sends nothing before the first call. A failed call
 * rejects with an `IntegrationError`, an aborted one with the reason of its signal.
 * @throws TypeError that names the option with which nothing could be sent.
 */
export function createClient(options: ClientOptions): Client {
  const send = sender(options);
  const client: Record<string, Record<string, unknown>> = {};
  for (const [tool, [kind, member]] of Object.entries(OPERATIONS)) {
    const [product, name] = tool.split('.') as [string, string];
    const ask = <Answer>(given: object = {}, callOptions?: CallOptions): Promise<Answer> => {
      // Programs want answers whole; what else would be shortened is meant for the context of an agent.
      const args: { view?: unknown } = kind === 'write' ? given : { view: 'full', ...given };
      const isPage = ({ items, next_cursor }: Told) =>
        Array.isArray(items) && (next_cursor !== undefined || args.view === 'brief');
      const isAnswer = kind === 'list' ? isPage : (told: Told) => Object.hasOwn(told, member);
      return send({ method: 'POST', path: '/connectors/tools/invoke', body: { tool, args }, isAnswer }, callOptions);
    };
    const operations = client[product] ?? {};
    client[product] = operations;
    operations[name] = kind === 'list' ? listOperation(ask<ListPage<unknown>>) : ask;
  }
  const tools: Tools = {
    get: (name, callOptions) => {
      const path = `/connectors/tools/${encodeURIComponent(name)}`;
      return send({ method: 'GET', path, isAnswer: ({ available }) => typeof available === 'boolean' }, callOptions);
    },
  };
  return { ...client, connections: connectionsOf(send, options), tools } as unknown as Client;
}
