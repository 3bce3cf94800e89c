/** A text that was cut still says what it is about. */
const LEAST_TEXT = 200;
/** A list that takes no more is told whole: it costs little, and its being empty would say something else. */
const SMALL_LIST = 200;
/** Names, addresses and files: a piece of one is another one, or none. */
const WHOLE = /(?:^|_)(?:id|key|url|cursor|icon|base64)$/;
/** Without these, nobody could ask for the rest. */
const IDENTITY = /^(?:id|key|url)$/;
const MAX_PATH_CHARACTERS = 60;

type Json = Record<string, unknown>;

interface Cut {
  kind: 'text' | 'list';
  /** Characters or entries: what is left of the longest, and what there was. */
  kept: number;
  of: number;
  times: number;
}

/** What was cut, by where it stands, whichever rows of lists that is in. */
type Cuts = Map<string, Cut>;

interface Place {
  path: string;
  /** The last name on the way. */
  name: string;
  cuts: Cuts;
}

export interface Fitted {
  told: Json;
  /** What was cut, in sentences: all of it, if need be by its names alone. */
  cut: string[];
}

/**
 * An answer made to fit: what is longest is cut first, and all that is cut is left as long as the rest. Where
 * that is not enough, members are left out, the longest first.
 * @param limit characters of all of it as JSON, with `cut`.
 * @param further characters that go with it.
 */
export function fitted(answer: Json, limit: number, further: number): Fitted {
  let room = limit - further;
  let fit = fittedInto(answer, room, limit);
  // How much is told of a cut is known only when it is made.
  for (let nth = 0; nth < 5; nth++) {
    const excess = lengthOf(fit.told) + lengthOf(fit.cut) + further - limit;
    if (excess <= 0) break;
    room -= excess;
    fit = fittedInto(answer, room, limit);
  }
  return fit;
}

function fittedInto(answer: Json, room: number, limit: number): Fitted {
  const cuts: Cuts = new Map();
  const members = Object.entries(answer);
  const left: string[] = [];
  const least = new Map(members.map(([name, value]) => [name, overheadOf(name) + leastOf(value, name)]));
  let needed = [...least.values()].reduce((sum, one) => sum + one, 2);
  const byLength = [...least].sort(
    ([name, one], [other, another]) => Number(IDENTITY.test(name)) - Number(IDENTITY.test(other)) || another - one,
  );
  for (const [name, length] of byLength) {
    if (needed <= room) break;
    needed -= length;
    left.push(name);
  }
  const kept = Object.fromEntries(members.filter(([name]) => !left.includes(name)));
  return { told: shrunkObject(kept, room, { path: '', name: '', cuts }), cut: sentencesOn(cuts, left, limit) };
}

function sentencesOn(cuts: Cuts, left: string[], limit: number): string[] {
  const gone = left.length === 0 ? [] : [`${left.map(short).join(', ')}: left out.`];
  const lines = [...[...cuts].map(([path, cut]) => `${short(path)}: ${sentenceOn(cut)}`), ...gone];
  if (lengthOf(lines) <= limit / 3) return lines;
  const named = cuts.size === 0 ? [] : [`${[...cuts.keys()].map(short).join(', ')}: shortened.`];
  return [...named, ...gone].map((line) => line.slice(0, limit / 6));
}

function sentenceOn({ kind, kept, of, times }: Cut): string {
  const unit = kind === 'text' ? ' characters' : '';
  if (times === 1) return `the first ${kept} of ${of}${unit}.`;
  return `the first ${kept}${unit} at most, of ${times} ${kind}s.`;
}

const short = (path: string): string => path.slice(0, MAX_PATH_CHARACTERS);

