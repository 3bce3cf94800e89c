import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { source as axeSource } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Certificate } from './certificates.ts';
import { freePort } from './free-port.ts';
import { APP, type StartOptions } from './harness.ts';

/** Takes what must run at the end of a test or of a block of tests. */
export type AtEnd = (cleanup: () => Promise<void>) => void;

/** What a service needs that a browser knows as `publicBaseUrl`, with Atlassian on origins of its own. */
export function knownAs(publicBaseUrl: string, { env, sandbox, ...rest }: StartOptions = {}): StartOptions {
  const redirectUri = `${publicBaseUrl}/api/oauth/atlassian/callback`;
  return {
    ...rest,
    env: { PUBLIC_BASE_URL: publicBaseUrl, ATLASSIAN_REDIRECT_URI: redirectUri, ...env },
    sandbox: { apps: [{ ...APP, redirectUri }], separateOrigins: true, ...sandbox },
  };
}

/** The same for a service that the browser reaches without anything between. */
export async function reachedDirectly(options: StartOptions = {}): Promise<StartOptions> {
  const port = await freePort();
  return knownAs(`http://localhost:${port}`, { ...options, env: { PORT: String(port), ...options.env } });
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on a port of its own, over https with a certificate; resolves to the port. */
export async function serve(atEnd: AtEnd, handler: Handler, certificate?: Certificate): Promise<number> {
  const server: Server = certificate ? createHttpsServer(certificate, handler) : createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** Serves the same HTML whatever is asked for; resolves to the origin. */
export async function servePage(atEnd: AtEnd, html: string): Promise<string> {
  const port = await serve(atEnd, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  });
  return `http://localhost:${port}`;
}

/**
 * A proxy's work: passes a request on to `target` (an origin), under another path where `path` says so.
 * @param path the path asked for, query included; null answers 404, as a proxy does of what is somebody else's
 */
export function passOn(
  incoming: IncomingMessage,
  response: ServerResponse,
  target: string,
  path: string | null = incoming.url ?? '/',
): void {
  if (path === null) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not mine');
    return;
  }
  const { hostname, port } = new URL(target);
  const headers = { ...incoming.headers, 'x-forwarded-for': '203.0.113.7' };
  const outgoing = request({ hostname, port, path, method: incoming.method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(response);
  });
  outgoing.once('error', () => response.destroy());
  incoming.pipe(outgoing);
}

/** What of a path a proxy asks the service for that shows it below `prefix`; null for what is not below it. */
export type Forward = (path: string, prefix: string) => string | null;

const isBelow = (path: string, prefix: string) => path === prefix || /^[/?]/.test(path.slice(prefix.length));
export const stripping: Forward = (path, prefix) =>
  path.startsWith(prefix) && isBelow(path, prefix) ? path.slice(prefix.length) || '/' : null;
export const keeping: Forward = (path, prefix) => (path.startsWith(prefix) && isBelow(path, prefix) ? path : null);

/** Shows a service below a path of another port; resolves to its address there. */
export async function serveBelow(
  atEnd: AtEnd,
  prefix: string,
  forward: Forward,
  target: () => string,
): Promise<string> {
  const port = await serve(atEnd, (incoming, response) => {
    passOn(incoming, response, target(), forward(incoming.url ?? '/', prefix));
  });
  return `http://localhost:${port}${prefix}`;
}

/** Presses the consent page's button of a sample user, or the one that refuses. */
export async function consentAs(page: Page, name: string): Promise<void> {
  await page.waitForURL(/\/oauth2\/authorize\/server\/consent\?/);
  await page.getByRole('button', { name }).first().click();
}

/** Expects a page in plain words: no JSON, no code, something to do, and nothing wider than the window. */
export async function expectPlainPage(page: Page): Promise<void> {
  const text = String(await page.evaluate('document.body.innerText'));
  expect(text).not.toMatch(/[{}]|\b[A-Z]{3,}_[A-Z]+\b|\b(?:VALIDATION|FORBIDDEN|CONFLICT|UNAUTHORIZED)\b/);
  expect(await page.locator('h1').count()).toBe(1);
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
}

/** Expects nothing on the page that axe finds against WCAG 2.2, level AA. */
export async function expectAccessible(page: Page): Promise<void> {
  // As the browser's own tools do, beside the page's policy.
  await page.evaluate(axeSource);
  const run = `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then(({ violations }) =>
    violations.map(({ id, nodes }) => ({ id, at: nodes.map(({ target, any }) => [...target, ...any.map(({ message }) => message)].join(' ')) })))`;
  expect(await page.evaluate(run)).toEqual([]);
}
