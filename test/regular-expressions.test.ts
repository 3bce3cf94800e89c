import { readdirSync, readFileSync } from 'node:fs';
import { createContext, Script } from 'node:vm';
import { parseSync } from 'vite';
import { describe, expect, it } from 'vitest';
import { cpuMs } from './support/cpu.ts';
import { hostileTexts } from './support/hostile-input.ts';

const LENGTH = 100_000;
/** What is linear takes 2 ms; what is quadratic, 5,000. In between lies a busy machine. */
const MOST_MS = 150;
const TRIES = 5;

interface Exception {
  /** The longest text it can meet. */
  length: number;
  reason: string;
}

/** Expressions that are not linear, and why they may stay: by file and source. */
const EXCEPTIONS: Record<string, Exception> = {};

interface Expression {
  file: string;
  pattern: string;
  flags: string;
}

interface Node {
  type?: string;
  [member: string]: unknown;
}

const root = new URL('../src/', import.meta.url);

/** Every expression in the service, literal or made by `RegExp` of what stands in the same file. */
function expressions(): Expression[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !file.startsWith('sandbox/'))
    .sort()
    .flatMap((file) => expressionsIn(file, readFileSync(new URL(file, root), 'utf8')));
}

function expressionsIn(file: string, text: string): Expression[] {
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed`);
  const found: Expression[] = [];
  const constants = new Map<string, string>();
  walk(program, (node) => {
    if (node.type === 'VariableDeclarator') {
      const value = textOf(node.init as Node, constants);
      if (value !== null) constants.set(String((node.id as Node).name), value);
    }
    const { regex } = node as { regex?: { pattern: string; flags: string } };
    if (regex) found.push({ file, ...regex });
    const isMade = node.type === 'NewExpression' || node.type === 'CallExpression';
    if (isMade && (node.callee as Node).name === 'RegExp') {
      const [source, flags] = node.arguments as Node[];
      // What is only known when it runs stands for itself as a word, as a name in an expression does.
      found.push({ file, pattern: textOf(source, constants, 'word') ?? '', flags: textOf(flags, constants) ?? '' });
    }
  });
  return found;
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const part of value) walk(part, visit);
    return;
  }
  visit(value as Node);
  for (const part of Object.values(value)) walk(part, visit);
}

/** The text that a node stands for; parts that are not known become `unknown`, or make it null. */
function textOf(node: Node | undefined | null, constants: Map<string, string>, unknown?: string): string | null {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type === 'Identifier') return constants.get(String(node.name)) ?? unknown ?? null;
  if (node?.type !== 'TemplateLiteral') return null;
  const holes = (node.expressions as Node[]).map((hole) => textOf(hole, constants, unknown));
  if (holes.includes(null)) return null;
  return (node.quasis as { value: { cooked: string } }[])
    .map(({ value }, at) => value.cooked + (holes[at] ?? ''))
    .join('');
}

const context = createContext({});

/** Milliseconds of CPU that finding every match in the text takes; it is given up soon after the limit. */
function cost(pattern: string, flags: string, text: string): number {
  const all = [...new Set(`${flags.replace('y', '')}g`)].join('');
  Object.assign(context, { expression: new RegExp(pattern, all), text });
  const began = process.cpuUsage();
  try {
    SEARCH.runInContext(context, { timeout: 2 * MOST_MS });
  } catch {
    return Number.POSITIVE_INFINITY;
  }
  return cpuMs(began);
}
const SEARCH = new Script("text.replace(expression, '')");

const FOUND = expressions();

describe('the regular expressions of the service', () => {
  it('are all found', () => {
    expect(FOUND.length).toBeGreaterThan(100);
    expect(expressionsIn('x.ts', "const A = 'x+'; const B = new RegExp(`$" + "{A}y`, 'g'); const C = /z+/u;")).toEqual([
      { file: 'x.ts', pattern: 'x+y', flags: 'g' },
      { file: 'x.ts', pattern: 'z+', flags: 'u' },
    ]);
  });

  it.each(['\\s+$', '<[^>]*>', '(a+)+$', 'x*x*y', '(?:a|aa)+$', '^(\\w+\\s?)*$'])(
    'would be told from %s, which is quadratic or worse',
    (pattern) => {
      expect(hostileTexts(pattern, '', LENGTH).some((text) => cost(pattern, '', text) > MOST_MS)).toBe(true);
    },
  );

  it('have no exception that is not there any more', () => {
    const names = FOUND.map(({ file, pattern }) => `${file} ${pattern}`);
    expect(Object.keys(EXCEPTIONS).filter((name) => !names.includes(name))).toEqual([]);
  });

  it.each(FOUND.map((expression) => [`${expression.file}: ${expression.pattern}`, expression] as const))(
    '%s',
    (_name, { file, pattern, flags }) => {
      const { length } = EXCEPTIONS[`${file} ${pattern}`] ?? { length: LENGTH };
      for (const text of hostileTexts(pattern, flags, length)) {
        let took = cost(pattern, flags, text);
        // Further tries for a machine that was busy.
        for (let tries = 1; tries < TRIES && took > MOST_MS; tries++) took = Math.min(took, cost(pattern, flags, text));
        if (took > MOST_MS) {
          expect.fail(
            `${JSON.stringify(text.slice(0, 40))}… of ${text.length} characters takes ${Math.round(took)} ms`,
          );
        }
      }
    },
  );
});
