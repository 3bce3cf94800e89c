/** Levels of nesting that JSON from outside may have: rich text needs some dozens, and recursion ends at some thousands. */
const MAX_LEVELS = 500;

/** Whether walking through `value`, as JSON.stringify does too, could exhaust the stack. */
export function nestsTooDeep(value: unknown, levels = MAX_LEVELS): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => nestsTooDeep(part, levels - 1));
}
