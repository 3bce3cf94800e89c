import createParser, { type Env, type MarkdownIt, type StateBlock, type StateInline, type Token } from 'markdown-it';

/** A list in a list takes two levels. What walks the result recurses, and so does the JSON that it becomes. */
export const MAX_DEPTH = 200;

/**
 * A parser of Markdown: CommonMark with tables, strikethrough and bare addresses. Of HTML it knows `<br>`, a
 * `hardbreak`, and comments, which leave no token; all other HTML is text. Targets of links come as they were written.
 */
export function markdownParser(): MarkdownIt {
  // The parser silently drops what is nested deeper than it is told, so it reads a bit further than we take.
  const parser = createParser({ html: false, linkify: true, maxNesting: MAX_DEPTH + 10 });
  // "readme.md" is a file, not a host: only what begins with a scheme becomes a link.
  parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
  // What becomes of a target is decided later: a refused one would leave its Markdown standing as text.
  parser.validateLink = () => true;
  parser.normalizeLink = (target) => target;
  parser.helpers.parseLinkLabel = labelEnd;
  parser.inline.ruler.before('autolink', 'break_or_comment', (state, silent) =>
    state.src[state.pos] === '<' ? lineBreak(state, silent) || comment(state, silent) : false,
  );
  parser.block.ruler.before('fence', 'comment_block', commentBlock, { alt: ['paragraph', 'reference', 'blockquote'] });
  limitAlternatives(parser);
  return parser;
}

const BREAK = /<br[ \t]*\/?>/iy;

function lineBreak(state: StateInline, silent: boolean): boolean {
  BREAK.lastIndex = state.pos;
  const [found] = BREAK.exec(state.src) ?? [];
  if (found === undefined) return false;
  let end = state.pos + found.length;
  // The line end after it is no second break.
  const next = skipBlanks(state.src, end);
  if (state.src[next] === '\n') end = skipBlanks(state.src, next + 1);
  if (!silent) {
    state.pending = state.pending.trimEnd();
    state.push('hardbreak', 'br', 0);
  }
  state.pos = Math.min(end, state.posMax);
  return true;
}

function comment(state: StateInline, silent: boolean): boolean {
  if (!state.src.startsWith('<!--', state.pos) || state.pos > lastEnd(state)) return false;
  // `<!-->` is a whole comment (CommonMark 0.31, "HTML comment").
  const close = state.src.indexOf('-->', state.pos + 2);
  if (close < 0 || close + 3 > state.posMax) return false;
  let end = close + 3;
  const next = skipBlanks(state.src, end);
  // What stood around it stands together now, with one blank between.
  if (state.pending === '' || /\s$/.test(state.pending)) end = next;
  if (!silent && (next >= state.posMax || state.src[next] === '\n')) state.pending = state.pending.trimEnd();
  state.pos = Math.min(end, state.posMax);
  return true;
}

/**
 * A comment that begins a line; it may have empty lines, unlike one in a paragraph. One that never ends is text, for
 * else a slip of the pen would hide the rest of the document.
 */
function commentBlock(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const start = lineStart(state, startLine);
  if (state.sCount[startLine]! - state.blkIndent >= 4 || !state.src.startsWith('<!--', start)) return false;
  let end = commentEnd(state, startLine, endLine, start + 2);
  if (end === null) return false;
  const behind = ({ at, line }: { line: number; at: number }) => state.src.slice(at, state.eMarks[line]).trim();
  let rest = behind(end);
  // Another one right behind it may go on over lines, too.
  while (rest.startsWith('<!--')) {
    const next = commentEnd(state, end.line, endLine, state.src.indexOf('<!--', end.at) + 2);
    if (next === null) break;
    end = next;
    rest = behind(end);
  }
  // With words after it on its first line, it is the beginning of a paragraph.
  if (rest !== '' && end.line === startLine) return false;
  if (silent) return true;
  state.line = end.line + 1;
  if (rest !== '') {
    state.push('paragraph_open', 'p', 1);
    const token = state.push('inline', '', 0);
    token.content = rest;
    token.children = [];
    state.push('paragraph_close', 'p', -1);
  }
  return true;
}

