import { DEFAULT_TOOLS, TOOLS, type Tool } from '../operations/catalogue.ts';
import { noSuch } from '../operations/nearest.ts';

/** What toolsets there are: those that operations name, those that most work needs, and everything. */
export const TOOLSETS: readonly string[] = [
  ...['default', 'all'],
  ...new Set([...TOOLS.values()].map(({ toolset }) => toolset)),
];

/**
 * The tools of these toolsets together, in the catalogue's order.
 * @param parameter where they were named.
 * @throws AppError `VALIDATION` naming the toolsets there are, and the nearest.
 */
export function toolsIn(toolsets: readonly string[], parameter: string): Tool[] {
  const unknown = toolsets.find((name) => !TOOLSETS.includes(name));
  if (unknown !== undefined) throw noSuch({ parameter, given: unknown, known: { toolsets: TOOLSETS } });
  const isIn = ({ name, toolset }: Tool) =>
    toolsets.includes('all') || toolsets.includes(toolset) || (toolsets.includes('default') && DEFAULT_TOOLS.has(name));
  return [...TOOLS.values()].filter(isIn);
}
