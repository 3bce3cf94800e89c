/** What stands where a secret was. */
const MASK = '[redacted]';

/** API keys of this service. */
const OURS = 'aik_[0-9a-f]{16}_[\\w-]+';
/** API tokens and those of apps. */
const ATLASSIAN = '\\bAT(?:[A-Z]TT|BB|OA)[\\w=-]{12,}';
/** The first part of a JSON Web Token is always base64url of `{"`. */
const JWT = '\\beyJ[\\w-]{8,}(?:\\.[\\w.-]*)?';
const PRIVATE_KEY = '-----BEGIN[^]*';
const AWS = 'A(?:KIA|SIA)[A-Z0-9]{16}';
const GOOGLE = 'GOCSPX-[\\w-]{8,}|AIza[\\w-]{30,}';
const GITHUB = 'gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\\w{20,}';
const GITLAB = 'gl(?:pat|oas|dt|rt|ptt|cbt|agent)-[\\w-]{16,}';
const NPM = 'npm_[A-Za-z0-9]{20,}';
/** OpenAI and Anthropic. */
const MODELS = '(?:\\b|%2F)sk-(?:(?:proj|ant|svcacct|admin)-[\\w-]{12,}|[A-Za-z0-9]{20,})';
const STRIPE = '[prs]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[\\w+/]{16,}';
const SLACK = 'xox[a-z]-[\\w-]{10,}|xapp-[\\w-]{10,}';
/** Secrets that are known by their form. */
const KNOWN = new RegExp(
  `${OURS}|${ATLASSIAN}|${JWT}|${PRIVATE_KEY}|${AWS}|${GOOGLE}|${GITHUB}|${GITLAB}|${NPM}|${MODELS}|${STRIPE}|${SLACK}`,
  'g',
);

/**
 * Keys and tokens are long and have no gaps; base64, as Data Center's personal access tokens are, has `+`, `/` and `=`,
 * percent-encoded in a path.
 */
const LONG_PIECES = /(?:[\w+/=-]|%2[BF]|%3D){40,}/gi;
const LONG_PIECE_CHARACTERS = 40;
/** In one word that is no secret, digits and letters of both cases rarely come together. */
const MIXED_CHARACTERS = 12;

/** The password of a URL, and of a user without one. Bounded, so that the search is linear. */
const PASSWORDS = /(?::|%3A)[^\s/:@]{1,200}?(?:@|%40)/gi;

/** A word as a key or token is one. A tenant's name may look like one, and is let pass where it is known to stand. */
const WORDS = /\/tenants\/[^/\s]*|(?:~|%7E)?[\w-]{12,}/gi;
const TENANT = /^\/tenants\//i;
/** A personal space is named after its owner's account id, which may be long and hexadecimal. */
const PERSONAL_SPACE = /^(?:~|%7E)/i;
/** An account id of Atlassian has 24 digits. */
const LONG_HEX = /^(?=[a-f]*\d)[0-9a-f]{25,}$/i;
const ACCOUNT_ID = /^[0-9a-z]{24}$/i;
const ACCOUNT_ID_OR_HEX = /^(?=[a-f]*\d)[0-9a-f]{24,}$/i;
/** Pieces of one kind, a capitalised word being one: `TeamSpace2024` has three, what is random has many. */
const PIECES_OF_ONE_KIND = /[A-Z]?[a-z]+|[A-Z]+|\d+/g;
const RANDOM_PIECES = 5;
const RANDOM_PIECE_CHARACTERS = 3;
const LOWER_CASE_TOKEN_CHARACTERS = 20;

/** Whether a text holds a secret that is known by its form. */
export function holdsKnownSecret(text: string): boolean {
  return text.search(KNOWN) !== -1;
}

/** A text in which secrets that are known by their form are masked, for what may well be long and no secret. */
export function withoutKnownSecrets(text: string): string {
  return text.replace(KNOWN, MASK);
}

/** Whether a text holds a secret, or what looks like one. */
export function holdsSecret(text: string): boolean {
  return withoutSecrets(text) !== text;
}

/** A text for a log: what is a secret or looks like one is masked. The names of tenants, spaces and classes stay. */
export function withoutSecrets(text: string): string {
  return masked(text, looksRandom);
}

/**
 * Whether a name that a caller typed, as of a project or a space, may be a secret. Stricter than for a text: where a
 * name is left out for nothing, little is lost.
 */
export function mayBeSecret(name: string): boolean {
  return withoutPastedSecrets(name) !== name;
}

/**
 * A text for whoever may have pasted a secret into what it repeats: whatever may be one is masked.
 * @param offered what the text offers of itself: an account id among it stays.
 */
export function withoutPastedSecrets(text: string, offered: readonly string[] = []): string {
  const isOffered = (word: string) => ACCOUNT_ID.test(word) && offered.includes(word);
  return masked(text, (word) => !isOffered(word) && (looksRandom(word) || mayBeRandom(word)));
}

function masked(text: string, isSecret: (word: string) => boolean): string {
  return withoutKnownSecrets(text)
    .replace(LONG_PIECES, (piece) => (isLongSecret(piece) ? MASK : piece))
    .replace(PASSWORDS, MASK)
    .replace(WORDS, (word) => (TENANT.test(word) || !isSecret(word) ? word : MASK));
}

/** A slash is a letter of base64, and parts the segments of a path. */
function isLongSecret(piece: string): boolean {
  return piece.split(/\/|%2F/i).some((segment, at, segments) => {
    if (segment.length >= LONG_PIECE_CHARACTERS) return true;
    return segments[at - 1] !== 'tenants' && segment.length >= MIXED_CHARACTERS && isMixed(segment);
  });
}

function isMixed(word: string): boolean {
  return [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(word));
}

/** Whether a word changes between cases and digits as often as only a random one does. */
function looksRandom(word: string): boolean {
  if (PERSONAL_SPACE.test(word)) return false;
  if (word.split(/[_-]/).some((run) => LONG_HEX.test(run))) return true;
  const pieces = piecesOf(word);
  return isMixed(word) && pieces >= RANDOM_PIECES && pieces * RANDOM_PIECE_CHARACTERS >= word.length;
}

function mayBeRandom(word: string): boolean {
  if (PERSONAL_SPACE.test(word)) return false;
  return word.split(/[_-]/).some((run) => {
    if (ACCOUNT_ID_OR_HEX.test(run)) return true;
    if (run.length >= MIXED_CHARACTERS && isMixed(run)) return true;
    return run.length >= LOWER_CASE_TOKEN_CHARACTERS && piecesOf(run) >= RANDOM_PIECES;
  });
}

function piecesOf(word: string): number {
  return word.match(PIECES_OF_ONE_KIND)?.length ?? 0;
}
