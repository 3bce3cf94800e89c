import { z } from 'zod';
import { jsonExcess, takesWholeNumbers } from '../json.ts';
import { nearestName, sameName } from './nearest.ts';

/** What is wrong with one member of an input. */
export interface Problem {
  path: string[];
  message: string;
  /** Of an unknown name: those that are known where it stands, and the one that was probably meant. */
  known?: readonly string[];
  nearest?: string;
}

interface Forms {
  /** The members that the form of `value` has. That of an empty one is the plain form. */
  known: (value: Record<string, unknown>) => readonly string[];
  /** The members that the plain form cannot do without, for those who are told of it alone. */
  needed?: readonly string[];
  /** The members of Atlassian's own body, and those that it cannot do without. */
  raw?: { known: readonly string[]; needed: readonly string[] };
}

/**
 * Input that comes in several forms. A schema is registered after everything else was said of it, since saying more makes
 * another schema.
 */
export const forms = z.registry<Forms>();

/** Entries of lists in which none can hold a comma: one text may name several of them. */
export const commaApart = z.registry<object>();

/** Words that count as they are written alone, such as those that are part of an address. */
export const asWritten = z.registry<object>();

type Schema = z.core.$ZodType;

export interface Tidied {
  value: unknown;
  problems: Problem[];
  /** Where one string was taken for a list: an entry that is wrong there goes by the name of the list. */
  listed: string[][];
}

/** Unknown names that are reported; of thousands, the first ones say enough. */
const MAX_UNKNOWN = 20;
/** No list of ours takes so many, and looking at each costs more than reading it. */
const MAX_ENTRIES = 5_000;
const MAX_JSON_CHARACTERS = 100_000;

export interface TidyOptions {
  /** Top-level names that are no problem although nobody knows them. */
  passedOver?: RegExp | undefined;
  /** Whether text may stand for what it says: digits for a whole number, JSON for an object. */
  isText?: boolean | undefined;
}

/**
 * An input as its schema is written for: without the optional members that are null, without unknown ones, which are
 * problems (strict tool calling sends null for every optional member), and with a list where one string stands for it. A
 * loose object, and what a record or `unknown` holds, passes through untouched.
 */
export function tidy(schema: Schema, value: unknown, options: TidyOptions = {}): Tidied {
  const tidier = new Tidier(options);
  return { value: tidier.read(schema, value, null), problems: tidier.problems, listed: tidier.listed };
}

/** Where something stands: its name, and that in which it does. Put together only where there is something to tell. */
interface Place {
  name: string;
  within: Place | null;
}

function pathOf(place: Place | null): string[] {
  return place === null ? [] : [...pathOf(place.within), place.name];
}

class Tidier {
  readonly problems: Problem[] = [];
  readonly listed: string[][] = [];

  constructor(private readonly options: TidyOptions) {}

  read(schema: Schema, value: unknown, place: Place | null): unknown {
    const declared = declarationOf(schema);
    if (this.options.isText && typeof value === 'string') {
      if (declared.isInteger) return /^\d{1,9}$/.test(value) ? Number(value) : value;
      if (declared.isBoolean) return BOOLEANS.get(value) ?? value;
      if (declared.shape) {
        const parsed = fromJson(value);
        if (typeof parsed !== 'string') return this.read(schema, parsed.value, place);
        this.problems.push({ path: pathOf(place), message: parsed });
        return undefined;
      }
    }
    if (declared.entry) return this.entries(declared.entry, value, place);
    if (declared.options && typeof value === 'string') return declared.options.get(value.trim().toLowerCase()) ?? value;
    if (Number.isSafeInteger(value) && takesWholeNumbers(declared.core)) return String(value);
    return declared.shape && isRecord(value) ? this.members(declared as Declared, value, place) : value;
  }

  private entries(entry: Schema, value: unknown, place: Place | null): unknown {
    if (Array.isArray(value) && value.length > MAX_ENTRIES) {
      this.problems.push({ path: pathOf(place), message: 'has too many entries' });
      return undefined;
    }
    const isApart = commaApart.has(entry) || declarationOf(entry).options !== null;
    const several = (one: unknown): unknown[] => (isApart && typeof one === 'string' ? partsOf(one) : [one]);
    if (Array.isArray(value)) {
      const entries = value.flatMap(several);
      return entries.map((one, index) => this.read(entry, one, { name: String(index), within: place }));
    }
    if (typeof value !== 'string' && typeof value !== 'number') return value;
    this.listed.push(pathOf(place));
    return several(value).map((one) => this.read(entry, one, place));
  }

  private members(declared: Declared, value: Record<string, unknown>, place: Place | null): Record<string, unknown> {
    const { shape, names, isLoose } = declared;
    const known = declared.known?.(value) ?? names;
    const tidied: Record<string, unknown> = isLoose ? { ...value } : {};
    for (const name of known) {
      const member = shape[name];
      if (member === undefined || !Object.hasOwn(value, name)) continue;
      if (value[name] === null && mayBeAbsent(member)) delete tidied[name];
      else tidied[name] = this.read(member, value[name], { name, within: place });
    }
    if (!isLoose) this.refuseUnknown(shape, known, value, place);
    return tidied;
  }

