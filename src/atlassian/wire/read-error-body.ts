import { decodeEntities, plainLine } from '../text/plain-text.ts';
import { isObject, record, text } from './read.ts';

// Any of these may be as large as an answer may be: what is passed on is bounded, and so is the work.
const MAX_MESSAGES = 20;
/** How many entries of a list are looked at for messages. */
const MAX_ENTRIES = 1_000;
const MAX_MESSAGE_CHARACTERS = 1_000;
const MAX_UPSTREAM_CHARACTERS = 4_000;
/** In a longer error fields are passed over: members cannot be listed one by one, as messages can. */
const MAX_FIELDS_CHARACTERS = 100_000;
const MAX_TITLE_CHARACTERS = 100;
/** How much of a web page is looked at. */
const MAX_HEAD_CHARACTERS = 20_000;

/** An error as it arrived. */
export interface UpstreamErrorAnswer {
  text: string;
  /** `text` as JSON, or undefined where it is none. */
  body: unknown;
  contentType: string;
}

/** What an error says, safe to pass on. */
export interface ErrorWords {
  messages: string[];
  /** The parsed body, where it is small. */
  upstream?: unknown;
  /** The title of a web page that came instead, empty without one. */
  page?: string;
  /** The product, which knows whether there is such a thing; what stands before it; or nobody who speaks JSON. */
  sender: 'product' | 'gateway' | 'other';
}

/**
 * Atlassian's words in an error, in any form of its products: Jira `{errorMessages, errors}`, Confluence v2
 * `{errors: [{title, detail}]}`, Confluence v1 and Data Center `{message, data: {errors: [{message: {key, translation}}]}}`,
 * the gateway `{code, message}`, and plain text such as `XSRF check failed`.
 * @param isSecret whether a text quotes what must not be passed on, as gateways do at times with credentials: then nothing
 *   is.
 */
export function readError(answer: UpstreamErrorAnswer, isSecret: (said: string) => boolean): ErrorWords {
  const { text, body, contentType } = answer;
  const sender = senderOf(body);
  const page = webPageTitle(text, body, contentType);
  const messages = page === null ? wordsIn(text, body) : [];
  const isSmall = body !== undefined && text.length <= MAX_UPSTREAM_CHARACTERS;
  // JSON may write a character as its number, so it is looked at in both forms.
  const said = [...messages, page, isSmall ? text : null, isSmall ? JSON.stringify(body) : null];
  if (said.some((part) => part !== null && isSecret(part))) return { messages: [], sender };
  return {
    messages: messages.map((message) => message.slice(0, MAX_MESSAGE_CHARACTERS)),
    ...(isSmall ? { upstream: body } : {}),
    ...(page === null ? {} : { page }),
    sender,
  };
}

/** The title of a web page where JSON was wanted, empty without one; null for what is no web page. */
export function webPageTitle(text: string, body: unknown, contentType: string): string | null {
  if (body !== undefined) return null;
  const head = text.slice(0, MAX_HEAD_CHARACTERS);
  if (!/\bx?html\b/i.test(contentType) && !/^\s*<(?:!doctype html|html|head|body)\b/i.test(head)) return null;
  if (!/\S/.test(head)) return null;
  const title = /<title(?:\s[^<>]{0,200})?>([^<]{0,500})/i.exec(head)?.[1] ?? '';
  return plainLine(decodeEntities(title)).slice(0, MAX_TITLE_CHARACTERS);
}

/**
 * Atlassian's gateway writes `{code, message}`, its edge `{errorCode, errorMessage}` for a site that is away, and the REST
 * framework of Data Center `{message, status-code}` for a path that it does not have.
 */
function senderOf(body: unknown): ErrorWords['sender'] {
  if (!isObject(body)) return 'other';
  const { code, errorCode, 'status-code': statusCode } = body;
  return typeof code === 'number' || text(errorCode) !== null || typeof statusCode === 'number' ? 'gateway' : 'product';
}

/** The first messages, uncut. */
function wordsIn(whole: string, body: unknown): string[] {
  if (body === undefined) {
    const line = plainLine(whole.slice(0, 2 * MAX_MESSAGE_CHARACTERS));
    // What begins like JSON or XML is a broken answer, and no sentence.
    return line === '' || /^[{["<]/.test(line) ? [] : [line];
  }
  const { errorMessages, errorMessage, errors, message, data } = record(body);
  const ofErrors = firstOf(errors).flatMap((entry) => {
    const { title, detail, message } = record(entry);
    return [entry, title, detail, message];
  });
  const fields = whole.length <= MAX_FIELDS_CHARACTERS ? Object.entries(record(errors)) : [];
  const ofFields = fields.map(([field, problem]) => text(problem) !== null && `${field}: ${problem}`);
  const ofData = firstOf(record(data).errors).map((entry) => {
    const reason = record(entry).message;
    const { translation, key } = record(reason);
    return text(reason) ?? text(translation) ?? key;
  });
  return [message, errorMessage, ...firstOf(errorMessages), ...ofErrors, ...ofFields, ...ofData]
    .filter((word): word is string => text(word) !== null)
    .slice(0, MAX_MESSAGES);
}

function firstOf(entries: unknown): unknown[] {
  return Array.isArray(entries) ? entries.slice(0, MAX_ENTRIES) : [];
}

/**
 * Tells whether a text quotes the credentials of `call`, as gateways do at times in their errors: it must not go on to our
 * caller.
 */
export function credentialsOf({ headers }: { headers?: Record<string, string> }): (said: string) => boolean {
  const [scheme, credential = ''] = headers?.authorization?.split(' ') ?? [];
  const token = scheme === 'Basic' ? Buffer.from(credential, 'base64').toString().split(/:(.*)/s)[1] : credential;
  const secrets = [credential, token].flatMap((secret) =>
    secret ? [secret, JSON.stringify(secret).slice(1, -1)] : [],
  );
  return (said) => secrets.some((secret) => said.includes(secret));
}
