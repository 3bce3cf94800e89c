/** Random secrets and keys have more; six digits that repeat do not. */
const MIN_DIFFERENT_UNITS = 6;
/** What must be left without words, runs and repetitions: 12 random letters and digits have 60 bits or more. */
const MIN_UNPREDICTABLE = 12;
const MIN_RUN = 4;
/** What is longer is judged by its beginning. */
const MAX_JUDGED = 256;

/** What templates have in the place of a secret, without case and separators. */
const PLACEHOLDER = /change(?:me|this|it)|replace(?:me|this)|placeholder|your(?:secret|key|own)/;
/** What a template engine or a shell should have replaced, or a person. */
const TEMPLATE = [
  /\$\{[A-Za-z_][^${}]*\}|\$\([a-z][^$()]*\)|\{\{[^{}]*\}\}/,
  /^(?:<[\w .,:/-]+>|\[[\w .,:/-]+\]|%\w+%|\$[A-Za-z_]+)$/,
];

/** In the names of settings, in placeholders, and in the passwords that people choose. */
const WORDS =
  `access account admin administrator anything apikey application atlassian auth authentication backend base base64 bearer
  build byte bytes change changeit changeme changethis character characters client cloud code company config configuration
  confluence connector cookie create crypto cryptographic dev develop development demo default deploy docker dummy encrypt
  encrypted encryption enter env environment example fake fill forge generate generated goes hello here hex insert
  integration issue jira keep least length letmein local localhost long make master minimum must need nobody oauth only
  openssl organisation organization paste passphrase password passwd please prod production project private public rand
  random real replace sample sandbox secret secrets secure security server service session setting should sign signing
  simple some something staging state store strong string super temp template temporary test testing this thing
  token tokens todo unsafe user value variable vault very welcome with world write your placeholder hunter2 admin123 that
  than more really tell share commit used`.split(/\s+/);
/** Short enough to turn up in random text, so each still counts as one character. */
const SHORT_WORDS =
  'a an and any app at be bit bits by do for foo bar baz for from in is it jwt key keys may me my no not of or the to use via'.split(
    ' ',
  );
const ROWS = [
  ...['abcdefghijklmnopqrstuvwxyz', '01234567890123456789', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', 'qwertz', 'azerty'],
  ...['1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p', 'qazwsxedcrfvtgbyhnujmikolp', '!@#$%^&*()_+'],
].flatMap((row) => [row, [...row].reverse().join('')]);
const LOOKALIKES: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
};

/** Why somebody may guess `text`, to be continued from its name; null for what is random enough. */
export function whyGuessable(text: string): string | null {
  if (TEMPLATE.some((pattern) => pattern.test(text))) return 'is a placeholder';
  const lower = text.slice(0, MAX_JUDGED).toLowerCase();
  if (repeats([...lower])) return 'repeats the same few characters';
  if (PLACEHOLDER.test(lower.replace(/[^a-z]/g, ''))) return 'is a placeholder';
  return unpredictable(lower) < MIN_UNPREDICTABLE ? 'consists of common words, runs or repetitions' : null;
}

/** The same for the bytes of a key. */
export function whyGuessableBytes(bytes: Buffer): string | null {
  if (repeats([...bytes])) return 'repeats the same few bytes';
  const steps = new Set([...bytes.subarray(1)].map((byte, index) => (byte - (bytes[index] ?? 0)) & 0xff));
  if (steps.size === 1) return 'counts up or down';
  const text = bytes.toString('latin1');
  return /^[ -~]+$/.test(text) ? whyGuessable(text) : null;
}

/** Whether the units are few different ones, or a piece that comes again and again. */
function repeats(units: readonly unknown[]): boolean {
  if (new Set(units).size < MIN_DIFFERENT_UNITS) return true;
  const lengths = Array.from({ length: Math.floor(units.length / 2) }, (_, index) => index + 1);
  return lengths.some((length) => units.every((unit, index) => index < length || unit === units[index - length]));
}

/** How many characters are in no word, no run and no repetition, where these take away as many as they can. */
function unpredictable(text: string): number {
  const spelled = text.replace(/[013457@$]/g, (character) => LOOKALIKES[character] ?? character);
  const starts = (word: string, at: number) => text.startsWith(word, at) || spelled.startsWith(word, at);
  /** By where it begins: the least that the rest of the text leaves. */
  const left = new Array<number>(text.length + 1).fill(0);
  const after = (index: number) => left[index] ?? 0;
  for (let at = text.length - 1; at >= 0; at--) {
    const isSeparator = /[-_\s.,:;!?/'"<>()[\]{}]/.test(text[at] ?? '');
    let least = after(at + 1) + (isSeparator ? 0 : 1);
    for (const word of WORDS) if (starts(word, at)) least = Math.min(least, after(at + word.length));
    for (const word of SHORT_WORDS) if (starts(word, at)) least = Math.min(least, after(at + word.length) + 1);
    for (let length = MIN_RUN; at + length <= text.length; length++) {
      const piece = text.slice(at, at + length);
      if (!text.slice(0, at + length - 1).includes(piece) && !ROWS.some((row) => row.includes(piece))) break;
      least = Math.min(least, after(at + length));
    }
    left[at] = least;
  }
  return after(0);
}
