import { DEFAULT_TOOLS, findTool, TOOLS } from '../operations/catalogue.ts';
import { noSuch } from '../operations/nearest.ts';
import type { Tool } from '../operations/tool.ts';
import { isAvailable, type Viewer } from './descriptor.ts';

/** What is chosen from: all tools, and the names of those that are offered where nobody says which. */
export interface Choice {
  tools: readonly Tool[];
  defaults: ReadonlySet<string>;
}

const CATALOGUE: Choice = { tools: [...TOOLS.values()], defaults: DEFAULT_TOOLS };

/** What toolsets there are: the most used tools, all of them, and those that the operations themselves name. */
export const TOOLSETS: readonly string[] = [
  ...['default', 'all'],
  ...new Set(CATALOGUE.tools.map(({ toolset }) => toolset)),
];

/** The query parameters by which tools are asked for: one toolset, or toolsets or tools separated by commas. */
export interface AskedToolsets {
  toolset?: string | undefined;
  toolsets?: string | undefined;
  tools?: string | undefined;
}

/**
 * The tools that were asked for, by name or by toolset, in the catalogue's order; null where none were.
 * @throws AppError `VALIDATION` naming the tools or toolsets there are, and the nearest.
 */
export function toolsAsked(asked: AskedToolsets, choice = CATALOGUE): Tool[] | null {
  const toolsets = (['toolset', 'toolsets'] as const).flatMap((parameter) => {
    const named = listed(asked[parameter]);
    const unknown = named.find((name) => !TOOLSETS.includes(name));
    if (unknown !== undefined) throw noSuch({ parameter, given: unknown, known: { toolsets: TOOLSETS }, isOurs: true });
    return named;
  });
  const names = new Set(listed(asked.tools).map((name) => findTool(name, 'tools').name));
  if (toolsets.length + names.size === 0) return null;
  const inToolsets = new Set(toolsIn(toolsets, choice));
  return choice.tools.filter((tool) => inToolsets.has(tool) || names.has(tool.name));
}

const listed = (names = ''): string[] =>
  names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

/**
 * The tools that a client is offered which can only be told what it may call: those of the toolsets that it asked for, or
 * that it names one by one (`X-Tools`), or else of the default one.
 * @throws AppError `VALIDATION` for a toolset that there is not.
 */
export function offeredTools(asked: AskedToolsets, viewer: Viewer, choice = CATALOGUE): Tool[] {
  const usual = viewer.narrowing.tools === null ? 'default' : 'all';
  const offered = toolsAsked(asked, choice) ?? toolsIn([usual], choice);
  return offered.filter((tool) => isAvailable(tool, viewer));
}

function toolsIn(toolsets: readonly string[], { tools, defaults }: Choice): Tool[] {
  const isIn = ({ name, toolset }: Tool) =>
    toolsets.includes('all') || toolsets.includes(toolset) || (toolsets.includes('default') && defaults.has(name));
  return tools.filter(isIn);
}