/** Characters of a value as JSON. */
const lengthOf = (value: unknown): number => JSON.stringify(value)?.length ?? 0;
/** Characters beside a member's value: its name, a colon and a comma. */
const overheadOf = (name: string): number => lengthOf(name) + 2;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** How short a value can be made. */
function leastOf(value: unknown, name: string): number {
  if (typeof value === 'string' && !WHOLE.test(name) && value.length > LEAST_TEXT) {
    return lengthOf(value.slice(0, LEAST_TEXT)) + 1;
  }
  if (Array.isArray(value)) {
    const first = value.length === 0 ? 0 : leastOf(value[0], name) + 1;
    return isSmall(value) ? lengthOf(value) : first + 2;
  }
  if (!isObject(value)) return lengthOf(value);
  return Object.entries(value).reduce((sum, [own, member]) => sum + overheadOf(own) + leastOf(member, own), 2);
}

const isSmall = (list: unknown[]): boolean => list.length <= SMALL_LIST && lengthOf(list) <= SMALL_LIST;

function shrunk(value: unknown, room: number, place: Place): unknown {
  if (typeof value === 'string') return WHOLE.test(place.name) ? value : shrunkText(value, room, place);
  if (Array.isArray(value)) return isSmall(value) ? value : shrunkList(value, room, place);
  return isObject(value) ? shrunkObject(value, room, place) : value;
}

function shrunkObject(value: Json, room: number, { path, cuts }: Place): Json {
  const members = Object.entries(value);
  const beside = members.reduce((sum, [name]) => sum + overheadOf(name), 2);
  const parts = members.map(([name, member]) => ({ most: lengthOf(member), least: leastOf(member, name) }));
  const level = levelFor(parts, room - beside);
  const cut = members.map(([name, member], index): [string, unknown] => {
    const [most = 0, share] = [parts[index]?.most, Math.max(level, parts[index]?.least ?? 0)];
    return [
      name,
      most <= share ? member : shrunk(member, share, { path: path === '' ? name : `${path}.${name}`, name, cuts }),
    ];
  });
  return Object.fromEntries(cut);
}

/** As many entries as there is room for where their texts are short, and then their texts as long as they may be. */
function shrunkList(list: unknown[], room: number, { path, name, cuts }: Place): unknown[] {
  const kept: unknown[] = [];
  const parts: Part[] = [];
  let left = room - 2;
  for (const entry of list) {
    const least = leastOf(entry, name);
    left -= least + 1;
    if (left < 0) break;
    kept.push(entry);
    parts.push({ most: lengthOf(entry), least });
  }
  if (kept.length < list.length) note(cuts, path, { kind: 'list', kept: kept.length, of: list.length });
  const level = levelFor(parts, room - 2 - kept.length);
  return kept.map((entry, index) => {
    const share = Math.max(level, parts[index]?.least ?? 0);
    return (parts[index]?.most ?? 0) <= share ? entry : shrunk(entry, share, { path, name, cuts });
  });
}

function shrunkText(text: string, room: number, { path, cuts }: Place): string {
  // No half of a character is left at the end.
  const first = (length: number) => `${text.slice(0, length).replace(/[\ud800-\udbff]$/, '')}…`;
  let [least, most] = [Math.min(LEAST_TEXT, text.length), Math.min(text.length, Math.max(LEAST_TEXT, room))];
  // JSON writes some characters with several.
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (lengthOf(first(middle)) <= room) least = middle;
    else most = middle - 1;
  }
  if (least >= text.length) return text;
  note(cuts, path, { kind: 'text', kept: least, of: text.length });
  return first(least);
}

interface Part {
  most: number;
  least: number;
}

/** How long each of the parts may be at most, so that all of them fit; those that cannot be so short are longer. */
function levelFor(parts: Part[], room: number): number {
  const fits = (level: number) =>
    parts.reduce((sum, { most, least }) => sum + Math.max(Math.min(most, level), Math.min(most, least)), 0) <= room;
  let [low, high] = [0, Math.max(0, room)];
  if (fits(high)) return high;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function note(cuts: Cuts, path: string, { kind, kept, of }: Omit<Cut, 'times'>): void {
  const before = cuts.get(path);
  cuts.set(path, {
    kind,
    kept: Math.max(kept, before?.kept ?? 0),
    of: Math.max(of, before?.of ?? 0),
    times: (before?.times ?? 0) + 1,
  });
}
