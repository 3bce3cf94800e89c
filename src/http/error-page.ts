import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import type { AppError } from '../errors.ts';
import { escapeHtml, page } from '../pages/html.ts';
import { basePathOf } from '../urls.ts';
import { sendHtml } from './send-html.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether a person's browser navigates here, so that an error is told on a page. */
    forPeople?: boolean;
  }
}

/**
 * Whether an error of this request is told to a person: where browsers navigate, or to an address that nothing is at,
 * and one that prefers pages asks.
 */
export function isForPerson({ routeOptions, is404, headers }: FastifyRequest): boolean {
  return (is404 || routeOptions.config.forPeople === true) && prefersHtml(headers.accept);
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
  text: 'The address that brought you here is not right. Start from the connections page, or ask whoever sent you here.',
};

const NOT_SET_UP: Words = {
  title: 'This is not set up yet',
  text: 'This service has no Atlassian app to connect with yet. You have done nothing wrong. Please tell whoever runs it.',
};

const GONE_LINK: Words = {
  title: 'This link no longer works',
  text: 'It has expired or has already been used. Ask for a new one where you got it.',
};

const NO_PAGE: Words = {
  title: 'There is no page here',
  text: 'Nothing was found at this address. Check it for typos, or go to the connections page.',
};

const NOT_BY_BROWSER: Words = {
  title: 'This page cannot be opened this way',
  text: 'The address is meant for programs. Go to the connections page instead.',
};

/** Refusals that name a reason, by that. */
const REASONS: Record<string, Words> = {
  nothing_to_choose: {
    title: 'This question is no longer open',
    text: 'It has been answered, or was left open for too long. The site can be changed on the connections page.',
  },
  unknown_host: {
    title: 'Use a different address',
    text: 'The service does not answer to the name in your address bar. Use the button below.',
  },
  unknown_origin: {
    title: 'You came here from another page',
    text: 'Another website sent you here. Open the link you were sent, and press the button there.',
  },
};

/** What happened in plain words, by status: most messages of errors are written for programs and operators. */
const WORDS: Record<number, Words> = {
  401: {
    title: 'This needs an invitation',
    text: 'You need a link to connect here. Ask for one in the application you came from, or ask whoever runs it.',
  },
  403: {
    title: 'This is not allowed',
    text: 'You cannot do this from here. Ask for a link in the application you came from, or ask whoever runs it.',
  },
  404: {
    title: 'There is nothing here',
    text: 'What you opened does not exist, or no longer does. Start again from the connections page.',
  },
  405: NOT_BY_BROWSER,
  409: {
    title: 'Someone else was faster',
    text: 'The connection was changed at the same time. Start again from the connections page.',
  },
  422: {
    title: 'This login is over',
    text: 'It has already been completed, took longer than ten minutes, or was started in another browser. If you have just connected, you are done. If not, start again.',
  },
  429: { title: 'Too many requests', text: 'Wait a minute, then try again.', again: true },
  502: {
    title: 'Atlassian is not responding',
    text: 'Atlassian is having problems right now. Try again later.',
    again: true,
  },
  503: {
    title: 'Please wait a moment',
    text: 'The service cannot answer right now. Try again in a minute.',
    again: true,
  },
  504: { title: 'Atlassian is not responding', text: 'It took too long. Try again later.', again: true },
};
const BROKEN: Words = {
  title: 'Something went wrong',
  text: 'This is not your fault. Try again. If it keeps happening, give whoever runs this service the number below.',
  again: true,
};

function wordsFor({ is404 }: FastifyRequest, { status, details, cause }: AppError): Words {
  if (details?.missing !== undefined) return NOT_SET_UP;
  const reason = details?.reason;
  if (typeof reason === 'string' && Object.hasOwn(REASONS, reason)) return REASONS[reason] ?? CONNECT;
  if (status === 404 && is404) return NO_PAGE;
  // Of what is looked up in our own store, only links are opened by people.
  if (status === 404 && cause === undefined) return GONE_LINK;
  return WORDS[status] ?? (status >= 500 ? BROKEN : CONNECT);
}

export interface PageDeps {
  config: Config;
  /** Whether callers must show who they are. */
  authIsOn: () => boolean;
}

/** Answers an error as a page for the person whose browser asked. */
export function sendErrorPage(request: FastifyRequest, reply: FastifyReply, deps: PageDeps, error: AppError) {
  const { title, text, again } = wordsFor(request, error);
  const repeats =
    again === true && request.method === 'GET' && request.routeOptions.url?.endsWith('/callback') !== true;
  const button = repeats ? { href: pathOf(request, deps.config), label: 'Try again' } : wayOut(deps);
  return sendHtml(reply.code(error.status), errorPage({ title, text }, button, request.id));
}

function errorPage({ title, text }: Words, button: { href: string; label: string }, requestId: string): string {
  return page(
    title,
    `<main><h1>${escapeHtml(title)}</h1>
     <section class="card">
       <p role="alert">${escapeHtml(text)}</p>
       <a class="button" href="${escapeHtml(button.href)}">${button.label}</a>
     </section>
     <p class="foot">Request <code>${escapeHtml(requestId)}</code></p></main>`,
  );
}

/** Where callers must show who they are, the connections cannot help a person; the application can. */
function wayOut({ config: { frontendUrl, publicBaseUrl }, authIsOn }: PageDeps): { href: string; label: string } {
  if (authIsOn() && frontendUrl !== null) return { href: frontendUrl, label: 'Go to the application' };
  return { href: `${publicBaseUrl}/connect`, label: 'Go to the connections' };
}

/**
 * The same address once more. Only path and query are the request's to say: a target in absolute form names a host of its
 * own, as does one that begins with two slashes, for which browsers take backslashes too.
 */
function pathOf({ url }: FastifyRequest, { publicBaseUrl }: Config): string {
  const target = url.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '');
  return `${basePathOf(publicBaseUrl)}/${target.replace(/^[/\\]+/, '')}`;
}
