/** What stands where a secret was. */
const MASK = '[redacted]';

/**
 * Secrets that are known by their form: this service's API keys, Atlassian's tokens (API tokens and those of its
 * apps begin so), and JSON Web Tokens, whose first part is always base64url of `{"`.
 */
const KNOWN = /aik_[0-9a-f]{16}_[\w-]+|\bAT(?:[A-Z]TT|BB|OA)[\w=-]{12,}|\beyJ[\w-]{8,}(?:\.[\w.-]*)?/g;

/**
 * Keys and tokens are long and have no gaps; base64, as Data Center's personal access tokens are, has `+`, `/` and `=`,
 * percent-encoded in a path.
 */
const LONG_PIECES = /(?:[\w+/=-]|%2[BF]|%3D){40,}/gi;
const LONG_PIECE_CHARACTERS = 40;
/** In one segment of a path that is no secret, digits and letters of both cases rarely come together. */
const MIXED_CHARACTERS = 12;

/** Whether a text holds a secret that is known by its form. */
export function holdsKnownSecret(text: string): boolean {
  return text.search(KNOWN) !== -1;
}

/** A text in which secrets that are known by their form are masked, for what may well be long and no secret. */
export function withoutKnownSecrets(text: string): string {
  return text.replace(KNOWN, MASK);
}

/** Whether a text holds a secret, or what is long enough to be one. */
export function holdsSecret(text: string): boolean {
  return withoutSecrets(text) !== text;
}

/** A text for a log, a record or an answer: whatever is or may be a secret is masked. */
export function withoutSecrets(text: string): string {
  return withoutKnownSecrets(text).replace(LONG_PIECES, (piece) => (mayBeSecret(piece) ? MASK : piece));
}

/** A slash is a letter of base64, and parts the segments of a path. */
function mayBeSecret(piece: string): boolean {
  return piece.split(/\/|%2F/i).some((segment) => {
    if (segment.length >= LONG_PIECE_CHARACTERS) return true;
    return segment.length >= MIXED_CHARACTERS && [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(segment));
  });
}
