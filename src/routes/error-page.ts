import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import type { AppError } from '../errors.ts';
import { sendHtml } from './browser.ts';
import { escapeHtml, page } from './html.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether a person's browser navigates here, so that an error is told on a page. */
    forPeople?: boolean;
  }
}

/** Whether an error of this request is told to a person: where browsers navigate, and one that prefers pages asks. */
export function isForPerson({ routeOptions, headers }: FastifyRequest): boolean {
  return routeOptions.config.forPeople === true && prefersHtml(headers.accept);
}

/**
 * Whether `Accept` asks for HTML before JSON (RFC 9110, 12.5.1). Every browser that navigates names it; programs that
 * take anything do not.
 */
export function prefersHtml(accept: string | undefined): boolean {
  const weights = new Map<string, number>();
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))?.replace(/^q\s*=\s*/, '') ?? '1';
    weights.set(type, /^(?:0(?:\.\d*)?|1(?:\.0*)?)$/.test(weight) ? Number(weight) : 0);
  }
  const html = weights.get('text/html') ?? weights.get('application/xhtml+xml') ?? weights.get('text/*') ?? 0;
  const named = weights.get('application/json') ?? weights.get('application/*');
  if (html === 0) return false;
  return named === undefined ? html >= (weights.get('*/*') ?? 0) : html > named;
}

interface Words {
  title: string;
  /** What happened, and what to do. */
  text: string;
  /** Whether the same page may well work in a moment. */
  again?: boolean;
}

const CONNECT: Words = {
  title: 'This did not work',
  text: 'The address that led here is not right. Go to the connections and begin there, or ask whoever sent you here.',
};

const NOT_SET_UP: Words = {
  title: 'This is not set up yet',
  text: 'This service has no Atlassian app to connect with yet. Tell whoever runs it; nothing is wrong on your side.',
};

/** What happened in plain words, by status: most messages of errors are written for programs and operators. */
const WORDS: Record<number, Words> = {
  401: {
    title: 'This needs an invitation',
    text: 'Connections are made here by links. Ask for one where you came from: your application, or whoever runs it.',
  },
  403: {
    title: 'This is not allowed',
    text: 'You may not do this from here. Ask for a link where you came from: your application, or whoever runs it.',
  },
  404: {
    title: 'This is not here any more',
    text: 'What you opened does not exist, or not any more. Ask for a new link, or begin again at the connections.',
  },
  409: {
    title: 'Somebody else was faster',
    text: 'The connection was changed at the same time. Begin again at the connections.',
  },
  422: {
    title: 'This login has ended',
    text: 'It took longer than ten minutes, was completed already, or was begun in another browser. Begin it again.',
  },
  429: { title: 'Too many at once', text: 'Wait a minute, then try again.', again: true },
  502: {
    title: 'Atlassian does not answer',
    text: 'Atlassian has a problem at the moment. Try again later.',
    again: true,
  },
  503: { title: 'Please wait a moment', text: 'The service cannot answer just now. Try again shortly.', again: true },
  504: { title: 'Atlassian does not answer', text: 'It took too long. Try again later.', again: true },
};
const BROKEN: Words = {
  title: 'Something went wrong here',
  text: 'It is not your fault. Try again; if it happens again, tell whoever runs this service the number below.',
  again: true,
};

/** Answers an error as a page for the person whose browser asked. */
export function sendErrorPage(request: FastifyRequest, reply: FastifyReply, config: Config, error: AppError) {
  const known = error.details?.missing === undefined ? WORDS[error.status] : NOT_SET_UP;
  const { title, text, again } = known ?? (error.status >= 500 ? BROKEN : CONNECT);
  const repeats =
    again === true && request.method === 'GET' && request.routeOptions.url?.endsWith('/callback') !== true;
  const button = repeats
    ? { href: pathOf(request), label: 'Try again' }
    : { href: `${config.publicBaseUrl}/connect`, label: 'Go to the connections' };
  // That of a link that has ended is written for whoever opens it.
  const told = error.status === 404 && error.cause === undefined ? error.message : text;
  return sendHtml(
    reply.code(error.status),
    config,
    page(
      title,
      `<h1>${escapeHtml(title)}</h1>
       <section class="card">
         <p role="alert">${escapeHtml(told)}</p>
         <a class="button" href="${escapeHtml(button.href)}">${button.label}</a>
       </section>
       <p class="foot">Request <code>${escapeHtml(request.id)}</code></p>`,
    ),
  );
}

/** Only path and query are the request's to say: a target in absolute form names a host of its own. */
function pathOf({ url }: FastifyRequest): string {
  const { pathname, search } = new URL(url, 'http://localhost');
  return pathname + search;
}
