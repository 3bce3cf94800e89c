import type { FastifyReply } from 'fastify';
import { outcomeCookieName } from '../connections/login/login-cookie.ts';
import { OUTCOME_LIFETIME_SECONDS } from '../connections/login/login-outcome.ts';
import { STATE_LIFETIME_SECONDS } from '../connections/login/login-state.ts';
import type { BegunLogin, CompletedLogin } from '../connections/login/logins.ts';

export function setLoginCookie(reply: FastifyReply, { cookie }: BegunLogin): void {
  const { name, value, secure } = cookie;
  reply.setCookie(name, value, { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: STATE_LIFETIME_SECONDS });
}

/** @param location where the browser goes with it */
export function setOutcomeCookie(
  reply: FastifyReply,
  { outcome, location, ...login }: Pick<CompletedLogin, 'outcome' | 'location' | 'tenantId' | 'provider'>,
): void {
  if (outcome === null) return;
  const secure = location.startsWith('https:');
  reply.setCookie(outcomeCookieName(login), outcome, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure,
    maxAge: OUTCOME_LIFETIME_SECONDS,
  });
}
