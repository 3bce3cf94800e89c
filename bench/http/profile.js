// Where a process spends its time, from V8's samples of it.
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** V8's own states, which are no functions of anybody. */
const IDLE = new Set(['(idle)', '(program)', '(root)']);

/**
 * The functions that take most of the time: by themselves, and with everything they call.
 * @param profile a profile of the inspector's `Profiler` domain
 * @returns {{ self: Share[], inclusive: Share[] }} shares of the time that was not spent idle
 * @typedef {{ name: string, share: number }} Share
 */
export function topFunctions({ nodes, samples, timeDeltas }, count) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parentOf = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const own = new Map();
  for (const [index, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + timeDeltas[index]);
  const [self, inclusive] = [new Map(), new Map()];
  let total = 0;
  for (const [id, time] of own) {
    if (IDLE.has(byId.get(id).callFrame.functionName)) continue;
    total += time;
    add(self, nameOf(byId.get(id)), time);
    const seen = new Set();
    for (let at = id; at !== undefined; at = parentOf.get(at)) seen.add(nameOf(byId.get(at)));
    for (const name of seen) add(inclusive, name, time);
  }
  const top = (times) =>
    [...times]
      .filter(([name]) => !IDLE.has(name.split(' ')[0]))
      .sort(([, one], [, other]) => other - one)
      .slice(0, count)
      .map(([name, time]) => ({ name, share: time / total }));
  return { self: top(self), inclusive: top(inclusive) };
}

/** Markdown tables of both. */
export function profileTables({ self, inclusive }) {
  const rows = (shares) => shares.map(({ name, share }) => `| \`${name}\` | ${(100 * share).toFixed(1)} % |`);
  const head = (title) => [`| ${title} | share |`, '|---|---|'];
  return [...head('by itself'), ...rows(self), '', ...head('with what it calls'), ...rows(inclusive)].join('\n');
}

function add(times, name, time) {
  times.set(name, (times.get(name) ?? 0) + time);
}

/** The function's name and where it stands: `search dist/chunks/….js:12`. */
function nameOf({ callFrame: { functionName, url, lineNumber } }) {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  const path = url.startsWith('file://') ? fileURLToPath(url).replace(ROOT, '') : url;
  return `${name} ${path.replace(/^node_modules\//, '')}:${lineNumber + 1}`;
}