function commentEnd(
  state: StateBlock,
  startLine: number,
  endLine: number,
  from: number,
): { line: number; at: number } | null {
  // A comment left of a list's text ends the list, and its lines are held against its own indentation.
  const indent = Math.min(state.blkIndent, state.sCount[startLine]!);
  const within = `${endLine} ${indent}`;
  const endless = endlessFrom(state);
  const known = endless.get(within);
  if (known !== undefined && startLine >= known) return null;
  for (let line = startLine; line < endLine; line += 1) {
    // The container ends here.
    if (line > startLine && !state.isEmpty(line) && state.sCount[line]! < indent) return null;
    const text = state.src.slice(line === startLine ? from : lineStart(state, line), state.eMarks[line]);
    const at = text.indexOf('-->');
    if (at >= 0) return { line, at: state.eMarks[line]! - text.length + at + 3 };
  }
  endless.set(within, startLine);
  return null;
}

const ENDLESS = new WeakMap<StateBlock, Map<string, number>>();
const LAST_END = new WeakMap<StateInline, number>();

/** From which line on no comment ends, by container: each unclosed one would be looked for to the end otherwise. */
function endlessFrom(state: StateBlock): Map<string, number> {
  return remembered(ENDLESS, state, () => new Map());
}

/** Where the last comment can end. */
function lastEnd(state: StateInline): number {
  return remembered(LAST_END, state, () => state.src.lastIndexOf('-->'));
}

function lineStart(state: StateBlock, line: number): number {
  return state.bMarks[line]! + state.tShift[line]!;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return at;
}

interface Label {
  /** Where its bracket is closed; -1 for never. */
  end: number;
  /** Whether there is a link within: then it is none itself. */
  links: boolean;
}

const LABELS = new WeakMap<StateInline, Map<number, Label>>();

/**
 * Does what the parser's own function of this name does, in time linear in the text: that one looks again from every
 * bracket, to the end when it is not closed, and 38 KB of `![` took it half a second.
 */
function labelEnd(state: StateInline, start: number, disableNested = false): number {
  const known = remembered(LABELS, state, () => new Map<number, Label>());
  if (!known.has(start)) readLabels(state, start, known);
  const { end, links } = known.get(start) ?? { end: -1, links: false };
  return end >= state.posMax || (disableNested && links) ? -1 : end;
}

/** Finds the end of the label at `start` and of all that begin within. */
function readLabels(state: StateInline, start: number, known: Map<number, Label>): void {
  const before = state.pos;
  const open = [{ start, links: false }];
  state.pos = start + 1;
  for (let label = open.at(-1); label && state.pos < state.posMax; label = open.at(-1)) {
    const at = state.pos;
    if (state.src[at] === ']') {
      known.set(label.start, { end: at, links: label.links });
      open.pop();
      const outer = open.at(-1);
      if (outer && label.links) outer.links = true;
      state.pos = at + 1;
      continue;
    }
    state.md.inline.skipToken(state);
    if (state.src[at] !== '[') continue;
    const inner = known.get(at);
    if (state.pos > at + 1) label.links = true;
    else if (inner === undefined) open.push({ start: at, links: false });
    else if (inner.end < 0) break;
    else {
      if (inner.links) label.links = true;
      state.pos = inner.end + 1;
    }
  }
  for (const { start: unclosed } of open) known.set(unclosed, { end: -1, links: false });
  state.pos = before;
}

function remembered<K extends object, V>(memory: WeakMap<K, V>, key: K, make: () => V): V {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  return made;
}

/** The words for an image are Markdown with images again, read anew at each level: from the second on they are text. */
function limitAlternatives(parser: MarkdownIt): void {
  const parse = parser.inline.parse.bind(parser.inline);
  parser.inline.parse = (text: string, markdownIt: MarkdownIt, env: Env, out: Token[]): void => {
    const depth = Number(env.imageDepth ?? 0);
    env.imageDepth = depth + 1;
    if (depth < 2) parse(text, markdownIt, env, out);
    else {
      const state = new parser.inline.State(text, markdownIt, env, out);
      state.pending = text;
      state.pushPending();
    }
    env.imageDepth = depth;
  };
}
