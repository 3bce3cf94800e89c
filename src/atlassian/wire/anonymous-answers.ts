import type { AnswerHeaders } from './rate-limit-headers.ts';

const valuesOf = (header: string | string[] | undefined): string[] =>
  [header ?? []].flat().flatMap((line) => line.split(','));

/**
 * What says that the credentials were refused and the call answered as to an anonymous user, which many calls allow: the
 * reasons of Atlassian's login filter, of which only OK is good, and Data Center's name of the user. Null where nothing
 * does.
 */
export function refusedLogin(headers: AnswerHeaders): string | null {
  const bad = valuesOf(headers['x-seraph-loginreason']).find((value) => !/^\s*(?:OK\s*)?$/i.test(value));
  if (bad !== undefined) return `X-Seraph-LoginReason: ${bad.trim().slice(0, 100)}`;
  return valuesOf(headers['x-ausername']).some((value) => value.trim() === 'anonymous')
    ? 'X-AUSERNAME: anonymous'
    : null;
}

/** Whether the user has to solve a CAPTCHA first, and where: on the host of the site, or it is not told. */
export function captchaIn(headers: AnswerHeaders, { url, siteUrl = url.href }: { url: URL; siteUrl?: string }) {
  const reason = valuesOf(headers['x-authentication-denied-reason']).find((value) =>
    /^\s*CAPTCHA_CHALLENGE\b/i.test(value),
  );
  if (reason === undefined) return {};
  const link = /login-url=([^\s;,]{1,2000})/i.exec(reason)?.[1] ?? '';
  const login = URL.canParse(link) ? new URL(link) : null;
  const isOnSite =
    login !== null &&
    /^https?:$/.test(login.protocol) &&
    login.hostname === new URL(siteUrl).hostname &&
    !login.username;
  return { captcha: { loginUrl: isOnSite ? login.href : null } };
}