  private refuseUnknown(
    shape: z.core.$ZodShape,
    known: readonly string[],
    value: Record<string, unknown>,
    place: Place | null,
  ): void {
    const { passedOver } = this.options;
    let unknown = 0;
    for (const name of Object.keys(value)) {
      if (known.includes(name)) continue;
      // Who sends null for all that is optional does so for the members of every form.
      if (value[name] === null && Object.hasOwn(shape, name)) continue;
      if (place === null && passedOver?.test(name) === true) continue;
      this.problems.push(unknownName(name, { shape, known, path: pathOf(place), isFirst: unknown === 0 }));
      unknown += 1;
      if (unknown === MAX_UNKNOWN) return;
    }
  }
}

/** What stands between commas; a text without any is one, whatever it is. */
function partsOf(text: string): string[] {
  const parts = text.split(',', MAX_ENTRIES).map((part) => part.trim());
  const told = parts.filter((part) => part !== '');
  return parts.length === 1 || told.length === 0 ? [text] : told;
}

interface Declaration {
  core: Schema;
  shape: z.core.$ZodShape | null;
  /** Of the members of the shape. */
  names: readonly string[];
  isLoose: boolean;
  /** Of what a list holds. */
  entry: Schema | null;
  /** The only values, by how they read in small letters; null where there are others. */
  options: ReadonlyMap<string, string> | null;
  isInteger: boolean;
  isBoolean: boolean;
  isNullable: boolean;
  known: ((value: Record<string, unknown>) => readonly string[]) | undefined;
}
type Declared = Declaration & { shape: z.core.$ZodShape };

/** How a query says yes and no. */
const BOOLEANS = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** Schemas do not change once a request is read, and every request reads some. */
const DECLARATIONS = new WeakMap<Schema, Declaration>();

/** What a schema says about the form of its input, below what is optional, defaulted or transformed. */
function declarationOf(schema: Schema): Declaration {
  const known = DECLARATIONS.get(schema);
  if (known) return known;
  const declaration = readDeclaration(schema);
  DECLARATIONS.set(schema, declaration);
  return declaration;
}

function readDeclaration(schema: Schema): Declaration {
  let [core, isNullable] = [schema, false];
  let known = forms.get(schema)?.known;
  for (;;) {
    const { def } = (core as z.core.$ZodTypes)._zod;
    known ??= forms.get(core)?.known;
    if (def.type === 'pipe') {
      core = def.in._zod.def.type === 'transform' ? def.out : def.in;
    } else if ('innerType' in def) {
      isNullable ||= def.type === 'nullable';
      core = def.innerType;
    } else {
      const isObject = def.type === 'object';
      const isLoose = isObject && def.catchall !== undefined && def.catchall._zod.def.type !== 'never';
      const shape = isObject ? def.shape : null;
      const entry = def.type === 'array' ? def.element : null;
      const isInteger = 'format' in def && def.format === 'safeint';
      const isBoolean = def.type === 'boolean';
      const values = def.type === 'enum' && !asWritten.has(core) ? Object.values(def.entries).map(String) : null;
      const options = values && new Map(values.map((value) => [value.toLowerCase(), value]));
      const names = Object.keys(shape ?? {});
      return { core, shape, names, isLoose, entry, options, isInteger, isBoolean, isNullable, known };
    }
  }
}

const mayBeAbsent = (member: Schema): boolean => member._zod.optin !== undefined && !declarationOf(member).isNullable;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Surroundings {
  shape: z.core.$ZodShape;
  known: readonly string[];
  path: string[];
  isFirst: boolean;
}

function unknownName(name: string, { shape, known, path, isFirst }: Surroundings): Problem {
  const nearest = sameName(name, known) ?? inside(name, shape, known) ?? nearestName(name, known);
  const hint = nearest === null ? '' : ` (did you mean ${nearest}?)`;
  // Once for each object is enough.
  const list = !isFirst ? '' : known.length === 0 ? '; none is known here' : `; known are ${known.join(', ')}`;
  const message = `is unknown${hint}${list}`;
  return { path: [...path, name], message, known, ...(nearest === null ? {} : { nearest }) };
}

/** The member one level below that a name stands for, as `project` does for `filters.project`. */
function inside(name: string, shape: z.core.$ZodShape, known: readonly string[]): string | null {
  for (const member of known) {
    const schema = shape[member];
    const inner = schema && declarationOf(schema).shape;
    const found = inner && sameName(name, Object.keys(inner));
    if (found) return `${member}.${found}`;
  }
  return null;
}

/** The value of JSON text in the limits that bodies have, or what is wrong with it. */
function fromJson(text: string): { value: unknown } | string {
  if (text.length > MAX_JSON_CHARACTERS) return `must be at most ${MAX_JSON_CHARACTERS} characters as text`;
  if (jsonExcess(text) === 'levels') return 'is nested too deeply';
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return 'must be a JSON object';
  }
}
